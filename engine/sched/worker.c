/* The life of a worker: run what it finds, look for more, ask, sleep.
 *
 * How nobody sleeps beside work. A worker without work is a searcher for a bounded time, then a sleeper. Work appears
 * in two ways:
 * - In the injector. The submitter pushes and then looks for searchers and sleepers (dy_pool_wake_one); a worker about
 * to sleep announces itself in the event count and then looks into the injector. All four steps are sequentially
 * consistent, so one of the two sees the other.
 * - In the deque of a busy worker, private at first. A searcher asks by raising the victim's limit. A worker about to
 * sleep asks every other worker after it has announced itself, so the next fork of each takes the slow path in `feed`,
 * finds somebody asleep and wakes one. When an owner lowers its limit it looks at the sleepers afterwards
 * (`set_limit`): either it sees the one that asked before, or the asking comes later and stays. One waker at a time:
 * while anybody searches nobody is woken, and the last searcher that finds work wakes the next one if there are
 * sleepers left. So at most one worker more than there is work for is awake, beside those in their spin.
 */
#include "worker.h"

#include "dyno/futex.h"

#include <sched.h>

enum {
    KEEP = 4,           /* private frames a worker holds ready; forks beyond them run at once */
    SEARCH_ROUNDS = 96, /* looks at everybody before sleeping */
    PAUSE_ROUNDS = 64,  /* of those, with a pause between; after that the CPU is offered to others */
    JOIN_ROUNDS = 64,   /* the same for a join that waits for a thief */
    NESTING_MAX = 64,   /* jobs of others stacked on one worker by joins that wait */
    INJECTOR_BATCH = 1,
};

static _Thread_local worker *self;

worker *dy_worker_self(void)
{
    return self;
}

/* ---- Waking and feeding ---- */

void dy_pool_wake_one(dy_pool *pool)
{
    /* seq_cst: after the work has been published; pairs with the searcher that stops searching and then looks again. */
    if (dy_u32_fetch_add_seq_cst(&pool->searching, 0) != 0) return;
    if (dy_event_count_notify(&pool->idle, 1) > 0 && self != NULL) dy_count(&self->counts.wakes, 1);
}

/* How far this worker may fork before its children run at once. */
static void set_limit(worker *w)
{
    dy_deque *deque = &w->public.deque;
    if (w->pool->options.no_stealing) return;
    ptrdiff_t room = deque->end - deque->split;
    /* seq_cst: pairs with dy_deque_ask by a worker that announced itself before; see the top of this file. */
    dy_ptr_exchange_seq_cst(&deque->limit, deque->split + (room < KEEP ? room : KEEP));
    if (dy_event_count_sleepers(&w->pool->idle) > 0 && dy_u32_load_seq_cst(&w->pool->searching) == 0) {
        dy_ptr_store_relaxed(&deque->limit, deque->end);
    }
}

/* Somebody is hungry: publish, and wake a sleeper if nobody is awake to take it. */
static DY_COLD void feed(worker *w, dy_head head)
{
    unsigned published = dy_deque_publish(&w->public.deque, head);
    dy_count(&w->counts.published, published);
    if (published > 0) dy_pool_wake_one(w->pool);
    set_limit(w);
}

dy_head dy_worker_push(dy_worker *public, dy_head head, dy_job *job)
{
    worker *w = (worker *)(void *)public;
    *head++ = job;
    dy_count(&w->counts.pushed, 1);
    if (dy_deque_is_hungry(&public->deque)) feed(w, head);
    return head;
}

/* ---- Running jobs ---- */

void dy_job_finish(dy_job *job, uint32_t state)
{
    /* acq_rel: release pairs with the acquires in await_job and join_stolen, and publishes the result; the job may be
     * gone right after. A wake of a word that is gone is harmless: the sleeper, if any, looks again. */
    uint32_t former = dy_u32_exchange_acq_rel(&job->state, state);
    if (former == DY_JOB_AWAITED) dy_futex_wake(&job->state, 1);
}

static bool job_is_done(const dy_job *job)
{
    /* acquire: pairs with the release in dy_job_finish; the result is visible. */
    return dy_u32_load_acquire(&job->state) >= DY_JOB_DONE;
}

