/* options.h - flags of the subcommands: getopt_long with one clear sentence for each mistake. */
#ifndef DYNO_OPTIONS_H
#define DYNO_OPTIONS_H

#include "base/exit.h"

#include <getopt.h>
#include <stdbool.h>

/* Like getopt_long, with optstring made from the options' val where that is a letter. Returns -1 at the end; a wrong
 * flag is refused: '?' with the sentence filled. */
int dyno_next_option(int argc, char **argv, const struct option *options, dyno_refusal *refusal);

/* Prints "dyno: SENTENCE" on stderr and returns code. */
int dyno_complain(int code, const dyno_refusal *refusal);

/* The help of a subcommand; false for one that prints its own. */
bool dyno_print_help(const char *command);

bool dyno_colour(int descriptor); /* a terminal, and NO_COLOR is not set */

#endif
