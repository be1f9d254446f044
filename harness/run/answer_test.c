#include "run/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static dyno_metric metrics[] = {{.name = (char *)"time", .unit = (char *)"s"},
                                {.name = (char *)"p99", .unit = (char *)"ns"}};
static dyno_offer offer = {.worker = (char *)"tester 1", .metrics = metrics, .n_metrics = 2};
static dyno_cell cell = {.offer = &offer, .threads = 2, .samples = 2};
static dyno_placement placement = {.n = 2, .cpu = {4, 6}};
static dyno_launch_request request = {.cell = &cell, .placement = &placement};

/* Feeds text in pieces of one, seven and all bytes: the cut must not matter. */
static dyno_outcome read_answer_of(const char *text, bool confined, dyno_attempt *attempt)
{
    static const size_t pieces[] = {1, 7, 100000};
    dyno_outcome first = DYNO_OK;
    for (size_t k = 0; k < 3; k++) {
        dyno_attempt_free(attempt);
        dyno_answer answer = {.request = &request, .attempt = attempt, .confined = confined};
        size_t length = strlen(text), at = 0;
        while (at < length) {
            size_t n = length - at < pieces[k] ? length - at : pieces[k];
            if (!dyno_answer_feed(&answer, text + at, n)) break;
            at += n;
        }
        dyno_answer_finish(&answer);
        if (k == 0) first = attempt->outcome;
        assert_int_equal(attempt->outcome, first);
    }
    return first;
}

static dyno_outcome read_answer(const char *text, dyno_attempt *attempt)
{
    return read_answer_of(text, true, attempt);
}

static void a_good_answer_is_read_whole(void **state)
{
    (void)state;
    dyno_attempt attempt = {0};
    const char *text = "dyno 1\nbound 1 6\nbound 0 4\nsample 0 time 0.5\nsample 0 p99 12\nsample 1 time 2.5e-1\n"
                       "counter steals 3\nnote all is well\nverdict ok fine\nend\n";
    assert_int_equal(read_answer(text, &attempt), DYNO_OK);
    assert_int_equal(attempt.n_samples, 3);
    assert_int_equal(attempt.samples[2].index, 1);
    assert_ptr_equal(attempt.samples[1].metric, &metrics[1]);
    assert_true(attempt.samples[2].value == 0.25);
    assert_int_equal(attempt.n_notes, 2);
    assert_string_equal(attempt.notes[0], "steals 3");
    assert_string_equal(attempt.notes[1], "all is well");
    assert_true(attempt.pinned);
    assert_string_equal(attempt.cpus, "4 6");
    dyno_attempt_free(&attempt);
}

static void a_thread_on_another_cpu_is_no_pinned_run(void **state)
{
    (void)state;
    dyno_attempt attempt = {0};
    assert_int_equal(read_answer("dyno 1\nbound 0 6\nsample 0 time 1\nverdict ok x\nend\n", &attempt), DYNO_OK);
    assert_false(attempt.pinned);
    assert_string_equal(attempt.cpus, "6");
    dyno_attempt_free(&attempt);
}

static void a_thread_that_says_nothing_is_no_pinned_one(void **state)
{
    (void)state;
    dyno_attempt attempt = {0};
    assert_int_equal(read_answer("dyno 1\nbound 0 4\nsample 0 time 1\nverdict ok x\nend\n", &attempt), DYNO_OK);
    assert_false(attempt.pinned);
    assert_int_equal(read_answer("dyno 1\nbound 2 4\nsample 0 time 1\nverdict ok x\nend\n", &attempt), DYNO_OK);
    assert_false(attempt.pinned);
    dyno_attempt_free(&attempt);
}

static void a_process_kept_on_one_cpu_is_pinned_without_a_word(void **state)
{
    (void)state;
    static dyno_placement single = {.n = 2, .cpu = {5, 5}, .oversubscribed = true};
    static const char text[] = "dyno 1\nsample 0 time 1\nverdict ok x\nend\n";
    dyno_attempt attempt = {0};
    request.placement = &single;
    assert_int_equal(read_answer_of(text, true, &attempt), DYNO_OK);
    assert_true(attempt.pinned);
    assert_string_equal(attempt.cpus, "5");
    assert_int_equal(read_answer_of(text, false, &attempt), DYNO_OK);
    assert_false(attempt.pinned);
    assert_string_equal(attempt.cpus, "");
    request.placement = &placement;
    assert_int_equal(read_answer_of(text, true, &attempt), DYNO_OK);
    assert_false(attempt.pinned);
    dyno_attempt_free(&attempt);
}

static void what_is_no_text_is_made_visible(void **state)
{
    (void)state;
    dyno_attempt attempt = {0};
    const char *text = "dyno 1\nnote a\x1b[2Jb \xff \xc3\xa9 \xe2\x82\xac \xed\xa0\x80 \xc2\x85 "
                       "\xf0\x9f\x98\x80 \xe2\x82\nverdict unable x\nend\n";
    assert_int_equal(read_answer(text, &attempt), DYNO_UNABLE);
    assert_string_equal(attempt.notes[0], "a?[2Jb ? \xc3\xa9 \xe2\x82\xac ??? ?? \xf0\x9f\x98\x80 ??");
    dyno_attempt_free(&attempt);
}

