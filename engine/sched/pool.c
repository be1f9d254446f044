/* Opening, feeding from outside, closing. */
#include "worker.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

enum {
    DEFAULT_STACK = 64 << 20,
    DEFAULT_SLOTS = 16384,
};

static unsigned allowed_cpus(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int count = CPU_COUNT(&set);
    return count > 0 ? (unsigned)count : 1;
}

static dy_pool_options effective_options(const dy_pool_options *wanted)
{
    dy_pool_options options = {0};
    if (wanted != NULL) options = *wanted;
    if (options.workers == 0) options.workers = allowed_cpus();
    if (options.stack_size == 0) options.stack_size = DEFAULT_STACK;
    if (options.deque_slots == 0) options.deque_slots = DEFAULT_SLOTS;
    if (options.allocator.ops == NULL) options.allocator = dy_allocator_libc();
    return options;
}

static dy_status check_options(const dy_pool_options *options, dy_error *error)
{
    if (options->workers > DY_POOL_WORKERS_MAX) {
        return DY_FAIL(error, DY_E_CONFIG, "workers is %u, 1 to %d are accepted", options->workers,
                       DY_POOL_WORKERS_MAX);
    }
    if (options->deque_slots > DY_DEQUE_SLOTS_MAX) {
        return DY_FAIL(error, DY_E_CONFIG, "deque_slots is %zu, 1 to %d are accepted", options->deque_slots,
                       DY_DEQUE_SLOTS_MAX);
    }
    if (options->stack_size < 64 << 10) {
        return DY_FAIL(error, DY_E_CONFIG, "stack_size is %zu bytes, at least 65536 are needed", options->stack_size);
    }
    return DY_OK;
}

static void free_pool(dy_pool *pool)
{
    dy_allocator allocator = pool->options.allocator;
    if (pool->workers != NULL) {
        for (unsigned i = 0; i < pool->n_allotted; i++)
            dy_deque_free(&pool->workers[i].public.deque);
        dy_release(allocator, pool->workers, pool->n_allotted * sizeof *pool->workers, DY_CACHE_LINE);
    }
    dy_injector_free(&pool->injector);
    dy_release(allocator, pool, sizeof *pool, DY_CACHE_LINE);
}

static dy_status make_workers(dy_pool *pool)
{
    unsigned n = pool->options.workers;
    pool->workers = dy_allocate(pool->options.allocator, n * sizeof *pool->workers, DY_CACHE_LINE);
    if (pool->workers == NULL) return -ENOMEM;
    pool->n_allotted = n;
    memset(pool->workers, 0, n * sizeof *pool->workers);
    for (unsigned i = 0; i < n; i++) {
        worker *w = &pool->workers[i];
        w->pool = pool;
        w->index = i;
        w->random = (i + 1) * UINT64_C(0x9E3779B97F4A7C15);
        dy_status status = dy_deque_init(&w->public.deque, pool->options.deque_slots, pool->options.allocator);
        if (status != DY_OK) return status;
    }
    return DY_OK;
}

/* Starts as many as can be had. Workers look at n_workers, so those that could not be started count as victims with
 * empty deques, which is harmless; the count told to the caller is that of the threads. */
static int start_threads(dy_pool *pool)
{
    pthread_attr_t attributes;
    int failure = pthread_attr_init(&attributes);
    if (failure != 0) return failure;
    failure = pthread_attr_setstacksize(&attributes, pool->options.stack_size);
    unsigned started = 0;
    while (failure == 0 && started < pool->n_allotted) {
        worker *w = &pool->workers[started];
        failure = pthread_create(&w->thread, &attributes, dy_worker_main, w);
        if (failure == 0) started++;
    }
    pthread_attr_destroy(&attributes);
    pool->n_started = started;
    return started > 0 ? 0 : failure;
}

dy_status dy_pool_open(dy_pool **result, const dy_pool_options *wanted, dy_error *error)
{
    *result = NULL;
    dy_pool_options options = effective_options(wanted);
    dy_status status = check_options(&options, error);
    if (status != DY_OK) return status;
    dy_pool *pool = dy_allocate(options.allocator, sizeof *pool, DY_CACHE_LINE);
    if (pool == NULL) return DY_FAIL(error, -ENOMEM, "pool of %u workers", options.workers);
    memset(pool, 0, sizeof *pool);
    pool->options = options;
    pool->n_workers = options.workers;
    status = dy_injector_init(&pool->injector, options.allocator);
    if (status == DY_OK) status = make_workers(pool);
    if (status == DY_OK) status = -start_threads(pool);
    if (status != DY_OK) {
        free_pool(pool);
        return DY_FAIL(error, status, "pool of %u workers", options.workers);
    }
    *result = pool;
    return DY_OK;
}

