#include "task.h"

void dy_task_acquire(dy_task *task)
{
    /* relaxed: made from a reference that the caller holds, so the count can't reach zero meanwhile. */
    dy_u64_fetch_add_relaxed(&task->state, TASK_REFERENCE);
}

void dy_task_release(dy_task *task)
{
    /* acq_rel: the release publishes what this holder did with the task, the acquire of the last one sees all of it
     * before the memory is freed. */
    uint64_t former = dy_u64_fetch_sub_acq_rel(&task->state, TASK_REFERENCE);
    DY_CHECK(former >= TASK_REFERENCE, "a waker or handle of a task was given back twice");
    if (former >= TASK_TWO_REFERENCES) return;
    dy_executor *executor = task->executor;
    dy_release(executor->allocator, task, sizeof *task, _Alignof(dy_task));
    dy_executor_unreference(executor);
}

/* The caller holds a reference throughout, so task and executor stay. */
static void schedule(dy_task *task, uint64_t flags)
{
    /* acq_rel: the release pairs with the acquire with which the executor begins a poll, also through the flags set by
     * later wakers (a chain of read-modify-writes): what the waker wrote is visible to that poll. Pairs too with the
     * end of a poll, which either sees the flag and queues the task or happened before, and then we queue it. */
    uint64_t former = dy_u64_fetch_or_acq_rel(&task->state, flags);
    if ((former & (TASK_SCHEDULED | TASK_RUNNING | TASK_DONE)) != 0) return;
    if (task->executor == dy_executor_current) {
        dy_executor_push_local(task->executor, task);
        return;
    }
    dy_task_acquire(task);
    dy_executor_push_remote(task->executor, task);
}

static void wake_by_ref(void *data)
{
    schedule(data, TASK_SCHEDULED);
}

static void drop(void *data)
{
    dy_task_release(data);
}

static void wake(void *data)
{
    wake_by_ref(data);
    drop(data);
}

static dy_waker clone(void *data);

static const dy_waker_table table = {clone, wake, wake_by_ref, drop};

dy_waker dy_task_waker(dy_task *task)
{
    return (dy_waker){.data = task, .table = &table};
}

static dy_waker clone(void *data)
{
    dy_task_acquire(data);
    return dy_task_waker(data);
}

dy_task *dy_task_new(dy_executor *executor, dy_future *future)
{
    dy_task *task = dy_allocate(executor->allocator, sizeof *task, _Alignof(dy_task));
    if (task == NULL) return NULL;
    *task = (dy_task){.executor = executor, .future = future, .status = DY_PENDING};
    dy_u64_store_relaxed(&task->state, TASK_TWO_REFERENCES); /* nobody else knows the task yet */
    dy_u64_fetch_add_relaxed(&executor->references, 1);      /* from the handle's reference */
    return task;
}

dy_status dy_task_status(const dy_task *task)
{
    /* acquire: pairs with the release that sets TASK_DONE; publishes status. */
    return (dy_u64_load_acquire(&task->state) & TASK_DONE) != 0 ? task->status : DY_PENDING;
}

void dy_task_cancel(dy_task *task)
{
    schedule(task, TASK_SCHEDULED | TASK_CANCELLED);
}