static void run_stolen(worker *w, dy_head head, dy_job *job)
{
    /* release: pairs with the acquire in leap; says whom to help. */
    dy_u32_store_release(&job->thief, w->index + 1);
    job->run(&w->public, head, job);
}

/* ---- Finding work ---- */

static uint64_t next_random(worker *w)
{
    /* xorshift64: G. Marsaglia, "Xorshift RNGs", 2003. */
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return w->random;
}

/* Steals from one victim; asks it for work when there is nothing to take. */
static dy_job *steal_from(worker *w, worker *victim)
{
    dy_job *job = NULL;
    dy_count(&w->counts.attempts, 1);
    switch (dy_deque_steal(&victim->public.deque, &job)) {
    case DY_STEAL_GOT:
        dy_count(&w->counts.stolen, 1);
        return job;
    case DY_STEAL_EMPTY:
        dy_deque_ask(&victim->public.deque);
        return NULL;
    case DY_STEAL_RETRY:
        return NULL;
    }
    return NULL;
}

/* Looks at every other worker once, from a random one on. */
static dy_job *steal_from_any(worker *w, worker **victim)
{
    unsigned n = w->pool->n_workers;
    if (n < 2 || w->pool->options.no_stealing) return NULL;
    unsigned first = (unsigned)(next_random(w) % n);
    for (unsigned i = 0; i < n; i++) {
        unsigned k = first + i < n ? first + i : first + i - n;
        if (k == w->index) continue;
        dy_job *job = steal_from(w, &w->pool->workers[k]);
        if (job != NULL) {
            *victim = &w->pool->workers[k];
            return job;
        }
    }
    return NULL;
}

static dy_job *take_injected(worker *w)
{
    void *item;
    if (dy_injector_take(&w->pool->injector, &item, INJECTOR_BATCH) == 0) return NULL;
    dy_count(&w->counts.injected, 1);
    return item;
}

static dy_job *look_once(worker *w, worker **victim)
{
    dy_job *job = take_injected(w);
    return job != NULL ? job : steal_from_any(w, victim);
}

static void wait_a_little(unsigned round, unsigned pauses)
{
    if (round >= pauses) {
        sched_yield();
        return;
    }
    for (unsigned i = 0; i <= round / 8; i++)
        dy_cpu_relax();
}

static bool pool_ends(const dy_pool *pool)
{
    /* acquire: pairs with the store in dy_pool_close. */
    return dy_u32_load_acquire(&pool->stopping) == POOL_ENDS;
}

static bool anything_public(const dy_pool *pool)
{
    for (unsigned i = 0; i < pool->n_workers; i++) {
        if (dy_deque_has_public(&pool->workers[i].public.deque)) return true;
    }
    return false;
}

/* This worker has work and stops searching. If it was the last searcher and others sleep, the search must go on: by a
 * sleeper woken now for work that is in sight, or by one that the victim wakes at its next fork. */
static void stop_searching(worker *w, worker *victim)
{
    dy_pool *pool = w->pool;
    /* seq_cst: pairs with the looks at `searching` in dy_pool_wake_one and set_limit. */
    bool last = dy_u32_fetch_sub_seq_cst(&pool->searching, 1) == 1;
    if (!last || dy_event_count_sleepers(&pool->idle) == 0) return;
    if (victim != NULL) dy_deque_ask(&victim->public.deque);
    if (!dy_injector_is_empty(&pool->injector) || anything_public(pool)) dy_pool_wake_one(pool);
}

static dy_job *search(worker *w)
{
    dy_pool *pool = w->pool;
    dy_u32_fetch_add_seq_cst(&pool->searching, 1);
    for (unsigned round = 0; round < SEARCH_ROUNDS && !pool_ends(pool); round++) {
        worker *victim = NULL;
        dy_job *job = look_once(w, &victim);
        if (job != NULL) {
            stop_searching(w, victim);
            return job;
        }
        wait_a_little(round, PAUSE_ROUNDS);
    }
    /* seq_cst: pairs with dy_pool_wake_one; work published while this worker still counted as a searcher woke nobody,
     * so `park` looks once more after this. */
    dy_u32_fetch_sub_seq_cst(&pool->searching, 1);
    return NULL;
}

