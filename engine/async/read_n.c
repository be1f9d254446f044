#include "fifo.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* ---- The buffer ---- */

/* Makes room behind the bytes that wait: for n bytes in all, and enough that a system call is worth making. */
static dy_status make_room(dy_fifo *fifo, size_t n)
{
    size_t held = dy_fifo_buffered(fifo);
    if (held == 0) fifo->begin = fifo->end = 0;
    bool roomy = fifo->capacity - fifo->end > fifo->capacity / 2 || fifo->begin == 0;
    if (roomy && fifo->capacity - fifo->begin >= n && fifo->end < fifo->capacity) return DY_OK;
    if (fifo->begin > 0) {
        memmove(fifo->buffer, fifo->buffer + fifo->begin, held);
        fifo->begin = 0;
        fifo->end = held;
    }
    if (fifo->capacity >= n && held < fifo->capacity) return DY_OK;
    size_t wanted = n > fifo->initial ? n : fifo->initial;
    char *buffer = dy_resize(fifo->reactor->allocator, fifo->buffer, fifo->capacity, wanted, 1);
    if (buffer == NULL) return -ENOMEM;
    fifo->buffer = buffer;
    fifo->capacity = wanted;
    return DY_OK;
}

/* read(2) gave nothing. Before the first writer that means nothing; afterwards the kernel has said HANGUP. */
static void note_no_writer(dy_fifo *fifo)
{
    bool left = (fifo->source.ready & DY_POLL_HANGUP) != 0;
    fifo->source.ready &= ~(uint32_t)(DY_POLL_READ | DY_POLL_HANGUP);
    if (!left) return;
    fifo->ended = true;
    fifo->ends++;
}

/* One read(2), as much as there is room for. DY_PENDING when nothing more is there. */
static dy_status read_once(dy_fifo *fifo)
{
    size_t room = fifo->capacity - fifo->end;
    ssize_t got;
    do {
        fifo->reads++;
        got = read(fifo->source.fd, fifo->buffer + fifo->end, room);
    } while (got < 0 && errno == EINTR);
    if (got == 0) {
        note_no_writer(fifo);
        return DY_PENDING;
    }
    if (got < 0) {
        if (errno != EAGAIN) return -errno;
        /* There is a writer: a hang-up that was reported is past. When this writer leaves, that is a new edge. */
        fifo->source.ready &= ~(uint32_t)(DY_POLL_READ | DY_POLL_HANGUP);
        return DY_PENDING;
    }
    fifo->end += (size_t)got;
    fifo->bytes += (uint64_t)got;
    fifo->ended = false;
    /* A short read has emptied the pipe: what comes later is a new edge. After a hang-up there is the end to be read.
     */
    bool drained = (size_t)got < room && (fifo->source.ready & DY_POLL_HANGUP) == 0;
    if (drained) fifo->source.ready &= ~(uint32_t)DY_POLL_READ;
    return DY_OK;
}

static bool may_have_more(const dy_fifo *fifo)
{
    return (fifo->source.ready & (DY_POLL_READ | DY_POLL_HANGUP | DY_POLL_ERROR)) != 0;
}

/* Reads until `enough` bytes are held or nothing more is there. DY_PENDING: there may be more, the budget is used up.
 */
static dy_status fill(dy_fifo *fifo, size_t n, size_t enough, dy_context *context)
{
    while (dy_fifo_buffered(fifo) < enough && may_have_more(fifo)) {
        if (context->budget == 0) return DY_PENDING;
        context->budget--;
        dy_status status = make_room(fifo, n);
        if (status != DY_OK) return status;
        status = read_once(fifo);
        if (status == DY_PENDING) fifo->source.ready &= ~(uint32_t)DY_POLL_ERROR;
        if (status < DY_OK) return status;
    }
    return DY_OK;
}

/* ---- The future ---- */

static void pass_on(dy_fifo *fifo)
{
    bool something = dy_fifo_buffered(fifo) > 0 || may_have_more(fifo) || fifo->ended;
    if (fifo->first != NULL && something) dy_waker_wake_by_ref(&fifo->first->waker);
}

/* Leaves the queue; the next one in it may find what it wants in the buffer. */
static void leave(dy_read_n *read)
{
    dy_waker_drop(&read->waker);
    if (!read->waiting) return;
    bool was_first = read->fifo->first == read;
    dy_fifo_unlink(read->fifo, read);
    if (was_first) pass_on(read->fifo);
}

static dy_status wait_in_queue(dy_read_n *read, const dy_context *context)
{
    dy_waker_keep(&read->waker, context->waker);
    if (!read->waiting) dy_fifo_link(read->fifo, read);
    return DY_PENDING;
}

static dy_status take(dy_read_n *read)
{
    dy_fifo *fifo = read->fifo;
    size_t held = dy_fifo_buffered(fifo);
    read->data = fifo->buffer + fifo->begin;
    read->length = read->mode == DY_READ_EXACT ? read->n : held;
    fifo->begin += read->length;
    return DY_OK;
}

/* Bytes at which to stop reading: n, or as many as the buffer takes where all that is there is wanted. */
static size_t enough_for(const dy_read_n *read)
{
    if (read->mode == DY_READ_EXACT) return read->n;
    return read->n > read->fifo->initial ? read->n : read->fifo->initial;
}

static dy_status read_and_take(dy_read_n *read, dy_context *context)
{
    dy_fifo *fifo = read->fifo;
    dy_status status = fill(fifo, read->n, enough_for(read), context);
    if (status < DY_OK) return status;
    if (dy_fifo_buffered(fifo) >= read->n) return take(read);
    if (status == DY_PENDING) { /* out of budget: come back after the others had their turn */
        dy_waker_wake_by_ref(context->waker);
        return DY_PENDING;
    }
    return fifo->ended && fifo->mode == DY_FIFO_UNTIL_EOF ? DY_E_EOF : DY_PENDING;
}

static dy_status poll_read_n(dy_future *future, dy_context *context)
{
    dy_read_n *read = (dy_read_n *)future;
    if (read->fifo == NULL || read->fifo->source.fd < 0) return DY_E_CLOSED;
    dy_read_n *first = read->fifo->first;
    if (first != NULL && first != read) return wait_in_queue(read, context);
    dy_status status = read_and_take(read, context);
    if (status == DY_PENDING) return wait_in_queue(read, context);
    leave(read);
    return status;
}

static void drop_read_n(dy_future *future)
{
    leave((dy_read_n *)future);
}

void dy_read_n_init(dy_read_n *read, dy_fifo *fifo, size_t n, dy_read_mode mode)
{
    static const dy_future_table table = {poll_read_n, drop_read_n};
    DY_CHECK(n > 0, "dy_read_n_init was asked for 0 bytes");
    *read = (dy_read_n){.fifo = fifo, .n = n, .mode = mode, .waker = dy_waker_none()};
    dy_future_init(&read->future, &table);
}
