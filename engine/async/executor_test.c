#include "dyno/executor.h"

#include "testing.h"

#include <errno.h>
#include <pthread.h>

/* A future that returns what it is told to, and keeps its waker. */
typedef struct probe {
    dy_future future;
    dy_waker waker;
    int polls, drops;
    int pending;      /* polls that return DY_PENDING */
    int wake_at_once; /* polls that wake themselves, once or twice */
    dy_status result;
    dy_executor *stops;
} probe;

static dy_status probe_poll(dy_future *future, dy_context *context)
{
    probe *self = (probe *)future;
    self->polls++;
    if (self->stops != NULL) dy_executor_stop(self->stops);
    if (self->pending-- <= 0) return self->result;
    dy_waker_keep(&self->waker, context->waker);
    if (self->wake_at_once > 0) {
        dy_waker_wake_by_ref(&self->waker);
        dy_waker_wake_by_ref(context->waker);
        self->wake_at_once--;
    }
    return DY_PENDING;
}

static void probe_drop(dy_future *future)
{
    probe *self = (probe *)future;
    self->drops++;
    dy_waker_drop(&self->waker);
}

static const dy_future_table probe_table = {probe_poll, probe_drop};

static probe make_probe(int pending, dy_status result)
{
    probe made = {.pending = pending, .result = result, .waker = dy_waker_none()};
    dy_future_init(&made.future, &probe_table);
    return made;
}

/* ---- An allocator that counts, and fails from the n-th request on ---- */

typedef struct ledger {
    dy_atomic_u64 blocks, bytes;
    int left; /* requests that succeed; below 0: all */
} ledger;

static void *ledger_allocate(void *context, size_t size, size_t alignment)
{
    ledger *l = context;
    if (l->left == 0) return NULL;
    if (l->left > 0) l->left--;
    dy_u64_fetch_add_relaxed(&l->blocks, 1);
    dy_u64_fetch_add_relaxed(&l->bytes, size);
    return dy_allocate(dy_allocator_libc(), size, alignment);
}

static void ledger_release(void *context, void *block, size_t size, size_t alignment)
{
    ledger *l = context;
    dy_u64_fetch_sub_relaxed(&l->blocks, 1);
    dy_u64_fetch_sub_relaxed(&l->bytes, size);
    dy_release(dy_allocator_libc(), block, size, alignment);
}

static void *ledger_resize(void *context, void *block, size_t old_size, size_t new_size, size_t alignment)
{
    void *moved = ledger_allocate(context, new_size, alignment);
    if (moved == NULL) return NULL;
    if (block != NULL) {
        memcpy(moved, block, old_size < new_size ? old_size : new_size);
        ledger_release(context, block, old_size, alignment);
    }
    return moved;
}

static const dy_allocator_ops ledger_ops = {ledger_allocate, ledger_release, ledger_resize};

typedef struct fixture {
    dy_executor *executor;
    ledger ledger;
    int descriptors;
} fixture;

static int open_fixture(void **state)
{
    static fixture f;
    f = (fixture){.ledger.left = -1, .descriptors = open_descriptors()};
    dy_executor_options options = DY_EXECUTOR_OPTIONS(.allocator = {&ledger_ops, &f.ledger});
    assert_int_equal(dy_executor_open(&f.executor, &options, NULL), DY_OK);
    *state = &f;
    return 0;
}

/* For tests that leave tasks behind whose futures lie on the stack. */
static void close_early(fixture *f)
{
    dy_executor_close(f->executor);
    f->executor = NULL;
}

static int close_fixture(void **state)
{
    fixture *f = *state;
    dy_executor_close(f->executor);
    assert_int_equal(dy_u64_load_relaxed(&f->ledger.blocks), 0);
    assert_int_equal(dy_u64_load_relaxed(&f->ledger.bytes), 0);
    assert_int_equal(open_descriptors(), f->descriptors);
    return 0;
}

