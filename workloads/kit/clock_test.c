#include "run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

/* The first numbers of the reference implementation of splitmix64 for the seed 1234567. */
static void random_numbers_are_those_of_splitmix64(void **state)
{
    (void)state;
    static const uint64_t expected[] = {UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
                                        UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
                                        UINT64_C(16408922859458223821)};
    uint64_t seed = 1234567;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_true(kit_random(&seed) == expected[i]);
}

static void the_clock_measures_from_start_to_stop_and_adds_up(void **state)
{
    (void)state;
    kit_run run = {0};
    const struct timespec nap = {.tv_nsec = 2000000};
    kit_start(&run);
    nanosleep(&nap, NULL);
    kit_stop(&run);
    double first = kit_elapsed(&run);
    assert_true(first >= 0.002);
    nanosleep(&nap, NULL);
    kit_start(&run);
    kit_stop(&run);
    assert_true(kit_elapsed(&run) >= 0);
    assert_true(run.timed);
    /* The nap between stop and start is not in it. */
    double both = first + kit_elapsed(&run), sum = (double)run.measured * 1e-9;
    assert_true(sum > both - 1e-8 && sum < both + 1e-8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_numbers_are_those_of_splitmix64),
        cmocka_unit_test(the_clock_measures_from_start_to_stop_and_adds_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
