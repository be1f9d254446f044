/* run_options.h - the command line of `dyno run`. */
#ifndef DYNO_RUN_OPTIONS_H
#define DYNO_RUN_OPTIONS_H

#include "base/exit.h"
#include "plan/names.h"

#include <stdbool.h>

typedef struct dyno_run_options {
    dyno_names words;   /* suite and workloads as given */
    char **assignments; /* "key=value", "--key=value", in order */
    size_t n_assignments;
    bool seed_given;
    const char *out;     /* NULL: results/NAME-TIME */
    const char *workers; /* "DIR[:DIR]" */
    bool resume, quiet, all_metrics, dry_run;
} dyno_run_options;

int dyno_run_options_parse(int argc, char **argv, dyno_run_options *options, dyno_refusal *refusal);
void dyno_run_options_free(dyno_run_options *options);

/* The command that goes on with this run in dir, as it would be typed; the caller frees. */
char *dyno_run_options_resume(int argc, char *const *argv, const char *dir);

#endif
