/* cli.h - the subcommands; each has a file of its own. Each gets argv from its own name on and returns an exit code. */
#ifndef DYNO_CLI_H
#define DYNO_CLI_H

#include "base/exit.h"

int dyno_cmd_list(int argc, char **argv);
int dyno_cmd_run(int argc, char **argv);
int dyno_cmd_plot(int argc, char **argv);
int dyno_cmd_doctor(int argc, char **argv);
int dyno_cmd_demo(int argc, char **argv);

/* Where the parts are, by the place of the program itself: PREFIX/bin/dyno, PREFIX/libexec/dyno/workers,
 * PREFIX/libexec/dyno/demo, PREFIX/share/dyno/{suites,plots}. Static storage; NULL never. */
const char *dyno_path_workers(void); /* "DIR[:DIR]": those in DYNO_WORKERS, then its own */
const char *dyno_path_demo(void);
const char *dyno_path_suites(void);
const char *dyno_path_plots(void);

#endif
