#include "dyno/event_count.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { ITEMS = 100000, CONSUMERS = 3 };

static dy_event_count ec;
static dy_atomic_u32 available;
static dy_atomic_u32 taken;

static bool try_take(void)
{
    uint32_t n = dy_u32_load_seq_cst(&available);
    while (n > 0) {
        if (dy_u32_cas_seq_cst(&available, &n, n - 1)) return true;
    }
    return false;
}

/* A lost wake-up leaves a consumer asleep beside an item: the test then hangs into its time limit. */
static void *consume(void *unused)
{
    (void)unused;
    while (dy_u32_load_seq_cst(&taken) < ITEMS) {
        if (!try_take()) {
            uint32_t ticket = dy_event_count_prepare(&ec);
            if (dy_u32_load_seq_cst(&taken) >= ITEMS || dy_u32_load_seq_cst(&available) > 0) {
                dy_event_count_cancel(&ec);
            } else {
                dy_event_count_wait(&ec, ticket, UINT64_MAX);
            }
            continue;
        }
        if (dy_u32_fetch_add_seq_cst(&taken, 1) + 1 == ITEMS) dy_event_count_notify(&ec, CONSUMERS);
    }
    return NULL;
}

static void every_item_is_taken_and_nobody_sleeps_for_ever(void **state)
{
    (void)state;
    pthread_t threads[CONSUMERS];
    for (int i = 0; i < CONSUMERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, consume, NULL), 0);
    for (int i = 0; i < ITEMS; i++) {
        dy_u32_fetch_add_seq_cst(&available, 1);
        dy_event_count_notify(&ec, 1);
    }
    for (int i = 0; i < CONSUMERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(dy_u32_load_relaxed(&taken), ITEMS);
    assert_int_equal(dy_u32_load_relaxed(&available), 0);
    assert_int_equal(dy_event_count_sleepers(&ec), 0);
}

static void a_wait_ends_at_its_time_limit(void **state)
{
    (void)state;
    dy_event_count quiet = {0};
    uint32_t ticket = dy_event_count_prepare(&quiet);
    assert_int_equal(dy_event_count_wait(&quiet, ticket, 2000000), DY_E_TIMEOUT);
    assert_int_equal(dy_event_count_sleepers(&quiet), 0);
}

static void a_notification_after_the_ticket_ends_the_wait(void **state)
{
    (void)state;
    dy_event_count own = {0};
    uint32_t ticket = dy_event_count_prepare(&own);
    dy_event_count_notify(&own, 1);
    assert_int_equal(dy_event_count_wait(&own, ticket, UINT64_MAX), DY_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_is_taken_and_nobody_sleeps_for_ever),
        cmocka_unit_test(a_wait_ends_at_its_time_limit),
        cmocka_unit_test(a_notification_after_the_ticket_ends_the_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
