/* watch.h - waits for what a worker says and for its end, without using the CPU meanwhile.
 *
 * Signals that ask dyno to stop are let in only while it waits, so none is missed between a look at *stop and the wait.
 */
#ifndef DYNO_WATCH_H
#define DYNO_WATCH_H

#include "run/process.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum dyno_watch_end {
    DYNO_WATCH_ENDED,   /* the process has ended and all it said was read; it is not reaped yet */
    DYNO_WATCH_SILENT,  /* the limit has passed */
    DYNO_WATCH_REFUSED, /* say returned false */
    DYNO_WATCH_BROKEN,  /* poll failed: errno */
    DYNO_WATCH_STOPPED, /* *stop was set */
} dyno_watch_end;

typedef struct dyno_watch {
    double limit; /* seconds */
    bool in_all;  /* the limit is for all of it; otherwise for silence, from one word to the next */
    const volatile sig_atomic_t *stop;                       /* NULL: can't be stopped */
    bool (*say)(void *context, const char *bytes, size_t n); /* gets what was read; false: nothing more is wanted */
    void *context;
} dyno_watch;

dyno_watch_end dyno_watch_process(const dyno_process *process, const dyno_watch *watch);

/* Seconds of the monotonic clock. */
double dyno_now(void);

#endif
