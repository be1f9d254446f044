#include "dyno/forkjoin.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* ---- Tasks of several shapes ---- */

DY_TASK(int64_t, fib, int, n)
{
    if (n < 2) return n;
    DY_FORK(x, fib, n - 1);
    int64_t b = DY_CALL(fib, n - 2);
    return DY_JOIN(fib, x) + b;
}

DY_TASK(int64_t, fib_both, int, n)
{
    if (n < 2) return n;
    DY_BOTH(fib_both, a, (n - 1), b, (n - 2));
    return a + b;
}

DY_TASK(int, seven)
{
    return 7;
}

/* A loop of forks, joined backwards; a task without arguments at the leaves. */
DY_TASK(int64_t, tree, int, depth)
{
    if (depth == 0) return DY_CALL(seven);
    DY_HANDLE(tree) child[10];
    int64_t sum = 0;
    for (int i = 0; i < 10; i++)
        DY_FORK_INTO(child[i], tree, depth - 1);
    for (int i = 9; i >= 0; i--)
        sum += DY_JOIN_FROM(tree, child[i]);
    return sum;
}

/* No result; eight arguments. */
DY_VOID_TASK(fill, int *, at, size_t, n, int, a, int, b, int, c, int, d, int, e, int, f)
{
    if (n == 1) {
        *at = a + b + c + d + e + f;
        return;
    }
    DY_FORK(left, fill, at, n / 2, a, b, c, d, e, f);
    DY_CALL(fill, at + n / 2, n - n / 2, a, b, c, d, e, f);
    DY_JOIN(fill, left);
}

/* Two tasks that call each other. */
DY_DECLARE_TASK(bool, is_odd, unsigned, n);
DY_TASK(bool, is_even, unsigned, n)
{
    return n == 0 || DY_CALL(is_odd, n - 1);
}
DY_DEFINE_TASK(bool, is_odd, unsigned, n)
{
    return n != 0 && DY_CALL(is_even, n - 1);
}

/* A result that is no scalar, and forks of different tasks in one block. */
typedef struct {
    int64_t a, b, c;
} triple;
DY_TASK(triple, three, int, n)
{
    DY_FORK(x, fib, n);
    DY_FORK(y, seven);
    int64_t c = DY_CALL(fib, n - 1);
    int64_t b = DY_JOIN(seven, y);
    return (triple){DY_JOIN(fib, x), b, c};
}

/* A long leaf, so that the other side of a fork is stolen for certain when there is somebody to steal it. */
static void busy(long ns)
{
    struct timespec pause = {0, ns};
    nanosleep(&pause, NULL);
}
DY_TASK(int, slow_tree, int, depth)
{
    if (depth == 0) {
        busy(300000);
        return 1;
    }
    DY_FORK(x, slow_tree, depth - 1);
    int b = DY_CALL(slow_tree, depth - 1);
    return DY_JOIN(slow_tree, x) + b;
}

static dy_pool *open_pool(dy_pool_options options)
{
    dy_pool *pool;
    dy_error error = DY_ERROR_INIT;
    assert_int_equal(dy_pool_open(&pool, &options, &error), DY_OK);
    assert_int_equal(dy_pool_workers(pool), options.workers);
    return pool;
}

static void run_every_shape(dy_pool *pool)
{
    int64_t value = 0;
    assert_int_equal(DY_RUN(pool, &value, fib, 22), DY_OK);
    assert_int_equal(value, 17711);
    assert_int_equal(DY_RUN(pool, &value, fib_both, 22), DY_OK);
    assert_int_equal(value, 17711);
    assert_int_equal(DY_RUN(pool, &value, tree, 4), DY_OK);
    assert_int_equal(value, 70000);
    int filled[1000] = {0};
    assert_int_equal(DY_RUN(pool, NULL, fill, filled, 1000, 1, 2, 3, 4, 5, 6), DY_OK);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(filled[i], 21);
    bool even = false;
    assert_int_equal(DY_RUN(pool, &even, is_even, 1000), DY_OK);
    assert_true(even);
    triple three_values = {0};
    assert_int_equal(DY_RUN(pool, &three_values, three, 15), DY_OK);
    assert_int_equal(three_values.a, 610);
    assert_int_equal(three_values.b, 7);
    assert_int_equal(three_values.c, 377);
    int seven_value = 0;
    assert_int_equal(DY_RUN(pool, &seven_value, seven), DY_OK);
    assert_int_equal(seven_value, 7);
}

static void every_shape_of_task_gives_its_answer(void **state)
{
    (void)state;
    for (unsigned workers = 1; workers <= 8; workers *= 2) {
        dy_pool *pool = open_pool((dy_pool_options){.workers = workers});
        for (int i = 0; i < 5; i++)
            run_every_shape(pool);
        assert_int_equal(dy_pool_close(pool, DY_POOL_DRAIN, NULL), DY_OK);
    }
}

