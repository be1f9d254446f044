/* Reference values: from Python's standard library:
 *     python3 -c "import statistics as s; print(s.quantiles(X, n=100, method='inclusive'))"
 * whose inclusive method is type 7; each value below was checked by hand as (n-1)p = k + f, x[k] + f (x[k+1] - x[k]).
 */
#include "stats/stats.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_near(double value, double wanted, double tolerance)
{
    if (!(fabs(value - wanted) <= tolerance)) fail_msg("%.17g is not within %g of %.17g", value, tolerance, wanted);
}

/* X = [1.5, 2.25, 3.0, 4.75, 8.0, 13.5, 21.0] */
static void quantiles_match_python(void **state)
{
    (void)state;
    const double x[] = {1.5, 2.25, 3.0, 4.75, 8.0, 13.5, 21.0};
    assert_near(dyno_quantile(x, 7, 0.25), 2.625, 1e-12);
    assert_near(dyno_quantile(x, 7, 0.5), 4.75, 1e-12);
    assert_near(dyno_quantile(x, 7, 0.75), 10.75, 1e-12);
    assert_near(dyno_quantile(x, 7, 0.9), 16.5, 1e-12);
    assert_near(dyno_quantile(x, 7, 0.99), 20.55, 1e-12);
    assert_near(dyno_quantile(x, 7, 0.01), 1.545, 1e-12);
}

static void quantile_edges(void **state)
{
    (void)state;
    const double x[] = {1.5, 4.0};
    assert_near(dyno_quantile(x, 2, 0), 1.5, 0);
    assert_near(dyno_quantile(x, 2, 1), 4.0, 0);
    assert_near(dyno_quantile(x, 2, 0.5), 2.75, 0);
    assert_near(dyno_quantile(x, 1, 0.3), 1.5, 0);
    assert_true(isnan(dyno_quantile(x, 0, 0.5)));
    assert_true(isnan(dyno_quantile(x, 2, NAN)));
    assert_true(isnan(dyno_quantile(x, 2, 1.5)));
}

static void median_sorts_in_place(void **state)
{
    (void)state;
    double odd[] = {9, -1, 4}, even[] = {8, 1, 4, 2};
    assert_near(dyno_median(odd, 3), 4, 0);
    assert_near(odd[0], -1, 0);
    assert_near(odd[2], 9, 0);
    assert_near(dyno_median(even, 4), 3, 0);
    assert_true(isnan(dyno_median(even, 0)));
}

/* Medians of the processes: 2, 10, 3.5, 7; their median: (3.5 + 7) / 2. The pooled median would be 3. */
static void grouped_median_weighs_processes_alike(void **state)
{
    (void)state;
    const double a[] = {3, 1, 2, 2, 2, 2, 2}, b[] = {10}, c[] = {4, 3}, d[] = {7, 7, 100};
    const dyno_group groups[] = {{a, 7}, {b, 1}, {NULL, 0}, {c, 2}, {d, 3}};
    assert_near(dyno_grouped_median(groups, 5), 5.25, 1e-12);
    assert_near(dyno_grouped_median(groups, 1), 2, 0);
    assert_true(isnan(dyno_grouped_median(groups + 2, 1)));
    assert_true(isnan(dyno_grouped_median(NULL, 0)));
}

static void interval_needs_two_processes(void **state)
{
    (void)state;
    const double a[] = {1, 2, 3};
    const dyno_group groups[] = {{a, 3}, {NULL, 0}};
    dyno_interval interval = dyno_grouped_bootstrap(groups, 2, 0.95, 100, 1);
    assert_true(isnan(interval.low) && isnan(interval.high));
    interval = dyno_grouped_bootstrap(groups, 0, 0.95, 100, 1);
    assert_true(isnan(interval.low));
}

