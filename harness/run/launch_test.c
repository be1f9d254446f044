/* Each way a worker can behave, with real processes: shell scripts made for the purpose. */
#include "run/launch.h"

#include "base/memory.h"
#include "run/facts.h"
#include "run/lines.h"

#include <dirent.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char home[] = "/tmp/dyno-launch-test-XXXXXX";
static char scratch[64], workers[64];

static int make_home(void **state)
{
    (void)state;
    if (mkdtemp(home) == NULL) return -1;
    snprintf(scratch, sizeof scratch, "%s/scratch", home);
    snprintf(workers, sizeof workers, "%s/workers", home);
    return mkdir(scratch, 0700) == 0 && mkdir(workers, 0700) == 0 ? 0 : -1;
}

static int remove_home(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", home);
    return system(command) == 0 ? 0 : -1; /* NOLINT(cert-env33-c): a path of the test's own making */
}

static char *write_worker(const char *name, const char *body)
{
    char *path = dyno_text("%s/%s", workers, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\n%s\n", body);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0700), 0);
    return path;
}

static unsigned count_entries(const char *directory)
{
    DIR *dir = opendir(directory);
    assert_non_null(dir);
    unsigned n = 0;
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL)
        n += entry->d_name[0] != '.';
    closedir(dir);
    return n;
}

static dyno_metric metrics[] = {{.name = (char *)"time", .unit = (char *)"s"}};

static const char *preload;             /* of the offer that launch() makes */
static const dyno_placement *placement; /* of its request */

/* Runs a script as the worker; whatever it does, nothing may be left behind. */
static void launch(const char *body, double limit, dyno_attempt *attempt)
{
    char *program = write_worker("tried", body);
    dyno_setting setting = {.name = (char *)"n", .value = (char *)"35"};
    dyno_offer offer = {.program = program,
                        .preload = (char *)(uintptr_t)preload,
                        .worker = (char *)"tried 1",
                        .contender = (char *)"tried",
                        .workload = (char *)"fib",
                        .metrics = metrics,
                        .n_metrics = 1};
    dyno_cell cell = {
        .offer = &offer, .threads = 1, .settings = &setting, .n_settings = 1, .samples = 3, .time_limit = limit};
    dyno_launch_request request = {
        .cell = &cell, .seed = 99, .time = 0.5, .warmup = 0.25, .placement = placement, .scratch = scratch};
    dyno_launch(&request, NULL, attempt);
    assert_int_equal(count_entries(scratch), 0);
    free(program);
}

static void expect(const char *body, double limit, dyno_outcome outcome, const char *detail)
{
    dyno_attempt attempt;
    launch(body, limit, &attempt);
    if (attempt.outcome != outcome || strstr(attempt.detail, detail) == NULL) {
        fail_msg("'%s': got %s (%s), expected %s (%s)", body, dyno_outcome_name(attempt.outcome), attempt.detail,
                 dyno_outcome_name(outcome), detail);
    }
    if (outcome != DYNO_OK) assert_int_equal(attempt.n_samples, 0);
    dyno_attempt_free(&attempt);
}

#define GREETING "echo 'dyno 1' >&3; "
#define GOOD     GREETING "echo 'sample 0 time 1.5' >&3; echo 'verdict ok x' >&3; echo end >&3; "

static void a_good_worker_is_measured(void **state)
{
    (void)state;
    dyno_attempt attempt;
    launch(GOOD, 20, &attempt);
    assert_int_equal(attempt.outcome, DYNO_OK);
    assert_int_equal(attempt.n_samples, 1);
    assert_true(attempt.samples[0].value == 1.5);
    assert_true(attempt.usage.wall > 0);
    assert_true(attempt.usage.peak_rss_kib > 0);
    dyno_attempt_free(&attempt);
}

static void the_request_says_all_there_is_to_say(void **state)
{
    (void)state;
    expect("want='dyno 1 contender tried workload fib param n 35 threads 1 seed 99 warmup 0.250000 time 0.500000 "
           "samples 3 "
           "go '\n"
           "got=$(tr '\\n' ' ')\n"
           "[ \"$1\" = run ] && [ \"$got\" = \"$want\" ] || { echo \"got $got\" >&2; exit 9; }\n" GOOD,
           20, DYNO_OK, "");
}

