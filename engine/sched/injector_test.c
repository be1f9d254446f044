#include "dyno/injector.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void *as_item(uint64_t n)
{
    return (void *)(uintptr_t)(n + 1);
}

static uint64_t from_item(void *item)
{
    return (uint64_t)(uintptr_t)item - 1;
}

static void items_come_out_in_order_over_many_segments(void **state)
{
    (void)state;
    dy_injector injector;
    assert_int_equal(dy_injector_init(&injector, dy_allocator_libc()), DY_OK);
    uint64_t in = 0, out = 0;
    for (int round = 0; round < 1000; round++) {
        for (int i = 0; i < 7 + round % 90; i++)
            assert_int_equal(dy_injector_push(&injector, as_item(in++)), DY_OK);
        void *batch[64];
        size_t n = dy_injector_take(&injector, batch, 1 + (size_t)round % 64);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(from_item(batch[i]), out++);
    }
    void *item;
    while (dy_injector_take(&injector, &item, 1) == 1)
        assert_int_equal(from_item(item), out++);
    assert_int_equal(in, out);
    assert_true(dy_injector_is_empty(&injector));
    dy_injector_free(&injector);
}

static void what_is_left_inside_is_no_leak(void **state)
{
    (void)state;
    dy_injector injector;
    assert_int_equal(dy_injector_init(&injector, dy_allocator_libc()), DY_OK);
    for (uint64_t i = 0; i < 500; i++)
        assert_int_equal(dy_injector_push(&injector, as_item(i)), DY_OK);
    dy_injector_free(&injector); /* LeakSanitizer looks */
}

/* ---- An allocator that stops giving ---- */

typedef struct {
    int left;
    int out;
} meagre;

static void *meagre_allocate(void *context, size_t size, size_t alignment)
{
    meagre *m = context;
    if (m->left == 0) return NULL;
    m->left--;
    m->out++;
    return dy_allocate(dy_allocator_libc(), size, alignment);
}

static void meagre_release(void *context, void *block, size_t size, size_t alignment)
{
    ((meagre *)context)->out--;
    dy_release(dy_allocator_libc(), block, size, alignment);
}

static void a_push_without_memory_changes_nothing(void **state)
{
    (void)state;
    static const dy_allocator_ops ops = {meagre_allocate, meagre_release, NULL};
    meagre m = {.left = 0};
    dy_allocator allocator = {&ops, &m};
    dy_injector injector;
    assert_int_equal(dy_injector_init(&injector, allocator), -12);
    m.left = 2;
    assert_int_equal(dy_injector_init(&injector, allocator), DY_OK);
    uint64_t pushed = 0;
    while (dy_injector_push(&injector, as_item(pushed)) == DY_OK)
        pushed++;
    assert_int_equal(pushed, 2 * DY_INJECTOR_CAPACITY - 1); /* the last slot needs the next segment */
    m.left = 1;
    assert_int_equal(dy_injector_push(&injector, as_item(pushed++)), DY_OK);
    void *item;
    for (uint64_t i = 0; i < pushed; i++) {
        assert_int_equal(dy_injector_take(&injector, &item, 1), 1);
        assert_int_equal(from_item(item), i);
    }
    dy_injector_free(&injector);
    assert_int_equal(m.out, 0);
}

/* ---- Exactly once, and in order per producer, with real threads ---- */

enum { PRODUCERS = 2, CONSUMERS = 2, ITEMS = 200000 };

static dy_injector shared;
static dy_atomic_u8 seen[PRODUCERS * ITEMS];
static dy_atomic_u64 taken;

static void *produce(void *argument)
{
    uint64_t first = (uint64_t)(uintptr_t)argument * ITEMS;
    for (uint64_t i = 0; i < ITEMS; i++) {
        if (dy_injector_push(&shared, as_item(first + i)) != DY_OK) abort();
    }
    return NULL;
}

static void *consume(void *unused)
{
    (void)unused;
    uint64_t last[PRODUCERS] = {0};
    while (dy_u64_load_relaxed(&taken) < (uint64_t)PRODUCERS * ITEMS) {
        void *batch[5];
        size_t n = dy_injector_take(&shared, batch, 5);
        for (size_t i = 0; i < n; i++) {
            uint64_t number = from_item(batch[i]);
            uint64_t producer = number / ITEMS;
            if (dy_u8_fetch_add_relaxed(&seen[number], 1) != 0) abort();
            if (number % ITEMS + 1 <= last[producer]) abort();
            last[producer] = number % ITEMS + 1;
        }
        dy_u64_fetch_add_relaxed(&taken, n);
        if (n == 0) sched_yield();
    }
    return NULL;
}

static void every_item_is_taken_once_and_in_order(void **state)
{
    (void)state;
    assert_int_equal(dy_injector_init(&shared, dy_allocator_libc()), DY_OK);
    pthread_t threads[PRODUCERS + CONSUMERS];
    for (uintptr_t i = 0; i < PRODUCERS; i++)
        pthread_create(&threads[i], NULL, produce, (void *)i);
    for (int i = 0; i < CONSUMERS; i++)
        pthread_create(&threads[PRODUCERS + i], NULL, consume, NULL);
    for (int i = 0; i < PRODUCERS + CONSUMERS; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < (size_t)PRODUCERS * ITEMS; i++)
        assert_int_equal(dy_u8_load_relaxed(&seen[i]), 1);
    assert_true(dy_injector_is_empty(&shared));
    dy_injector_free(&shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_out_in_order_over_many_segments),
        cmocka_unit_test(what_is_left_inside_is_no_leak),
        cmocka_unit_test(a_push_without_memory_changes_nothing),
        cmocka_unit_test(every_item_is_taken_once_and_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
