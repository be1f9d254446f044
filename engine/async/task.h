/* task.h - a task's state word, and what it shares with its executor. */
#ifndef DYNO_ASYNC_TASK_H
#define DYNO_ASYNC_TASK_H

#include "dyno/executor.h"

/* The state word: flags below, references above. A reference is held by the executor's list of tasks until the task is
 * done, by each waker and handle, and by the entry in the list of remote wakes. */
enum {
    TASK_SCHEDULED = 1, /* queued, or to be queued when the poll in progress ends */
    TASK_RUNNING = 2,   /* being polled: nobody else may queue it */
    TASK_DONE = 4,      /* its future is gone; later wakes do nothing */
    TASK_CANCELLED = 8, /* to be dropped instead of polled */
    TASK_REFERENCE = 16,
    TASK_TWO_REFERENCES = 32,
};

struct dy_task {
    dy_atomic_u64 state;
    dy_executor *executor;
    dy_future *future;   /* NULL when done; the executor's thread */
    dy_task *next_ready; /* in the run queue or in the list of remote wakes */
    dy_task *previous, *next;
    dy_status status; /* before done: DY_PENDING; published by TASK_DONE */
};

/* The part that outlives the handle: freed with the last task. */
struct dy_executor {
    /* Tasks woken by other threads, newest first; &dy_executor_closed when nobody takes them any more. */
    DY_ALIGNED(DY_CACHE_LINE) dy_atomic_ptr remote;
    dy_atomic_u64 references; /* the handle and each task's memory */
    dy_atomic_u32 stopped;

    /* From here on the executor's thread only. */
    DY_ALIGNED(DY_CACHE_LINE) dy_task *ready_first;
    dy_task *ready_last;
    dy_task *tasks; /* not done */
    size_t n_tasks;
    uint32_t budget;
    dy_allocator allocator;
    dy_reactor reactor;
};

/* The executor whose loop runs on this thread, NULL outside. */
extern _Thread_local dy_executor *dy_executor_current;

/* Stands at the head of the list of remote wakes when the executor is closed. */
extern dy_task dy_executor_closed;

/* Makes a task with two references: the list's and the caller's. NULL: no memory. */
dy_task *dy_task_new(dy_executor *executor, dy_future *future);

/* Adds a reference; dy_task_release gives one up, and the last one frees. */
void dy_task_acquire(dy_task *task);

dy_waker dy_task_waker(dy_task *task);

void dy_executor_unreference(dy_executor *executor);
void dy_executor_push_local(dy_executor *executor, dy_task *task);
/* The list takes over one reference to the task. */
void dy_executor_push_remote(dy_executor *executor, dy_task *task);

#endif
