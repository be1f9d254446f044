#include "fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *dir;
static dyno_results *results;

static int fresh(void **state)
{
    (void)state;
    dyno_refusal refusal = {""};
    dir = fixture_directory();
    if (dyno_results_open(dir, fixture_plan(), false, &results, &refusal) != DYNO_GOOD)
        fail_msg("%s", refusal.sentence);
    return 0;
}

static int gone(void **state)
{
    (void)state;
    dyno_results_close(results);
    fixture_remove();
    return 0;
}

static void good(size_t cell, unsigned round, const double *values, size_t n)
{
    const dyno_cell *of = &fixture_plan()->cells[cell];
    assert_int_equal(dyno_results_append(results, of, round, 1, 0, fixture_good(of, values, n), NULL), DYNO_GOOD);
}

static void bad(size_t cell, unsigned round, dyno_outcome outcome, const char *detail)
{
    const dyno_cell *of = &fixture_plan()->cells[cell];
    assert_int_equal(dyno_results_append(results, of, round, 1, 0, fixture_bad(outcome, detail), NULL), DYNO_GOOD);
}

static dyno_summary summarised(void)
{
    dyno_summary summary;
    dyno_refusal refusal = {""};
    if (dyno_summarise(dir, &summary, &refusal) != DYNO_GOOD) fail_msg("%s", refusal.sentence);
    return summary;
}

static const dyno_row *find(const dyno_summary *summary, const char *contender, const char *metric)
{
    for (size_t i = 0; i < summary->n_rows; i++)
        if (strcmp(summary->rows[i].contender, contender) == 0 && strcmp(summary->rows[i].metric, metric) == 0)
            return &summary->rows[i];
    fail_msg("no row for %s %s", contender, metric);
    return NULL;
}

static size_t count(const dyno_summary *summary, const char *contender)
{
    size_t n = 0;
    for (size_t i = 0; i < summary->n_rows; i++)
        n += strcmp(summary->rows[i].contender, contender) == 0;
    return n;
}

/* Medians of the processes 2, 5, 8; their median 5. A process drawn again gives 2, 5 or 8 whatever samples are drawn
 * from a constant process; min and max are over all samples. */
static void figures_by_hand(void **state)
{
    (void)state;
    good(0, 0, (const double[]){3, 1, 2}, 3);
    good(0, 2, (const double[]){8, 8, 8, 8}, 4);
    good(0, 1, (const double[]){5, 5}, 2);
    dyno_summary summary = summarised();
    const dyno_row *row = find(&summary, "serial", "time");
    assert_true(row->primary);
    assert_string_equal(row->status, "ok");
    assert_string_equal(row->detail, "huge pages refused; second, with a comma");
    assert_int_equal(row->processes, 3);
    assert_int_equal(row->samples, 9);
    assert_true(row->median == 5 && row->min == 1 && row->max == 8);
    assert_true(row->ci_low >= 1 && row->ci_low <= 3);
    assert_true(row->ci_high == 8);
    row = find(&summary, "serial", "process_wall");
    assert_false(row->primary);
    assert_int_equal(row->samples, 3);
    assert_true(row->median == 1.5 && row->ci_low == 1.5 && row->ci_high == 1.5);
    assert_true(find(&summary, "serial", "counter.steals")->median == 12);
    dyno_summary_free(&summary);
}

static void one_process_has_no_interval(void **state)
{
    (void)state;
    good(0, 0, (const double[]){3, 1, 2}, 3);
    dyno_summary summary = summarised();
    const dyno_row *row = find(&summary, "serial", "time");
    assert_true(row->median == 2 && isnan(row->ci_low) && isnan(row->ci_high));
    dyno_summary_free(&summary);
}

static void one_wrong_answer_spoils_the_cell(void **state)
{
    (void)state;
    good(0, 0, (const double[]){3}, 1);
    bad(0, 1, DYNO_TIMED_OUT, "silent for 5 s");
    bad(0, 2, DYNO_WRONG_ANSWER, "fib(30) came as 3");
    good(1, 0, (const double[]){4}, 1);
    dyno_summary summary = summarised();
    assert_int_equal(count(&summary, "serial"), 1);
    const dyno_row *row = find(&summary, "serial", "time");
    assert_true(row->primary);
    assert_string_equal(row->status, "wrong");
    assert_string_equal(row->detail, "1 of 3 processes: fib(30) came as 3");
    assert_true(isnan(row->median) && isnan(row->min) && row->processes == 0);
    assert_true(find(&summary, "engine", "time")->median == 4);
    dyno_summary_free(&summary);
}

