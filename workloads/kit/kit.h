/* clang-format off: the sections and the example below are laid out by hand */
/* kit.h - a worker in one small file.
 *
 * What it is  The worker's side of the protocol (protocol.h), the timing loop and the verdict. A worker program is a
 *             table of contenders, a table of workloads, and kit_main.
 * Contract    The kit calls a workload's functions from the main thread. kit_bind_thread and kit_note may be called
 *             from any thread; everything else from the main thread only.
 * Units       Times are seconds of CLOCK_MONOTONIC unless a metric says otherwise.
 * Errors      A workload reports with kit_wrong (the answer failed its check) or kit_unable (it could not run); both
 *             return -1, to be returned on. Nothing measured is reported after either, and what the failing call had
 *             measured is dropped. A mistake in a worker's tables aborts with a sentence.
 *
 *     static int sample(kit_run *run, void *state, uint64_t repeats)
 *     {
 *         int64_t n = kit_int(run, "n"), answer = 0;
 *         kit_start(run);
 *         for (uint64_t i = 0; i < repeats; i++) answer = fib(n);
 *         kit_stop(run);
 *         if (answer != expected(n)) return kit_wrong(run, "fib(%lld) is %lld ...", ...);
 *         return kit_sample(run, "time", kit_elapsed(run) / (double)repeats);
 *     }
 */
/* clang-format on */
#ifndef DYNO_KIT_H
#define DYNO_KIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct kit_run kit_run;

typedef struct kit_param {
    const char *name;    /* NULL ends the table */
    const char *type;    /* int, size, real, word */
    const char *initial; /* the default, as text */
    const char *accepts; /* "1..92", "uniform|lognormal", "any"; the kit refuses anything else before set-up */
    const char *about;
} kit_param;

typedef struct kit_metric {
    const char *name; /* NULL ends the table; the first one is the primary metric */
    const char *unit;
    const char *better; /* lower, higher, none */
    const char *about;
} kit_metric;

typedef struct kit_workload {
    const char *name;
    const char *family; /* compute, fifo, alloc */
    const char *about;
    const kit_param *params;
    const kit_metric *metrics;
    unsigned min_threads, max_threads; /* max 0: any number */

    /* Once a process, not timed; may be NULL. *state goes to the other functions. One that fails cleans up after
     * itself: teardown is not called then. */
    int (*setup)(kit_run *run, void **state);

    /* One sample. Does the work `repeats` times between kit_start and kit_stop, checks the answer, reports each metric
     * with kit_sample. The kit chooses repeats so that a sample lasts long enough for the clock, calls this for the
     * warm-up too (and then drops what it reports), and stops when samples or time are used up. */
    int (*sample)(kit_run *run, void *state, uint64_t repeats);

    /* Once, not timed; may be NULL. The place for kit_counter. Called after a failed sample too. */
    void (*teardown)(kit_run *run, void *state);

    /* true: `sample` ignores repeats and is always called with 1 (a workload that is long or times itself). */
    bool fixed_length;
} kit_workload;

typedef struct kit_contender {
    const char *name; /* NULL ends the table */
    const char *about;
    const char *preload; /* shared object that must be preloaded for it, NULL for none */
    /* NULL: always available; else returns NULL, or why it can't run on this machine. workload is never NULL. */
    const char *(*lacks)(const char *contender, const kit_workload *workload);
} kit_contender;

typedef struct kit_worker {
    const char *name;
    const kit_contender *contenders;
    const kit_workload *const *workloads; /* NULL-terminated */
} kit_worker;

/* Speaks the protocol for the table. A sample is given as many repeats as fill `time` / `samples` seconds. Sampling
 * ends when `samples` or `time` are used up, or when samples with all that is not measured in them (restoring input,
 * checking answers) have taken twice the `time`; there is always one untimed call, and one sample. Returns the
 * process's exit status: 0, 64 for wrong arguments (with one sentence on stderr), 1 if the request is malformed. */
int kit_main(int argc, char **argv, const kit_worker *worker);

/* ---- What is asked ---- */
const char *kit_contender_name(const kit_run *run);
unsigned kit_threads(const kit_run *run);
uint64_t kit_seed(const kit_run *run);
/* The value of a parameter of the workload's table; the kit has checked it. A name that is not in the table aborts: it
 * is a mistake in the worker's source. kit_int serves the types int and size. */
int64_t kit_int(const kit_run *run, const char *param);
double kit_real(const kit_run *run, const char *param);
const char *kit_word(const kit_run *run, const char *param);

/* Binds the calling thread to the CPU meant for thread `index` of the cell, verifies the binding and reports it. Does
 * nothing when the request names no CPU for it. Returns whether the thread is bound now. */
bool kit_bind_thread(kit_run *run, unsigned index);

/* ---- The clock ---- */
void kit_start(kit_run *run);
void kit_stop(kit_run *run);
double kit_elapsed(const kit_run *run); /* seconds between the last start and stop */
uint64_t kit_now_ns(void);              /* CLOCK_MONOTONIC */

/* ---- What is told; the first three return 0 so that a sample can end in `return kit_sample(...)` ---- */
/* Each metric at most once per call of `sample`; dropped during warm-up. A value that is not finite is refused: the
 * verdict becomes "unable" and -1 is returned. */
int kit_sample(kit_run *run, const char *metric, double value);
int kit_counter(kit_run *run, const char *name, double value);
/* A note that was told before is not told again. */
int kit_note(kit_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
int kit_wrong(kit_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));  /* returns -1 */
int kit_unable(kit_run *run, const char *format, ...) __attribute__((format(printf, 2, 3))); /* returns -1 */

/* ---- Helpers that every workload needs ---- */
/* splitmix64 (G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators", 2014): advances *state. */
uint64_t kit_random(uint64_t *state);
/* A value the compiler must take as used, and memory it must take as read and written. */
#define kit_keep(value) __asm__ volatile("" : : "g"(value) : "memory")
#define kit_clobber()   __asm__ volatile("" : : : "memory")
/* An integer or pointer variable whose value the compiler must take as unknown from here on: work that depends on it
 * can be neither done at compile time nor taken out of the loop. */
#define kit_hide(variable) __asm__ volatile("" : "+r"(variable))

#endif
