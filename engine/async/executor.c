#include "task.h"

#include <errno.h>

/* Polls between two looks at the kernel while there is always something to poll. */
enum { POLLS_PER_LOOK = 256, DEFAULT_BUDGET = 32 };

_Thread_local dy_executor *dy_executor_current;
dy_task dy_executor_closed;

dy_status dy_executor_open(dy_executor **executor, const dy_executor_options *options, dy_error *error)
{
    static const dy_executor_options defaults = {.budget = 0};
    if (options == NULL) options = &defaults;
    *executor = NULL;
    dy_allocator allocator = options->allocator.ops != NULL ? options->allocator : dy_allocator_libc();
    dy_executor *made = dy_allocate(allocator, sizeof *made, _Alignof(dy_executor));
    if (made == NULL) return DY_FAIL(error, -ENOMEM, "no memory for an executor (%zu bytes)", sizeof *made);
    *made = (dy_executor){.allocator = allocator, .references = DY_ATOMIC_INIT(1)};
    made->budget = options->budget != 0 ? options->budget : DEFAULT_BUDGET;
    dy_status status = dy_reactor_open(&made->reactor, allocator, error);
    if (status != DY_OK) {
        dy_release(allocator, made, sizeof *made, _Alignof(dy_executor));
        return status;
    }
    *executor = made;
    return DY_OK;
}

void dy_executor_unreference(dy_executor *executor)
{
    /* acq_rel: as for tasks; the last holder sees what all others did, then frees. */
    if (dy_u64_fetch_sub_acq_rel(&executor->references, 1) != 1) return;
    dy_reactor_close(&executor->reactor);
    dy_release(executor->allocator, executor, sizeof *executor, _Alignof(dy_executor));
}

dy_reactor *dy_executor_reactor(dy_executor *executor)
{
    return &executor->reactor;
}

size_t dy_executor_tasks(const dy_executor *executor)
{
    return executor->n_tasks;
}

/* ---- The run queue, and the list of remote wakes that feeds it ---- */

void dy_executor_push_local(dy_executor *executor, dy_task *task)
{
    task->next_ready = NULL;
    if (executor->ready_first == NULL)
        executor->ready_first = task;
    else
        executor->ready_last->next_ready = task;
    executor->ready_last = task;
}

static dy_task *pop_local(dy_executor *executor)
{
    dy_task *task = executor->ready_first;
    if (task != NULL) executor->ready_first = task->next_ready;
    return task;
}

void dy_executor_push_remote(dy_executor *executor, dy_task *task)
{
    void *head = dy_ptr_load_relaxed(&executor->remote);
    do {
        if (head == &dy_executor_closed) {
            dy_task_release(task);
            return;
        }
        task->next_ready = head;
        /* release: pairs with the acquire in take_remote; publishes next_ready. Only the exchange of the whole list
         * takes entries out, so a head that came back is the same list (no ABA). */
    } while (!dy_ptr_cas_release(&executor->remote, &head, task));
    dy_reactor_wake(&executor->reactor);
}

/* The remote wakes so far, oldest first; leaves `end` in their place. */
static dy_task *take_remote(dy_executor *executor, dy_task *end)
{
    /* relaxed: a wake that is missed here has not called dy_poll_wake yet or has been noted there, so that the next
     * wait returns at once and we look again. */
    if (end == NULL && dy_ptr_load_relaxed(&executor->remote) == NULL) return NULL;
    /* acquire: pairs with the release in dy_executor_push_remote. */
    dy_task *task = dy_ptr_exchange_acquire(&executor->remote, end), *oldest_first = NULL;
    while (task != NULL) {
        dy_task *next = task->next_ready;
        task->next_ready = oldest_first;
        oldest_first = task;
        task = next;
    }
    return oldest_first;
}

static void admit_remote(dy_executor *executor)
{
    dy_task *next;
    for (dy_task *task = take_remote(executor, NULL); task != NULL; task = next) {
        next = task->next_ready;
        dy_executor_push_local(executor, task);
        dy_task_release(task); /* not the last one: the list of tasks holds another until the task is done */
    }
}

/* ---- Tasks ---- */

static void link_task(dy_executor *executor, dy_task *task)
{
    task->next = executor->tasks;
    if (executor->tasks != NULL) executor->tasks->previous = task;
    executor->tasks = task;
    executor->n_tasks++;
}

static void unlink_task(dy_executor *executor, dy_task *task)
{
    if (task->previous != NULL)
        task->previous->next = task->next;
    else
        executor->tasks = task->next;
    if (task->next != NULL) task->next->previous = task->previous;
    executor->n_tasks--;
}

dy_status dy_spawn(dy_executor *executor, dy_future *future, dy_task **handle, dy_error *error)
{
    if (handle != NULL) *handle = NULL;
    dy_task *task = dy_task_new(executor, future);
    if (task == NULL) return DY_FAIL(error, -ENOMEM, "no memory for a task (%zu bytes)", sizeof *task);
    link_task(executor, task);
    /* relaxed: nobody else knows the task yet. */
    dy_u64_fetch_or_relaxed(&task->state, TASK_SCHEDULED);
    dy_executor_push_local(executor, task);
    if (handle != NULL)
        *handle = task;
    else
        dy_task_release(task);
    return DY_OK;
}