static void a_future_is_polled_until_done_and_then_never_again(void **state)
{
    fixture *f = *state;
    probe p = make_probe(3, -EIO);
    p.wake_at_once = 3;
    dy_task *task;
    assert_int_equal(dy_spawn(f->executor, &p.future, &task, NULL), DY_OK);
    assert_int_equal(p.polls, 0);
    assert_int_equal(dy_task_status(task), DY_PENDING);
    assert_int_equal(dy_executor_run(f->executor), DY_OK);
    assert_int_equal(p.polls, 4); /* two wakes in a poll are one */
    assert_int_equal(p.drops, 1);
    assert_int_equal(dy_task_status(task), -EIO);
    dy_task_cancel(task);
    assert_int_equal(dy_executor_turn(f->executor, 0), DY_OK);
    assert_int_equal(p.polls, 4);
    assert_int_equal(dy_task_status(task), -EIO);
    dy_task_release(task);
}

static void polling_a_completed_future_is_an_error(void **state)
{
    (void)state;
    probe p = make_probe(1, DY_OK), q = make_probe(1, DY_OK);
    dy_waker none = dy_waker_none();
    dy_context context = {.waker = &none};
    assert_int_equal(dy_future_poll(&p.future, &context), DY_PENDING);
    assert_int_equal(dy_future_poll(&p.future, &context), DY_OK);
    assert_int_equal(dy_future_poll(&p.future, &context), DY_E_COMPLETED);
    assert_int_equal(p.polls, 2);
    dy_future_drop(&p.future);
    dy_future_drop(&p.future);
    assert_int_equal(p.drops, 1);
    dy_future_drop(&q.future);
    assert_int_equal(dy_future_poll(&q.future, &context), DY_E_COMPLETED);
    assert_int_equal(q.polls, 0);
}

static void a_pending_task_is_polled_only_when_woken(void **state)
{
    fixture *f = *state;
    probe p = make_probe(2, DY_OK);
    dy_spawn(f->executor, &p.future, NULL, NULL);
    for (int i = 0; i < 5; i++)
        dy_executor_turn(f->executor, 0);
    assert_int_equal(p.polls, 1);
    dy_waker_wake_by_ref(&p.waker);
    dy_waker_wake_by_ref(&p.waker);
    for (int i = 0; i < 5; i++)
        dy_executor_turn(f->executor, 0);
    assert_int_equal(p.polls, 2);
    dy_waker extra = dy_waker_clone(&p.waker);
    dy_waker_wake(&extra);
    assert_int_equal(dy_executor_run(f->executor), DY_OK);
    assert_int_equal(p.polls, 3);
}

static void tasks_run_in_the_order_of_their_wakes(void **state)
{
    fixture *f = *state;
    probe p[3];
    for (int i = 0; i < 3; i++) {
        p[i] = make_probe(1, DY_OK);
        dy_spawn(f->executor, &p[i].future, NULL, NULL);
    }
    dy_executor_turn(f->executor, 0);
    p[2].stops = p[0].stops = f->executor; /* stop after the poll: shows who was polled */
    dy_waker_wake_by_ref(&p[2].waker);
    dy_waker_wake_by_ref(&p[0].waker);
    assert_int_equal(dy_executor_run(f->executor), DY_E_CANCELLED);
    assert_int_equal(p[2].polls, 2);
    assert_int_equal(p[0].polls, 1);
    assert_int_equal(dy_executor_run(f->executor), DY_E_CANCELLED);
    assert_int_equal(p[0].polls, 2);
    assert_int_equal(p[1].polls, 1);
    assert_int_equal(dy_executor_tasks(f->executor), 1);
    close_early(f);
}

static void cancel_drops_the_future_and_its_waker(void **state)
{
    fixture *f = *state;
    probe p = make_probe(1, DY_OK), q = make_probe(1, DY_OK);
    dy_task *task;
    dy_spawn(f->executor, &p.future, &task, NULL);
    dy_spawn(f->executor, &q.future, NULL, NULL);
    dy_executor_turn(f->executor, 0);
    dy_task_cancel(task);
    dy_executor_turn(f->executor, 0);
    assert_int_equal(dy_task_status(task), DY_E_CANCELLED);
    assert_int_equal(p.polls, 1);
    assert_int_equal(p.drops, 1);
    assert_int_equal(q.drops, 0);
    dy_task_release(task);
    close_early(f);
}

