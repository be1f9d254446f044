#include "fixture.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

typedef struct fixture {
    dyno_catalogue catalogue;
    dyno_plan plan;
    dyno_refusal refusal;
} fixture;

static int open_fixture(void **state)
{
    fixture *f = dyno_allocate(1, sizeof *f);
    fixture_catalogue(&f->catalogue);
    *state = f;
    return 0;
}

static int close_fixture(void **state)
{
    fixture *f = *state;
    dyno_plan_free(&f->plan);
    dyno_catalogue_free(&f->catalogue);
    free(f);
    return 0;
}

static void assert_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) fail_msg("'%s' does not contain '%s'", text, part);
}

static void planned(fixture *f, const char *suite, const char *const *words, const char *const *assignments)
{
    if (fixture_plan(&f->catalogue, suite, words, assignments, &f->plan, &f->refusal) != DYNO_GOOD)
        fail_msg("refused: %s", f->refusal.sentence);
}

static void refused(fixture *f, int code, const char *suite, const char *const *assignments, const char *sentence)
{
    assert_int_equal(fixture_plan(&f->catalogue, suite, NULL, assignments, &f->plan, &f->refusal), code);
    assert_contains(f->refusal.sentence, sentence);
    assert_null(f->plan.cells);
}

static size_t count(const dyno_plan *plan, const char *contender, unsigned threads, const char *params)
{
    size_t n = 0;
    for (size_t i = 0; i < plan->n_cells; i++)
        n += (contender == NULL || strcmp(plan->cells[i].offer->contender, contender) == 0) &&
             (threads == 0 || plan->cells[i].threads == threads) &&
             (params == NULL || strcmp(plan->cells[i].params, params) == 0);
    return n;
}

static void a_word_runs_a_workload_with_its_defaults(void **state)
{
    fixture *f = *state;
    planned(f, NULL, LIST("storm"), NULL);
    assert_string_equal(f->plan.name, "storm");
    assert_int_equal(f->plan.n_cells, 2);
    assert_string_equal(f->plan.cells[0].params, "bytes=4096;label=x;share=0.5;sizes=lognormal");
    assert_int_equal(f->plan.cells[0].n_settings, 4);
    assert_string_equal(f->plan.cells[0].settings[0].value, "4096");
    assert_int_equal(f->plan.cells[0].threads, 1);
    assert_true(f->plan.processes > 0 && f->plan.cells[0].time > 0 && f->plan.cells[0].samples > 0);
    assert_null(f->plan.source);
}

static void lists_and_ranges_multiply_out(void **state)
{
    fixture *f = *state;
    planned(f,
            "[global]\nprocesses = 7\nseed=42\nbudget = 1m30s\n"
            "; a comment\n"
            "[fib]\n  threads = 1,2 ; after a value\n  n = 10..30+10\n  contender = serial, engine\n"
            "[storm:deep]\nbytes = 64..4K*4\nsizes = uniform,lognormal\ncontender = malloc\nthreads=1..4*2 # too\n",
            NULL, NULL);
    assert_int_equal(f->plan.processes, 7);
    assert_int_equal(f->plan.seed, 42);
    assert_true(f->plan.budget == 90);
    assert_string_equal(f->plan.name, "t");
    assert_non_null(strstr(f->plan.source, "[storm:deep]"));
    assert_int_equal(count(&f->plan, "serial", 0, NULL), 3);
    assert_int_equal(count(&f->plan, "engine", 0, NULL), 6);
    assert_int_equal(count(&f->plan, "engine", 2, "n=20"), 1);
    assert_int_equal(count(&f->plan, "malloc", 0, NULL), 4 * 2 * 3);
    assert_int_equal(count(&f->plan, "malloc", 4, "bytes=1024;label=x;share=0.5;sizes=uniform"), 1);
    /* serial with 2 threads is left out, and that is said */
    assert_int_equal(f->plan.n_notes, 1);
    assert_string_equal(f->plan.notes[0], "serial runs with 1 thread: left out with threads 2 in fib");
}

static void the_command_line_is_stronger_than_the_suite(void **state)
{
    fixture *f = *state;
    planned(f, "[global]\nseed=1\ntime=9\n[fib]\nn=20\ncontender=engine\n[storm]\n", NULL,
            LIST("n=21", "fib.n=22", "seed=2", "threads=2", "storm.contender=malloc", "--time=250ms", "share=0.25"));
    assert_int_equal(f->plan.seed, 2);
    assert_int_equal(f->plan.n_cells, 2);
    assert_int_equal(count(&f->plan, "engine", 2, "n=22"), 1);
    assert_int_equal(count(&f->plan, "malloc", 2, "bytes=4096;label=x;share=0.25;sizes=lognormal"), 1);
    assert_true(f->plan.cells[0].time == 0.25);
}