static bool sees_work(worker *w)
{
    dy_pool *pool = w->pool;
    if (!dy_injector_is_empty(&pool->injector)) return true;
    if (pool->options.no_stealing) return false;
    bool found = false;
    for (unsigned i = 0; i < pool->n_workers; i++) {
        if (i == w->index) continue;
        dy_deque_ask(&pool->workers[i].public.deque);
        found = found || dy_deque_has_public(&pool->workers[i].public.deque);
    }
    return found;
}

static void park(worker *w)
{
    dy_pool *pool = w->pool;
    uint32_t ticket = dy_event_count_prepare(&pool->idle);
    if (sees_work(w) || pool_ends(pool)) {
        dy_event_count_cancel(&pool->idle);
        return;
    }
    dy_count(&w->counts.parks, 1);
    dy_event_count_wait(&pool->idle, ticket, UINT64_MAX);
}

void *dy_worker_main(void *argument)
{
    worker *w = argument;
    dy_pool *pool = w->pool;
    self = w;
    if (pool->options.worker_start != NULL) pool->options.worker_start(pool->options.context, w->index);
    while (!pool_ends(pool)) {
        dy_job *job = search(w);
        if (job == NULL) {
            park(w);
            continue;
        }
        set_limit(w);
        run_stolen(w, w->public.deque.slots, job);
    }
    return NULL;
}

/* ---- Joining ---- */

/* Runs one job that somebody else would have to run otherwise: one of the thief's own first, because the thief is what
 * the join waits for; then anybody's. */
static bool help(worker *w, dy_head above, const dy_job *awaited)
{
    if (w->nesting >= NESTING_MAX) return false;
    /* acquire: pairs with the release in run_stolen. */
    uint32_t thief = dy_u32_load_acquire(&awaited->thief);
    worker *victim = NULL;
    dy_job *job = thief != 0 ? steal_from(w, &w->pool->workers[thief - 1]) : NULL;
    if (job != NULL) {
        dy_count(&w->counts.leaps, 1);
    } else {
        job = steal_from_any(w, &victim);
    }
    if (job == NULL) return false;
    w->nesting++;
    run_stolen(w, above, job);
    w->nesting--;
    return true;
}

/* Sleeps until the job is done. */
static void await_job(dy_job *job)
{
    while (!job_is_done(job)) {
        uint32_t state = DY_JOB_PENDING;
        /* relaxed: the sleeper reads nothing on the strength of this; job_is_done acquires. */
        if (dy_u32_cas_relaxed(&job->state, &state, DY_JOB_AWAITED) || state == DY_JOB_AWAITED) {
            dy_futex_wait(&job->state, DY_JOB_AWAITED, UINT64_MAX);
        }
    }
}

static DY_COLD void join_stolen(worker *w, dy_head head, dy_job *job)
{
    for (unsigned round = 0; !job_is_done(job); round++) {
        if (help(w, head + 1, job)) {
            round = 0;
        } else if (round < JOIN_ROUNDS) {
            wait_a_little(round, JOIN_ROUNDS - 8);
        } else {
            dy_count(&w->counts.parks, 1);
            await_job(job);
        }
    }
    dy_deque_retire(&w->public.deque, head);
    set_limit(w);
}

bool dy_worker_join(dy_worker *public, dy_head head, dy_job *job)
{
    worker *w = (worker *)(void *)public;
    dy_deque *deque = &public->deque;
    if (DY_UNLIKELY(head < deque->split)) {
        if (!dy_deque_reclaim(deque, head)) {
            join_stolen(w, head, job);
            return false;
        }
        set_limit(w);
    }
    /* The oldest frames are the largest: a thief that is waiting gets them before this one is run. */
    if (DY_UNLIKELY(dy_deque_is_hungry(deque)) && head > deque->split) feed(w, head);
    return true;
}

/* ---- From outside ---- */

dy_status dy_pool_run(dy_pool *pool, dy_job *job)
{
    if (self != NULL && self->pool == pool) return DY_E_POOL_WORKER;
    if (dy_u32_load_seq_cst(&pool->stopping) != POOL_RUNS) return DY_E_POOL_STOPPED;
    dy_status status = dy_injector_push(&pool->injector, job);
    if (status != DY_OK) return status;
    dy_pool_wake_one(pool);
    await_job(job);
    return dy_u32_load_relaxed(&job->state) == DY_JOB_CANCELLED ? DY_E_CANCELLED : DY_OK;
}
