#include "fixture.h"
#include "store/file.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char *dir;

static int fresh(void **state)
{
    (void)state;
    dir = fixture_directory();
    return 0;
}

static int gone(void **state)
{
    (void)state;
    fixture_remove();
    return 0;
}

static dyno_results *open_good(bool resume)
{
    dyno_refusal refusal = {""};
    dyno_results *results;
    if (dyno_results_open(dir, fixture_plan(), resume, &results, &refusal) != DYNO_GOOD)
        fail_msg("%s", refusal.sentence);
    return results;
}

static void append_good(dyno_results *results, size_t cell, unsigned round)
{
    const double values[] = {0.1, 0.2, 0.3};
    dyno_refusal refusal = {""};
    const dyno_cell *of = &fixture_plan()->cells[cell];
    if (dyno_results_append(results, of, round, 99, 1.25, fixture_good(of, values, 3), &refusal) != DYNO_GOOD)
        fail_msg("%s", refusal.sentence);
}

static void refused(const char *where, const dyno_plan *plan, bool resume, int code, const char *word)
{
    dyno_refusal refusal = {""};
    dyno_results *results;
    assert_int_equal(dyno_results_open(where, plan, resume, &results, &refusal), code);
    assert_null(results);
    if (!strstr(refusal.sentence, word)) fail_msg("'%s' doesn't say '%s'", refusal.sentence, word);
    if (!strstr(refusal.sentence, where)) fail_msg("'%s' doesn't say '%s'", refusal.sentence, where);
}

static void rows_are_as_documented(void **state)
{
    (void)state;
    dyno_results *results = open_good(false);
    append_good(results, 1, 1);
    dyno_results_close(results);
    size_t n;
    char *text = fixture_read("samples.csv", &n);
    const char *second = strchr(text, '\n') + 1;
    assert_int_equal(strncmp(text,
                             "schema,run,workload,family,contender,threads,params,pin,cpus,pinned,round,sample,"
                             "metric,unit,better,value,status,detail,seed,started\n",
                             (size_t)(second - text)),
                     0);
    assert_non_null(strstr(second, ",fib,compute,engine,2,n=30,core,0 1,1,1,0,time,s,lower,0.1,ok,,99,1.25\n"));
    assert_non_null(strstr(second, ",1,2,time,s,lower,0.3,ok,,99,1.25\n"));
    assert_non_null(strstr(second, ",1,,counter.steals,count,none,12,ok,,99,1.25\n"));
    assert_non_null(strstr(second, ",1,,peak_rss,B,lower,2097152,ok,,99,1.25\n"));
    assert_non_null(
        strstr(second, ",process_wall,s,lower,1.5,ok,\"huge pages refused; second, with a comma\",99,1.25\n"));
    free(text);
}

static void a_failed_process_has_no_figure(void **state)
{
    (void)state;
    dyno_refusal refusal;
    dyno_results *results = open_good(false);
    const dyno_cell *cell = &fixture_plan()->cells[0];
    assert_int_equal(dyno_results_append(results, cell, 0, 1, 0,
                                         fixture_bad(DYNO_WRONG_ANSWER, "said 3, not \"4\"\nreally"), &refusal),
                     DYNO_GOOD);
    assert_int_equal(
        dyno_results_append(results, cell, 1, 1, 0, fixture_bad(DYNO_NOT_STARTED, "no such file"), &refusal),
        DYNO_GOOD);
    assert_int_equal(dyno_results_append(results, cell, 2, 1, 0, fixture_good(cell, NULL, 0), &refusal), DYNO_GOOD);
    assert_int_equal(dyno_results_append(results, cell, 3, 1, 0, fixture_bad(DYNO_STOPPED, ""), &refusal), DYNO_GOOD);
    assert_false(dyno_results_has(results, cell, 3));
    dyno_results_close(results);
    size_t n;
    char *text = fixture_read("samples.csv", &n);
    assert_non_null(strstr(text, ",0,,time,s,lower,,wrong,\"said 3, not \"\"4\"\"\nreally\",1,0\n"));
    assert_non_null(strstr(text, ",1,,process_wall,s,lower,,not-started,,1,0\n"));
    assert_null(strstr(text, ",1,,peak_rss,"));
    assert_non_null(strstr(text, ",2,,time,s,lower,,malformed,"));
    assert_null(strstr(text, "stopped"));
    free(text);
}

static void resume_knows_what_is_there(void **state)
{
    (void)state;
    const dyno_cell *cells = fixture_plan()->cells;
    dyno_results *results = open_good(false);
    append_good(results, 0, 0);
    append_good(results, 2, 1);
    assert_true(dyno_results_has(results, &cells[0], 0));
    dyno_results_close(results);
    results = open_good(true);
    assert_true(dyno_results_has(results, &cells[0], 0));
    assert_true(dyno_results_has(results, &cells[2], 1));
    assert_false(dyno_results_has(results, &cells[0], 1));
    assert_false(dyno_results_has(results, &cells[1], 0));
    assert_false(dyno_results_has(results, &cells[2], 0));
    append_good(results, 1, 0);
    dyno_results_close(results);
    results = open_good(true);
    assert_true(dyno_results_has(results, &cells[1], 0));
    dyno_results_close(results);
}

