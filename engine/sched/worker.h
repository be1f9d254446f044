/* worker.h - inside the pool: what a worker and the pool are made of.
 *
 * Who writes what: `public.deque` see dyno/deque.h; everything else in a worker is its own. The pool's words that are
 * shared (searching, stopping, pending) stand on lines of their own.
 */
#ifndef DYNO_SCHED_WORKER_H
#define DYNO_SCHED_WORKER_H

#include "dyno/event_count.h"
#include "dyno/injector.h"
#include "dyno/pool.h"

#include <pthread.h>

typedef struct worker_counts {
    dy_atomic_u64 pushed, published, stolen, leaps, attempts, injected, parks, wakes;
} worker_counts;

typedef struct worker {
    dy_worker public; /* first: a dy_worker * is a worker * */
    DY_ALIGNED(DY_CACHE_LINE) dy_pool *pool;
    unsigned index;
    unsigned nesting; /* jobs of others being run inside joins of this worker */
    uint64_t random;
    pthread_t thread;
    worker_counts counts;
} worker;

struct dy_pool {
    worker *workers;
    unsigned n_workers;  /* deques to look at: all, so that it never changes while workers run */
    unsigned n_started;  /* threads */
    unsigned n_allotted; /* deques to free */
    dy_pool_options options;
    dy_injector injector;

    DY_ALIGNED(DY_CACHE_LINE) dy_event_count idle; /* sleeping workers */
    dy_atomic_u32 searching;                       /* workers awake and looking for work */
    dy_atomic_u32 stopping;                        /* of enum pool_stop */

    DY_ALIGNED(DY_CACHE_LINE) dy_atomic_u64 pending; /* submitted tasks not yet done */
    dy_event_count drained;                          /* who waits for pending to become 0 */
};

enum pool_stop {
    POOL_RUNS,
    POOL_REFUSES, /* nothing new from outside; what is there is still run */
    POOL_ENDS,    /* workers leave */
};

/* The worker that the calling thread is; NULL on any other thread. */
worker *dy_worker_self(void);

/* A worker thread's whole life; argument is its worker. */
void *dy_worker_main(void *argument);

/* After work has become available outside of the workers: sees to it that somebody looks. */
void dy_pool_wake_one(dy_pool *pool);

/* Adds to a counter of the calling worker. */
DY_INLINE void dy_count(dy_atomic_u64 *counter, uint64_t n)
{
    /* relaxed: only the owner writes; readers want the figure and nothing that goes with it. */
    dy_u64_store_relaxed(counter, dy_u64_load_relaxed(counter) + n);
}

#endif
