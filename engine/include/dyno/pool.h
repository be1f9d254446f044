/* dyno/pool.h - the work-stealing pool.
 *
 * What it is      Worker threads, each with a split deque (dyno/deque.h) for the jobs it forks, and an injector for
 * work from outside. A worker without work steals; one that finds nothing for a while sleeps and costs nothing.
 * Contract        open and close: one thread. run and submit: any thread that is not a worker of the pool may run; any
 *                 thread may submit. After close the handle is gone.
 * Units           Sizes in bytes; times in nanoseconds.
 * Errors          DY_E_CONFIG for an option out of range, -ENOMEM, -EAGAIN when not a single thread can be had. When
 * only some can, the pool works with those: see dy_pool_workers. DY_E_POOL_WORKER when a worker calls what would wait
 * for itself. DY_E_POOL_STOPPED after close has begun. Ownership       The pool owns its threads and deques. A task's
 * argument stays the caller's. Source          R. Blumofe, C. Leiserson, "Scheduling Multithreaded Computations by Work
 * Stealing", 1999; leapfrogging: D. Wagner, B. Calder, "Leapfrogging: A Portable Technique for Implementing Efficient
 * Futures", 1993.
 *
 *     dy_pool *pool;
 *     if (dy_pool_open(&pool, &DY_POOL_OPTIONS(.workers = 4), &error) != DY_OK) ...
 *     int64_t result;
 *     DY_RUN(pool, &result, fib, 42);                    // dyno/forkjoin.h
 *     dy_pool_submit(pool, log_line, line);              // detached
 *     dy_pool_close(pool, DY_POOL_DRAIN, NULL);
 */
#ifndef DYNO_POOL_H
#define DYNO_POOL_H

#include "dyno/deque.h"
#include "dyno/error.h"

DY_BEGIN_DECLS

typedef struct dy_pool dy_pool;

enum { DY_POOL_WORKERS_MAX = 4096 };

/* 0, or NULL, means the default in every field. */
typedef struct dy_pool_options {
    unsigned workers;       /* default: the CPUs the calling thread may run on */
    size_t stack_size;      /* of a worker; address space, not memory; default 64 MiB */
    size_t deque_slots;     /* jobs a worker can hold for thieves; a fork beyond runs at once; default 16384 */
    bool no_stealing;       /* every fork runs at once on the worker that makes it */
    dy_allocator allocator; /* for everything the pool needs; default dy_allocator_libc() */
    void (*worker_start)(void *context,
                         unsigned index); /* called first thing on each worker, e.g. to bind it to a CPU */
    void *context;                        /* for worker_start */
} dy_pool_options;

#define DY_POOL_OPTIONS(...) \
    (dy_pool_options)        \
    {                        \
        __VA_ARGS__          \
    }

/* options may be NULL: all defaults. */
DY_API dy_status dy_pool_open(dy_pool **pool, const dy_pool_options *options, dy_error *error);

typedef enum dy_pool_end {
    DY_POOL_DRAIN,  /* everything submitted is run first, with what it submits in turn */
    DY_POOL_CANCEL, /* what has not begun is dropped: submitted tasks vanish, a waiting run returns DY_E_CANCELLED */
} dy_pool_end;

/* Ends the threads and frees the pool. *cancelled, if not NULL, gets the number of tasks that were dropped. */
DY_API dy_status dy_pool_close(dy_pool *pool, dy_pool_end how, size_t *cancelled);

/* Runs function(argument) on some worker, some time. */
DY_API dy_status dy_pool_submit(dy_pool *pool, void (*function)(void *argument), void *argument);

/* Waits until every task submitted so far, and by those in turn, is done. */
DY_API dy_status dy_pool_drain(dy_pool *pool);

/* Puts the job on a worker and waits for it: the ground under DY_RUN. job->state must be DY_JOB_PENDING. */
DY_API dy_status dy_pool_run(dy_pool *pool, dy_job *job);

/* Workers that really run: at most what was asked for. */
DY_API unsigned dy_pool_workers(const dy_pool *pool);

/* Sums over the workers since open; each figure is exact once the pool is idle. */
typedef struct dy_pool_metrics {
    uint64_t pushed;    /* forks that made a frame; all others ran their child at once */
    uint64_t published; /* frames made public */
    uint64_t stolen;
    uint64_t leaps;    /* of those, stolen back from the thief of a frame that was being joined */
    uint64_t attempts; /* looks at a victim */
    uint64_t injected; /* jobs taken from the injector */
    uint64_t parks;
    uint64_t wakes; /* sleepers woken by workers */
} dy_pool_metrics;

DY_API void dy_pool_read_metrics(const dy_pool *pool, dy_pool_metrics *metrics);

/* ---- For the macros of dyno/forkjoin.h ---- */

struct dy_worker {
    dy_deque deque;
    unsigned forked; /* frames forked and not yet joined; counted in checked builds only */
};

/* Hands a job to the worker's deque; returns the new head. Only where head is below the deque's limit. */
DY_API dy_head dy_worker_push(dy_worker *worker, dy_head head, dy_job *job);

/* Joins the pushed job whose slot is head. true: nobody took it, the caller runs it now. false: it is done. */
DY_API bool dy_worker_join(dy_worker *worker, dy_head head, dy_job *job);

/* Marks a job done (or cancelled) and wakes who waits for it. The job may be gone on return. */
DY_API void dy_job_finish(dy_job *job, uint32_t state);

DY_END_DECLS

#endif