static unsigned count_processes(bool has[2])
{
    dyno_results *results = open_good(true);
    const dyno_cell *cells = fixture_plan()->cells;
    has[0] = dyno_results_has(results, &cells[0], 0);
    has[1] = dyno_results_has(results, &cells[2], 0);
    dyno_results_close(results);
    return (unsigned)has[0] + has[1];
}

/* Every byte near the end of a process, where cases change, and a prime step elsewhere: each cut costs disk flushes. */
static size_t next_cut(size_t cut, size_t border, size_t end)
{
    bool near = (cut + 12 > border && cut < border + 12) || cut + 12 > end;
    return near ? cut + 1 : cut + 11;
}

/* kill -9 within a write leaves any prefix of it. At each cut: whole processes count, the torn one is cut off and can
 * be written again, and then the file is what it would have been. */
static void torn_at_any_byte(void **state)
{
    (void)state;
    dyno_results *results = open_good(false);
    append_good(results, 0, 0);
    append_good(results, 2, 0);
    dyno_results_close(results);
    size_t n, kept_n;
    char *whole = fixture_read("samples.csv", &n);
    size_t header = (size_t)(strchr(whole, '\n') + 1 - whole);
    size_t first = (size_t)(strchr(strstr(whole, "process_wall"), '\n') + 1 - whole);
    for (size_t cut = header; cut <= n; cut = next_cut(cut, first, n)) {
        bool has[2];
        fixture_write("samples.csv", whole, cut);
        assert_int_equal(count_processes(has), (cut >= first) + (unsigned)(cut == n));
        char *kept = fixture_read("samples.csv", &kept_n);
        assert_int_equal(kept_n, cut == n ? n : cut >= first ? first : header);
        assert_memory_equal(kept, whole, kept_n);
        free(kept);
        dyno_summary summary;
        dyno_refusal refusal;
        assert_int_equal(dyno_summarise(dir, &summary, &refusal), DYNO_GOOD);
        dyno_summary_free(&summary);
        if (cut % 4 != 0) continue;
        results = open_good(true);
        if (!has[0]) append_good(results, 0, 0);
        if (!has[1]) append_good(results, 2, 0);
        dyno_results_close(results);
        kept = fixture_read("samples.csv", &kept_n);
        assert_int_equal(kept_n, n);
        assert_memory_equal(kept, whole, n);
        free(kept);
    }
    free(whole);
}

static void killed_before_samples(void **state)
{
    (void)state;
    dyno_results_close(open_good(false));
    char *path = dyno_path_join(dir, "samples.csv");
    assert_int_equal(unlink(path), 0);
    free(path);
    dyno_results *results = open_good(true);
    append_good(results, 0, 0);
    dyno_results_close(results);
    dyno_results_close(open_good(true));
}

static void refuses_another_run(void **state)
{
    (void)state;
    dyno_results_close(open_good(false));
    refused(dir, fixture_plan(), false, DYNO_USAGE, "--resume");
    dyno_plan other = *fixture_plan();
    other.seed = 7;
    refused(dir, &other, true, DYNO_USAGE, "--seed 18446744073709551557");
    other = *fixture_plan();
    other.name = "long";
    refused(dir, &other, true, DYNO_USAGE, "'quick'");
    other = *fixture_plan();
    other.n_cells = 2;
    refused(dir, &other, true, DYNO_USAGE, "3 cells");
    other = *fixture_plan();
    dyno_cell changed[FIXTURE_CELLS];
    memcpy(changed, other.cells, sizeof changed);
    changed[1].params = "n=31";
    other.cells = changed;
    refused(dir, &other, true, DYNO_USAGE, "cell 2");
    other = *fixture_plan();
    other.processes = 9;
    refused(dir, &other, true, DYNO_USAGE, "processes");
    uint64_t seed;
    assert_int_equal(dyno_results_seed(dir, &seed, NULL), DYNO_GOOD);
    assert_true(seed == 18446744073709551557u);
}

static void refuses_a_second_writer(void **state)
{
    (void)state;
    dyno_results *results = open_good(false);
    refused(dir, fixture_plan(), true, DYNO_FAILED, "another dyno");
    dyno_results_close(results);
    dyno_results_close(open_good(true));
}

static void refuses_unusable_directories(void **state)
{
    (void)state;
    fixture_write("plain", "x", 1);
    char *path = dyno_path_join(dir, "plain");
    refused(path, fixture_plan(), false, DYNO_FAILED, "is a file");
    char *below = dyno_path_join(path, "deeper");
    refused(below, fixture_plan(), false, DYNO_FAILED, "is a file");
    free(below);
    free(path);
    refused("/proc/dyno/results", fixture_plan(), false, DYNO_FAILED, "/proc/dyno");
}

