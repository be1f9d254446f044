/* exit.h - the exit codes of the whole tool, and how a refusal is worded.
 *
 * Every failing function of the harness fills a refusal (one clear sentence that names the thing, the place and what
 * would be accepted, no trailing newline) and returns its exit code; main prints "dyno: SENTENCE" on stderr and exits
 * with it.
 */
#ifndef DYNO_EXIT_H
#define DYNO_EXIT_H

enum dyno_exit {
    DYNO_GOOD = 0,
    DYNO_FAILED = 1,        /* the tool or a worker failed, or there was nothing to run */
    DYNO_REGRESSION = 2,    /* something became slower */
    DYNO_CANT_TELL = 3,     /* the data don't carry an answer */
    DYNO_WRONG = 4,         /* a result or an invariant was wrong */
    DYNO_USAGE = 64,        /* wrong flag, value or suite file */
    DYNO_INTERRUPTED = 130, /* stopped by the user, data kept */
};

typedef struct dyno_refusal {
    char sentence[1024];
} dyno_refusal;

/* Fills *refusal (may be NULL) and returns code: `return dyno_refuse(refusal, DYNO_USAGE, "...", ...);` */
int dyno_refuse(dyno_refusal *refusal, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The element of names (NULL-terminated) nearest to word by edit distance, NULL if none is near: for "did you mean". */
const char *dyno_nearest(const char *word, const char *const *names);

#endif
