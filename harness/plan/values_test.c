/* Properties of quantities, ranges and schedules, over values drawn from a fixed seed. */
#include "base/memory.h"
#include "plan/plan.h"
#include "plan/quantity.h"
#include "plan/values.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t draw(uint64_t *state, uint64_t bound)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*state >> 33) % bound;
}

static dyno_names expand(const char *type, const char *text)
{
    char name[] = "x", accepted[] = "any", kind[8];
    snprintf(kind, sizeof kind, "%s", type);
    const dyno_param param = {.name = name, .type = kind, .accepted = accepted};
    dyno_names values;
    dyno_refusal refusal;
    if (dyno_values_expand("test", &param, text, 0, &values, &refusal) != DYNO_GOOD)
        fail_msg("%s: %s", text, refusal.sentence);
    return values;
}

static void an_arithmetic_range_walks_every_step_and_no_more(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int round = 0; round < 300; round++) {
        int64_t low = (int64_t)draw(&seed, 2000) - 1000, length = (int64_t)draw(&seed, 1000),
                step = 1 + (int64_t)draw(&seed, 50);
        char text[96];
        snprintf(text, sizeof text, "%" PRId64 "..%" PRId64 "+%" PRId64, low, low + length, step);
        dyno_names values = expand("int", text);
        assert_int_equal(values.n, length / step + 1);
        for (size_t i = 0; i < values.n; i++)
            assert_int_equal(strtoll(values.items[i], NULL, 10), low + step * (int64_t)i);
        dyno_names_free(&values);
    }
}

static void a_geometric_range_multiplies_and_stays_below_its_end(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (int round = 0; round < 300; round++) {
        int64_t low = 1 + (int64_t)draw(&seed, 1000), high = low + (int64_t)draw(&seed, 1000000),
                factor = 2 + (int64_t)draw(&seed, 9);
        char text[96];
        snprintf(text, sizeof text, "%" PRId64 "..%" PRId64 "*%" PRId64, low, high, factor);
        dyno_names values = expand("size", text);
        int64_t expected = low;
        for (size_t i = 0; i < values.n; i++, expected *= factor)
            assert_int_equal(strtoll(values.items[i], NULL, 10), expected);
        assert_true(expected > high && expected / factor <= high);
        dyno_names_free(&values);
    }
}

static void real_ranges_reach_their_end(void **state)
{
    (void)state;
    dyno_names values = expand("real", "0.1..0.5+0.1,7,0.001..1000*10");
    const char *const expected[] = {"0.1", "0.2", "0.3", "0.4", "0.5", "7", "0.001", "0.01", "1", "10", "100", "1000"};
    assert_int_equal(values.n, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < values.n; i++)
        assert_string_equal(values.items[i], expected[i]);
    dyno_names_free(&values);
}

static void ranges_at_the_edge_of_the_type_end(void **state)
{
    (void)state;
    dyno_names values = expand("int", "9223372036854775800..9223372036854775807+5");
    assert_int_equal(values.n, 2);
    dyno_names_free(&values);
    values = expand("int", "4611686018427387904..9223372036854775807*2");
    assert_int_equal(values.n, 1);
    dyno_names_free(&values);
    values = expand("int", "-9223372036854775808,-5..-3");
    assert_int_equal(values.n, 4);
    dyno_names_free(&values);
}