static void partial_failure_keeps_the_good_figures(void **state)
{
    (void)state;
    good(0, 0, (const double[]){3}, 1);
    bad(0, 1, DYNO_TIMED_OUT, "silent\nfor 5 s");
    bad(0, 2, DYNO_UNABLE, "no");
    bad(0, 3, DYNO_TIMED_OUT, "again");
    good(0, 4, (const double[]){5}, 1);
    dyno_summary summary = summarised();
    const dyno_row *row = find(&summary, "serial", "time");
    assert_string_equal(row->status, "timeout");
    assert_string_equal(row->detail, "2 of 5 processes: silent for 5 s");
    assert_int_equal(row->processes, 2);
    assert_true(row->median == 4);
    dyno_summary_free(&summary);
}

static void cells_that_never_ran_are_named(void **state)
{
    (void)state;
    bad(2, 0, DYNO_UNABLE, "libjemalloc.so.2 is missing");
    dyno_summary summary = summarised();
    assert_int_equal(summary.n_rows, 3);
    assert_string_equal(find(&summary, "malloc", "throughput")->status, "unable");
    assert_string_equal(find(&summary, "malloc", "throughput")->detail,
                        "1 of 1 processes: libjemalloc.so.2 is missing");
    assert_string_equal(find(&summary, "engine", "time")->status, "not-run");
    assert_true(isnan(find(&summary, "engine", "time")->median));
    dyno_summary_free(&summary);
}

static void refuse(const char *text, const char *line, const char *word)
{
    dyno_summary summary;
    dyno_refusal refusal = {""};
    fixture_write("samples.csv", text, strlen(text));
    assert_int_equal(dyno_summarise(dir, &summary, &refusal), DYNO_FAILED);
    if (!strstr(refusal.sentence, line) || !strstr(refusal.sentence, word) || !strstr(refusal.sentence, "samples.csv"))
        fail_msg("'%s' doesn't say '%s' and '%s'", refusal.sentence, line, word);
}

#define HEADER                                                                                                   \
    "schema,run,workload,family,contender,threads,params,pin,cpus,pinned,round,sample,metric,unit,better,value," \
    "status,detail,seed,started\n"
#define ROW(round, metric, value) \
    "1,r,fib,compute,engine,2,n=1,core,,1," round ",," metric ",s,lower," value ",ok,,1,0\n"

static void refuses_what_is_no_samples(void **state)
{
    (void)state;
    refuse("", "line 1", "header");
    refuse("a,b\n1,2\n", "line 1", "header");
    refuse(HEADER "1,2,3\n", "line 2", "3 fields");
    refuse(HEADER ROW("0", "time", "fast"), "line 2", "'fast'");
    refuse(HEADER ROW("0", "time", "nan"), "line 2", "'nan'");
    refuse(HEADER ROW("x", "time", "1"), "line 2", "round");
    refuse(HEADER ROW("-1", "time", "1"), "line 2", "round");
    refuse(HEADER ROW("0", "time", "1") ROW("1", "time", "1"), "line 3", "process_wall");
    refuse(HEADER ROW("0", "process_wall", "1") "2" ROW("1", "time", "1"), "line 3", "schema 1");
    refuse(HEADER ROW("0", "process_wall", "1") ROW("0", "process_wall", "1"), "fib engine threads=2 n=1 round 0",
           "twice");
}

static void figures_that_are_missing_are_empty(void **state)
{
    (void)state;
    good(0, 0, (const double[]){3}, 1);
    bad(1, 0, DYNO_SIGNALLED, "killed by SIGSEGV, \"invalid\"");
    dyno_summary summary = summarised();
    assert_int_equal(dyno_summary_write(dir, &summary, NULL), DYNO_GOOD);
    dyno_summary_free(&summary);
    size_t n;
    char *text = fixture_read("summary.csv", &n);
    const char header[] =
        "schema,run,workload,family,contender,threads,params,pin,metric,unit,better,primary,processes,"
        "samples,median,ci_low,ci_high,min,max,status,detail\n";
    assert_memory_equal(text, header, sizeof header - 1);
    assert_non_null(strstr(text, ",fib,compute,serial,1,n=30,core,time,s,lower,1,1,1,3,,,3,3,ok,"));
    assert_non_null(strstr(text,
                           ",fib,compute,engine,2,n=30,core,time,s,lower,1,0,0,,,,,,signal,\"1 of 1 processes: killed "
                           "by SIGSEGV, \"\"invalid\"\"\"\n"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(figures_by_hand, fresh, gone),
        cmocka_unit_test_setup_teardown(one_process_has_no_interval, fresh, gone),
        cmocka_unit_test_setup_teardown(one_wrong_answer_spoils_the_cell, fresh, gone),
        cmocka_unit_test_setup_teardown(partial_failure_keeps_the_good_figures, fresh, gone),
        cmocka_unit_test_setup_teardown(cells_that_never_ran_are_named, fresh, gone),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_samples, fresh, gone),
        cmocka_unit_test_setup_teardown(figures_that_are_missing_are_empty, fresh, gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
