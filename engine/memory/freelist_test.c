#include "dyno/freelist.h"

#include "dyno/poison.h"
#include "model.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static dy_freelist *open_list(size_t size, size_t cache)
{
    dy_freelist *list;
    dy_freelist_options options = DY_FREELIST_OPTIONS_INIT;
    options.size = size;
    options.cache = cache;
    assert_int_equal(dy_freelist_open(&list, &options, NULL), DY_OK);
    return list;
}

static dy_freelist_report inspect(dy_freelist *list)
{
    dy_freelist_report report;
    assert_int_equal(dy_freelist_inspect(list, &report), DY_OK);
    return report;
}

static void assert_one_free_block(dy_freelist *list)
{
    dy_freelist_trim(list);
    dy_freelist_report report = inspect(list);
    assert_int_equal(report.free_blocks, 1);
    assert_int_equal(report.live_blocks + report.cached_blocks, 0);
    assert_int_equal(report.largest_free, report.free_bytes);
    assert_true(report.fragmentation == 0.0);
}

static uint64_t misuses(dy_freelist *list)
{
    dy_freelist_stats stats;
    dy_freelist_stats_read(list, &stats);
    return stats.misuses;
}

static void freed_neighbours_merge_on_both_sides(void **state)
{
    (void)state;
    dy_freelist *list = open_list(1U << 16, DY_FREELIST_NO_CACHE);
    void *a = dy_freelist_allocate(list, 100, 16), *b = dy_freelist_allocate(list, 100, 16);
    void *c = dy_freelist_allocate(list, 100, 16), *d = dy_freelist_allocate(list, 100, 16);
    assert_int_equal(inspect(list).free_blocks, 1);
    assert_int_equal(dy_freelist_free(list, a), DY_OK);
    assert_int_equal(dy_freelist_free(list, c), DY_OK);
    assert_int_equal(inspect(list).free_blocks, 3);
    assert_int_equal(dy_freelist_free(list, b), DY_OK); /* joins a and c */
    assert_int_equal(inspect(list).free_blocks, 2);
    assert_true(inspect(list).fragmentation > 0.0);
    assert_int_equal(dy_freelist_free(list, d), DY_OK);
    assert_one_free_block(list);
    dy_freelist_close(list);
}

static void alignment_is_honoured_and_its_padding_comes_back(void **state)
{
    (void)state;
    dy_freelist *list = open_list(8U << 20, 0);
    void *blocks[40];
    size_t count = 0;
    for (size_t alignment = 1; alignment <= 1U << 20; alignment *= 2) {
        void *block = dy_freelist_allocate(list, 100, alignment);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % alignment, 0);
        assert_int_equal((uintptr_t)block % 16, 0);
        memset(block, 1, 100);
        blocks[count++] = block;
    }
    dy_freelist_report report = inspect(list);
    assert_true(report.live_bytes < count * 160); /* the padding is free memory, not part of the blocks */
    while (count > 0)
        assert_int_equal(dy_freelist_free(list, blocks[--count]), DY_OK);
    assert_one_free_block(list);
    dy_freelist_close(list);
}

static void impossible_layouts_are_refused(void **state)
{
    (void)state;
    dy_freelist *list = open_list(1U << 16, 0);
    void *block = &list;
    const size_t alignments[] = {0, 3, 24, SIZE_MAX, (size_t)1 << 63};
    for (size_t i = 0; i < sizeof alignments / sizeof alignments[0]; i++) {
        assert_int_equal(dy_freelist_take(list, 8, alignments[i], &block), DY_E_LAYOUT);
        assert_null(block);
    }
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 7, SIZE_MAX - 24, PTRDIFF_MAX, ((size_t)1 << 33) + 1};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        assert_int_equal(dy_freelist_take(list, sizes[i], 16, &block), DY_E_LAYOUT);
    assert_int_equal(dy_freelist_take(list, (size_t)1 << 33, 16, &block), DY_E_EXHAUSTED);
    assert_int_equal(dy_freelist_take(list, 8, (size_t)1 << 32, &block), DY_E_EXHAUSTED);
    assert_int_equal(dy_freelist_take(list, 1U << 16, 16, &block), DY_E_EXHAUSTED);
    assert_one_free_block(list);
    dy_freelist_close(list);
}