static void a_deque_of_one_slot_is_enough(void **state)
{
    (void)state;
    dy_pool *pool = open_pool((dy_pool_options){.workers = 3, .deque_slots = 1});
    for (int i = 0; i < 5; i++)
        run_every_shape(pool);
    dy_pool_close(pool, DY_POOL_DRAIN, NULL);
}

static void without_stealing_nothing_is_stolen(void **state)
{
    (void)state;
    dy_pool *pool = open_pool((dy_pool_options){.workers = 3, .no_stealing = true});
    run_every_shape(pool);
    dy_pool_metrics metrics;
    dy_pool_read_metrics(pool, &metrics);
    assert_int_equal(metrics.stolen, 0);
    assert_int_equal(metrics.pushed, 0);
    dy_pool_close(pool, DY_POOL_DRAIN, NULL);
}

static void idle_workers_steal(void **state)
{
    (void)state;
    dy_pool *pool = open_pool((dy_pool_options){.workers = 4});
    int leaves = 0;
    assert_int_equal(DY_RUN(pool, &leaves, slow_tree, 7), DY_OK);
    assert_int_equal(leaves, 128);
    dy_pool_metrics metrics;
    dy_pool_read_metrics(pool, &metrics);
    assert_true(metrics.stolen >= 3);
    assert_true(metrics.published >= metrics.stolen);
    dy_pool_close(pool, DY_POOL_DRAIN, NULL);
}

/* ---- Several outside threads at once ---- */

static void *run_fibs(void *pool)
{
    for (int i = 0; i < 300; i++) {
        int64_t value = 0;
        if (DY_RUN((dy_pool *)pool, &value, fib, 12) != DY_OK || value != 144) abort();
    }
    return NULL;
}

static void outside_threads_may_run_at_the_same_time(void **state)
{
    (void)state;
    dy_pool *pool = open_pool((dy_pool_options){.workers = 3});
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_fibs, pool), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    dy_pool_close(pool, DY_POOL_DRAIN, NULL);
}

/* ---- Detached tasks ---- */

enum { TASKS = 100000, PRODUCERS = 2 };
static dy_atomic_u8 runs[PRODUCERS * TASKS];
static dy_pool *submit_pool;

static void run_once(void *argument)
{
    dy_u8_fetch_add_relaxed(argument, 1);
}

static void *submit_all(void *argument)
{
    dy_atomic_u8 *mine = argument;
    for (int i = 0; i < TASKS; i++) {
        if (dy_pool_submit(submit_pool, run_once, &mine[i]) != DY_OK) abort();
    }
    return NULL;
}

static void every_task_submitted_is_run_once(void **state)
{
    (void)state;
    submit_pool = open_pool((dy_pool_options){.workers = 2});
    pthread_t threads[PRODUCERS];
    for (int i = 0; i < PRODUCERS; i++)
        pthread_create(&threads[i], NULL, submit_all, &runs[(size_t)i * TASKS]);
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(dy_pool_drain(submit_pool), DY_OK);
    for (int i = 0; i < PRODUCERS * TASKS; i++)
        assert_int_equal(dy_u8_load_relaxed(&runs[i]), 1);
    size_t cancelled = 99;
    assert_int_equal(dy_pool_close(submit_pool, DY_POOL_DRAIN, &cancelled), DY_OK);
    assert_int_equal(cancelled, 0);
}

static dy_atomic_u32 chained;
static dy_atomic_u32 refused_inside;

static void submit_next(void *argument)
{
    uint32_t left = (uint32_t)(uintptr_t)argument;
    dy_u32_fetch_add_relaxed(&chained, 1);
    if (dy_pool_drain(submit_pool) == DY_E_POOL_WORKER &&
        dy_pool_close(submit_pool, DY_POOL_DRAIN, NULL) == DY_E_POOL_WORKER &&
        DY_RUN(submit_pool, NULL, seven) == DY_E_POOL_WORKER) {
        dy_u32_fetch_add_relaxed(&refused_inside, 1);
    }
    if (left > 0) dy_pool_submit(submit_pool, submit_next, (void *)(uintptr_t)(left - 1));
}

static void tasks_may_submit_tasks_and_draining_waits_for_them(void **state)
{
    (void)state;
    submit_pool = open_pool((dy_pool_options){.workers = 2});
    assert_int_equal(dy_pool_submit(submit_pool, submit_next, (void *)(uintptr_t)999), DY_OK);
    assert_int_equal(dy_pool_close(submit_pool, DY_POOL_DRAIN, NULL), DY_OK);
    assert_int_equal(dy_u32_load_relaxed(&chained), 1000);
    /* What would wait for itself is refused on a worker. */
    assert_int_equal(dy_u32_load_relaxed(&refused_inside), 1000);
}

static dy_atomic_u32 gate;

static void wait_at_gate(void *unused)
{
    (void)unused;
    while (dy_u32_load_acquire(&gate) == 0)
        busy(100000);
}

static void *open_gate_later(void *unused)
{
    (void)unused;
    busy(20000000);
    /* release: pairs with the acquire in wait_at_gate. */
    dy_u32_store_release(&gate, 1);
    return NULL;
}

