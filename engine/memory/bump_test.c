#include "dyno/bump.h"

#include "model.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static dy_bump *open_bump(size_t size, size_t chunk)
{
    dy_bump *bump;
    dy_bump_options options = DY_BUMP_OPTIONS_INIT;
    options.size = size;
    options.chunk = chunk;
    assert_int_equal(dy_bump_open(&bump, &options, NULL), DY_OK);
    return bump;
}

static void every_alignment_is_of_the_address(void **state)
{
    (void)state;
    /* Memory that begins at an odd address: aligning offsets would go wrong at once. */
    char *memory = malloc((4U << 20) + 1);
    dy_bump *bump;
    dy_bump_options options = DY_BUMP_OPTIONS_INIT;
    options.memory = memory + 1;
    options.size = 4U << 20;
    assert_int_equal(dy_bump_open(&bump, &options, NULL), DY_OK);
    for (size_t alignment = 1; alignment <= (size_t)1 << 20; alignment *= 2) {
        void *block = dy_bump_allocate(bump, 3, alignment);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % alignment, 0);
        memset(block, 0x55, 3);
    }
    dy_bump_close(bump);
    free(memory);
}

static void impossible_layouts_are_refused(void **state)
{
    (void)state;
    dy_bump *bump = open_bump(1U << 16, 0);
    void *block = &bump;
    const size_t alignments[] = {0, 3, 24, SIZE_MAX, SIZE_MAX - 1};
    assert_non_null(dy_bump_allocate(bump, 1, 1)); /* so that there is a chunk that could wrongly serve */
    for (size_t i = 0; i < sizeof alignments / sizeof alignments[0]; i++) {
        assert_int_equal(dy_bump_take(bump, 8, alignments[i], &block), DY_E_LAYOUT);
        assert_null(block);
        assert_int_equal(dy_bump_take(bump, 0, alignments[i], &block), DY_E_LAYOUT);
    }
    assert_int_equal(dy_bump_take(bump, SIZE_MAX, 1, &block), DY_E_LAYOUT);
    assert_int_equal(dy_bump_take(bump, SIZE_MAX - 8, 16, &block), DY_E_LAYOUT);
    assert_int_equal(dy_bump_take(bump, PTRDIFF_MAX, 16, &block), DY_E_EXHAUSTED);
    assert_int_equal(dy_bump_take(bump, 8, (size_t)1 << 62, &block), DY_E_EXHAUSTED);
    dy_bump_stats stats;
    dy_bump_stats_read(bump, &stats);
    assert_int_equal(stats.calls, 1);
    assert_int_equal(stats.failures, 14);
    assert_int_equal(stats.bytes, 1);
    dy_bump_close(bump);
}

static void size_zero_gives_an_aligned_address(void **state)
{
    (void)state;
    dy_bump *bump = open_bump(1U << 16, 0);
    void *block = dy_bump_allocate(bump, 0, 64);
    assert_non_null(block);
    assert_int_equal((uintptr_t)block % 64, 0);
    dy_bump_close(bump);
}

static void the_whole_region_can_be_had(void **state)
{
    (void)state;
    dy_bump *bump = open_bump(1U << 20, 0);
    dy_bump_stats stats;
    dy_bump_stats_read(bump, &stats);
    assert_int_equal(stats.size, 1U << 20);
    void *all = dy_bump_allocate(bump, stats.size, 1);
    assert_non_null(all);
    memset(all, 1, stats.size);
    assert_null(dy_bump_allocate(bump, 1, 1));
    dy_bump_reset(bump);
    size_t blocks = 0;
    while (dy_bump_allocate(bump, 64, 8) != NULL)
        blocks++;
    assert_int_equal(blocks, stats.size / 64); /* one thread loses nothing at the borders of its chunks */
    dy_bump_stats_read(bump, &stats);
    assert_int_equal(stats.bytes, stats.size);
    assert_int_equal(stats.peak, stats.size);
    assert_int_equal(stats.calls, blocks + 1);
    assert_int_equal(stats.failures, 2);
    assert_int_equal(stats.total_bytes, 2 * stats.size);
    assert_int_equal(stats.resets, 1);
    dy_bump_close(bump);
}

static void a_reset_starts_again_and_keeps_local_handles_valid(void **state)
{
    (void)state;
    dy_bump *bump = open_bump(1U << 16, 4096);
    dy_bump_local *local = dy_bump_local_get(bump);
    char *first = dy_bump_local_allocate(local, 100, 16);
    dy_bump_reset(bump);
    char *again = dy_bump_local_allocate(local, 100, 16);
    assert_ptr_equal(first, again);
    assert_true(dy_bump_owns(bump, again));
    assert_false(dy_bump_owns(bump, &bump));
    dy_bump_stats stats;
    dy_bump_stats_read(bump, &stats);
    assert_int_equal(stats.bytes, 100);
    assert_int_equal(stats.total_bytes, 200);
    dy_bump_reset(bump);
    dy_bump_stats_read(bump, &stats);
    assert_int_equal(stats.bytes, 0);
    assert_int_equal(stats.claimed, 0);
    assert_int_equal(stats.peak, 4096);
    dy_bump_close(bump);
}

