#include "run/env.h"
#include "run/facts.h"
#include "run/noise.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void the_environment_says_what_it_promises(void **state)
{
    (void)state;
    dyno_machine *machine;
    dyno_refusal refusal;
    assert_int_equal(dyno_machine_open(&machine, &refusal), DYNO_GOOD);
    cJSON *env = dyno_env_capture(machine);
    dyno_env_after(env);
    static const char *const keys[] = {"schema", "host",     "time",     "kernel", "cpu",       "memory", "aslr",
                                       "cgroup", "affinity", "topology", "build",  "libraries", "before", "after"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_non_null(cJSON_GetObjectItem(env, keys[i]));
    static const char *const cpu_keys[] = {"model",    "vendor", "logical", "cores",    "packages", "numa",
                                           "governor", "turbo",  "smt",     "l2_bytes", "virtual"};
    const cJSON *cpu = cJSON_GetObjectItem(env, "cpu");
    for (size_t i = 0; i < sizeof cpu_keys / sizeof cpu_keys[0]; i++) {
        assert_non_null(cJSON_GetObjectItem(cpu, cpu_keys[i]));
    }
    assert_true(cJSON_GetObjectItem(cpu, "logical")->valuedouble >= 1);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(env, "affinity")), dyno_machine_cpus(machine));
    cJSON_Delete(env);
    dyno_machine_close(machine);
}

static void facts_are_read_from_files_of_their_form(void **state)
{
    (void)state;
    char path[] = "/tmp/dyno-facts-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    const char text[] = "always [madvise] never\nmodel name\t: Some CPU 3000\nMem:  12 kB\n";
    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    close(fd);
    char *line = dyno_read_line(path), *choice = dyno_read_choice(path);
    char *model = dyno_read_key(path, "model name"), *memory = dyno_read_key(path, "Mem"),
         *none = dyno_read_key(path, "M");
    assert_string_equal(line, "always [madvise] never");
    assert_string_equal(choice, "madvise");
    assert_string_equal(model, "Some CPU 3000");
    assert_string_equal(memory, "12 kB");
    assert_null(none);
    assert_null(dyno_read_line("/nonexistent"));
    free(line);
    free(choice);
    free(model);
    free(memory);
    unlink(path);
    assert_true(dyno_leading_number("12.5 kB") == 12.5);
    assert_true(dyno_leading_number("max 100000") == -1);
    assert_true(dyno_leading_number(NULL) == -1);
}

static char tree[] = "/tmp/dyno-cgroup-XXXXXX";

static void write_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", tree, name);
    for (char *slash = path + sizeof tree; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
        *slash = '\0';
        mkdir(path, 0700);
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void expect_cgroup(const char *membership, double quota, const char *cpuset)
{
    char path[64];
    write_file("membership", membership);
    snprintf(path, sizeof path, "%s/membership", tree);
    char *got = dyno_cgroup_cpuset_in(tree, path);
    double found = dyno_cpu_quota_in(tree, path);
    if (quota < 0)
        assert_true(found < 0);
    else
        assert_true(found == quota);
    if (cpuset == NULL)
        assert_null(got);
    else
        assert_string_equal(got, cpuset);
    free(got);
}

static void the_tightest_quota_and_the_nearest_cpuset_count(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(tree));
    expect_cgroup("0::/\n", -1, NULL);
    /* version 1, as on older machines: one tree per controller */
    write_file("cpu/cpu.cfs_quota_us", "-1\n");
    write_file("cpu/cpu.cfs_period_us", "100000\n");
    write_file("cpu/job/cpu.cfs_quota_us", "150000\n");
    write_file("cpu/job/cpu.cfs_period_us", "100000\n");
    write_file("cpuset/cpuset.effective_cpus", "0-7\n");
    write_file("cpuset/job/cpuset.effective_cpus", "2-3\n");
    expect_cgroup("4:cpu,cpuacct:/job\n3:cpuset:/job\n0::/\n", 1.5, "2-3");
    expect_cgroup("4:cpu,cpuacct:/\n3:cpuset:/\n0::/\n", -1, "0-7");
    expect_cgroup("4:cpu,cpuacct:/job/of/the/host\n3:cpuset:/of/the/host\n0::/\n", 1.5, "0-7");
    /* version 2: one tree for all */
    write_file("slice/cpu.max", "50000 100000\n");
    write_file("slice/job/cpu.max", "200000 100000\n");
    write_file("slice/open/cpu.max", "max 100000\n");
    write_file("slice/cpuset.cpus.effective", "4,6\n");
    expect_cgroup("0::/slice/job\n", 0.5, "4,6");
    expect_cgroup("0::/slice/open\n", 0.5, "4,6");
    expect_cgroup("0::/\n", -1, NULL);
    char command[64];
    snprintf(command, sizeof command, "rm -rf '%s'", tree);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): a path of the test's own making */
}

static void a_library_is_known_without_being_loaded(void **state)
{
    (void)state;
    assert_null(dyno_library_version("libno-such-thing.so.1"));
    char *version = dyno_library_version("libjemalloc.so.2");
    if (version == NULL) {
        skip(); /* it is not installed */
        return;
    }
    assert_true(version[0] >= '3' && version[0] <= '9');
    assert_non_null(strchr(version, '.'));
    assert_null(strchr(version, '-'));
    free(version);
}

static void the_clock_and_the_noise_are_within_reason(void **state)
{
    (void)state;
    dyno_clock_facts clock = dyno_measure_clock();
    assert_true(clock.resolution_ns >= 1);
    assert_true(clock.cost_ns > 0);
    dyno_noise noise = dyno_measure_noise(0.1);
    assert_true(noise.n > 1);
    assert_true(noise.median_ms > 0);
    assert_true(noise.worst >= 1);
    assert_true(noise.variation >= 0);
    assert_true(noise.lost >= 0 && noise.lost <= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_environment_says_what_it_promises),
        cmocka_unit_test(facts_are_read_from_files_of_their_form),
        cmocka_unit_test(the_tightest_quota_and_the_nearest_cpuset_count),
        cmocka_unit_test(a_library_is_known_without_being_loaded),
        cmocka_unit_test(the_clock_and_the_noise_are_within_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
