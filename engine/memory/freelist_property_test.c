/* Random sequences of operations against a reference model: a list of what is live, with the bytes each block holds. */
#include "dyno/freelist.h"

#include "model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { SLOTS = 400, STEPS = 6000, CHECK_EVERY = 500 };

typedef struct entry {
    void *block;
    size_t size;
    uint64_t tag;
} entry;

typedef struct model {
    dy_freelist *list;
    uint64_t seed;
    entry live[SLOTS];
    size_t count, refused;
} model;

static void add(model *m)
{
    entry e = {.size = model_size(&m->seed, 13) - 1, .tag = model_random(&m->seed)};
    size_t alignment = (size_t)1 << (model_random(&m->seed) % 10);
    dy_status status = dy_freelist_take(m->list, e.size, alignment, &e.block);
    if (status != DY_OK) {
        assert_int_equal(status, DY_E_EXHAUSTED);
        m->refused++;
        return;
    }
    assert_int_equal((uintptr_t)e.block % alignment, 0);
    assert_true(dy_freelist_usable_size(m->list, e.block) >= e.size);
    model_fill(e.block, e.size, e.tag);
    m->live[m->count++] = e;
}

static void take_away(model *m)
{
    size_t i = model_random(&m->seed) % m->count;
    entry e = m->live[i];
    assert_true(model_intact(e.block, e.size, e.tag));
    assert_int_equal(dy_freelist_free(m->list, e.block), DY_OK);
    if (model_random(&m->seed) % 8 == 0) assert_int_equal(dy_freelist_free(m->list, e.block), DY_E_DOUBLE_FREE);
    m->live[i] = m->live[--m->count];
}

static void change(model *m)
{
    entry *e = &m->live[model_random(&m->seed) % m->count];
    size_t size = model_size(&m->seed, 13) - 1;
    dy_status status = dy_freelist_resize(m->list, &e->block, size, 16);
    size_t kept = status == DY_OK && size < e->size ? size : e->size;
    assert_true(model_intact(e->block, kept, e->tag));
    if (status != DY_OK) {
        m->refused++;
        return;
    }
    e->size = size;
    model_fill(e->block, size, e->tag);
}

static size_t number_live(const model *m, size_t *bytes)
{
    *bytes = 0;
    for (size_t i = 0; i < m->count; i++)
        *bytes += dy_freelist_usable_size(m->list, m->live[i].block) + 8;
    return m->count;
}

static void compare(model *m)
{
    dy_freelist_report report;
    size_t bytes, count = number_live(m, &bytes);
    assert_int_equal(dy_freelist_inspect(m->list, &report), DY_OK);
    assert_int_equal(report.live_blocks, count);
    assert_int_equal(report.live_bytes, bytes);
    dy_freelist_stats stats;
    dy_freelist_stats_read(m->list, &stats);
    assert_int_equal(stats.live_bytes, report.live_bytes);
    assert_int_equal(stats.cached_bytes, report.cached_bytes);
    assert_int_equal(stats.failures, m->refused);
    for (size_t i = 0; i < m->count; i++)
        assert_true(model_intact(m->live[i].block, m->live[i].size, m->live[i].tag));
}

static void step(model *m)
{
    uint64_t choice = model_random(&m->seed) % 100;
    if (m->count == 0 || (m->count < SLOTS && choice < 50))
        add(m);
    else if (choice < 60)
        change(m);
    else
        take_away(m);
}

static void run(uint64_t seed, size_t size, size_t cache)
{
    static model m;
    m = (model){.seed = seed};
    dy_freelist_options options = DY_FREELIST_OPTIONS_INIT;
    options.size = size;
    options.cache = cache;
    assert_int_equal(dy_freelist_open(&m.list, &options, NULL), DY_OK);
    for (int i = 0; i < STEPS; i++) {
        step(&m);
        if (i % CHECK_EVERY == 0) compare(&m);
    }
    compare(&m);
    while (m.count > 0)
        take_away(&m);
    dy_freelist_trim(m.list);
    dy_freelist_report report;
    assert_int_equal(dy_freelist_inspect(m.list, &report), DY_OK);
    assert_int_equal(report.free_blocks, 1);
    assert_int_equal(report.live_blocks + report.cached_blocks, 0);
    dy_freelist_close(m.list);
}

static void any_sequence_agrees_with_the_model(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        run(seed, 4U << 20, 0);
        run(seed, 128U << 10, 0); /* tight: many refusals */
        run(seed, 128U << 10, SIZE_MAX - 1);
        run(seed, 4U << 20, DY_FREELIST_NO_CACHE);
        run(seed, 128U << 10, DY_FREELIST_NO_CACHE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(any_sequence_agrees_with_the_model)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