unsigned dy_pool_workers(const dy_pool *pool)
{
    return pool->n_started;
}

/* ---- Detached tasks ---- */

typedef struct {
    dy_job job;
    dy_pool *pool;
    void (*function)(void *argument);
    void *argument;
} detached;

static void finish_pending(dy_pool *pool)
{
    /* seq_cst: pairs with the look in dy_pool_drain after it has announced itself. */
    if (dy_u64_fetch_sub_seq_cst(&pool->pending, 1) == 1) dy_event_count_notify(&pool->drained, ~0u);
}

static void run_detached(dy_worker *on, dy_head head, dy_job *job)
{
    (void)head;
    detached task = *(detached *)(void *)job;
    dy_release(task.pool->options.allocator, job, sizeof task, _Alignof(detached));
    if (on != NULL) task.function(task.argument);
    finish_pending(task.pool);
}

dy_status dy_pool_submit(dy_pool *pool, void (*function)(void *argument), void *argument)
{
    worker *w = dy_worker_self();
    bool inside = w != NULL && w->pool == pool;
    /* A task may submit while the pool drains: that is part of draining. */
    uint32_t stop = dy_u32_load_seq_cst(&pool->stopping);
    if (stop == POOL_ENDS || (stop == POOL_REFUSES && !inside)) return DY_E_POOL_STOPPED;
    detached *task = dy_allocate(pool->options.allocator, sizeof *task, _Alignof(detached));
    if (task == NULL) return -ENOMEM;
    *task = (detached){.job = {.run = run_detached}, .pool = pool, .function = function, .argument = argument};
    /* relaxed: the count reaches whoever runs the task through the injector. */
    dy_u64_fetch_add_relaxed(&pool->pending, 1);
    dy_status status = dy_injector_push(&pool->injector, &task->job);
    if (status != DY_OK) {
        dy_release(pool->options.allocator, task, sizeof *task, _Alignof(detached));
        finish_pending(pool);
        return status;
    }
    dy_pool_wake_one(pool);
    return DY_OK;
}

dy_status dy_pool_drain(dy_pool *pool)
{
    worker *w = dy_worker_self();
    if (w != NULL && w->pool == pool) return DY_E_POOL_WORKER;
    while (dy_u64_load_seq_cst(&pool->pending) > 0) {
        uint32_t ticket = dy_event_count_prepare(&pool->drained);
        if (dy_u64_load_seq_cst(&pool->pending) == 0) {
            dy_event_count_cancel(&pool->drained);
            break;
        }
        dy_event_count_wait(&pool->drained, ticket, UINT64_MAX);
    }
    return DY_OK;
}

/* ---- Closing ---- */

static size_t drop_injected(dy_pool *pool)
{
    size_t dropped = 0;
    void *item;
    while (dy_injector_take(&pool->injector, &item, 1) == 1) {
        dy_job *job = item;
        job->run(NULL, NULL, job);
        dropped++;
    }
    return dropped;
}

dy_status dy_pool_close(dy_pool *pool, dy_pool_end how, size_t *cancelled)
{
    worker *w = dy_worker_self();
    if (w != NULL && w->pool == pool) return DY_E_POOL_WORKER;
    /* seq_cst: pairs with the looks in dy_pool_submit, dy_pool_run and pool_ends. */
    dy_u32_store_seq_cst(&pool->stopping, POOL_REFUSES);
    size_t dropped = 0;
    if (how == DY_POOL_DRAIN) dy_pool_drain(pool);
    dropped += drop_injected(pool);
    dy_u32_store_seq_cst(&pool->stopping, POOL_ENDS);
    dy_event_count_notify(&pool->idle, ~0u);
    for (unsigned i = 0; i < pool->n_started; i++)
        pthread_join(pool->workers[i].thread, NULL);
    dropped += drop_injected(pool);
    if (cancelled != NULL) *cancelled = dropped;
    free_pool(pool);
    return DY_OK;
}

void dy_pool_read_metrics(const dy_pool *pool, dy_pool_metrics *metrics)
{
    *metrics = (dy_pool_metrics){0};
    for (unsigned i = 0; i < pool->n_started; i++) {
        const worker_counts *c = &pool->workers[i].counts;
        metrics->pushed += dy_u64_load_relaxed(&c->pushed);
        metrics->published += dy_u64_load_relaxed(&c->published);
        metrics->stolen += dy_u64_load_relaxed(&c->stolen);
        metrics->leaps += dy_u64_load_relaxed(&c->leaps);
        metrics->attempts += dy_u64_load_relaxed(&c->attempts);
        metrics->injected += dy_u64_load_relaxed(&c->injected);
        metrics->parks += dy_u64_load_relaxed(&c->parks);
        metrics->wakes += dy_u64_load_relaxed(&c->wakes);
    }
}