static void words_filter_a_suite(void **state)
{
    fixture *f = *state;
    const char *suite = "[fib]\n[fib:big]\nn=40\n[storm]\n";
    planned(f, suite, LIST("fib:big"), NULL);
    assert_int_equal(f->plan.n_cells, 3);
    assert_int_equal(count(&f->plan, NULL, 0, "n=40"), 3);
    dyno_plan_free(&f->plan);
    planned(f, suite, LIST("fib"), NULL);
    assert_int_equal(f->plan.n_cells, 6);
    dyno_plan_free(&f->plan);
    assert_int_equal(fixture_plan(&f->catalogue, suite, LIST("strom"), NULL, &f->plan, &f->refusal), DYNO_USAGE);
    assert_contains(f->refusal.sentence, "did you mean 'storm'?");
}

static void the_same_cell_twice_runs_once(void **state)
{
    fixture *f = *state;
    planned(f, "[fib]\nn=30,30\ncontender=engine\nthreads=1,1..2\n[fib:again]\ncontender=engine\n", NULL, NULL);
    assert_int_equal(f->plan.n_cells, 2);
    assert_contains(f->plan.notes[0], "runs once");
}

static void cpus_is_a_number_of_threads(void **state)
{
    fixture *f = *state;
    planned(f, "[fib]\ncontender=engine\nthreads=all\n", NULL, NULL);
    assert_int_equal(f->plan.n_cells, 1);
    assert_true(f->plan.cells[0].threads >= 1);
    dyno_plan_free(&f->plan);
    planned(f, "[fib]\ncontender=engine\nthreads=1..cpus\n", NULL, NULL);
    assert_int_equal(f->plan.cells[f->plan.n_cells - 1].threads, f->plan.n_cells);
}

static void pins_are_policies_or_lists(void **state)
{
    fixture *f = *state;
    planned(f, "[fib]\ncontender=engine\npin=compact,0,2-3,none\n", NULL, NULL);
    assert_int_equal(f->plan.n_cells, 3);
    assert_string_equal(f->plan.cells[1].pin, "0,2-3");
    dyno_plan_free(&f->plan);
    refused(f, DYNO_USAGE, "[fib]\npin=compct\n", NULL, "t.ini:2: pin = 'compct' is not accepted: compact, scatter");
}

static void what_is_unknown_is_refused_with_place_and_nearest(void **state)
{
    fixture *f = *state;
    refused(f, DYNO_USAGE, "[fib]\n\nthraeds=1\n", NULL, "t.ini:3: unknown key 'thraeds', did you mean 'threads'?");
    refused(f, DYNO_USAGE, "[fibb]\n", NULL, "t.ini:1: unknown section 'fibb', did you mean 'fib'?");
    refused(f, DYNO_USAGE, "[fib]\n[fib]\n", NULL, "t.ini:2: section [fib] is there already, on line 1");
    refused(f, DYNO_USAGE, "[fib]\nn=1\nn=2\n", NULL, "t.ini:3: key 'n' is there already, on line 2");
    refused(f, DYNO_USAGE, "n=1\n[fib]\n", NULL, "t.ini:1: key 'n' stands before the first section");
    refused(f, DYNO_USAGE, "[fib]\nwhat is this\n", NULL, "t.ini:2: the line is neither [SECTION] nor KEY = VALUE");
    refused(f, DYNO_USAGE, "[fib\n", NULL, "t.ini:1: the line is neither");
    refused(f, DYNO_USAGE, "", NULL, "the suite is empty");
    refused(f, DYNO_USAGE, "[global]\nn=3\n[fib]\n", NULL, "t.ini:2: unknown key of [global] 'n'");
    refused(f, DYNO_USAGE, "[fib]\nbudget=3\n", NULL, "t.ini:2: key 'budget' is for the whole suite");
    refused(f, DYNO_USAGE, "[fib]\n", LIST("m=3"), "-p m=3: unknown key 'm'");
    refused(f, DYNO_USAGE, "[fib]\n", LIST("fob.n=3"),
            "-p fob.n=3: unknown workload (for 'n') 'fob', did you mean 'fib'?");
    refused(f, DYNO_USAGE, "[fib]\n", LIST("n"), "-p n: accepted is KEY=VALUE");
}