static void each_misbehaviour_has_an_outcome_of_its_own(void **state)
{
    (void)state;
    expect(GREETING "sleep 60", 0.3, DYNO_TIMED_OUT, "silent for longer than 0.3 s");
    expect(GREETING "kill -SEGV $$", 20, DYNO_SIGNALLED, "died by SIGSEGV");
    expect(GREETING "echo one >&2; echo 'the disk is on fire' >&2; exit 3", 20, DYNO_NON_ZERO,
           "ended with exit status 3; its last words: the disk is on fire");
    expect("echo 'dyno 7' >&3", 20, DYNO_BAD_VERSION, "version 7");
    expect(GREETING "echo 'sample zero' >&3; sleep 60", 20, DYNO_MALFORMED, "line 2");
    expect(GREETING "echo 'sample 0 time nan' >&3", 20, DYNO_MALFORMED, "nan");
    expect(GREETING "echo 'verdict wrong 7 is not 8' >&3; echo end >&3", 20, DYNO_WRONG_ANSWER, "7 is not 8");
    expect(GREETING "echo 'verdict unable no such device' >&3; echo end >&3", 20, DYNO_UNABLE, "no such device");
    expect(GOOD "exit 1", 20, DYNO_NON_ZERO, "exit status 1");
    expect("exit 0", 20, DYNO_MALFORMED, "without a verdict");
    expect("exec 3>&-; sleep 60", 0.3, DYNO_TIMED_OUT, "silent");
    expect(GREETING "echo why >&2; echo end >&3", 20, DYNO_MALFORMED, "'end'; its last words: why");
    expect(GOOD "echo 'sample 1 time 1' >&3; sleep 60", 20, DYNO_MALFORMED, "line 5");
    expect("exec <&-; " GOOD, 20, DYNO_OK, "");
    expect(GREETING "yes 'note and so on' >&3", 20, DYNO_MALFORMED, "more than 1000 notes");
    expect(GREETING "cat /dev/zero >&3", 20, DYNO_MALFORMED, "longer than 4096 bytes");
    expect(GREETING "ulimit -f 8; exec yes", 20, DYNO_SIGNALLED, "SIGXFSZ");
    expect(GREETING "[ \"$(ulimit -f)\" != unlimited ] || exit 9; echo 'verdict unable x' >&3; echo end >&3", 20,
           DYNO_UNABLE, "x");
}

static void what_is_preloaded_is_so_for_that_process_alone(void **state)
{
    (void)state;
    assert_int_equal(setenv("LD_PRELOAD", "/nonexistent/ours.so", 1), 0);
    expect("[ -z \"$LD_PRELOAD\" ] || exit 9; " GOOD, 20, DYNO_OK, "");
    preload = "/nonexistent/theirs.so";
    expect("[ \"$LD_PRELOAD\" = /nonexistent/theirs.so ] || exit 9; " GOOD, 20, DYNO_OK, "");
    preload = NULL;
    assert_string_equal(getenv("LD_PRELOAD"), "/nonexistent/ours.so");
    unsetenv("LD_PRELOAD");
}

static void a_binding_is_looked_up(void **state)
{
    (void)state;
    dyno_machine *machine;
    dyno_refusal refusal;
    static dyno_placement one;
    assert_int_equal(dyno_machine_open(&machine, &refusal), DYNO_GOOD);
    assert_int_equal(dyno_place(machine, "compact", 1, &one, &refusal), DYNO_GOOD);
    dyno_machine_close(machine);
    placement = &one;
    dyno_attempt attempt;
    launch("echo 'dyno 1' >&3; echo note $(sed -n 's/^Cpus_allowed_list:.//p' /proc/self/status) >&3;"
           "echo 'sample 0 time 1' >&3; echo 'verdict ok x' >&3; echo end >&3",
           20, &attempt);
    placement = NULL;
    assert_int_equal(attempt.outcome, DYNO_OK);
    assert_int_equal(attempt.n_notes, 1);
    char *expected = dyno_text("%d", one.cpu[0]);
    /* Where binding is refused the worker runs unbound, and that is what is recorded. */
    assert_int_equal(attempt.pinned, strcmp(attempt.notes[0], expected) == 0);
    assert_string_equal(attempt.cpus, attempt.pinned ? expected : "");
    free(expected);
    dyno_attempt_free(&attempt);
}

static void a_binding_that_is_refused_is_no_error(void **state)
{
    (void)state;
    static const dyno_placement nowhere = {.n = 1, .cpu = {DYNO_CPUS_MAX - 1}};
    placement = &nowhere;
    dyno_attempt attempt;
    launch(GOOD, 20, &attempt);
    placement = NULL;
    assert_int_equal(attempt.outcome, DYNO_OK);
    assert_int_equal(attempt.n_samples, 1);
    assert_false(attempt.pinned);
    assert_string_equal(attempt.cpus, "");
    dyno_attempt_free(&attempt);
}

