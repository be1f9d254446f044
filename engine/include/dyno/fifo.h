/* clang-format off: the sections and the example below are laid out by hand */
/* dyno/fifo.h - read from a FIFO (named pipe) with futures.
 *
 * What it is  A FIFO opened by path for reading, with a buffer that belongs to it and not to the future that reads: one
 * system call may bring the bytes of hundreds of futures, and a future that is dropped loses none. Contract    The
 * thread of the reactor's executor. Futures on one FIFO are served in the order of their first polls. Units Bytes; they
 * are never looked at, so text in any encoding and binary data are the same. Errors      of open: -ENOENT, -EACCES,
 * -EMFILE and -ENFILE (no descriptor left), -EINVAL (not a FIFO), DY_E_CONFIG, -ENOMEM and what dyno/poll.h says; the
 * FIFO needs no close then. of reading: DY_E_EOF (see the modes), DY_E_CLOSED (the FIFO was closed while the future was
 * pending), -ENOMEM when the buffer can't be had, and whatever read(2) says; bytes in the buffer are kept in each case,
 * for a later future to read. Ownership   The FIFO owns its descriptor (close-on-exec) and its buffer, and stays where
 * it is in memory until it is closed. A future's bytes lie in the buffer: they are valid until the task that read them
 * polls another future on the same FIFO or returns from its poll. Source      fifo(7), pipe(7), epoll(7).
 *
 *     dy_fifo fifo;
 *     if (dy_fifo_open(&fifo, dy_executor_reactor(executor), "pipe1", NULL, &error) != DY_OK) ...
 *     dy_read_n read;
 *     dy_read_n_init(&read, &fifo, 100, DY_READ_AT_LEAST);
 *     dy_status status = dy_future_poll(&read.future, context);     // in a task
 *     if (status == DY_OK) fwrite(read.data, 1, read.length, stdout);
 *     dy_future_drop(&read.future);
 *     dy_fifo_close(&fifo);
 */
/* clang-format on */
#ifndef DYNO_FIFO_H
#define DYNO_FIFO_H

#include "dyno/allocator.h"
#include "dyno/error.h"
#include "dyno/future.h"
#include "dyno/reactor.h"

DY_BEGIN_DECLS

typedef enum dy_fifo_mode {
    /* Read-only. When the last writer leaves, a future that has not got its bytes completes with DY_E_EOF, and so does
     * every later one that asks for more than the buffer holds, until a writer has come back and written. Before the
     * first writer there is no end: futures wait. If one writer leaves and another comes between two looks at the
     * FIFO, the kernel shows no end, and the bytes of both follow each other. */
    DY_FIFO_UNTIL_EOF,
    /* Read-only. Writers come and go; futures wait for the next one. dy_fifo.ends counts the ends that were seen. */
    DY_FIFO_WAIT_FOR_WRITERS,
    /* Read-write: the FIFO is its own writer, so it never ends, and others can open it for writing without blocking
     * even when no other reader is there. Needs permission to write. Linux allows it, POSIX leaves it undefined. */
    DY_FIFO_READ_WRITE,
} dy_fifo_mode;

/* 0, or NULL, means the default in every field. */
typedef struct dy_fifo_options {
    dy_fifo_mode mode;
    size_t buffer; /* bytes to read ahead; 1 byte to 1 GiB; default 64 KiB, what a pipe holds. Had at the first byte. */
} dy_fifo_options;

#define DY_FIFO_OPTIONS(...) \
    (dy_fifo_options)        \
    {                        \
        __VA_ARGS__          \
    }

typedef struct dy_read_n dy_read_n;

typedef struct dy_fifo {
    dy_source source;
    dy_reactor *reactor;
    char *buffer; /* bytes begin..end are waiting to be taken */
    size_t begin, end, capacity;
    size_t initial;   /* capacity to start with */
    dy_read_n *first; /* futures that wait, in order; the first one is the one that reads */
    dy_read_n *last;
    uint64_t ends;  /* times that the last writer was seen to have left */
    uint64_t reads; /* system calls */
    uint64_t bytes; /* that they brought */
    dy_fifo_mode mode;
    bool ended; /* no writer since the last byte */
} dy_fifo;

/* options may be NULL: all defaults. Does not wait for a writer. */
DY_API dy_status dy_fifo_open(dy_fifo *fifo, dy_reactor *reactor, const char *path, const dy_fifo_options *options,
                              dy_error *error);

/* Futures that wait are woken and complete with DY_E_CLOSED; bytes in the buffer are lost. Futures may be dropped
 * after. A second close does nothing. */
DY_API void dy_fifo_close(dy_fifo *fifo);

/* Bytes read ahead and not taken yet. */
DY_INLINE size_t dy_fifo_buffered(const dy_fifo *fifo)
{
    return fifo->end - fifo->begin;
}

typedef enum dy_read_mode {
    DY_READ_EXACT,    /* n bytes; what came with them stays for the next future */
    DY_READ_AT_LEAST, /* once there are n bytes, all that is there */
} dy_read_mode;

/* The future of n bytes. With DY_OK, data and length say where they are; with DY_E_EOF, nothing has been taken. */
struct dy_read_n {
    dy_future future;
    const char *data;
    size_t length;
    size_t n;
    dy_fifo *fifo; /* NULL when it was closed */
    dy_read_n *previous, *next;
    dy_waker waker;
    dy_read_mode mode;
    bool waiting; /* in the FIFO's queue */
};

/* n is at least 1; the buffer grows to hold it. Initialise again to read again, but only after DY_OK, DY_E_EOF or a
 * drop. */
DY_API void dy_read_n_init(dy_read_n *read, dy_fifo *fifo, size_t n, dy_read_mode mode);

DY_END_DECLS

#endif
