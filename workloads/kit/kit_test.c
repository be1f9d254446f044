/* kit_test.c - a whole worker process, spoken to as the harness speaks to it. */
#include "protocol.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct answer {
    int status;        /* as waitpid gives it */
    char said[65536];  /* on the protocol's descriptor */
    char error[4096];  /* on stderr */
    char stdout_[256]; /* must stay the worker's own */
} answer;

static FILE *temporary(void)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    return file;
}

static void take(FILE *file, char *text, size_t room)
{
    rewind(file);
    size_t n = fread(text, 1, room - 1, file);
    text[n] = '\0';
    fclose(file);
}

/* Runs in the child: descriptors in place, then the worker. fd_text NULL: DYNO_FD unset. */
__attribute__((noreturn)) static void become_worker(const char *argument, const char *fd_text, int in, int said,
                                                    int error, int out)
{
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(error, STDERR_FILENO);
    if (said >= 0) dup2(said, fd_text != NULL ? (int)strtol(fd_text, NULL, 10) : DYNO_PROTOCOL_FD_DEFAULT);
    if (fd_text != NULL)
        setenv(DYNO_PROTOCOL_FD_ENV, fd_text, 1);
    else
        unsetenv(DYNO_PROTOCOL_FD_ENV);
    execl(KIT_TEST_WORKER, KIT_TEST_WORKER, argument, (char *)NULL);
    _exit(127);
}

static void ask_over(answer *a, const char *argument, const char *request, const char *fd_text, bool open_fd)
{
    FILE *in = temporary(), *said = temporary(), *error = temporary(), *out = temporary();
    fputs(request, in);
    rewind(in);
    /* Far away from the numbers under test. */
    int high[4] = {fcntl(fileno(in), F_DUPFD_CLOEXEC, 100), fcntl(fileno(said), F_DUPFD_CLOEXEC, 100),
                   fcntl(fileno(error), F_DUPFD_CLOEXEC, 100), fcntl(fileno(out), F_DUPFD_CLOEXEC, 100)};
    pid_t child = fork();
    if (child == 0) {
        close_range(3, 99, 0);
        become_worker(argument, fd_text, high[0], open_fd ? high[1] : -1, high[2], high[3]);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &a->status, 0), child);
    for (int i = 0; i < 4; i++)
        close(high[i]);
    fclose(in);
    take(said, a->said, sizeof a->said);
    take(error, a->error, sizeof a->error);
    take(out, a->stdout_, sizeof a->stdout_);
}

static void ask(answer *a, const char *argument, const char *request)
{
    ask_over(a, argument, request, NULL, true);
}

static int exit_status(const answer *a)
{
    return WIFEXITED(a->status) ? WEXITSTATUS(a->status) : -1;
}

static unsigned count(const char *text, const char *part)
{
    unsigned n = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
        n++;
    return n;
}

static void has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) fail_msg("\"%s\" is not in: %s", part, text);
}

#define COUNT(act) "dyno 1\ncontender tester\nworkload count\nparam act " act "\nwarmup 0\ntime 0.02\nsamples 4\n"

static void describe_says_the_tables(void **state)
{
    (void)state;
    answer a;
    ask(&a, "describe", "");
    assert_int_equal(exit_status(&a), 0);
    assert_int_equal(strncmp(a.said, "dyno 1\nworker dyno-kit-test ", 28), 0);
    has(a.said, "\ncontender tester does what it is told\n");
    has(a.said, "\npreload absent libabsent.so\n");
    has(a.said, "\nparam count n int 10 1..1000 how far to count\n");
    has(a.said, "\nmetric count time s lower seconds for one count\n");
    has(a.said, "\nthreads tester count 1 4\n");
    has(a.said, "\nthreads tester once 1 0\n");
    has(a.said, "\nlacks absent count the part is missing\n");
    assert_int_equal(count(a.said, "\nlacks"), 1);
    assert_string_equal(a.said + strlen(a.said) - 5, "\nend\n");
    assert_string_equal(a.stdout_, "");
    assert_string_equal(a.error, "");
}

