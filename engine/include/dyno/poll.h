/* clang-format off: the sections and the example below are laid out by hand */
/* dyno/poll.h - ask the kernel which descriptors are ready.
 *
 * What it is  epoll with 64-bit tokens, batches of events, time-outs in nanoseconds, and a way to end a wait from
 *             another thread that costs one atomic operation while nobody waits.
 * Contract    wait: one thread at a time. add, modify, remove: any thread. wake: any thread and signal handlers, not
 * after close. Signals during a wait are ridden out: the wait goes on with what is left of its time. Units       Times
 * in nanoseconds, UINT64_MAX for ever. Errors      Negative errno of the system call: -EEXIST added twice, -ENOENT not
 * added, -EPERM a file that is always ready (a regular file), -EBADF, -ENOMEM, -ENOSPC, -EMFILE; -EINVAL for the
 * reserved token. Ownership   Descriptors stay the caller's; remove one before it is closed, for a duplicate of a
 * closed descriptor goes on reporting. open takes two descriptors (close-on-exec), close gives them back. Source
 * epoll(7). The eventfd behind wake is edge-triggered and never read: every write is an edge of its own.
 *
 *     dy_poll poll;
 *     if (dy_poll_open(&poll, &error) != DY_OK) ...
 *     dy_poll_add(&poll, fd, 7, DY_POLL_READ | DY_POLL_EDGE);
 *     dy_poll_event events[64];
 *     size_t count;
 *     dy_poll_wait(&poll, events, 64, UINT64_MAX, &count);   // events[0].token == 7
 *     dy_poll_remove(&poll, fd);
 *     dy_poll_close(&poll);
 */
/* clang-format on */
#ifndef DYNO_POLL_H
#define DYNO_POLL_H

#include "dyno/atomic.h"
#include "dyno/error.h"

DY_BEGIN_DECLS

/* What to report, and what is reported. HANGUP and ERROR are reported whether asked for or not: for a FIFO, HANGUP says
 * that there was a writer and there is none now. */
enum {
    DY_POLL_READ = 1,
    DY_POLL_WRITE = 2,
    DY_POLL_HANGUP = 4,
    DY_POLL_ERROR = 8,
    /* For add and modify only. Without either, a descriptor is reported for as long as it is ready (level). */
    DY_POLL_EDGE = 16,     /* reported once for each change: read until it says EAGAIN */
    DY_POLL_ONE_SHOT = 32, /* reported once, then silent until modify */
};

/* The one token that callers can't use. */
#define DY_POLL_TOKEN_RESERVED UINT64_MAX

typedef struct dy_poll_event {
    uint64_t token;
    uint32_t ready; /* DY_POLL_READ, WRITE, HANGUP, ERROR */
} dy_poll_event;

typedef struct dy_poll {
    int epoll_fd;
    int wake_fd;
    dy_atomic_u32 waiter; /* awake, asleep, notified */
} dy_poll;

DY_API dy_status dy_poll_open(dy_poll *poll, dy_error *error);
DY_API void dy_poll_close(dy_poll *poll);

DY_API dy_status dy_poll_add(dy_poll *poll, int fd, uint64_t token, uint32_t interest);
DY_API dy_status dy_poll_modify(dy_poll *poll, int fd, uint64_t token, uint32_t interest);
DY_API dy_status dy_poll_remove(dy_poll *poll, int fd);

/* Waits until something is ready, at most timeout_ns, or until somebody calls wake. Fills up to capacity (at least 1)
 * events, *count says how many: 0 after the time-out or a wake. */
DY_API dy_status dy_poll_wait(dy_poll *poll, dy_poll_event *events, size_t capacity, uint64_t timeout_ns,
                              size_t *count);

/* Ends the wait that goes on, else the next one. What the caller wrote before is visible to the waiter when its wait
 * returns. A wait may also end for a wake that an earlier wait has noticed. */
DY_API void dy_poll_wake(dy_poll *poll);

DY_END_DECLS

#endif