static void options_out_of_range_are_refused_with_a_reason(void **state)
{
    (void)state;
    dy_bump *bump;
    dy_error error = DY_ERROR_INIT;
    dy_bump_options options = DY_BUMP_OPTIONS_INIT;
    options.size = 100;
    assert_int_equal(dy_bump_open(&bump, &options, &error), DY_E_CONFIG);
    assert_null(bump);
    assert_non_null(strstr(error.message, "100"));
    options.size = 4096;
    options.chunk = 8192;
    assert_int_equal(dy_bump_open(&bump, &options, &error), DY_E_CONFIG);
    assert_non_null(strstr(error.message, "8192"));
    options.chunk = 0;
    options.size = PTRDIFF_MAX; /* more than there are addresses */
    assert_int_equal(dy_bump_open(&bump, &options, &error), -ENOMEM);
    dy_bump_close(NULL);
}

/* An allocator that fails from the k-th call on. */
static unsigned calls_until_failure;
static void *failing_allocate(void *context, size_t size, size_t alignment)
{
    (void)context;
    if (calls_until_failure == 0) return NULL;
    calls_until_failure--;
    return dy_allocate(dy_allocator_libc(), size, alignment);
}
static void failing_release(void *context, void *block, size_t size, size_t alignment)
{
    (void)context;
    dy_release(dy_allocator_libc(), block, size, alignment);
}

static void every_failing_call_is_survived(void **state)
{
    (void)state;
    static const dy_allocator_ops ops = {failing_allocate, failing_release, NULL};
    const dy_allocator failing = {.ops = &ops, .context = NULL};
    dy_bump_options options = DY_BUMP_OPTIONS_INIT;
    options.size = 1U << 16;
    options.source = options.metadata = &failing;
    bool clean = false;
    for (unsigned k = 0; !clean; k++) {
        dy_bump *bump;
        calls_until_failure = k;
        dy_status status = dy_bump_open(&bump, &options, NULL);
        assert_int_equal(status, k < 2 ? -ENOMEM : DY_OK);
        if (status != DY_OK) continue;
        void *block;
        status = dy_bump_take(bump, 10, 1, &block);
        assert_int_equal(status, k < 3 ? -ENOMEM : DY_OK);
        clean = status == DY_OK;
        dy_bump_close(bump);
    }
}

static void the_handle_grows_the_latest_block_in_place(void **state)
{
    (void)state;
    dy_bump *bump = open_bump(1U << 16, 4096);
    dy_allocator handle = dy_bump_allocator(bump);
    char *block = dy_allocate(handle, 100, 8);
    model_fill(block, 100, 1);
    assert_ptr_equal(dy_resize(handle, block, 100, 200, 8), block);
    assert_true(model_intact(block, 100, 1));
    char *other = dy_allocate(handle, 10, 8);
    assert_true(other >= block + 200);
    char *moved = dy_resize(handle, block, 200, 300, 8);
    assert_ptr_not_equal(moved, block);
    assert_true(model_intact(moved, 100, 1));
    assert_null(dy_resize(handle, moved, 300, 1U << 20, 8));
    assert_true(model_intact(moved, 100, 1));
    dy_release(handle, moved, 300, 8);
    assert_ptr_equal(dy_allocate(handle, 300, 8), moved);
    dy_release(handle, NULL, 0, 1);
    dy_bump_close(bump);
}

/* Random requests against the list of what has been given: nothing overlaps and nothing is overwritten. */
static void blocks_never_overlap(void **state)
{
    (void)state;
    enum { ROUNDS = 20, MOST = 4000 };
    static struct {
        unsigned char *block;
        size_t size;
    } given[MOST];
    dy_bump *bump = open_bump(1U << 20, 0);
    uint64_t seed = 42;
    for (int round = 0; round < ROUNDS; round++) {
        size_t count = 0;
        for (; count < MOST; count++) {
            size_t size = model_size(&seed, 12), alignment = (size_t)1 << (model_random(&seed) % 9);
            unsigned char *block = dy_bump_allocate(bump, size, alignment);
            if (block == NULL) break;
            assert_int_equal((uintptr_t)block % alignment, 0);
            assert_true(dy_bump_owns(bump, block) && dy_bump_owns(bump, block + size - 1));
            model_fill(block, size, count);
            given[count].block = block;
            given[count].size = size;
        }
        assert_true(count > 100);
        for (size_t i = 0; i < count; i++)
            assert_true(model_intact(given[i].block, given[i].size, i));
        dy_bump_reset(bump);
    }
    dy_bump_close(bump);
}

#ifdef DY_WITH_ASAN
static void what_is_not_allocated_is_poisoned(void **state)
{
    (void)state;
    dy_bump *bump = open_bump(1U << 16, 4096);
    char *block = dy_bump_allocate(bump, 40, 8);
    assert_null(__asan_region_is_poisoned(block, 40));
    assert_true(__asan_address_is_poisoned(block + 40));
    dy_bump_reset(bump);
    assert_true(__asan_address_is_poisoned(block));
    dy_bump_close(bump);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_alignment_is_of_the_address),
        cmocka_unit_test(impossible_layouts_are_refused),
        cmocka_unit_test(size_zero_gives_an_aligned_address),
        cmocka_unit_test(the_whole_region_can_be_had),
        cmocka_unit_test(a_reset_starts_again_and_keeps_local_handles_valid),
        cmocka_unit_test(options_out_of_range_are_refused_with_a_reason),
        cmocka_unit_test(every_failing_call_is_survived),
        cmocka_unit_test(the_handle_grows_the_latest_block_in_place),
        cmocka_unit_test(blocks_never_overlap),
#ifdef DY_WITH_ASAN
        cmocka_unit_test(what_is_not_allocated_is_poisoned),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