static void whole_numbers_take_suffixes_and_nothing_else(void **state)
{
    (void)state;
    int64_t n;
    assert_true(dyno_parse_int("4K", &n) && n == 4096);
    assert_true(dyno_parse_int("3m", &n) && n == 3 << 20);
    assert_true(dyno_parse_int("-2G", &n) && n == -(INT64_C(2) << 30));
    const char *const bad[] = {"",         "-", "K", "4KB", "4 K", " 4", "0x10", "1e3", "9223372036854775808",
                               "9000000T", "+1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (dyno_parse_int(bad[i], &n)) fail_msg("'%s' was taken", bad[i]);
}

static void durations_add_up(void **state)
{
    (void)state;
    const struct {
        const char *text;
        double seconds;
    } good[] = {{"90", 90},       {"0.5", 0.5}, {"250ms", 0.25}, {"1.5m", 90},  {"2m30s", 150},
                {"1h2m3s", 3723}, {".5s", 0.5}, {"0", 0},        {"10us", 1e-5}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        double seconds = -1;
        if (!dyno_parse_duration(good[i].text, &seconds)) fail_msg("'%s' was refused", good[i].text);
        assert_true(seconds > good[i].seconds - 1e-9 && seconds < good[i].seconds + 1e-9);
    }
    const char *const bad[] = {"",    "m",   "-1s",   "1d",    "30s2m", "1s1s", "1 s",
                               "nan", "inf", "1m-1s", "0x1p3", "2mm",   "1e999"};
    double seconds;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (dyno_parse_duration(bad[i], &seconds)) fail_msg("'%s' was taken", bad[i]);
}

static void every_round_is_a_permutation_and_repeats_with_its_seed(void **state)
{
    (void)state;
    enum { N = 97 };
    size_t order[N], again[N], differing = 0;
    for (unsigned round = 0; round < 50; round++) {
        bool seen[N] = {false};
        dyno_plan_round(7, round, N, order);
        for (size_t i = 0; i < N; i++) {
            assert_true(order[i] < N && !seen[order[i]]);
            seen[order[i]] = true;
        }
        dyno_plan_round(7, round, N, again);
        assert_memory_equal(order, again, sizeof order);
        dyno_plan_round(8, round, N, again);
        differing += memcmp(order, again, sizeof order) != 0;
        dyno_plan_round(7, round + 1, N, again);
        differing += memcmp(order, again, sizeof order) != 0;
    }
    assert_int_equal(differing, 100);
}

static void each_place_is_taken_by_each_cell_about_as_often(void **state)
{
    (void)state;
    enum { N = 6, ROUNDS = 6000 };
    unsigned at[N][N] = {{0}};
    size_t order[N];
    for (unsigned round = 0; round < ROUNDS; round++) {
        dyno_plan_round(3, round, N, order);
        for (size_t i = 0; i < N; i++)
            at[order[i]][i]++;
    }
    for (size_t cell = 0; cell < N; cell++)
        for (size_t i = 0; i < N; i++) /* expected 1000, standard deviation 29 */
            assert_in_range(at[cell][i], 850, 1150);
}

static void the_rounds_have_seeds_of_their_own(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 100; a++)
        for (unsigned b = 0; b < a; b++)
            assert_true(dyno_plan_seed(5, a) != dyno_plan_seed(5, b));
    assert_true(dyno_plan_seed(5, 0) == dyno_plan_seed(5, 0));
    assert_true(dyno_plan_seed(5, 1) != dyno_plan_seed(6, 0));
}

static void growing_keeps_what_was_there(void **state)
{
    (void)state;
    size_t *array = NULL;
    for (size_t n = 0; n < 5000; n++) {
        array = dyno_extend(array, n, sizeof *array);
        array[n] = n;
    }
    for (size_t n = 0; n < 5000; n++)
        assert_int_equal(array[n], n);
    free(array);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arithmetic_range_walks_every_step_and_no_more),
        cmocka_unit_test(a_geometric_range_multiplies_and_stays_below_its_end),
        cmocka_unit_test(real_ranges_reach_their_end),
        cmocka_unit_test(ranges_at_the_edge_of_the_type_end),
        cmocka_unit_test(whole_numbers_take_suffixes_and_nothing_else),
        cmocka_unit_test(durations_add_up),
        cmocka_unit_test(every_round_is_a_permutation_and_repeats_with_its_seed),
        cmocka_unit_test(each_place_is_taken_by_each_cell_about_as_often),
        cmocka_unit_test(the_rounds_have_seeds_of_their_own),
        cmocka_unit_test(growing_keeps_what_was_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