/* Drops the future, publishes the status and gives up the list's reference. `flags` turns the task's flags into done.
 */
static void finish(dy_executor *executor, dy_task *task, dy_status status, uint64_t flags)
{
    dy_future *future = task->future;
    task->future = NULL;
    dy_future_drop(future); /* frees it, perhaps */
    task->status = status;
    /* acq_rel: the release pairs with the acquire in dy_task_status; publishes status. */
    dy_u64_fetch_add_acq_rel(&task->state, flags);
    unlink_task(executor, task);
    dy_task_release(task);
}

static void poll_task(dy_executor *executor, dy_task *task)
{
    /* acquire: pairs with the release in schedule; what the wakers wrote is visible to this poll. The flag SCHEDULED is
     * set and only we clear it, so adding the difference exchanges it for RUNNING without touching the references. */
    uint64_t former = dy_u64_fetch_add_acq_rel(&task->state, (uint64_t)TASK_RUNNING - TASK_SCHEDULED);
    dy_status status = DY_E_CANCELLED;
    if ((former & TASK_CANCELLED) == 0) {
        dy_waker waker = dy_task_waker(task);
        status = dy_future_poll(task->future, &(dy_context){.waker = &waker, .budget = executor->budget});
    }
    if (status != DY_PENDING) {
        finish(executor, task, status, (uint64_t)TASK_DONE - TASK_RUNNING);
        return;
    }
    /* acq_rel: pairs with schedule. A wake before this left SCHEDULED for us to see, a later one queues by itself. */
    former = dy_u64_fetch_sub_acq_rel(&task->state, TASK_RUNNING);
    if ((former & TASK_SCHEDULED) != 0) dy_executor_push_local(executor, task);
}

/* ---- The loop ---- */

static bool take_stop(dy_executor *executor)
{
    /* acquire: pairs with the release in dy_executor_stop. */
    return dy_u32_load_relaxed(&executor->stopped) != 0 && dy_u32_exchange_acquire(&executor->stopped, 0) != 0;
}

/* One look at the kernel a round: it sleeps if nothing is left to poll. With `one_round` it does so only if there was
 * nothing to poll from the start, for then the caller has asked for no more than that. */
static dy_status turn(dy_executor *executor, uint64_t timeout_ns, bool one_round, bool *stop)
{
    admit_remote(executor);
    bool idle = executor->ready_first == NULL;
    for (int polls = 0; polls < POLLS_PER_LOOK && !*stop; polls++) {
        dy_task *task = pop_local(executor);
        if (task == NULL) break;
        poll_task(executor, task);
        *stop = take_stop(executor);
    }
    if (*stop || executor->n_tasks == 0) return DY_OK;
    bool sleep = executor->ready_first == NULL && (idle || !one_round);
    dy_status status = dy_reactor_wait(&executor->reactor, sleep ? timeout_ns : 0);
    *stop = take_stop(executor);
    return status;
}

/* The loop may be entered from a task of another executor: what was current is put back. */
static dy_executor *enter(dy_executor *executor)
{
    dy_executor *former = dy_executor_current;
    DY_CHECK(former != executor, "an executor was run from one of its own tasks");
    dy_executor_current = executor;
    return former;
}

dy_status dy_executor_run(dy_executor *executor)
{
    dy_executor *former = enter(executor);
    bool stop = take_stop(executor);
    dy_status status = DY_OK;
    while (status == DY_OK && !stop && executor->n_tasks > 0)
        status = turn(executor, UINT64_MAX, false, &stop);
    dy_executor_current = former;
    return status == DY_OK && stop ? DY_E_CANCELLED : status;
}

dy_status dy_executor_turn(dy_executor *executor, uint64_t timeout_ns)
{
    dy_executor *former = enter(executor);
    bool stop = false;
    dy_status status = turn(executor, timeout_ns, true, &stop);
    dy_executor_current = former;
    return status;
}

void dy_executor_stop(dy_executor *executor)
{
    /* release: pairs with the acquire in take_stop; what the caller wrote is visible after dy_executor_run. */
    dy_u32_store_release(&executor->stopped, 1);
    dy_reactor_wake(&executor->reactor);
}

void dy_executor_close(dy_executor *executor)
{
    if (executor == NULL) return;
    DY_CHECK(dy_executor_current != executor, "an executor was closed from one of its own tasks");
    executor->ready_first = NULL; /* entries of the run queue hold no reference */
    /* Wakes that are on their way find the mark and give up: nobody would take them out. */
    dy_task *next;
    for (dy_task *task = take_remote(executor, &dy_executor_closed); task != NULL; task = next) {
        next = task->next_ready;
        dy_task_release(task);
    }
    while (executor->tasks != NULL)
        finish(executor, executor->tasks, DY_E_CANCELLED, TASK_DONE);
    DY_CHECK(executor->reactor.sources == 0,
             "an executor was closed before %u descriptors were removed from its reactor", executor->reactor.sources);
    dy_executor_unreference(executor);
}
