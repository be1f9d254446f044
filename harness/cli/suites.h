/* suites.h - the suites that came with dyno: files NAME.ini in one directory. */
#ifndef DYNO_SUITES_H
#define DYNO_SUITES_H

#include "plan/names.h"

/* Their names, sorted. */
void dyno_suites_list(dyno_names *names);

/* The path of a shipped suite; the caller frees. */
char *dyno_suites_path(const char *name);

/* What the suite says of itself: its first comment line, without the mark; empty if it has none. The caller frees. */
char *dyno_suites_about(const char *name);

#endif
