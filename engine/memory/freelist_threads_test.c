#include "dyno/freelist.h"

#include "dyno/atomic.h"
#include "model.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { THREADS = 4, STEPS = 20000, SHARED = 256 };

typedef struct parcel {
    size_t size;
    uint64_t tag;
} parcel;

static dy_freelist *list;
static dy_atomic_ptr shelf[SHARED];
static dy_atomic_u64 made, gone, refused, broken;

static void dispose(parcel *p)
{
    if (p == NULL) return;
    if (!model_intact(p + 1, p->size, p->tag)) dy_u64_fetch_add_relaxed(&broken, 1);
    if (dy_freelist_free(list, p) != DY_OK) dy_u64_fetch_add_relaxed(&broken, 1);
    dy_u64_fetch_add_relaxed(&gone, 1);
}

/* Every step puts a new block on the shared shelf and disposes of whatever lay there, mostly another thread's. */
static void *exchange_parcels(void *seed_pointer)
{
    uint64_t seed = *(uint64_t *)seed_pointer;
    for (int i = 0; i < STEPS; i++) {
        size_t size = model_size(&seed, 11);
        parcel *p = dy_freelist_allocate(list, sizeof *p + size, (size_t)1 << (i % 16 == 0 ? 7 : 4));
        if (p == NULL) {
            dy_u64_fetch_add_relaxed(&refused, 1);
        } else {
            *p = (parcel){.size = size, .tag = seed};
            model_fill(p + 1, size, seed);
            dy_u64_fetch_add_relaxed(&made, 1);
        }
        /* acq_rel: pairs with itself in the other threads; hands over the block's contents. */
        dispose(dy_ptr_exchange_acq_rel(&shelf[model_random(&seed) % SHARED], p));
        if (i % 4096 == 0) dy_freelist_trim(list);
    }
    return NULL;
}

static void start(size_t size, size_t cache)
{
    dy_freelist_options options = DY_FREELIST_OPTIONS_INIT;
    options.size = size;
    options.cache = cache;
    assert_int_equal(dy_freelist_open(&list, &options, NULL), DY_OK);
    dy_u64_store_relaxed(&made, 0);
    dy_u64_store_relaxed(&gone, 0);
    dy_u64_store_relaxed(&refused, 0);
}

static void run_all(void *(*body)(void *))
{
    pthread_t threads[THREADS];
    uint64_t seeds[THREADS];
    for (uint64_t i = 0; i < THREADS; i++) {
        seeds[i] = i + 1;
        assert_int_equal(pthread_create(&threads[i], NULL, body, &seeds[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void every_block_is_freed_exactly_once_by_some_thread(void **state)
{
    (void)state;
    const size_t sizes[] = {16U << 20, 192U << 10, 16U << 20}, caches[] = {0, 0, DY_FREELIST_NO_CACHE};
    for (int round = 0; round < 3; round++) {
        start(sizes[round], caches[round]);
        run_all(exchange_parcels);
        for (int i = 0; i < SHARED; i++)
            dispose(dy_ptr_exchange_acq_rel(&shelf[i], NULL)); /* acq_rel: as above */
        assert_int_equal(dy_u64_load_relaxed(&broken), 0);
        assert_int_equal(dy_u64_load_relaxed(&made), dy_u64_load_relaxed(&gone));
        dy_freelist_stats stats;
        dy_freelist_stats_read(list, &stats);
        assert_int_equal(stats.allocations, dy_u64_load_relaxed(&made));
        assert_int_equal(stats.frees, dy_u64_load_relaxed(&gone));
        assert_int_equal(stats.failures, dy_u64_load_relaxed(&refused));
        assert_int_equal(stats.misuses, 0);
        dy_freelist_trim(list); /* this thread's stock; the others gave theirs up when they ended */
        dy_freelist_report report;
        assert_int_equal(dy_freelist_inspect(list, &report), DY_OK);
        assert_int_equal(report.free_blocks, 1);
        assert_int_equal(report.live_blocks + report.cached_blocks, 0);
        dy_freelist_close(list);
    }
}

static void *fill_own_stock(void *unused)
{
    (void)unused;
    void *blocks[64];
    for (int i = 0; i < 64; i++)
        blocks[i] = dy_freelist_allocate(list, 200, 16);
    for (int i = 0; i < 64; i++)
        dy_freelist_free(list, blocks[i]);
    return NULL;
}

static void a_thread_that_ends_leaves_nothing_behind(void **state)
{
    (void)state;
    start(1U << 20, 0);
    run_all(fill_own_stock);
    dy_freelist_report report;
    assert_int_equal(dy_freelist_inspect(list, &report), DY_OK);
    assert_int_equal(report.cached_blocks, 0);
    assert_int_equal(report.free_blocks, 1);
    dy_freelist_close(list);
}

static pthread_barrier_t barrier;

static void *stock_up_and_idle(void *unused)
{
    fill_own_stock(unused);
    pthread_barrier_wait(&barrier); /* the stock is there */
    pthread_barrier_wait(&barrier); /* the others have taken it */
    return NULL;
}

static void the_stock_of_an_idle_thread_serves_another_under_pressure(void **state)
{
    (void)state;
    start(1U << 20, SIZE_MAX - 1);
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_t idler;
    assert_int_equal(pthread_create(&idler, NULL, stock_up_and_idle, NULL), 0);
    pthread_barrier_wait(&barrier);
    dy_freelist_report report;
    assert_int_equal(dy_freelist_inspect(list, &report), DY_OK);
    assert_true(report.cached_blocks > 0);
    void *all = dy_freelist_allocate(list, (1U << 20) - 64, 16);
    assert_non_null(all);
    pthread_barrier_wait(&barrier);
    pthread_join(idler, NULL);
    assert_int_equal(dy_freelist_free(list, all), DY_OK);
    pthread_barrier_destroy(&barrier);
    dy_freelist_close(list);
}

/* Lists that come and go while threads that used them live on: their stale entries must not lead anywhere. */
static void *use_many_lists(void *unused)
{
    (void)unused;
    for (int i = 0; i < 40; i++) {
        dy_freelist *own;
        dy_freelist_options options = DY_FREELIST_OPTIONS_INIT;
        options.size = 1U << 16;
        if (dy_freelist_open(&own, &options, NULL) != DY_OK) return (void *)1;
        void *block = dy_freelist_allocate(own, 100, 16);
        void *common = dy_freelist_allocate(list, 100, 16);
        bool fine = dy_freelist_free(own, block) == DY_OK && dy_freelist_free(list, common) == DY_OK;
        dy_freelist_close(own);
        if (!fine) return (void *)1;
    }
    return NULL;
}

static void lists_may_come_and_go_under_living_threads(void **state)
{
    (void)state;
    start(1U << 20, 0);
    run_all(use_many_lists);
    use_many_lists(NULL);
    dy_freelist_stats stats;
    dy_freelist_stats_read(list, &stats);
    assert_int_equal(stats.allocations, 40 * (THREADS + 1));
    assert_int_equal(stats.frees, 40 * (THREADS + 1));
    dy_freelist_close(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_block_is_freed_exactly_once_by_some_thread),
        cmocka_unit_test(a_thread_that_ends_leaves_nothing_behind),
        cmocka_unit_test(the_stock_of_an_idle_thread_serves_another_under_pressure),
        cmocka_unit_test(lists_may_come_and_go_under_living_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