static void size_zero_gives_a_block_of_its_own(void **state)
{
    (void)state;
    dy_freelist *list = open_list(1U << 16, 0);
    void *a = dy_freelist_allocate(list, 0, 1), *b = dy_freelist_allocate(list, 0, 1);
    assert_true(a != NULL && b != NULL && a != b);
    assert_int_equal(dy_freelist_usable_size(list, a), 24);
    assert_int_equal(dy_freelist_free(list, a), DY_OK);
    assert_int_equal(dy_freelist_free(list, b), DY_OK);
    assert_int_equal(dy_freelist_free(list, NULL), DY_OK);
    assert_int_equal(dy_freelist_usable_size(list, NULL), 0);
    dy_freelist_close(list);
}

static void double_frees_are_refused_wherever_the_block_went(void **state)
{
    (void)state;
    const size_t caches[] = {0, DY_FREELIST_NO_CACHE};
    for (int with = 0; with < 2; with++) {
        dy_freelist *list = open_list(1U << 20, caches[with]);
        void *a = dy_freelist_allocate(list, 100, 16), *b = dy_freelist_allocate(list, 100, 16);
        assert_int_equal(dy_freelist_free(list, b), DY_OK);
        assert_int_equal(dy_freelist_free(list, b), DY_E_DOUBLE_FREE);
        assert_int_equal(dy_freelist_free(list, a), DY_OK);
        assert_int_equal(dy_freelist_free(list, a), DY_E_DOUBLE_FREE);
        dy_freelist_trim(list); /* b is merged into what is before it now: its header is gone */
        assert_int_equal(dy_freelist_free(list, b), DY_E_DOUBLE_FREE);
        assert_int_equal(dy_freelist_free(list, a), DY_E_DOUBLE_FREE);
        assert_int_equal(dy_freelist_resize(list, &a, 50, 16), DY_E_DOUBLE_FREE);
        assert_int_equal(dy_freelist_usable_size(list, a), 0);
        assert_int_equal(misuses(list), 5);
        assert_one_free_block(list);
        dy_freelist_close(list);
    }
}

static void foreign_and_interior_frees_are_refused(void **state)
{
    (void)state;
    dy_freelist *list = open_list(1U << 20, 0), *other = open_list(1U << 20, 0);
    char *block = dy_freelist_allocate(list, 1000, 16);
    /* All that could pass for headers: zeros, ones, copies of the block's own header at every place inside it. */
    uint64_t header = 0x5a5a5a5a5a5a5a5a;
#ifndef DY_WITH_ASAN
    memcpy(&header, block - 8, sizeof header);
#endif
    for (int pattern = 0; pattern < 3; pattern++) {
        memset(block, pattern == 1 ? 0xff : 0, 1000);
        for (size_t i = 0; pattern == 2 && i < 1000; i += 8)
            memcpy(block + i, &header, sizeof header);
        for (size_t i = 1; i < 1000; i++)
            assert_int_equal(dy_freelist_free(list, block + i), DY_E_FOREIGN);
    }
    int on_stack = 0;
    void *from_malloc = malloc(100);
    assert_int_equal(dy_freelist_free(list, &on_stack), DY_E_FOREIGN);
    assert_int_equal(dy_freelist_free(list, from_malloc), DY_E_FOREIGN);
    assert_int_equal(dy_freelist_free(list, (void *)(uintptr_t)16), DY_E_FOREIGN);
    assert_int_equal(dy_freelist_free(list, (void *)UINTPTR_MAX), DY_E_FOREIGN);
    assert_int_equal(dy_freelist_free(other, block), DY_E_FOREIGN);
    assert_int_equal(dy_freelist_free(list, block), DY_OK);
    free(from_malloc);
    assert_one_free_block(list);
    dy_freelist_close(list);
    dy_freelist_close(other);
}