static void bad_values_are_refused_with_what_is_accepted(void **state)
{
    fixture *f = *state;
    refused(f, DYNO_USAGE, "[fib]\nn=abc\n", NULL, "t.ini:2: n = 'abc' is no whole number; accepted: 1..92");
    refused(f, DYNO_USAGE, "[fib]\nn=93\n", NULL, "t.ini:2: n = '93' is outside of what is accepted: 1..92");
    refused(f, DYNO_USAGE, "[fib]\nn=90..95\n", NULL, "n = '90..95' gives 93, which is outside");
    refused(f, DYNO_USAGE, "[fib]\nn=5..2\n", NULL, "is an empty range");
    refused(f, DYNO_USAGE, "[fib]\nn=1..9*1\n", NULL, "a factor is at least 2");
    refused(f, DYNO_USAGE, "[fib]\nn=1..9+0\n", NULL, "a step is at least 1");
    refused(f, DYNO_USAGE, "[fib]\nn=1,,2\n", NULL, "has an empty element");
    refused(f, DYNO_USAGE, "[fib]\nn=\n", NULL, "has an empty element");
    refused(f, DYNO_USAGE, "[storm]\nbytes=64..1M+1\n", NULL, "more than 4096 values");
    refused(f, DYNO_USAGE, "[storm]\nsizes=normal\n", NULL, "is not accepted: lognormal|uniform");
    refused(f, DYNO_USAGE, "[storm]\nshare=nan\n", NULL, "is no number");
    refused(f, DYNO_USAGE, "[storm]\nshare=0.1..0.2\n", NULL, "needs a step");
    refused(f, DYNO_USAGE, "[fib]\nthreads=0\n", NULL, "outside of what is accepted");
    refused(f, DYNO_USAGE, "[fib]\ntime=-1\n", NULL, "t.ini:2: time = '-1' is not accepted: a duration");
    refused(f, DYNO_USAGE, "[global]\nbudget=soon\n[fib]\n", NULL, "t.ini:2: budget = 'soon' is not accepted");
    refused(f, DYNO_USAGE, "[fib]\n", LIST("--processes=0"),
            "--processes=0: processes = '0' is not accepted: 1..10000");
    refused(f, DYNO_USAGE, "[fib]\n", LIST("seed=-1"), "-p seed=-1: seed = '-1' is not accepted");
    refused(f, DYNO_USAGE, "[fib]\nsamples=1.5\n", NULL, "samples = '1.5' is not accepted");
}

static void contenders_are_checked_by_workload(void **state)
{
    fixture *f = *state;
    refused(f, DYNO_USAGE, "[fib]\ncontender=engin\n", NULL, "unknown contender 'engin', did you mean 'engine'?");
    refused(f, DYNO_USAGE, "[fib]\ncontender=malloc\n", NULL,
            "fib has no contender 'malloc'; it has: engine, openmp, serial");
    refused(f, DYNO_USAGE, "[fib]\n", LIST("contender=malloc"), "fib has no contender 'malloc'");
    /* said for the whole suite it need not fit each workload */
    planned(f, "[fib]\n[storm]\n", NULL, LIST("contender=malloc"));
    assert_int_equal(f->plan.n_cells, 1);
    assert_contains(f->plan.notes[0], "fib is left out");
}

static void an_unavailable_contender_is_a_note(void **state)
{
    fixture *f = *state;
    fixture_offer(&f->catalogue, "fib", "openmp")->lacks = dyno_copy("no libgomp");
    planned(f, NULL, LIST("fib"), NULL);
    assert_int_equal(f->plan.n_cells, 2);
    assert_string_equal(f->plan.notes[0], "fib by openmp is left out: no libgomp");
    dyno_plan_free(&f->plan);
    refused(f, DYNO_FAILED, "[fib]\ncontender=openmp\n", NULL,
            "no cells to run: fib by openmp is left out: no libgomp");
    refused(f, DYNO_USAGE, "[fib]\ncontender=serial\nthreads=2,3\n", NULL,
            "no cells to run: serial runs with 1 thread: left out with threads 2, 3");
}

static void a_file_that_is_no_suite_is_refused(void **state)
{
    fixture *f = *state;
    dyno_plan_request request = {.suite = "/nonexistent/x.ini"};
    assert_int_equal(dyno_plan_make(&request, &f->catalogue, &f->plan, &f->refusal), DYNO_USAGE);
    assert_contains(f->refusal.sentence, "/nonexistent/x.ini: No such file");
    request.suite = "/";
    assert_int_equal(dyno_plan_make(&request, &f->catalogue, &f->plan, &f->refusal), DYNO_USAGE);
    char line[400];
    memset(line, 'x', sizeof line);
    memcpy(line, "[fib]\nn = ", 10);
    line[sizeof line - 1] = '\0';
    refused(f, DYNO_USAGE, line, NULL, "t.ini:2: the line is longer than");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(a_word_runs_a_workload_with_its_defaults),
        TEST(lists_and_ranges_multiply_out),
        TEST(the_command_line_is_stronger_than_the_suite),
        TEST(words_filter_a_suite),
        TEST(the_same_cell_twice_runs_once),
        TEST(cpus_is_a_number_of_threads),
        TEST(pins_are_policies_or_lists),
        TEST(what_is_unknown_is_refused_with_place_and_nearest),
        TEST(bad_values_are_refused_with_what_is_accepted),
        TEST(contenders_are_checked_by_workload),
        TEST(an_unavailable_contender_is_a_note),
        TEST(a_file_that_is_no_suite_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