static void a_good_run_tells_samples_counters_and_verdict(void **state)
{
    (void)state;
    answer a;
    ask(&a, "run", COUNT("good") "param n 20\nparam bytes 8192\nparam share 0.25\nseed 9\nthreads 3\ngo\n");
    assert_int_equal(exit_status(&a), 0);
    assert_int_equal(strncmp(a.said, "dyno 1\n", 7), 0);
    unsigned samples = count(a.said, " time ");
    assert_in_range(samples, 1, 4);
    assert_int_equal(count(a.said, "\nsample "), 2 * samples);
    has(a.said, "\nsample 0 time ");
    has(a.said, "\nsample 0 repeats ");
    has(a.said, "\ncounter bytes 8192\n");
    has(a.said, "\ncounter share 0.25\n");
    has(a.said, "\ncounter seed 9\n");
    has(a.said, "\ncounter threads 3\n");
    assert_int_equal(count(a.said, "verdict"), 1);
    has(a.said, "\nverdict ok ");
    assert_string_equal(a.said + strlen(a.said) - 5, "\nend\n");
    assert_string_equal(a.stdout_, "");
}

/* Without time or warm-up there is still one call that isn't reported, and one that is. */
static void the_least_is_a_warm_up_and_a_sample(void **state)
{
    (void)state;
    answer a;
    ask(&a, "run", "dyno 1\ncontender tester\nworkload count\nwarmup 0\ntime 0\nsamples 9\ngo\n");
    assert_int_equal(count(a.said, " time "), 1);
    has(a.said, "\ncounter calls 2\n");
    has(a.said, "\nsample 0 repeats 1\n");
}

static double number_after(const char *text, const char *part)
{
    has(text, part);
    return strtod(strstr(text, part) + strlen(part), NULL);
}

static void repeats_grow_until_a_sample_is_long_enough(void **state)
{
    (void)state;
    answer a;
    ask(&a, "run", COUNT("good") "param n 1\ngo\n");
    assert_true(number_after(a.said, "\nsample 0 repeats ") > 100);
}

static void a_workload_of_fixed_length_is_called_with_one(void **state)
{
    (void)state;
    answer a;
    ask(&a, "run", "dyno 1\ncontender absent\nworkload once\nwarmup 0\ntime 1\nsamples 6\ngo\n");
    assert_int_equal(exit_status(&a), 0);
    assert_int_equal(count(a.said, " repeats 1\n"), 6);
}

static void verdict_is(const char *request, const char *verdict)
{
    answer a;
    ask(&a, "run", request);
    assert_int_equal(exit_status(&a), 0);
    assert_int_equal(count(a.said, "verdict"), 1);
    has(a.said, verdict);
    assert_int_equal(count(a.said, "sample"), 0);
    assert_string_equal(a.said + strlen(a.said) - 5, "\nend\n");
}

static void what_goes_wrong_is_a_verdict_and_no_number(void **state)
{
    (void)state;
    verdict_is(COUNT("wrong") "go\n", "\nverdict wrong the count is 9, not 10\n");
    verdict_is(COUNT("unable") "go\n", "\nverdict unable no luck\n");
    verdict_is(COUNT("nan") "go\n", "\nverdict unable the value of metric repeats is nan");
    verdict_is(COUNT("silent") "go\n", "\nverdict unable the workload reported no value\n");
    verdict_is(COUNT("setup") "go\n", "\nverdict unable there is no such device\n");
    verdict_is("dyno 1\ncontender absent\nworkload count\ngo\n", "\nverdict unable the part is missing\n");
}

static void a_late_wrong_answer_is_the_verdict_and_its_sample_is_dropped(void **state)
{
    (void)state;
    answer a;
    ask(&a, "run", "dyno 1\ncontender tester\nworkload count\nparam act late\nwarmup 0\ntime 0\nsamples 1\ngo\n");
    has(a.said, "\nverdict ok ");
    ask(&a, "run", COUNT("late") "param n 1\ngo\n");
    has(a.said, "\nverdict wrong call 4 went wrong\n");
}

static void notes_are_one_line_and_told_once(void **state)
{
    (void)state;
    answer a;
    ask(&a, "run", COUNT("say") "go\n");
    assert_int_equal(count(a.said, "\nnote two lines\n"), 1);
    assert_int_equal(count(a.said, "note"), 1);
}

