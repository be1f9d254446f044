/* launch.h - one cell, one fresh process: start it, bind it, ask it, collect what it says, see how it ends.
 *
 * Never hangs and never trusts: silence, malformed lines, signals and exit codes each have an outcome of their own.
 */
#ifndef DYNO_LAUNCH_H
#define DYNO_LAUNCH_H

#include "plan/plan.h"
#include "run/pin.h"

#include <signal.h>

typedef enum dyno_outcome {
    DYNO_OK,           /* verdict ok, exit status 0 */
    DYNO_WRONG_ANSWER, /* verdict wrong */
    DYNO_UNABLE,       /* verdict unable: the worker says it can't */
    DYNO_BAD_VERSION,  /* it speaks another version of the protocol */
    DYNO_MALFORMED,    /* a line that is none of the protocol, a value that is no finite number, no verdict, no end */
    DYNO_TIMED_OUT,    /* silent for longer than the cell's limit; killed */
    DYNO_SIGNALLED,    /* died by a signal */
    DYNO_NON_ZERO,     /* exit status other than 0 */
    DYNO_NOT_STARTED,  /* fork or exec failed */
    DYNO_STOPPED,      /* the user interrupted the run; nothing is recorded of it */
} dyno_outcome;

/* "ok", "wrong", "unable", "version", "malformed", "timeout", "signal", "exit", "not-started", "stopped": as in the
 * CSV. */
const char *dyno_outcome_name(dyno_outcome outcome);

typedef struct dyno_sample {
    unsigned index;
    const dyno_metric *metric; /* of the offer */
    double value;
} dyno_sample;

typedef struct dyno_usage {
    double wall, user, system; /* seconds of the whole process */
    long peak_rss_kib;         /* ru_maxrss */
    long minor_faults, major_faults;
    long voluntary_switches, involuntary_switches;
    double steal; /* seconds the machine's CPUs were stolen by the hypervisor while it ran */
} dyno_usage;

typedef struct dyno_attempt {
    dyno_outcome outcome;
    char detail[512]; /* a sentence for every outcome but ok: the worker's own text, the signal's name, the bad line,
                         and the last line of its stderr where that helps */
    dyno_sample *samples;
    size_t n_samples;
    char **notes; /* "note TEXT" and "counter NAME VALUE" lines, as said */
    size_t n_notes;
    char cpus[128]; /* CPUs the threads were verified to be bound to, "0 1"; empty when not bound */
    bool pinned;    /* every binding that was asked for was verified */
    dyno_usage usage;
} dyno_attempt;

typedef struct dyno_launch_request {
    const dyno_cell *cell;
    uint64_t seed; /* of this process */
    double time;   /* seconds of measurement; instead of the cell's, for the budget */
    double warmup;
    const dyno_placement *placement; /* CPUs, one per thread; may be empty */
    const char *scratch;             /* where the worker's own directory is made and removed; NULL: TMPDIR or /tmp */
} dyno_launch_request;

/* Runs one process to its end. *stop, set by a signal handler, ends it early (DYNO_STOPPED). The attempt is filled
 * whatever happens; free it with dyno_attempt_free. */
void dyno_launch(const dyno_launch_request *request, const volatile sig_atomic_t *stop, dyno_attempt *attempt);
void dyno_attempt_free(dyno_attempt *attempt);

#endif
