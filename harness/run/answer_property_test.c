/* Answers broken at random: whatever a worker says, reading it ends in one outcome with a sentence, and how the bytes
 * were cut on their way does not matter. */
#include "run/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char good[] = "dyno 1\nbound 0 4\nbound 1 6\nsample 0 time 0.5\nsample 0 p99 12\nsample 1 time 2.5e-1\n"
                           "counter steals 3\nnote all is well\nverdict ok fine\nend\n";

static dyno_metric metrics[] = {{.name = (char *)"time", .unit = (char *)"s"},
                                {.name = (char *)"p99", .unit = (char *)"ns"}};
static dyno_offer offer = {.worker = (char *)"tester 1", .metrics = metrics, .n_metrics = 2};
static dyno_cell cell = {.offer = &offer, .threads = 2, .samples = 2};
static dyno_placement placement = {.n = 2, .cpu = {4, 6}};
static dyno_launch_request request = {.cell = &cell, .placement = &placement};

static uint64_t seed;

/* splitmix64 (Steele, Lea and Flood, 2014) */
static unsigned below(unsigned n)
{
    uint64_t z = seed += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (unsigned)((z ^ (z >> 31)) % n);
}

/* One of: another byte, a byte gone, a piece said twice, the end cut off. Returns the new length. */
static size_t mutate(char *text, size_t length)
{
    size_t at = below((unsigned)length), n = below(20) + 1u;
    switch (below(4)) {
    case 0:
        text[at] = (char)below(256);
        return length;
    case 1:
        memmove(text + at, text + at + 1, length - at - 1);
        return length - 1;
    case 2:
        if (at + n > length) return length;
        memmove(text + at + n, text + at, length - at);
        return length + n;
    default:
        return below(8) == 0 ? at + 1 : length;
    }
}

static void read_in_pieces(const char *text, size_t length, unsigned longest, dyno_attempt *attempt)
{
    *attempt = (dyno_attempt){0};
    dyno_answer *answer = calloc(1, sizeof *answer);
    assert_non_null(answer);
    answer->request = &request;
    answer->attempt = attempt;
    for (size_t at = 0; at < length;) {
        size_t n = 1 + below(longest);
        if (n > length - at) n = length - at;
        if (!dyno_answer_feed(answer, text + at, n)) break;
        at += n;
    }
    dyno_answer_finish(answer);
    free(answer);
}

static void check_same(const dyno_attempt *a, const dyno_attempt *b)
{
    assert_int_equal(a->outcome, b->outcome);
    assert_string_equal(a->detail, b->detail);
    assert_string_equal(a->cpus, b->cpus);
    assert_int_equal(a->pinned, b->pinned);
    assert_int_equal(a->n_samples, b->n_samples);
    assert_int_equal(a->n_notes, b->n_notes);
    for (size_t i = 0; i < a->n_samples; i++) {
        assert_int_equal(a->samples[i].index, b->samples[i].index);
        assert_ptr_equal(a->samples[i].metric, b->samples[i].metric);
        assert_true(a->samples[i].value == b->samples[i].value);
    }
}

static void broken_answers_are_read_the_same_however_they_are_cut(void **state)
{
    (void)state;
    unsigned outcomes[DYNO_STOPPED + 1] = {0};
    for (uint64_t round = 0; round < 20000; round++) {
        seed = round;
        char text[sizeof good + 160]; /* three mutations add 20 bytes each at most */
        size_t length = sizeof good - 1;
        memcpy(text, good, length);
        for (unsigned k = below(4); k > 0 && length > 1; k--)
            length = mutate(text, length);
        dyno_attempt whole, cut;
        read_in_pieces(text, length, 1u << 20, &whole);
        read_in_pieces(text, length, 9, &cut);
        check_same(&whole, &cut);
        outcomes[whole.outcome]++;
        if (whole.outcome == DYNO_OK) assert_true(whole.n_samples > 0);
        if (whole.outcome == DYNO_MALFORMED) assert_true(whole.detail[0] != '\0');
        dyno_attempt_free(&whole);
        dyno_attempt_free(&cut);
    }
    /* Else the mutations would not reach what they are for. */
    assert_true(outcomes[DYNO_OK] > 1000 && outcomes[DYNO_MALFORMED] > 1000 && outcomes[DYNO_BAD_VERSION] > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(broken_answers_are_read_the_same_however_they_are_cut)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
