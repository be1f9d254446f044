/* clang-format off: the sections and the example below are laid out by hand */
/* dyno/executor.h - runs futures as tasks on one thread, and sleeps in the reactor when none can go on.
 *
 * What it is  A task is a future that an executor polls each time its waker has fired, and only then. One atomic word
 * says all about it: whether it is queued, being polled, done, cancelled, and how many wakers point to it. idle
 * --wake--> scheduled --poll--> running --pending--> idle running --wake--> notified --pending--> scheduled running or
 * notified --completed--> done So it is queued at most once, a wake during a poll is not lost, and it is never polled
 * when done. Contract    The thread that runs the executor spawns and closes; wakers, dy_executor_stop and the dy_task
 * functions work on any thread. A wake on the executor's own thread is one atomic operation and a store in a list, a
 * wake of a task that is already queued one atomic operation anywhere, a system call is made only to wake a sleeper.
 *             Tasks run in the order in which they were woken; the kernel is asked for events at least every 256 polls.
 * Units       Times in nanoseconds, UINT64_MAX for ever.
 * Errors      DY_E_CANCELLED is the status of a task that was cancelled or whose executor was closed before it was
 * done. Ownership   The executor drops a task's future when the task is done or cancelled (on its own thread); the
 * memory is the caller's, and the future's drop function may free it. Wakers and handles may outlive the executor: what
 * they share with it (a small block and three descriptors) is given back with the last of them. Source      The idea of
 * one state word is that of Rust's tokio; flags set by one fetch-or instead of a loop are ours.
 *
 *     dy_executor *executor;
 *     if (dy_executor_open(&executor, NULL, &error) != DY_OK) ...
 *     dy_spawn(executor, &first.future, NULL, &error);
 *     dy_spawn(executor, &second.future, NULL, &error);
 *     dy_executor_run(executor);                              // returns when both are done
 *     dy_executor_close(executor);
 */
/* clang-format on */
#ifndef DYNO_EXECUTOR_H
#define DYNO_EXECUTOR_H

#include "dyno/allocator.h"
#include "dyno/error.h"
#include "dyno/future.h"
#include "dyno/reactor.h"

DY_BEGIN_DECLS

typedef struct dy_executor dy_executor;
typedef struct dy_task dy_task;

/* 0, or NULL, means the default in every field. */
typedef struct dy_executor_options {
    dy_allocator allocator; /* for tasks and the executor; safe for every thread that drops a waker; default libc */
    uint32_t budget;        /* system calls a poll of a task may make before the others get their turn; default 32 */
} dy_executor_options;

#define DY_EXECUTOR_OPTIONS(...) \
    (dy_executor_options)        \
    {                            \
        __VA_ARGS__              \
    }

/* options may be NULL: all defaults. -ENOMEM, -EMFILE, -ENFILE. */
DY_API dy_status dy_executor_open(dy_executor **executor, const dy_executor_options *options, dy_error *error);

/* Cancels every task that is not done. FIFOs and other sources of the reactor are closed before, or by the futures'
 * drop functions (checked builds panic otherwise). Not from inside a task. NULL: nothing happens. */
DY_API void dy_executor_close(dy_executor *executor);

/* The reactor that this executor sleeps in: descriptors are registered there. */
DY_API dy_reactor *dy_executor_reactor(dy_executor *executor);

/* Makes a task of the future; it is polled for the first time when the executor runs. *task, unless NULL, gets a handle
 * to be given back with dy_task_release. -ENOMEM: the future is left as it was. */
DY_API dy_status dy_spawn(dy_executor *executor, dy_future *future, dy_task **task, dy_error *error);

/* Runs until every task is done: DY_OK. DY_E_CANCELLED after dy_executor_stop; a negative errno when the kernel refuses
 * to wait. Tasks that are left can be run on by another call. Not from inside a task. */
DY_API dy_status dy_executor_run(dy_executor *executor);

/* Makes one round: polls the tasks that were woken, and waits for events only if there were none, at most timeout_ns.
 * Returns DY_OK or a negative errno. */
DY_API dy_status dy_executor_turn(dy_executor *executor, uint64_t timeout_ns);

/* Ends dy_executor_run after the poll in progress, from any thread or signal handler; if none goes on, the next one. */
DY_API void dy_executor_stop(dy_executor *executor);

/* Tasks that are not done. The executor's thread. */
DY_API size_t dy_executor_tasks(const dy_executor *executor);

/* ---- Handles ---- */

/* DY_PENDING, or the status that the task ended with. */
DY_API dy_status dy_task_status(const dy_task *task);

/* Asks for the task's end: its future is dropped instead of being polled again. Does nothing to a task that is done. */
DY_API void dy_task_cancel(dy_task *task);

DY_API void dy_task_release(dy_task *task);

DY_END_DECLS

#endif
