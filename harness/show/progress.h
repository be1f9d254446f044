/* progress.h - how far a run is. On a terminal one line that is written over; else a plain line now and then, so that a
 * log shows life without being flooded; or nothing at all.
 */
#ifndef DYNO_PROGRESS_H
#define DYNO_PROGRESS_H

#include <stdio.h>

typedef struct dyno_progress {
    FILE *out; /* NULL: quiet */
    int terminal;
    int shown;        /* a line stands that must be cleared first */
    double last_line; /* when the last plain line was written; seconds as given to update */
} dyno_progress;

void dyno_progress_open(dyno_progress *progress, FILE *out, int quiet);

/* elapsed and left in seconds; doing says what runs now: "fib by engine, 2 threads". */
void dyno_progress_update(dyno_progress *progress, double elapsed, double left, const char *doing);

/* Takes the line away, so that something else can be printed. */
void dyno_progress_clear(dyno_progress *progress);

/* "1m05s", "12s", "2h03m" into text; returns text. */
const char *dyno_format_duration(double seconds, char *text, size_t size);

#endif