/* A block whose neighbours' headers once lay inside it must not be freed through one of them. */
static void headers_of_former_blocks_are_not_taken_for_live_ones(void **state)
{
    (void)state;
    dy_freelist *list = open_list(1U << 16, DY_FREELIST_NO_CACHE);
    void *small[16];
    for (int i = 0; i < 16; i++)
        small[i] = dy_freelist_allocate(list, 40, 16);
    for (int i = 0; i < 16; i++)
        assert_int_equal(dy_freelist_free(list, small[(i * 7) % 16]), DY_OK);
    void *large = dy_freelist_allocate(list, (size_t)16 * 48 - 8, 16);
    assert_ptr_equal(large, small[0]);
    for (int i = 1; i < 16; i++)
        assert_int_equal(dy_freelist_free(list, small[i]), DY_E_FOREIGN);
    assert_int_equal(dy_freelist_free(list, large), DY_OK);
    assert_one_free_block(list);
    dy_freelist_close(list);
}

#ifndef DY_WITH_ASAN /* AddressSanitizer stops the overflow itself */
static void an_overwritten_header_is_reported_and_left_alone(void **state)
{
    (void)state;
    dy_freelist *list = open_list(1U << 16, DY_FREELIST_NO_CACHE);
    char *a = dy_freelist_allocate(list, 24, 16), *b = dy_freelist_allocate(list, 24, 16);
    char saved[8];
    memcpy(saved, b - 8, 8);
    memset(a, 'x', 32); /* eight bytes too many */
    assert_int_equal(dy_freelist_free(list, b), DY_E_CORRUPT);
    dy_freelist_report report;
    assert_int_equal(dy_freelist_inspect(list, &report), DY_E_CORRUPT);
    memcpy(b - 8, saved, 8);
    assert_int_equal(dy_freelist_free(list, b), DY_OK);
    assert_int_equal(dy_freelist_free(list, a), DY_OK);
    assert_one_free_block(list);
    dy_freelist_close(list);
}
#endif

static void resizing_stays_in_place_where_it_can(void **state)
{
    (void)state;
    dy_freelist *list = open_list(1U << 20, DY_FREELIST_NO_CACHE);
    void *block = NULL;
    assert_int_equal(dy_freelist_resize(list, &block, 100, 16), DY_OK);
    void *first = block;
    model_fill(block, 100, 3);
    assert_int_equal(dy_freelist_resize(list, &block, 50000, 16), DY_OK);
    assert_ptr_equal(block, first);
    assert_true(model_intact(block, 100, 3));
    memset((char *)block + 100, 0, 49900);
    assert_int_equal(dy_freelist_resize(list, &block, 200, 16), DY_OK);
    assert_ptr_equal(block, first);
    void *wall = dy_freelist_allocate(list, 100, 16);
    assert_int_equal(dy_freelist_resize(list, &block, 5000, 16), DY_OK);
    assert_ptr_not_equal(block, first);
    assert_true(model_intact(block, 100, 3));
    void *before = block;
    assert_int_equal(dy_freelist_resize(list, &block, 2U << 20, 16), DY_E_EXHAUSTED);
    assert_int_equal(dy_freelist_resize(list, &block, 10, 3), DY_E_LAYOUT);
    assert_ptr_equal(block, before);
    assert_int_equal(dy_freelist_resize(list, &block, 100, 4096), DY_OK);
    assert_int_equal((uintptr_t)block % 4096, 0);
    assert_true(model_intact(block, 100, 3));
    assert_int_equal(dy_freelist_free(list, block), DY_OK);
    assert_int_equal(dy_freelist_free(list, wall), DY_OK);
    assert_one_free_block(list);
    dy_freelist_close(list);
}