/* The number that a script wrote to the test's directory, 0 for none within ten seconds. */
static pid_t await_pid(const char *name)
{
    char *path = dyno_text("%s/%s", home, name);
    unsigned long pid = 0;
    for (int i = 0; i < 1000 && pid == 0; i++) {
        char *line = dyno_read_line(path);
        if (line == NULL || !dyno_is_count(line, INT_MAX, &pid)) pid = 0;
        free(line);
        if (pid == 0) usleep(10000);
    }
    unlink(path);
    free(path);
    return (pid_t)pid;
}

/* Whether a process ends within ten seconds; one that is dead and not yet collected has ended. */
static bool ends(pid_t pid)
{
    char *path = dyno_text("/proc/%d/stat", (int)pid);
    bool gone = false;
    for (int i = 0; i < 1000 && !gone; i++) {
        FILE *file = fopen(path, "r");
        char letter = 'X';
        gone = file == NULL || fscanf(file, "%*d (%*[^)]) %c", &letter) != 1 || letter == 'Z' || letter == 'X';
        if (file != NULL) fclose(file);
        if (!gone) usleep(10000);
    }
    free(path);
    return gone;
}

static void what_a_worker_leaves_behind_is_ended_and_removed(void **state)
{
    (void)state;
    /* A grandchild that holds the protocol's descriptor open must not hold up the run. */
    expect("sleep 60 & echo $! >../../pid; " GOOD, 20, DYNO_OK, "");
    pid_t left = await_pid("pid");
    assert_true(left > 0);
    assert_true(ends(left));
    expect("mkdir -p a/b; echo x > a/b/c; ln -s / a/root; " GOOD, 20, DYNO_OK, "");
    assert_int_equal(access("/etc", F_OK), 0);
    /* stdout is the worker's own, however much it says there. */
    expect("head -c 1000000 /dev/zero; " GOOD, 20, DYNO_OK, "");
}

static void no_worker_outlives_a_killed_dyno(void **state)
{
    (void)state;
    pid_t dyno = fork();
    assert_true(dyno >= 0);
    if (dyno == 0) {
        dyno_attempt attempt;
        launch("echo $$ >../../pid; exec sleep 60", 50, &attempt);
        _exit(0);
    }
    pid_t worker = await_pid("pid");
    kill(dyno, SIGKILL);
    assert_int_equal(waitpid(dyno, NULL, 0), dyno);
    assert_true(worker > 0);
    assert_true(ends(worker));
    char *sweep = dyno_text("rm -rf '%s'/dyno-*", scratch);
    assert_int_equal(system(sweep), 0); /* NOLINT(cert-env33-c): a path of the test's own making */
    free(sweep);
}

static void a_worker_inherits_nothing(void **state)
{
    (void)state;
    /* From 10 on a shell keeps descriptors of its own. */
    FILE *open_here = tmpfile();
    assert_non_null(open_here);
    expect("ls /proc/$$/fd >fds; ! grep -qvxE '0|1|2|3|1[0-9]' fds || { tr '\\n' ' ' <fds >&2; exit 9; }; " GOOD, 20,
           DYNO_OK, "");
    fclose(open_here);
}

static void what_can_not_be_executed_is_not_started(void **state)
{
    (void)state;
    dyno_offer offer = {.program = (char *)"/nonexistent/worker",
                        .worker = (char *)"none 1",
                        .contender = (char *)"none",
                        .workload = (char *)"fib"};
    dyno_cell cell = {.offer = &offer, .threads = 1, .time_limit = 5};
    dyno_launch_request request = {.cell = &cell, .scratch = scratch};
    dyno_attempt attempt;
    dyno_launch(&request, NULL, &attempt);
    assert_int_equal(attempt.outcome, DYNO_NOT_STARTED);
    assert_string_equal(attempt.detail, "/nonexistent/worker: executing it failed: No such file or directory");
    assert_int_equal(count_entries(scratch), 0);
    dyno_attempt_free(&attempt);
}

static volatile sig_atomic_t stop;

static void on_stop(int signal)
{
    stop = signal;
}

static void expect_stopped(const char *body)
{
    char *program = write_worker("tried", body);
    dyno_offer offer = {.program = program, .worker = (char *)"w", .contender = (char *)"c", .workload = (char *)"fib"};
    dyno_cell cell = {.offer = &offer, .threads = 1, .time_limit = 50};
    dyno_launch_request request = {.cell = &cell, .scratch = scratch};
    dyno_attempt attempt;
    dyno_launch(&request, &stop, &attempt);
    assert_int_equal(attempt.outcome, DYNO_STOPPED);
    assert_true(attempt.usage.wall < 40);
    assert_int_equal(count_entries(scratch), 0);
    dyno_attempt_free(&attempt);
    free(program);
}

