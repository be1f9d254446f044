#include "dyno/poll.h"

#include "testing.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

enum { WAKES = 20000 };
static const uint64_t LONG =
    UINT64_C(20000000000); /* far beyond the length of any test: waits that end, end for a reason */

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

typedef struct fixture {
    dy_poll poll;
    int pipe[2];
    int descriptors;
} fixture;

static int open_fixture(void **state)
{
    static fixture f;
    f.descriptors = open_descriptors();
    assert_int_equal(dy_poll_open(&f.poll, NULL), DY_OK);
    assert_int_equal(pipe2(f.pipe, O_NONBLOCK | O_CLOEXEC), 0);
    *state = &f;
    return 0;
}

static int close_fixture(void **state)
{
    fixture *f = *state;
    dy_poll_close(&f->poll);
    close(f->pipe[0]);
    if (f->pipe[1] >= 0) close(f->pipe[1]);
    assert_int_equal(open_descriptors(), f->descriptors);
    return 0;
}

static size_t look(fixture *f, uint64_t timeout, dy_poll_event *event)
{
    size_t count = 99;
    assert_int_equal(dy_poll_wait(&f->poll, event, 1, timeout, &count), DY_OK);
    return count;
}

static void tokens_are_64_bits_wide(void **state)
{
    fixture *f = *state;
    uint64_t token = UINT64_C(0xFEDCBA9876543210);
    dy_poll_event event;
    assert_int_equal(dy_poll_add(&f->poll, f->pipe[0], token, DY_POLL_READ), DY_OK);
    assert_int_equal(look(f, 0, &event), 0);
    put(f->pipe[1], "x");
    assert_int_equal(look(f, LONG, &event), 1);
    assert_true(event.token == token);
    assert_int_equal(event.ready, DY_POLL_READ);
    assert_int_equal(dy_poll_add(&f->poll, f->pipe[1], DY_POLL_TOKEN_RESERVED, DY_POLL_WRITE), -EINVAL);
}

static void level_repeats_edge_and_one_shot_do_not(void **state)
{
    fixture *f = *state;
    dy_poll_event event;
    put(f->pipe[1], "x");
    dy_poll_add(&f->poll, f->pipe[0], 1, DY_POLL_READ);
    assert_int_equal(look(f, 0, &event), 1);
    assert_int_equal(look(f, 0, &event), 1);
    assert_int_equal(dy_poll_modify(&f->poll, f->pipe[0], 2, DY_POLL_READ | DY_POLL_EDGE), DY_OK);
    assert_int_equal(look(f, 0, &event), 1);
    assert_int_equal(event.token, 2);
    assert_int_equal(look(f, 0, &event), 0);
    put(f->pipe[1], "y");
    assert_int_equal(look(f, 0, &event), 1);
    dy_poll_modify(&f->poll, f->pipe[0], 3, DY_POLL_READ | DY_POLL_ONE_SHOT);
    assert_int_equal(look(f, 0, &event), 1);
    put(f->pipe[1], "z");
    assert_int_equal(look(f, 0, &event), 0);
    dy_poll_modify(&f->poll, f->pipe[0], 3, DY_POLL_READ | DY_POLL_ONE_SHOT);
    assert_int_equal(look(f, 0, &event), 1);
}

static void a_hang_up_is_reported(void **state)
{
    fixture *f = *state;
    dy_poll_event event;
    dy_poll_add(&f->poll, f->pipe[0], 1, DY_POLL_READ | DY_POLL_EDGE);
    put(f->pipe[1], "x");
    close(f->pipe[1]);
    f->pipe[1] = -1;
    assert_int_equal(look(f, LONG, &event), 1);
    assert_int_equal(event.ready, DY_POLL_READ | DY_POLL_HANGUP);
}

