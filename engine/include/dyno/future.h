/* clang-format off: the sections and the example below are laid out by hand */
/* dyno/future.h - something that will be done, driven by being polled.
 *
 * What it is  A dy_future is the first member of a concrete future. Polling moves it on as far as it can go without
 * waiting; if that is not to the end, it has kept the waker and will wake it when polling makes sense again. Contract
 * One thread at a time: the executor's. Nothing happens before the first poll. A future that has been polled stays
 *             where it is in memory until it is dropped: others may point to it.
 * Errors      The status that a future completes with is its own affair. DY_E_COMPLETED: it was polled after it had
 * completed or been dropped; nothing else happens then. Ownership   The memory of a concrete future is the caller's.
 * Whoever initialised it drops it, exactly once or more often: dropping cancels what is pending, releases the waker and
 * all else that the future holds. Source      Readiness-based polling as in Rust's core::future. The status is the
 * return value, so that a state machine passes failure on as it passes on DY_PENDING.
 *
 *     typedef struct pair { dy_future future; dy_read_n read; dy_fifo *fifo; int got; } pair;
 *
 *     static dy_status pair_poll(dy_future *future, dy_context *context)      // two messages of 10 bytes
 *     {
 *         pair *self = (pair *)future;
 *         while (self->got < 2) {
 *             dy_status status = dy_future_poll(&self->read.future, context);
 *             if (status != DY_OK) return status;                             // DY_PENDING or a failure
 *             use(self->read.data, self->read.length);
 *             self->got++;
 *             dy_read_n_init(&self->read, self->fifo, 10, DY_READ_EXACT);
 *         }
 *         return DY_OK;
 *     }
 */
/* clang-format on */
#ifndef DYNO_FUTURE_H
#define DYNO_FUTURE_H

#include "dyno/status.h"
#include "dyno/waker.h"

DY_BEGIN_DECLS

/* Not done yet; the one status above zero. */
#define DY_PENDING 1

/* What a poll gets from whoever polls. */
typedef struct dy_context {
    const dy_waker *waker; /* borrowed for the length of the poll: clone it to keep it */
    /* System calls that this poll may still make. A future that has none left wakes itself and returns DY_PENDING, so
     * that a descriptor which is always ready does not keep a thread from the other tasks. */
    uint32_t budget;
} dy_context;

typedef struct dy_future dy_future;

typedef struct dy_future_table {
    /* DY_PENDING, or the status it has completed with. Never called again after that. */
    dy_status (*poll)(dy_future *future, dy_context *context);
    /* Releases what the future holds, pending or completed. Called once. May be NULL. */
    void (*drop)(dy_future *future);
} dy_future_table;

typedef enum dy_future_state {
    DY_FUTURE_FRESH,
    DY_FUTURE_IN_PROGRESS,
    DY_FUTURE_DONE,
    DY_FUTURE_DROPPED,
} dy_future_state;

struct dy_future {
    const dy_future_table *table;
    dy_future_state state;
    dy_status status; /* what it completed with, DY_PENDING before */
};

DY_INLINE void dy_future_init(dy_future *future, const dy_future_table *table)
{
    future->table = table;
    future->state = DY_FUTURE_FRESH;
    future->status = DY_PENDING;
}

/* Moves the future on. DY_PENDING, the status it has completed with, or DY_E_COMPLETED. */
DY_INLINE dy_status dy_future_poll(dy_future *future, dy_context *context)
{
    if (DY_UNLIKELY(future->state >= DY_FUTURE_DONE)) return DY_E_COMPLETED;
    future->state = DY_FUTURE_IN_PROGRESS;
    dy_status status = future->table->poll(future, context);
    if (status != DY_PENDING) {
        future->state = DY_FUTURE_DONE;
        future->status = status;
    }
    return status;
}

/* Cancels the future if it is not done, and releases what it holds. A second drop does nothing. */
DY_INLINE void dy_future_drop(dy_future *future)
{
    if (future->state == DY_FUTURE_DROPPED) return;
    future->state = DY_FUTURE_DROPPED;
    if (future->table->drop != NULL) future->table->drop(future);
}

DY_END_DECLS

#endif
