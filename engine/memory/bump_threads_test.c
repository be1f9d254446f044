#include "dyno/bump.h"

#include "model.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { THREADS = 4, BLOCKS = 3000, ROUNDS = 4 };

typedef struct worker {
    dy_bump *bump;
    uint64_t seed;
    unsigned char *blocks[BLOCKS];
    size_t sizes[BLOCKS];
} worker;

static worker workers[THREADS];

static void *allocate_all(void *argument)
{
    worker *self = argument;
    for (size_t i = 0; i < BLOCKS; i++) {
        self->sizes[i] = model_size(&self->seed, 9);
        self->blocks[i] = dy_bump_allocate(self->bump, self->sizes[i], (size_t)1 << (i % 7));
        if (self->blocks[i] != NULL) model_fill(self->blocks[i], self->sizes[i], self->seed + i);
    }
    return NULL;
}

static void run_all(void *(*body)(void *))
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, body, &workers[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

/* The seed has moved on since a block was filled, so the tag is found by going through the same sizes again. */
static void check_contents(worker *self, uint64_t seed)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        size_t size = model_size(&seed, 9);
        assert_non_null(self->blocks[i]);
        assert_int_equal(size, self->sizes[i]);
        assert_true(model_intact(self->blocks[i], size, seed + i));
    }
}

static void threads_get_blocks_of_their_own_and_counts_add_up(void **state)
{
    (void)state;
    dy_bump *bump;
    dy_bump_options options = DY_BUMP_OPTIONS_INIT;
    options.size = 16U << 20;
    options.chunk = 8192;
    assert_int_equal(dy_bump_open(&bump, &options, NULL), DY_OK);
    for (uint64_t round = 0; round < ROUNDS; round++) {
        for (uint64_t i = 0; i < THREADS; i++) {
            workers[i].bump = bump;
            workers[i].seed = round * 100 + i;
        }
        run_all(allocate_all);
        for (uint64_t i = 0; i < THREADS; i++)
            check_contents(&workers[i], round * 100 + i);
        dy_bump_stats stats;
        dy_bump_stats_read(bump, &stats);
        assert_int_equal(stats.calls, (round + 1) * THREADS * BLOCKS);
        assert_int_equal(stats.failures, 0);
        assert_true(stats.threads <= THREADS); /* newcomers take over what ended threads left */
        assert_true(stats.bytes <= stats.claimed && stats.claimed <= stats.peak);
        dy_bump_reset(bump);
    }
    dy_bump_close(bump);
}

static dy_atomic_u64 met, refused;

static void *allocate_until_refused(void *argument)
{
    worker *self = argument;
    while (dy_bump_allocate(self->bump, 32, 8) != NULL)
        dy_u64_fetch_add_relaxed(&met, 1);
    dy_u64_fetch_add_relaxed(&refused, 1);
    return NULL;
}

static void an_exhausted_region_refuses_every_thread_and_loses_nothing(void **state)
{
    (void)state;
    dy_bump *bump;
    dy_bump_options options = DY_BUMP_OPTIONS_INIT;
    options.size = 1U << 20;
    options.chunk = 1024;
    assert_int_equal(dy_bump_open(&bump, &options, NULL), DY_OK);
    for (int i = 0; i < THREADS; i++)
        workers[i].bump = bump;
    run_all(allocate_until_refused);
    assert_int_equal(dy_u64_load_relaxed(&refused), THREADS);
    assert_int_equal(dy_u64_load_relaxed(&met) * 32,
                     1U << 20); /* each thread used its chunk up before it was refused */
    dy_bump_close(bump);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_get_blocks_of_their_own_and_counts_add_up),
        cmocka_unit_test(an_exhausted_region_refuses_every_thread_and_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