static void stock_is_given_up_before_an_allocation_fails(void **state)
{
    (void)state;
    dy_freelist *list = open_list(1U << 20, SIZE_MAX - 1); /* a cache without a limit */
    void *blocks[4096];
    size_t count = 0;
    while (count < 4096 && (blocks[count] = dy_freelist_allocate(list, 500, 16)) != NULL)
        count++;
    assert_true(count * 512 > (1U << 20) - 1024); /* every last one was handed out, the cache's too */
    for (size_t i = 0; i < count; i++)
        assert_int_equal(dy_freelist_free(list, blocks[i]), DY_OK);
    assert_true(inspect(list).cached_blocks > 0);
    void *all = dy_freelist_allocate(list, 1000000, 16);
    assert_non_null(all);
    assert_int_equal(dy_freelist_free(list, all), DY_OK);
    assert_one_free_block(list);
    dy_freelist_close(list);
}

static void blocks_come_from_every_region(void **state)
{
    (void)state;
    static _Alignas(16) char memory[3][8192];
    dy_freelist *list = open_list(8192, DY_FREELIST_NO_CACHE);
    dy_error error = DY_ERROR_INIT;
    assert_int_equal(dy_freelist_add_region(list, memory[0] + 1, 8000, NULL), DY_OK);
    assert_int_equal(dy_freelist_add_region(list, memory[0] + 100, 2000, &error), DY_E_CONFIG);
    assert_non_null(strstr(error.message, "overlaps"));
    assert_int_equal(dy_freelist_add_region(list, memory[1], 100, &error), DY_E_CONFIG);
    assert_int_equal(dy_freelist_add_region(list, NULL, 8192, &error), DY_E_CONFIG);
    void *a = dy_freelist_allocate(list, 7000, 16), *b = dy_freelist_allocate(list, 7000, 16);
    assert_true(a != NULL && b != NULL);
    assert_null(dy_freelist_allocate(list, 7000, 16));
    assert_int_equal(dy_freelist_free(list, a), DY_OK);
    assert_int_equal(dy_freelist_free(list, b), DY_OK);
    dy_freelist_report report = inspect(list);
    assert_int_equal(report.regions, 2);
    assert_int_equal(report.free_blocks, 2);
    dy_freelist_close(list);
}

static void options_out_of_range_are_refused_with_a_reason(void **state)
{
    (void)state;
    dy_freelist *list;
    dy_error error = DY_ERROR_INIT;
    dy_freelist_options options = DY_FREELIST_OPTIONS_INIT;
    options.size = 100;
    assert_int_equal(dy_freelist_open(&list, &options, &error), DY_E_CONFIG);
    assert_null(list);
    assert_non_null(strstr(error.message, "100"));
    options.size = (size_t)1 << 40;
    assert_int_equal(dy_freelist_open(&list, &options, &error), DY_E_CONFIG);
    dy_freelist_close(NULL);
}

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
    dy_freelist_options options = DY_FREELIST_OPTIONS_INIT;
    options.size = 1U << 16;
    options.source = options.metadata = &failing;
    for (unsigned k = 0; k < 4; k++) {
        dy_freelist *list;
        calls_until_failure = k;
        dy_status status = dy_freelist_open(&list, &options, NULL);
        assert_int_equal(status, k < 2 ? -ENOMEM : DY_OK);
        if (status != DY_OK) continue;
        void *block = dy_freelist_allocate(list, 10, 1); /* without memory for a cache it works without one */
        assert_non_null(block);
        assert_int_equal(dy_freelist_free(list, block), DY_OK);
        assert_int_equal(inspect(list).cached_blocks != 0, k == 3);
        assert_one_free_block(list);
        dy_freelist_close(list);
    }
}

/* Region after region of growing size: whatever the room, allocation goes on until it is refused, and all comes back.
 */
static void exhaustion_at_every_size_loses_nothing(void **state)
{
    (void)state;
    static void *blocks[1024];
    for (size_t size = 1024; size < 16384; size += 208) {
        dy_freelist *list = open_list(size, size % 3 == 0 ? DY_FREELIST_NO_CACHE : 0);
        uint64_t seed = size;
        size_t count = 0;
        for (int refusals = 0; refusals < 5 && count < 1024; refusals++)
            while (count < 1024) {
                blocks[count] =
                    dy_freelist_allocate(list, model_size(&seed, 9), (size_t)1 << (model_random(&seed) % 7));
                if (blocks[count] == NULL) break;
                count++;
            }
        assert_true(count > 1);
        while (count > 0)
            assert_int_equal(dy_freelist_free(list, blocks[--count]), DY_OK);
        assert_one_free_block(list);
        dy_freelist_close(list);
    }
}

