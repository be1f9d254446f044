/* fixture.h - a plan, attempts and a directory for the tests of the store. */
#ifndef DYNO_STORE_FIXTURE_H
#define DYNO_STORE_FIXTURE_H

#include "store/results.h"

enum { FIXTURE_CELLS = 3 };

/* fib by serial and engine, and storm by malloc with a quote and a line end in its parameters. Never freed. */
dyno_plan *fixture_plan(void);

/* An attempt that ended well with n values of the primary metric. One at a time: it lives in static storage. */
const dyno_attempt *fixture_good(const dyno_cell *cell, const double *values, size_t n);
const dyno_attempt *fixture_bad(dyno_outcome outcome, const char *detail);

/* A new temporary directory, and its removal with everything in it. */
const char *fixture_directory(void);
void fixture_remove(void);

/* The text of DIR/NAME, to be freed, and its replacement. */
char *fixture_read(const char *name, size_t *n);
void fixture_write(const char *name, const char *text, size_t n);

#endif
