/* dyno/event_count.h - sleep until a condition that lives elsewhere may have changed.
 *
 * What it is      The condition variable of lock-free structures: a sleeper announces itself, looks once more at
 * whatever it waits for, and sleeps only if no notification came between. A notifier that finds nobody announced pays
 * one atomic load. Contract        Any thread; any number of sleepers and notifiers. Zero-initialised memory is ready;
 * nothing to destroy. No notification is lost: if the notifier changed the condition before dy_event_count_notify, then
 * every sleeper announced earlier is woken or sees the change when it looks again. Units           Time-outs in
 * nanoseconds. Source          The idea is D. Vyukov's eventcount; the packing of epoch and sleepers in two words is
 * ours.
 *
 *     for (;;) {
 *         if (try_take(&queue, &item)) break;
 *         uint32_t ticket = dy_event_count_prepare(&ec);
 *         if (try_take(&queue, &item)) { dy_event_count_cancel(&ec); break; }
 *         dy_event_count_wait(&ec, ticket, UINT64_MAX);
 *     }
 */
#ifndef DYNO_EVENT_COUNT_H
#define DYNO_EVENT_COUNT_H

#include "dyno/atomic.h"
#include "dyno/status.h"

DY_BEGIN_DECLS

typedef struct dy_event_count {
    dy_atomic_u32 epoch;    /* bumped by every notification that had somebody to wake; sleepers sleep on it */
    dy_atomic_u32 sleepers; /* announced: between prepare and the end of wait or cancel */
} dy_event_count;

/* Announces the caller as a sleeper and returns its ticket. Follow with a second look and then cancel or wait. */
DY_API uint32_t dy_event_count_prepare(dy_event_count *ec);

/* The second look found something: withdraw. */
DY_API void dy_event_count_cancel(dy_event_count *ec);

/* Sleeps until a notification later than the ticket, or timeout_ns (UINT64_MAX: for ever); DY_OK or DY_E_TIMEOUT. */
DY_API dy_status dy_event_count_wait(dy_event_count *ec, uint32_t ticket, uint64_t timeout_ns);

/* Wakes up to count sleepers and returns how many were woken. The caller has changed the condition before. */
DY_API unsigned dy_event_count_notify(dy_event_count *ec, unsigned count);

/* Announced sleepers; a hint that may be stale on return. */
DY_API unsigned dy_event_count_sleepers(const dy_event_count *ec);

DY_END_DECLS

#endif