/* Three processes of one sample each, 1, 2, 3: the median of three draws is 1 with probability 7/27, 2 with 13/27 and
 * 3 with 7/27 (by counting). So a 40 % interval is 1..3 at its ends' probabilities 0.3 and 0.7: both within the mass
 * of 2; a 60 % one (0.2, 0.8) reaches 1 and 3. */
static void interval_of_a_distribution_that_can_be_counted(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3};
    const dyno_group groups[] = {{x, 1}, {x + 1, 1}, {x + 2, 1}};
    dyno_interval narrow = dyno_grouped_bootstrap(groups, 3, 0.40, 20000, 7);
    dyno_interval wide = dyno_grouped_bootstrap(groups, 3, 0.60, 20000, 7);
    assert_near(narrow.low, 2, 0);
    assert_near(narrow.high, 2, 0);
    assert_near(wide.low, 1, 0);
    assert_near(wide.high, 3, 0);
}

static void interval_repeats_with_its_seed(void **state)
{
    (void)state;
    double x[40];
    for (int i = 0; i < 40; i++)
        x[i] = sin(i * 12.9898) * 43758.5453;
    dyno_group groups[8];
    for (size_t i = 0; i < 8; i++)
        groups[i] = (dyno_group){x + 5 * i, 5};
    dyno_interval one = dyno_grouped_bootstrap(groups, 8, 0.95, 500, 42);
    dyno_interval two = dyno_grouped_bootstrap(groups, 8, 0.95, 500, 42);
    dyno_interval other = dyno_grouped_bootstrap(groups, 8, 0.95, 500, 43);
    assert_memory_equal(&one, &two, sizeof one);
    assert_true(one.low != other.low || one.high != other.high);
    assert_true(one.low <= dyno_grouped_median(groups, 8) && dyno_grouped_median(groups, 8) <= one.high);
}

static double normal(unsigned short seed[3])
{
    double u = 1 - erand48(seed), v = erand48(seed);
    return sqrt(-2 * log(u)) * cos(2 * acos(-1) * v);
}

/* How often the interval holds the true median, 100, when processes differ with standard deviation 2 and samples within
 * one with 1. */
static double coverage(size_t processes, int trials, unsigned short seed[3])
{
    enum { SAMPLES = 5, MOST = 40 };
    int held = 0;
    for (int trial = 0; trial < trials; trial++) {
        double x[MOST * SAMPLES];
        dyno_group groups[MOST];
        for (size_t p = 0; p < processes; p++) {
            double centre = 100 + 2 * normal(seed);
            for (size_t s = 0; s < SAMPLES; s++)
                x[p * SAMPLES + s] = centre + normal(seed);
            groups[p] = (dyno_group){x + p * SAMPLES, SAMPLES};
        }
        dyno_interval interval = dyno_grouped_bootstrap(groups, processes, 0.95, 400, (uint64_t)trial + 1);
        held += interval.low <= 100 && 100 <= interval.high;
    }
    return held / (double)trials;
}

static void interval_covers_the_truth(void **state)
{
    (void)state;
    unsigned short seed[3] = {1, 2, 3};
    double five = coverage(5, 600, seed), twenty = coverage(20, 600, seed);
    print_message("coverage of the nominal 95 %%: %.3f with 5 processes, %.3f with 20\n", five, twenty);
    /* 600 trials: standard error below 0.012. Below the nominal level by more than 4 of them is a defect; so is an
     * interval that is never wrong. */
    assert_true(five > 0.90 && five < 0.995);
    assert_true(twenty > 0.90 && twenty < 0.995);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_match_python),
        cmocka_unit_test(quantile_edges),
        cmocka_unit_test(median_sorts_in_place),
        cmocka_unit_test(grouped_median_weighs_processes_alike),
        cmocka_unit_test(interval_needs_two_processes),
        cmocka_unit_test(interval_of_a_distribution_that_can_be_counted),
        cmocka_unit_test(interval_repeats_with_its_seed),
        cmocka_unit_test(interval_covers_the_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
