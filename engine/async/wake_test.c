/* Wakes from several threads at once, with an account of them: each is followed by a poll that sees what the waker
 * wrote, no task is polled without one, and none is in the queue twice. */
#include "dyno/executor.h"

#include "testing.h"

#include <pthread.h>

enum { THREADS = 3, TASKS = 8, ROUNDS = 4000 };

typedef struct counter {
    dy_future future;
    dy_atomic_u64 posted; /* by the wakers, before each wake */
    dy_atomic_u64 wakes;  /* by the wakers, before each wake too */
    uint64_t seen;        /* plain: only the poll may touch it, and polls never overlap */
    uint64_t polls;
    dy_waker waker; /* set by the first poll */
    dy_atomic_u32 open;
} counter;

static counter counters[TASKS];

static dy_status count(dy_future *future, dy_context *context)
{
    counter *self = (counter *)future;
    self->polls++;
    if (self->polls == 1) {
        self->waker = dy_waker_clone(context->waker);
        dy_u32_store_release(&self->open, 1); /* pairs with the acquire in wake_all; publishes the waker */
    }
    self->seen = dy_u64_load_relaxed(&self->posted);
    return self->seen == (uint64_t)THREADS * ROUNDS ? DY_OK : DY_PENDING;
}

static void stop_counting(dy_future *future)
{
    dy_waker_drop(&((counter *)future)->waker);
}

static const dy_future_table counter_table = {count, stop_counting};

static void *wake_all(void *unused)
{
    (void)unused;
    dy_waker wakers[TASKS];
    for (int i = 0; i < TASKS; i++) {
        while (dy_u32_load_acquire(&counters[i].open) == 0) /* pairs with the release in count */
            sched_yield();
        wakers[i] = dy_waker_clone(&counters[i].waker);
    }
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < TASKS; i++) {
            dy_u64_fetch_add_relaxed(&counters[i].wakes, 1);
            dy_u64_fetch_add_relaxed(&counters[i].posted, 1);
            if (round % 3 == 0) {
                dy_waker extra = dy_waker_clone(&wakers[i]);
                dy_waker_wake(&extra);
            } else {
                dy_waker_wake_by_ref(&wakers[i]);
            }
        }
    for (int i = 0; i < TASKS; i++)
        dy_waker_drop(&wakers[i]); /* after the tasks are done, perhaps after the executor is gone */
    return NULL;
}

/* A waker is cloned from the future's by other threads: the future must not give it back meanwhile. A task ends only
 * when all is posted, which every thread does after its last clone of the kept waker. */
static void each_wake_leads_to_a_poll(void **state)
{
    (void)state;
    int descriptors = open_descriptors();
    dy_executor *executor;
    assert_int_equal(dy_executor_open(&executor, NULL, NULL), DY_OK);
    for (int i = 0; i < TASKS; i++) {
        counters[i] = (counter){.waker = dy_waker_none()};
        dy_future_init(&counters[i].future, &counter_table);
        dy_spawn(executor, &counters[i].future, NULL, NULL);
    }
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, wake_all, NULL);
    /* If a wake were lost, the last post of some task would never be seen and this would not return. */
    assert_int_equal(dy_executor_run(executor), DY_OK);
    dy_executor_close(executor);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < TASKS; i++) {
        assert_int_equal(counters[i].seen, THREADS * ROUNDS);
        assert_true(counters[i].polls <= 1 + dy_u64_load_relaxed(&counters[i].wakes));
    }
    assert_int_equal(open_descriptors(), descriptors);
}

/* ---- Cancelling and closing while others wake ---- */

typedef struct sleeper {
    dy_future future;
    dy_waker waker;
    dy_atomic_u32 open;
} sleeper;

static dy_status sleep_on(dy_future *future, dy_context *context)
{
    sleeper *self = (sleeper *)future;
    if (dy_u32_load_relaxed(&self->open) != 0) return DY_PENDING;
    self->waker = dy_waker_clone(context->waker);
    dy_u32_store_release(&self->open, 1); /* pairs with the acquire in disturb; hands the waker over */
    return DY_PENDING;
}

static const dy_future_table sleeper_table = {sleep_on, NULL};

static void *disturb(void *argument)
{
    sleeper *s = argument;
    while (dy_u32_load_acquire(&s->open) == 0) /* pairs with the release in sleep_on */
        sched_yield();
    for (int i = 0; i < 50; i++)
        dy_waker_wake_by_ref(&s->waker);
    dy_waker_drop(&s->waker);
    return NULL;
}

static void closing_during_wakes_frees_everything(void **state)
{
    (void)state;
    int descriptors = open_descriptors();
    for (int round = 0; round < 200; round++) {
        sleeper s = {.waker = dy_waker_none()};
        dy_future_init(&s.future, &sleeper_table);
        dy_executor *executor;
        dy_task *task;
        pthread_t thread;
        assert_int_equal(dy_executor_open(&executor, NULL, NULL), DY_OK);
        dy_spawn(executor, &s.future, &task, NULL);
        pthread_create(&thread, NULL, disturb, &s);
        for (int turns = 0; turns <= round % 4; turns++)
            dy_executor_turn(executor, 100000);
        if (round % 2 == 0) dy_task_cancel(task);
        dy_executor_turn(executor, 0);
        dy_executor_close(executor);
        assert_int_equal(dy_task_status(task), DY_E_CANCELLED);
        dy_task_release(task);
        pthread_join(thread, NULL);
    }
    assert_int_equal(open_descriptors(), descriptors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_wake_leads_to_a_poll),
        cmocka_unit_test(closing_during_wakes_frees_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