static void cancelling_drops_what_has_not_begun(void **state)
{
    (void)state;
    submit_pool = open_pool((dy_pool_options){.workers = 1});
    dy_atomic_u8 ran[50] = {0};
    assert_int_equal(dy_pool_submit(submit_pool, wait_at_gate, NULL), DY_OK);
    dy_pool_metrics metrics;
    do
        dy_pool_read_metrics(submit_pool, &metrics);
    while (metrics.injected == 0);
    for (int i = 0; i < 50; i++)
        assert_int_equal(dy_pool_submit(submit_pool, run_once, &ran[i]), DY_OK);
    pthread_t opener;
    assert_int_equal(pthread_create(&opener, NULL, open_gate_later, NULL), 0);
    size_t cancelled = 0;
    assert_int_equal(dy_pool_close(submit_pool, DY_POOL_CANCEL, &cancelled), DY_OK);
    pthread_join(opener, NULL);
    assert_int_equal(cancelled, 50);
    for (int i = 0; i < 50; i++)
        assert_int_equal(dy_u8_load_relaxed(&ran[i]), 0);
}

/* ---- Options, starting, waking ---- */

static void wrong_options_are_named(void **state)
{
    (void)state;
    dy_pool *pool;
    dy_error error = DY_ERROR_INIT;
    assert_int_equal(dy_pool_open(&pool, &DY_POOL_OPTIONS(.workers = 5000), &error), DY_E_CONFIG);
    assert_string_equal(error.message, "workers is 5000, 1 to 4096 are accepted");
    assert_null(pool);
    assert_int_equal(dy_pool_open(&pool, &DY_POOL_OPTIONS(.stack_size = 100), &error), DY_E_CONFIG);
    assert_string_equal(error.message, "stack_size is 100 bytes, at least 65536 are needed");
    assert_int_equal(dy_pool_open(&pool, &DY_POOL_OPTIONS(.deque_slots = (size_t)1 << 40), &error), DY_E_CONFIG);
}

static dy_atomic_u32 started;

static void note_start(void *context, unsigned index)
{
    dy_u32_fetch_or_relaxed(context, 1u << index);
}

static void each_worker_announces_itself(void **state)
{
    (void)state;
    dy_pool *pool = open_pool((dy_pool_options){.workers = 4, .worker_start = note_start, .context = &started});
    dy_pool_close(pool, DY_POOL_DRAIN, NULL);
    assert_int_equal(dy_u32_load_relaxed(&started), 15);
}

/* Lets the pool fall asleep between submissions: a lost wake-up hangs into the time limit. */
static void a_sleeping_pool_wakes_for_every_run(void **state)
{
    (void)state;
    dy_pool *pool = open_pool((dy_pool_options){.workers = 3});
    for (int i = 0; i < 200; i++) {
        if (i % 2 == 0) busy(1000000);
        int value = 0;
        assert_int_equal(DY_RUN(pool, &value, seven), DY_OK);
        assert_int_equal(value, 7);
    }
    dy_pool_close(pool, DY_POOL_DRAIN, NULL);
}

static void *rationed_allocate(void *context, size_t size, size_t alignment)
{
    intptr_t *ration = context;
    if (ration[0]-- <= 0) return NULL;
    ration[1]++;
    return dy_allocate(dy_allocator_libc(), size, alignment);
}

static void rationed_release(void *context, void *block, size_t size, size_t alignment)
{
    ((intptr_t *)context)[1]--;
    dy_release(dy_allocator_libc(), block, size, alignment);
}

static void opening_fails_cleanly_at_every_allocation(void **state)
{
    (void)state;
    static const dy_allocator_ops ops = {rationed_allocate, rationed_release, NULL};
    bool opened = false;
    for (intptr_t k = 0; !opened; k++) {
        assert_true(k < 100);
        intptr_t ration[2] = {k, 0};
        dy_pool *pool;
        dy_error error = DY_ERROR_INIT;
        dy_pool_options options = {.workers = 3, .allocator = {&ops, ration}};
        dy_status status = dy_pool_open(&pool, &options, &error);
        opened = status == DY_OK;
        if (opened) {
            dy_pool_close(pool, DY_POOL_DRAIN, NULL);
        } else {
            assert_int_equal(status, -12);
            assert_null(pool);
        }
        assert_int_equal(ration[1], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_of_task_gives_its_answer),
        cmocka_unit_test(a_deque_of_one_slot_is_enough),
        cmocka_unit_test(without_stealing_nothing_is_stolen),
        cmocka_unit_test(idle_workers_steal),
        cmocka_unit_test(outside_threads_may_run_at_the_same_time),
        cmocka_unit_test(every_task_submitted_is_run_once),
        cmocka_unit_test(tasks_may_submit_tasks_and_draining_waits_for_them),
        cmocka_unit_test(cancelling_drops_what_has_not_begun),
        cmocka_unit_test(wrong_options_are_named),
        cmocka_unit_test(each_worker_announces_itself),
        cmocka_unit_test(a_sleeping_pool_wakes_for_every_run),
        cmocka_unit_test(opening_fails_cleanly_at_every_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
