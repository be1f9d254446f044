/* What the harness itself takes while a sample runs: it shares the machine with what it measures. */
#include "run/launch.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char worker[] = "#!/bin/sh\n"
                             "echo 'dyno 1' >&3; sleep 1\n"
                             "printf 'sample 0 time 1\\nverdict ok x\\nend\\n' >&3\n";

static char home[] = "/tmp/dyno-wait-test-XXXXXX";

static int remove_home(void **state)
{
    (void)state;
    char *path = dyno_text("%s/worker", home);
    unlink(path);
    free(path);
    return rmdir(home);
}

static char *write_worker(void)
{
    assert_non_null(mkdtemp(home));
    char *path = dyno_text("%s/worker", home);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(worker, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0700), 0);
    return path;
}

static double cpu_seconds(const struct rusage *usage)
{
    return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
           1e-6 * (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

static void a_running_sample_is_left_alone(void **state)
{
    (void)state;
    char *program = write_worker();
    dyno_metric metric = {.name = (char *)"time", .unit = (char *)"s"};
    dyno_offer offer = {.program = program,
                        .worker = (char *)"waits 1",
                        .contender = (char *)"waits",
                        .workload = (char *)"fib",
                        .metrics = &metric,
                        .n_metrics = 1};
    dyno_cell cell = {.offer = &offer, .threads = 1, .samples = 1, .time_limit = 60};
    dyno_launch_request request = {.cell = &cell, .scratch = home};
    struct rusage before, after;
    dyno_attempt attempt;
    getrusage(RUSAGE_SELF, &before);
    dyno_launch(&request, NULL, &attempt);
    getrusage(RUSAGE_SELF, &after);
    assert_int_equal(attempt.outcome, DYNO_OK);
    assert_true(attempt.usage.wall >= 1);
    /* It sleeps until something is said: a loop that looks every 20 ms would wake 50 times, one that does not sleep
     * would take the whole second. */
    assert_true(after.ru_nvcsw - before.ru_nvcsw < 40);
    assert_true(cpu_seconds(&after) - cpu_seconds(&before) < 0.5);
    dyno_attempt_free(&attempt);
    free(program);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(a_running_sample_is_left_alone, remove_home)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