static void a_stop_ends_the_worker_at_once(void **state)
{
    (void)state;
    stop = 1;
    expect_stopped("sleep 60");
    stop = 0;
    struct sigaction action = {.sa_handler = on_stop}, former;
    sigaction(SIGTERM, &action, &former);
    expect_stopped("sleep 0.1; kill -TERM $PPID; exec sleep 60");
    assert_int_equal(stop, SIGTERM);
    sigaction(SIGTERM, &former, NULL);
}

/* ---- Discovery ---- */

#define DESCRIBE                                                                                 \
    "echo 'dyno 1' >&3; echo 'worker fake 1.0' >&3; echo 'contender fake made for a test' >&3; " \
    "echo 'workload fib compute counts' >&3; echo 'param fib n int 30 1..92 which' >&3; "        \
    "echo 'metric fib time s lower seconds' >&3; "

static void remove_workers(void)
{
    const char *const names[] = {"tried", "good", "stays", "broken", "newer", "twice", "notes.txt"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *path = dyno_text("%s/%s", workers, names[i]);
        unlink(path);
        free(path);
    }
}

static void workers_on_the_path_are_asked_and_bad_ones_are_named(void **state)
{
    (void)state;
    remove_workers();
    free(write_worker("good", "sleep 60 & " DESCRIBE "echo 'threads fake fib 1 0' >&3; echo end >&3"));
    free(write_worker("broken", DESCRIBE "echo 'param fib n' >&3; echo end >&3"));
    free(write_worker("newer", "echo 'dyno 9' >&3"));
    free(write_worker("stays", DESCRIBE "echo end >&3; exec 3>&-; echo 'not yet' >&2; sleep 60"));
    free(write_worker("twice", DESCRIBE "echo 'lacks fake * no such card' >&3; echo end >&3"));
    char *plain = write_worker("notes.txt", "exit 1");
    assert_int_equal(chmod(plain, 0600), 0);
    free(plain);
    dyno_catalogue catalogue;
    dyno_refusal refusal;
    assert_int_equal(dyno_discover(workers, &catalogue, &refusal), DYNO_GOOD);
    assert_int_equal(catalogue.n_offers, 1);
    const dyno_offer *offer = dyno_find_offer(&catalogue, "fib", "fake");
    assert_non_null(offer);
    assert_string_equal(offer->worker, "fake 1.0");
    assert_string_equal(offer->params[0].accepted, "1..92");
    assert_int_equal(offer->max_threads, 0);
    assert_null(offer->lacks);
    assert_int_equal(catalogue.n_warnings, 4);
    assert_non_null(strstr(catalogue.warnings[0], "broken: line 7 of its description is none of the protocol"));
    assert_non_null(strstr(catalogue.warnings[1], "newer: speaks version 9"));
    assert_non_null(
        strstr(catalogue.warnings[2], "stays: described itself and did not end within 5 s; its last words: not yet"));
    assert_non_null(strstr(catalogue.warnings[3], "twice: offers fake for fib, which"));
    dyno_catalogue_free(&catalogue);
    remove_workers();
}

static void a_path_without_workers_is_refused(void **state)
{
    (void)state;
    dyno_catalogue catalogue;
    dyno_refusal refusal;
    assert_int_equal(dyno_discover("/nonexistent", &catalogue, &refusal), DYNO_FAILED);
    assert_non_null(strstr(refusal.sentence, "/nonexistent"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_worker_is_measured),
        cmocka_unit_test(the_request_says_all_there_is_to_say),
        cmocka_unit_test(each_misbehaviour_has_an_outcome_of_its_own),
        cmocka_unit_test(what_is_preloaded_is_so_for_that_process_alone),
        cmocka_unit_test(a_binding_is_looked_up),
        cmocka_unit_test(a_binding_that_is_refused_is_no_error),
        cmocka_unit_test(no_worker_outlives_a_killed_dyno),
        cmocka_unit_test(what_a_worker_leaves_behind_is_ended_and_removed),
        cmocka_unit_test(a_worker_inherits_nothing),
        cmocka_unit_test(what_can_not_be_executed_is_not_started),
        cmocka_unit_test(a_stop_ends_the_worker_at_once),
        cmocka_unit_test(workers_on_the_path_are_asked_and_bad_ones_are_named),
        cmocka_unit_test(a_path_without_workers_is_refused),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
