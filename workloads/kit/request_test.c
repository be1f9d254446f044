#include "request.h"

#include "tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int nothing(kit_run *run, void *state, uint64_t repeats)
{
    (void)state;
    return kit_sample(run, "time", (double)repeats);
}

static const kit_param params[] = {
    {"n", "int", "10", "1..92", NULL},
    {"bytes", "size", "4K", "64..1M", NULL},
    {"shape", "word", "uniform", "uniform|lognormal", NULL},
    {0},
};
static const kit_metric metrics[] = {{"time", "s", "lower", NULL}, {0}};
static const kit_workload one = {.name = "one",
                                 .family = "compute",
                                 .params = params,
                                 .metrics = metrics,
                                 .min_threads = 2,
                                 .max_threads = 8,
                                 .sample = nothing};
static const kit_workload *const workloads[] = {&one, NULL};
static const kit_contender contenders[] = {{.name = "a"}, {.name = "b"}, {0}};
static const kit_worker worker = {"test", contenders, workloads};

static const char *read_bytes(const char *text, size_t length, kit_request *request)
{
    FILE *in = fmemopen((void *)text, length, "r");
    assert_non_null(in);
    const char *wrong = kit_request_read(in, &worker, request);
    fclose(in);
    return wrong;
}

static const char *read_text(const char *text, kit_request *request)
{
    return read_bytes(text, strlen(text), request);
}

static void a_whole_request_is_understood(void **state)
{
    (void)state;
    kit_request r;
    assert_null(read_text("dyno 1\ncontender b\nworkload one\nparam n 92\nparam bytes 65536\nparam shape lognormal\n"
                          "threads 4\nseed 18446744073709551615\ncpu 3\ncpu 1\nwarmup 0.5\ntime 2\nsamples 30\ngo\n",
                          &r));
    assert_string_equal(r.contender->name, "b");
    assert_ptr_equal(r.workload, &one);
    assert_int_equal(r.values[0].integer, 92);
    assert_int_equal(r.values[1].integer, 65536);
    assert_string_equal(r.values[2].word, "lognormal");
    assert_int_equal(r.threads, 4);
    assert_true(r.seed == UINT64_MAX);
    assert_int_equal(r.n_cpus, 2);
    assert_int_equal(r.cpus[0], 3);
    assert_int_equal(r.cpus[1], 1);
    assert_true(r.warmup == 0.5 && r.time == 2.0 && r.samples == 30);
    kit_request_free(&r);
}

static void what_is_left_out_takes_its_default(void **state)
{
    (void)state;
    kit_request r;
    assert_null(read_text("dyno 1\nworkload one\ncontender a\ngo\nnot read any more", &r));
    assert_int_equal(r.values[0].integer, 10);
    assert_int_equal(r.values[1].integer, 4096);
    assert_string_equal(r.values[2].word, "uniform");
    assert_int_equal(r.threads, 2);
    assert_int_equal(r.n_cpus, 0);
    kit_request_free(&r);
}

