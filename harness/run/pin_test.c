#include "run/machine.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Two packages of two cores of two hardware threads; hwloc numbers the threads in this order: 0 to 7. */
static dyno_machine *open_two_packages(void)
{
    dyno_machine *machine;
    dyno_refusal refusal;
    assert_int_equal(dyno_machine_open_synthetic("pack:2 core:2 pu:2", &machine, &refusal), DYNO_GOOD);
    assert_int_equal(dyno_machine_cpus(machine), 8);
    return machine;
}

static void expect(const char *policy, unsigned threads, const int *cpus, bool oversubscribed)
{
    dyno_machine *machine = open_two_packages();
    dyno_placement placement;
    dyno_refusal refusal;
    assert_int_equal(dyno_place(machine, policy, threads, &placement, &refusal), DYNO_GOOD);
    assert_int_equal(placement.n, threads);
    for (unsigned i = 0; i < threads; i++)
        assert_int_equal(placement.cpu[i], cpus[i]);
    assert_int_equal(placement.oversubscribed, oversubscribed);
    dyno_machine_close(machine);
}

static void compact_fills_neighbours_first(void **state)
{
    (void)state;
    expect("compact", 8, (int[]){0, 1, 2, 3, 4, 5, 6, 7}, false);
    expect("compact", 3, (int[]){0, 1, 2}, false);
}

static void scatter_takes_packages_in_turn_and_hardware_threads_last(void **state)
{
    (void)state;
    expect("scatter", 8, (int[]){0, 4, 2, 6, 1, 5, 3, 7}, false);
}

static void core_takes_one_hardware_thread_of_each_core(void **state)
{
    (void)state;
    expect("core", 4, (int[]){0, 2, 4, 6}, false);
    expect("core", 6, (int[]){0, 2, 4, 6, 0, 2}, true);
}

static void a_list_is_used_in_its_order_and_wrapped_around(void **state)
{
    (void)state;
    expect("5,0-2", 4, (int[]){5, 0, 1, 2}, false);
    expect("5,0-2", 6, (int[]){5, 0, 1, 2, 5, 0}, true);
    expect("3,3", 2, (int[]){3, 3}, true);
}

static void none_binds_nothing(void **state)
{
    (void)state;
    dyno_machine *machine = open_two_packages();
    dyno_placement placement;
    assert_int_equal(dyno_place(machine, "none", 4, &placement, NULL), DYNO_GOOD);
    assert_int_equal(placement.n, 0);
    dyno_machine_close(machine);
}

static void what_is_no_policy_is_refused_with_what_is(void **state)
{
    (void)state;
    dyno_machine *machine = open_two_packages();
    dyno_placement placement;
    dyno_refusal refusal;
    assert_int_equal(dyno_place(machine, "copmact", 1, &placement, &refusal), DYNO_USAGE);
    assert_string_equal(refusal.sentence,
                        "pin = copmact: accepted are compact, scatter, core, none, or a list of CPUs like 0,2-3");
    assert_int_equal(dyno_place(machine, "0,8", 1, &placement, &refusal), DYNO_USAGE);
    assert_string_equal(refusal.sentence, "pin = 0,8: this process may not use CPU 8; it may use 0,1,2,3,4,5,6,7");
    dyno_machine_close(machine);
}

static void the_wording_alone_is_checked_for_the_planner(void **state)
{
    (void)state;
    const char *const good[] = {"compact", "scatter", "core", "none", "0", "0,2-3", "7-7"};
    const char *const bad[] = {"", "Compact", "0,", "-1", "3-2", "1;2", "0-", "99999999"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(dyno_pin_valid(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(dyno_pin_valid(bad[i]));
}

static void this_machine_has_a_cpu(void **state)
{
    (void)state;
    dyno_machine *machine;
    dyno_refusal refusal;
    assert_int_equal(dyno_machine_open(&machine, &refusal), DYNO_GOOD);
    assert_true(dyno_machine_cpus(machine) >= 1);
    dyno_placement placement;
    assert_int_equal(dyno_place(machine, "compact", 1, &placement, &refusal), DYNO_GOOD);
    assert_int_equal(placement.n, 1);
    dyno_machine_close(machine);
}

static void what_the_affinity_mask_forbids_is_not_used(void **state)
{
    (void)state;
    cpu_set_t former, one;
    assert_int_equal(sched_getaffinity(0, sizeof former, &former), 0);
    size_t last = CPU_SETSIZE - 1;
    while (!CPU_ISSET(last, &former))
        last--;
    CPU_ZERO(&one);
    CPU_SET(last, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) {
        skip(); /* binding is refused here */
        return;
    }
    dyno_machine *machine;
    dyno_placement placement;
    dyno_refusal refusal;
    assert_int_equal(dyno_machine_open(&machine, &refusal), DYNO_GOOD);
    assert_int_equal(sched_setaffinity(0, sizeof former, &former), 0);
    assert_int_equal(dyno_machine_cpus(machine), 1);
    assert_int_equal(dyno_place(machine, "core", 2, &placement, &refusal), DYNO_GOOD);
    assert_int_equal(placement.cpu[0], last);
    assert_int_equal(placement.cpu[1], last);
    assert_true(placement.oversubscribed);
    dyno_machine_close(machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compact_fills_neighbours_first),
        cmocka_unit_test(scatter_takes_packages_in_turn_and_hardware_threads_last),
        cmocka_unit_test(core_takes_one_hardware_thread_of_each_core),
        cmocka_unit_test(a_list_is_used_in_its_order_and_wrapped_around),
        cmocka_unit_test(none_binds_nothing),
        cmocka_unit_test(what_is_no_policy_is_refused_with_what_is),
        cmocka_unit_test(the_wording_alone_is_checked_for_the_planner),
        cmocka_unit_test(this_machine_has_a_cpu),
        cmocka_unit_test(what_the_affinity_mask_forbids_is_not_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