static void a_worker_that_never_stops_talking_is_malformed(void **state)
{
    (void)state;
    dyno_attempt attempt = {0};
    dyno_answer answer = {.request = &request, .attempt = &attempt};
    assert_true(dyno_answer_feed(&answer, "dyno 1\n", 7));
    unsigned n = 0;
    while (n < 100000 && dyno_answer_feed(&answer, "note hm\n", 8))
        n++;
    assert_int_equal(attempt.outcome, DYNO_MALFORMED);
    assert_int_equal(n, 1000);
    dyno_attempt_free(&attempt);
}

static void verdicts_become_outcomes(void **state)
{
    (void)state;
    dyno_attempt attempt = {0};
    assert_int_equal(read_answer("dyno 1\nverdict wrong 7 is not 8\nend\n", &attempt), DYNO_WRONG_ANSWER);
    assert_string_equal(attempt.detail, "7 is not 8");
    assert_int_equal(read_answer("dyno 1\nverdict unable no memory\nend\n", &attempt), DYNO_UNABLE);
    assert_string_equal(attempt.detail, "no memory");
    dyno_attempt_free(&attempt);
}

static void another_version_is_told_apart(void **state)
{
    (void)state;
    dyno_attempt attempt = {0};
    assert_int_equal(read_answer("dyno 2\n", &attempt), DYNO_BAD_VERSION);
    assert_string_equal(attempt.detail, "the worker speaks version 2 of the protocol, dyno speaks 1");
    dyno_attempt_free(&attempt);
}

static void what_is_no_protocol_is_malformed(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "hello\n",
        "dyno one\n",
        "dyno 1\nsample 0 time nan\nverdict ok x\nend\n",
        "dyno 1\nsample 0 time inf\nverdict ok x\nend\n",
        "dyno 1\nsample 0 time 0x10\nverdict ok x\nend\n",
        "dyno 1\nsample 0 time 1e999\nverdict ok x\nend\n",
        "dyno 1\nsample 0 time 1 2\nverdict ok x\nend\n",
        "dyno 1\nsample 0 time\nverdict ok x\nend\n",
        "dyno 1\nsample -1 time 1\nverdict ok x\nend\n",
        "dyno 1\nsample 0 speed 1\nverdict ok x\nend\n",
        "dyno 1\nsample 1 time 1\nsample 0 time 1\nverdict ok x\nend\n",
        "dyno 1\nsample 0  time 1\nverdict ok x\nend\n",
        "dyno 1\nsample 0 time 1\nend\n",
        "dyno 1\nsample 0 time 1\nverdict fine x\nend\n",
        "dyno 1\nsample 0 time 1\nverdict ok x\nverdict ok x\nend\n",
        "dyno 1\nsample 0 time 1\nverdict ok x\n",
        "dyno 1\nsample 0 time 1\nverdict ok x\nend",
        "dyno 1\nsample 0 time 1\nverdict ok x\nend\nsample 1 time 1\n",
        "dyno 1\nsample 0 time 1\nverdict ok x\nsample 1 time 1\nend\n",
        "dyno 1\nverdict ok nothing measured\nend\n",
        "dyno 1\nsample 2 time 1\nverdict ok x\nend\n",
        "dyno 1\nsample 0 time 1\nsample 0 p99 1\nsample 0 time 1\nverdict ok x\nend\n",
        "dyno 1\nbound 0 4\nbound 0 4\nsample 0 time 1\nverdict ok x\nend\n",
        "dyno 1\nbound 0 -4\nsample 0 time 1\nverdict ok x\nend\n",
        "dyno 1\nbound zero 0\nverdict ok x\nend\n",
        "dyno 1\n\nsample 0 time 1\nverdict ok x\nend\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        dyno_attempt attempt = {0};
        if (read_answer(bad[i], &attempt) != DYNO_MALFORMED) fail_msg("taken for well-formed: %s", bad[i]);
        assert_true(attempt.detail[0] != '\0');
        dyno_attempt_free(&attempt);
    }
}

static void an_endless_line_is_malformed(void **state)
{
    (void)state;
    size_t n = (size_t)3 * DYNO_PROTOCOL_LINE_MAX;
    char *text = malloc(n + 1);
    assert_non_null(text);
    memset(text, 'x', n);
    text[n] = '\0';
    dyno_attempt attempt = {0};
    assert_int_equal(read_answer(text, &attempt), DYNO_MALFORMED);
    assert_string_equal(attempt.detail, "line 1 is longer than 4096 bytes");
    dyno_attempt_free(&attempt);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_answer_is_read_whole),
        cmocka_unit_test(a_thread_on_another_cpu_is_no_pinned_run),
        cmocka_unit_test(a_thread_that_says_nothing_is_no_pinned_one),
        cmocka_unit_test(a_process_kept_on_one_cpu_is_pinned_without_a_word),
        cmocka_unit_test(what_is_no_text_is_made_visible),
        cmocka_unit_test(a_worker_that_never_stops_talking_is_malformed),
        cmocka_unit_test(verdicts_become_outcomes),
        cmocka_unit_test(another_version_is_told_apart),
        cmocka_unit_test(what_is_no_protocol_is_malformed),
        cmocka_unit_test(an_endless_line_is_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