static void makes_parents(void **state)
{
    (void)state;
    dyno_refusal refusal;
    dyno_results *results;
    char *deep = dyno_path_join(dir, "a//b/c/");
    assert_int_equal(dyno_results_open(deep, fixture_plan(), false, &results, &refusal), DYNO_GOOD);
    assert_string_equal(dyno_results_dir(results), deep);
    dyno_results_close(results);
    free(deep);
}

/* A limit on the size of files stands for the full disk: the write is cut short at the same place, by the kernel. */
static void a_full_disk_costs_only_the_process_in_flight(void **state)
{
    (void)state;
    dyno_results *results = open_good(false);
    append_good(results, 0, 0);
    size_t n, after_n;
    char *before = fixture_read("samples.csv", &n);
    struct rlimit kept, tight;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &kept), 0);
    tight = (struct rlimit){n + 200, kept.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    const double values[] = {1, 2};
    const dyno_cell *cell = &fixture_plan()->cells[1];
    dyno_refusal refusal = {""};
    int code = dyno_results_append(results, cell, 0, 1, 0, fixture_good(cell, values, 2), &refusal);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &kept), 0);
    signal(SIGXFSZ, handler);
    assert_int_equal(code, DYNO_FAILED);
    assert_non_null(strstr(refusal.sentence, dir));
    assert_non_null(strstr(refusal.sentence, "File too large"));
    assert_false(dyno_results_has(results, cell, 0));
    char *after = fixture_read("samples.csv", &after_n);
    assert_int_equal(after_n, n);
    assert_memory_equal(after, before, n);
    append_good(results, 1, 0); /* room again: it goes on */
    dyno_results_close(results);
    dyno_results_close(open_good(true));
    free(before);
    free(after);
}

static const cJSON *item(const cJSON *object, const char *name)
{
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!found) fail_msg("run.json has no %s", name);
    return found;
}

static void run_json_tells_the_run(void **state)
{
    (void)state;
    dyno_refusal refusal;
    dyno_results *results = open_good(false);
    append_good(results, 0, 0);
    assert_int_equal(
        dyno_results_append(results, &fixture_plan()->cells[0], 1, 1, 0, fixture_bad(DYNO_TIMED_OUT, "slow"), &refusal),
        DYNO_GOOD);
    assert_int_equal(dyno_results_finish(results, "interrupted", &refusal), DYNO_GOOD);
    cJSON *env = cJSON_CreateObject();
    cJSON_AddStringToObject(env, "host", "bench");
    assert_int_equal(dyno_results_write_env(results, env, &refusal), DYNO_GOOD);
    cJSON_Delete(env);
    dyno_results_close(results);
    size_t n;
    char *text = fixture_read("run.json", &n);
    cJSON *run = cJSON_Parse(text);
    assert_non_null(run);
    assert_int_equal(item(run, "schema")->valueint, 1);
    assert_string_equal(item(run, "suite")->valuestring, "quick");
    assert_string_equal(item(run, "suite_text")->valuestring, "[fib]\nn = 30\n");
    assert_string_equal(item(run, "seed")->valuestring, "18446744073709551557");
    assert_int_equal(cJSON_GetArraySize(item(run, "cells")), FIXTURE_CELLS);
    assert_string_equal(item(cJSON_GetArrayItem(item(run, "cells"), 1), "contender")->valuestring, "engine");
    assert_true(cJSON_GetArraySize(item(run, "command")) >= 1);
    assert_string_equal(item(run, "outcome")->valuestring, "interrupted");
    assert_int_equal(item(run, "recorded")->valueint, 2);
    assert_int_equal(item(run, "failed")->valueint, 1);
    assert_true(cJSON_IsString(item(run, "finished")));
    assert_int_equal(cJSON_GetArraySize(item(run, "notes")), 1);
    cJSON_Delete(run);
    free(text);
    free(fixture_read("env.json", &n));
    dyno_results_close(open_good(true));
    text = fixture_read("run.json", &n);
    assert_non_null(strstr(text, "\"running\""));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_are_as_documented, fresh, gone),
        cmocka_unit_test_setup_teardown(a_failed_process_has_no_figure, fresh, gone),
        cmocka_unit_test_setup_teardown(resume_knows_what_is_there, fresh, gone),
        cmocka_unit_test_setup_teardown(torn_at_any_byte, fresh, gone),
        cmocka_unit_test_setup_teardown(killed_before_samples, fresh, gone),
        cmocka_unit_test_setup_teardown(refuses_another_run, fresh, gone),
        cmocka_unit_test_setup_teardown(refuses_a_second_writer, fresh, gone),
        cmocka_unit_test_setup_teardown(refuses_unusable_directories, fresh, gone),
        cmocka_unit_test_setup_teardown(makes_parents, fresh, gone),
        cmocka_unit_test_setup_teardown(a_full_disk_costs_only_the_process_in_flight, fresh, gone),
        cmocka_unit_test_setup_teardown(run_json_tells_the_run, fresh, gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