static void misuse_has_the_errors_of_the_kernel(void **state)
{
    fixture *f = *state;
    FILE *regular = tmpfile();
    assert_int_equal(dy_poll_add(&f->poll, f->pipe[0], 1, DY_POLL_READ), DY_OK);
    assert_int_equal(dy_poll_add(&f->poll, f->pipe[0], 1, DY_POLL_READ), -EEXIST);
    assert_int_equal(dy_poll_remove(&f->poll, f->pipe[0]), DY_OK);
    assert_int_equal(dy_poll_remove(&f->poll, f->pipe[0]), -ENOENT);
    assert_int_equal(dy_poll_modify(&f->poll, f->pipe[0], 1, DY_POLL_READ), -ENOENT);
    assert_int_equal(dy_poll_add(&f->poll, fileno(regular), 1, DY_POLL_READ), -EPERM);
    assert_int_equal(dy_poll_add(&f->poll, 100000, 1, DY_POLL_READ), -EBADF);
    fclose(regular);
}

static void a_time_out_is_neither_cut_nor_forgotten(void **state)
{
    fixture *f = *state;
    dy_poll_event event;
    uint64_t began = now_ns();
    assert_int_equal(look(f, 3000000, &event), 0);
    assert_true(now_ns() - began >= 3000000);
}

static volatile sig_atomic_t alarms;

static void count_alarm(int number)
{
    (void)number;
    alarms++;
}

static void signals_do_not_end_a_wait(void **state)
{
    fixture *f = *state;
    struct sigaction action = {.sa_handler = count_alarm}, former;
    sigaction(SIGALRM, &action, &former);
    struct itimerval every = {.it_interval = {.tv_usec = 2000}, .it_value = {.tv_usec = 2000}}, never = {0};
    dy_poll_event event;
    uint64_t began = now_ns();
    setitimer(ITIMER_REAL, &every, NULL);
    assert_int_equal(look(f, 30000000, &event), 0);
    setitimer(ITIMER_REAL, &never, NULL);
    assert_true(now_ns() - began >= 30000000);
    assert_true(alarms > 0);
    sigaction(SIGALRM, &former, NULL);
}

static void a_wake_before_the_wait_ends_it(void **state)
{
    fixture *f = *state;
    dy_poll_event event;
    dy_poll_wake(&f->poll);
    dy_poll_wake(&f->poll);
    assert_int_equal(look(f, LONG, &event), 0);
    uint64_t began = now_ns();
    assert_int_equal(look(f, 2000000, &event), 0); /* both wakes were for the first wait */
    assert_true(now_ns() - began >= 2000000);
}

typedef struct rally {
    dy_poll poll;
    uint64_t sent, seen; /* sent is plain: the wake alone publishes it */
    dy_atomic_u64 acknowledged;
} rally;

static void *send(void *argument)
{
    rally *r = argument;
    for (uint64_t i = 1; i <= WAKES; i++) {
        r->sent = i;
        dy_poll_wake(&r->poll);
        while (dy_u64_load_acquire(&r->acknowledged) != i) /* pairs with the release below */
            sched_yield();
    }
    return NULL;
}

/* Each wake is the only one: if one were lost, the wait would never end. */
static void no_wake_is_lost(void **state)
{
    (void)state;
    static rally r;
    assert_int_equal(dy_poll_open(&r.poll, NULL), DY_OK);
    pthread_t sender;
    pthread_create(&sender, NULL, send, &r);
    while (r.seen < WAKES) {
        dy_poll_event event;
        size_t count;
        uint64_t began = now_ns();
        assert_int_equal(dy_poll_wait(&r.poll, &event, 1, LONG, &count), DY_OK);
        assert_true(now_ns() - began < LONG);
        if (r.sent == r.seen) continue; /* woken once more for a wake that was seen */
        r.seen = r.sent;
        dy_u64_store_release(&r.acknowledged, r.seen);
    }
    pthread_join(sender, NULL);
    dy_poll_close(&r.poll);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tokens_are_64_bits_wide, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(level_repeats_edge_and_one_shot_do_not, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(a_hang_up_is_reported, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(misuse_has_the_errors_of_the_kernel, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(a_time_out_is_neither_cut_nor_forgotten, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(signals_do_not_end_a_wait, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(a_wake_before_the_wait_ends_it, open_fixture, close_fixture),
        cmocka_unit_test(no_wake_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