static void statistics_tell_what_happened(void **state)
{
    (void)state;
    dy_freelist *list = open_list(1U << 20, 0);
    dy_freelist_stats stats;
    void *a = dy_freelist_allocate(list, 100, 16), *b = dy_freelist_allocate(list, 100000, 16);
    assert_null(dy_freelist_allocate(list, 2U << 20, 16));
    dy_freelist_free(list, a);
    dy_freelist_stats_read(list, &stats);
    assert_int_equal(stats.allocations, 2);
    assert_int_equal(stats.frees, 1);
    assert_int_equal(stats.failures, 1);
    assert_int_equal(stats.region_bytes, 1U << 20);
    assert_true(stats.live_bytes >= 100008 && stats.live_bytes < 100100);
    assert_true(stats.peak_bytes >= 100120);
    dy_freelist_free(list, b);
    dy_freelist_close(list);
}

static const char *panicked;
static jmp_buf after_panic;
static void remember_panic(const char *sentence)
{
    static char copy[512];
    strncpy(copy, sentence, sizeof copy - 1);
    panicked = copy;
    longjmp(after_panic, 1);
}

static void the_handle_panics_on_misuse(void **state)
{
    (void)state;
    dy_freelist *list = open_list(1U << 16, 0);
    dy_allocator handle = dy_freelist_allocator(list);
    void *block = dy_allocate(handle, 100, 16);
    block = dy_resize(handle, block, 100, 200, 16);
    assert_non_null(block);
    dy_release(handle, block, 200, 16);
    dy_release(handle, NULL, 0, 16);
    dy_panic_fn former = dy_set_panic_handler(remember_panic);
    if (setjmp(after_panic) == 0) dy_release(handle, block, 200, 16);
    dy_set_panic_handler(former);
    assert_non_null(panicked);
    assert_non_null(strstr(panicked, "already free"));
    dy_freelist_close(list);
}

#ifdef DY_WITH_ASAN
static void free_memory_and_headers_are_poisoned(void **state)
{
    (void)state;
    dy_freelist *list = open_list(1U << 16, 0);
    char *block = dy_freelist_allocate(list, 40, 16);
    assert_null(__asan_region_is_poisoned(block, 40));
    assert_true(__asan_address_is_poisoned(block - 1));
    assert_true(__asan_address_is_poisoned(block + dy_freelist_usable_size(list, block)));
    dy_freelist_free(list, block);
    assert_true(__asan_address_is_poisoned(block) && __asan_address_is_poisoned(block + 39));
    dy_freelist_close(list);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(freed_neighbours_merge_on_both_sides),
        cmocka_unit_test(alignment_is_honoured_and_its_padding_comes_back),
        cmocka_unit_test(impossible_layouts_are_refused),
        cmocka_unit_test(size_zero_gives_a_block_of_its_own),
        cmocka_unit_test(double_frees_are_refused_wherever_the_block_went),
        cmocka_unit_test(foreign_and_interior_frees_are_refused),
        cmocka_unit_test(headers_of_former_blocks_are_not_taken_for_live_ones),
        cmocka_unit_test(resizing_stays_in_place_where_it_can),
        cmocka_unit_test(stock_is_given_up_before_an_allocation_fails),
        cmocka_unit_test(blocks_come_from_every_region),
        cmocka_unit_test(options_out_of_range_are_refused_with_a_reason),
        cmocka_unit_test(every_failing_call_is_survived),
        cmocka_unit_test(exhaustion_at_every_size_loses_nothing),
        cmocka_unit_test(statistics_tell_what_happened),
        cmocka_unit_test(the_handle_panics_on_misuse),
#ifdef DY_WITH_ASAN
        cmocka_unit_test(free_memory_and_headers_are_poisoned),
#else
        cmocka_unit_test(an_overwritten_header_is_reported_and_left_alone),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
