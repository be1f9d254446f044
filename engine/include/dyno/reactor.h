/* clang-format off: the sections and the example below are laid out by hand */
/* dyno/reactor.h - keeps descriptors registered and tells their owners what became ready.
 *
 * What it is  An edge-triggered dy_poll, and a table from tokens to sources. A source stays registered between reads,
 * so waiting again costs no system call; events come from the kernel up to 256 at a time. An event only sets bits and
 * calls the source's notify function, which wakes a task: reading is the task's business. Contract    One thread,
 * except dy_reactor_wake: any thread and signal handlers. notify may add and remove sources. Units       Times in
 * nanoseconds, UINT64_MAX for ever. Errors      As dyno/poll.h; -ENOMEM when the table can't grow. Ownership   A source
 * is the caller's memory, and stays where it is while it is registered. It is removed before its descriptor is closed.
 * Events that were on their way to a removed source are dropped: tokens carry a generation.
 *
 *     static void readable(dy_source *source) { ... }
 *     dy_source source = {.fd = fd, .notify = readable};
 *     dy_reactor_add(&reactor, &source, DY_POLL_READ);
 *     dy_reactor_wait(&reactor, UINT64_MAX);                 // calls readable(&source)
 *     dy_reactor_remove(&reactor, &source);
 */
/* clang-format on */
#ifndef DYNO_REACTOR_H
#define DYNO_REACTOR_H

#include "dyno/allocator.h"
#include "dyno/poll.h"

DY_BEGIN_DECLS

typedef struct dy_source dy_source;

struct dy_source {
    void (*notify)(dy_source *source);
    int fd;
    /* DY_POLL_ bits that events have set. The owner clears what it has used up: READ when a read says EAGAIN or brings
     * less than it could have. Starts as the interest, for no event tells what was there before. */
    uint32_t ready;
    uint32_t slot; /* the reactor's */
};

typedef struct dy_reactor_slot dy_reactor_slot;

typedef struct dy_reactor {
    dy_poll poll;
    dy_allocator allocator;
    dy_reactor_slot *slots;
    uint32_t capacity;  /* slots that exist */
    uint32_t free_slot; /* head of the list of free ones */
    uint32_t sources;   /* registered */
    uint64_t waits;     /* system calls that waited or looked for events */
    uint64_t events;    /* events delivered to sources */
    uint64_t stale;     /* events for sources that had been removed */
} dy_reactor;

DY_API dy_status dy_reactor_open(dy_reactor *reactor, dy_allocator allocator, dy_error *error);

/* Sources that are still registered are forgotten. */
DY_API void dy_reactor_close(dy_reactor *reactor);

/* interest: DY_POLL_READ, DY_POLL_WRITE or both; always edge-triggered. The source's fd and notify are set. */
DY_API dy_status dy_reactor_add(dy_reactor *reactor, dy_source *source, uint32_t interest);
DY_API void dy_reactor_remove(dy_reactor *reactor, dy_source *source);

/* Waits at most timeout_ns for events, delivers one batch, and returns DY_OK. */
DY_API dy_status dy_reactor_wait(dy_reactor *reactor, uint64_t timeout_ns);

/* Ends the wait that goes on, else the next one. */
DY_API void dy_reactor_wake(dy_reactor *reactor);

DY_END_DECLS

#endif