static void says(const char *text, const char *part)
{
    kit_request r;
    const char *wrong = read_text(text, &r);
    if (wrong == NULL)
        fail_msg("accepted: %s", text);
    else if (strstr(wrong, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", wrong, part);
}

#define HEAD "dyno 1\ncontender a\nworkload one\n"

static void a_malformed_request_is_refused_with_its_line(void **state)
{
    (void)state;
    says("dyno 2\n", "line 1 of the request: \"dyno 2\" is not \"dyno 1\"");
    says("go\n", "line 1");
    says("", "ends before \"go\"");
    says(HEAD, "ends before \"go\"");
    says(HEAD "g", "ends within");
    says(HEAD "\ngo\n", "line 4");
    says(HEAD "speed 3\ngo\n", "\"speed\" begins no line");
    says(HEAD "param n\ngo\n", "has no value");
    says(HEAD "param n 3\nparam n 3\ngo\n", "param n is given twice");
    says(HEAD "contender a\ngo\n", "contender is given twice");
    says(HEAD "threads two\ngo\n", "threads \"two\"");
    says(HEAD "threads 2 \ngo\n", "threads \"2 \"");
    says(HEAD "seed -1\ngo\n", "seed \"-1\"");
    says(HEAD "time nan\ngo\n", "time \"nan\"");
    says(HEAD "warmup -0.1\ngo\n", "warmup \"-0.1\"");
    says(HEAD "cpu x\ngo\n", "cpu \"x\"");
}

static void what_the_tables_do_not_have_is_refused_with_what_they_have(void **state)
{
    (void)state;
    says("dyno 1\nworkload one\ngo\n", "names no contender");
    says("dyno 1\ncontender a\ngo\n", "names no workload");
    says("dyno 1\ncontender c\nworkload one\ngo\n", "unknown contender c; this worker has: a b");
    says("dyno 1\ncontender a\nworkload two\ngo\n", "unknown workload two; this worker has: one");
    says(HEAD "param m 3\ngo\n", "has no parameter m");
    says(HEAD "param n 93\ngo\n", "n = 93 is outside of what is accepted: 1..92");
    says(HEAD "param n 4K\ngo\n", "n = 4K is no value of type int");
    says(HEAD "param shape round\ngo\n", "uniform|lognormal");
    says(HEAD "threads 1\ngo\n", "takes 2..8");
    says(HEAD "threads 9\ngo\n", "takes 2..8");
    says(HEAD "samples 0\ngo\n", "samples = 0");
}

static void lines_have_a_limit_and_no_nul(void **state)
{
    (void)state;
    char text[8192];
    int head = snprintf(text, sizeof text, HEAD "param n ");
    memset(text + head, '1', 5000);
    memcpy(text + head + 5000, "\ngo\n", sizeof "\ngo\n");
    says(text, "longer than 4096 bytes");
    kit_request r;
    const char *wrong = read_bytes("dyno 1\nco\0tender a\ngo\n", 22, &r);
    assert_non_null(wrong);
    assert_non_null(strstr(wrong, "line 2 of the request: it holds a NUL byte"));
}

static const char *mistake_with(kit_param param, kit_metric metric)
{
    const kit_param some_params[] = {param, {0}};
    const kit_metric some_metrics[] = {metric, {0}};
    const kit_workload w = {
        .name = "w", .family = "f", .params = some_params, .metrics = some_metrics, .sample = nothing};
    const kit_workload *const list[] = {&w, NULL};
    return kit_worker_mistake(&(kit_worker){"test", contenders, list});
}

static void a_mistake_in_the_tables_is_found(void **state)
{
    (void)state;
    const kit_param good = {"n", "int", "1", "1..2", NULL};
    const kit_metric time = {"time", "s", "lower", NULL};
    assert_null(kit_worker_mistake(&worker));
    assert_null(mistake_with(good, time));
    assert_non_null(mistake_with((kit_param){"N", "int", "1", "1..2", NULL}, time));
    assert_non_null(mistake_with((kit_param){"n", "integer", "1", "1..2", NULL}, time));
    assert_non_null(mistake_with((kit_param){"n", "int", "3", "1..2", NULL}, time));
    assert_non_null(mistake_with((kit_param){"n", "int", "1", "1 .. 2", NULL}, time));
    assert_non_null(mistake_with(good, (kit_metric){"time", "s per op", "lower", NULL}));
    assert_non_null(mistake_with(good, (kit_metric){"time", "s", "smaller", NULL}));
    assert_non_null(mistake_with(good, (kit_metric){0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_request_is_understood),
        cmocka_unit_test(what_is_left_out_takes_its_default),
        cmocka_unit_test(a_malformed_request_is_refused_with_its_line),
        cmocka_unit_test(what_the_tables_do_not_have_is_refused_with_what_they_have),
        cmocka_unit_test(lines_have_a_limit_and_no_nul),
        cmocka_unit_test(a_mistake_in_the_tables_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