static void close_cancels_and_wakers_outlive_it(void **state)
{
    fixture *f = *state;
    probe p = make_probe(5, DY_OK), q = make_probe(5, DY_OK);
    dy_task *task;
    dy_spawn(f->executor, &p.future, &task, NULL);
    dy_spawn(f->executor, &q.future, NULL, NULL);
    dy_executor_turn(f->executor, 0);
    dy_waker idle = dy_waker_clone(&p.waker), queued = dy_waker_clone(&q.waker);
    dy_waker_wake_by_ref(&queued); /* in the list of remote wakes when the executor goes */
    close_early(f);
    assert_int_equal(p.drops, 1);
    assert_int_equal(q.drops, 1);
    assert_int_equal(dy_task_status(task), DY_E_CANCELLED);
    dy_waker_wake_by_ref(&idle);
    dy_waker again = dy_waker_clone(&idle);
    dy_waker_wake(&again);
    dy_waker_drop(&idle);
    dy_waker_wake(&queued);
    assert_true(dy_u64_load_relaxed(&f->ledger.blocks) > 0);
    dy_task_release(task);
}

static void want_of_memory_leaves_everything_as_it_was(void **state)
{
    fixture *f = *state;
    dy_error error = DY_ERROR_INIT;
    probe p = make_probe(0, DY_OK);
    f->ledger.left = 0;
    assert_int_equal(dy_spawn(f->executor, &p.future, NULL, &error), -ENOMEM);
    assert_non_null(strstr(error.message, "task"));
    assert_int_equal(dy_executor_tasks(f->executor), 0);
    dy_executor *other;
    dy_executor_options options = DY_EXECUTOR_OPTIONS(.allocator = {&ledger_ops, &f->ledger});
    assert_int_equal(dy_executor_open(&other, &options, &error), -ENOMEM);
    assert_null(other);
    f->ledger.left = -1;
    assert_int_equal(dy_spawn(f->executor, &p.future, NULL, NULL), DY_OK);
    assert_int_equal(dy_executor_run(f->executor), DY_OK);
}

static void *stop_it(void *executor)
{
    usleep(2000);
    dy_executor_stop(executor);
    return NULL;
}

static void stop_ends_a_sleeping_run(void **state)
{
    fixture *f = *state;
    probe p = make_probe(1, DY_OK);
    dy_spawn(f->executor, &p.future, NULL, NULL);
    pthread_t thread;
    pthread_create(&thread, NULL, stop_it, f->executor);
    assert_int_equal(dy_executor_run(f->executor), DY_E_CANCELLED);
    pthread_join(thread, NULL);
    assert_int_equal(dy_executor_tasks(f->executor), 1);
    assert_true(dy_executor_reactor(f->executor)->waits <= 1); /* it slept at once, without a look before */
    close_early(f);
}

static void a_waker_calls_through_its_table(void **state)
{
    (void)state;
    dy_waker none = dy_waker_none();
    dy_waker copy = dy_waker_clone(&none);
    assert_true(dy_waker_same(&none, &copy));
    dy_waker_wake_by_ref(&copy);
    dy_waker_wake(&copy);
    dy_waker_drop(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_waker_calls_through_its_table),
        cmocka_unit_test(polling_a_completed_future_is_an_error),
        cmocka_unit_test_setup_teardown(a_future_is_polled_until_done_and_then_never_again, open_fixture,
                                        close_fixture),
        cmocka_unit_test_setup_teardown(a_pending_task_is_polled_only_when_woken, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(tasks_run_in_the_order_of_their_wakes, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(cancel_drops_the_future_and_its_waker, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(close_cancels_and_wakers_outlive_it, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(want_of_memory_leaves_everything_as_it_was, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(stop_ends_a_sleeping_run, open_fixture, close_fixture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