static int first_cpu(void)
{
    cpu_set_t allowed;
    assert_int_equal(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    int cpu = 0;
    while (!CPU_ISSET((size_t)cpu, &allowed))
        cpu++;
    return cpu;
}

static void a_binding_is_told_when_it_holds(void **state)
{
    (void)state;
    answer a;
    char request[512], expected[64];
    snprintf(request, sizeof request, COUNT("good") "cpu %d\ngo\n", first_cpu());
    snprintf(expected, sizeof expected, "\nbound 0 %d\n", first_cpu());
    ask(&a, "run", request);
    has(a.said, expected);
    ask(&a, "run", COUNT("good") "cpu 1023\ngo\n");
    assert_int_equal(count(a.said, "bound 0"), 0);
    has(a.said, "\nnote thread 0 could not be bound to CPU 1023: ");
    has(a.said, "\nverdict ok ");
}

static void a_bad_request_is_refused_with_exit_status_1(void **state)
{
    (void)state;
    static const char *const requests[][2] = {
        {"dyno 9\ngo\n", "not \"dyno 1\""},
        {COUNT("good") "nonsense\ngo\n", "nonsense"},
        {COUNT("good"), "ends before"},
        {COUNT("good") "param n 1001\ngo\n", "1..1000"},
        {COUNT("good") "param m 1\ngo\n", "no parameter m"},
        {COUNT("good") "threads 5\ngo\n", "1..4"},
        {"dyno 1\ncontender nobody\nworkload count\ngo\n", "unknown contender nobody"},
        {"dyno 1\ncontender tester\nworkload nothing\ngo\n", "unknown workload nothing"},
    };
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        answer a;
        ask(&a, "run", requests[i][0]);
        assert_int_equal(exit_status(&a), 1);
        assert_string_equal(a.said, "");
        has(a.error, requests[i][1]);
        assert_int_equal(count(a.error, "\n"), 1);
    }
}

static void wrong_arguments_and_descriptors_are_refused_with_64(void **state)
{
    (void)state;
    answer a;
    ask(&a, NULL, "");
    assert_int_equal(exit_status(&a), 64);
    has(a.error, "\"describe\" or \"run\"");
    ask(&a, "dance", "");
    assert_int_equal(exit_status(&a), 64);
    static const char *const fds[] = {NULL, "7", "-1", "3x", "", "99999999999"};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
        ask_over(&a, "describe", "", fds[i], false);
        assert_int_equal(exit_status(&a), 64);
        has(a.error, "is not open for writing");
        assert_int_equal(count(a.error, "\n"), 1);
    }
}

static void the_descriptor_is_the_one_that_is_named(void **state)
{
    (void)state;
    answer a;
    ask_over(&a, "describe", "", "9", true);
    assert_int_equal(exit_status(&a), 0);
    has(a.said, "worker dyno-kit-test");
}

static void help_is_on_stdout(void **state)
{
    (void)state;
    answer a;
    ask_over(&a, "--help", "", NULL, false);
    assert_int_equal(exit_status(&a), 0);
    has(a.stdout_, "worker program of dyno");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(describe_says_the_tables),
        cmocka_unit_test(a_good_run_tells_samples_counters_and_verdict),
        cmocka_unit_test(the_least_is_a_warm_up_and_a_sample),
        cmocka_unit_test(repeats_grow_until_a_sample_is_long_enough),
        cmocka_unit_test(a_workload_of_fixed_length_is_called_with_one),
        cmocka_unit_test(what_goes_wrong_is_a_verdict_and_no_number),
        cmocka_unit_test(a_late_wrong_answer_is_the_verdict_and_its_sample_is_dropped),
        cmocka_unit_test(notes_are_one_line_and_told_once),
        cmocka_unit_test(a_binding_is_told_when_it_holds),
        cmocka_unit_test(a_bad_request_is_refused_with_exit_status_1),
        cmocka_unit_test(wrong_arguments_and_descriptors_are_refused_with_64),
        cmocka_unit_test(the_descriptor_is_the_one_that_is_named),
        cmocka_unit_test(help_is_on_stdout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
