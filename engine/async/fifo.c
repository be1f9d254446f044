#include "fifo.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEFAULT_BUFFER = 64 * 1024, BUFFER_MAX = 1 << 30 };

static const char *kind_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return "a regular file";
    case S_IFDIR:
        return "a directory";
    case S_IFCHR:
        return "a character device";
    case S_IFBLK:
        return "a block device";
    case S_IFSOCK:
        return "a socket";
    default:
        return "something else";
    }
}

static dy_status refuse(const char *path, int number, dy_error *error)
{
    struct rlimit limit = {0};
    switch (number) {
    case ENOENT:
        return DY_FAIL(error, -number, "there is no FIFO '%s'; mkfifo makes one", path);
    case EACCES:
        return DY_FAIL(error, -number, "no permission to open the FIFO '%s'", path);
    case EMFILE:
        getrlimit(RLIMIT_NOFILE, &limit);
        return DY_FAIL(error, -number, "no descriptor left for '%s': this process may have %llu (ulimit -n)", path,
                       (unsigned long long)limit.rlim_cur);
    default:
        return DY_FAIL(error, -number, "the FIFO '%s' can't be opened", path);
    }
}

/* Looked at before it is opened: opening a device or a terminal can have effects. And after: it may have been swapped.
 */
static dy_status open_descriptor(const char *path, int flags, int *fd, dy_error *error)
{
    struct stat before, after;
    if (stat(path, &before) != 0) return refuse(path, errno, error);
    if (!S_ISFIFO(before.st_mode))
        return DY_FAIL(error, -EINVAL, "'%s' is %s and not a FIFO", path, kind_of(before.st_mode));
    do
        *fd = open(path, flags | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    while (*fd < 0 && errno == EINTR);
    if (*fd < 0) return refuse(path, errno, error);
    if (fstat(*fd, &after) == 0 && S_ISFIFO(after.st_mode)) return DY_OK;
    close(*fd);
    return DY_FAIL(error, -EINVAL, "'%s' was a FIFO and is something else now", path);
}

static dy_status check_options(const dy_fifo_options *options, dy_error *error)
{
    if ((unsigned)options->mode > DY_FIFO_READ_WRITE)
        return DY_FAIL(error, DY_E_CONFIG, "mode is %d, which is none of the three of dy_fifo_mode",
                       (int)options->mode);
    if (options->buffer > BUFFER_MAX)
        return DY_FAIL(error, DY_E_CONFIG, "buffer is %zu bytes, at most %d are accepted", options->buffer, BUFFER_MAX);
    return DY_OK;
}

/* The first future in the queue reads for all. */
static void notify(dy_source *source)
{
    dy_fifo *fifo = (dy_fifo *)source;
    if (fifo->first != NULL) dy_waker_wake_by_ref(&fifo->first->waker);
}

dy_status dy_fifo_open(dy_fifo *fifo, dy_reactor *reactor, const char *path, const dy_fifo_options *options,
                       dy_error *error)
{
    static const dy_fifo_options defaults = {.buffer = 0};
    if (options == NULL) options = &defaults;
    *fifo = (dy_fifo){.source = {.fd = -1, .notify = notify}, .mode = options->mode, .reactor = reactor};
    fifo->initial = options->buffer != 0 ? options->buffer : DEFAULT_BUFFER;
    dy_status status = check_options(options, error);
    if (status != DY_OK) return status;
    int flags = options->mode == DY_FIFO_READ_WRITE ? O_RDWR : O_RDONLY;
    status = open_descriptor(path, flags, &fifo->source.fd, error);
    if (status != DY_OK) return status;
    status = dy_reactor_add(reactor, &fifo->source, DY_POLL_READ);
    if (status == DY_OK) return DY_OK;
    close(fifo->source.fd);
    fifo->source.fd = -1;
    return DY_FAIL(error, status, "the FIFO '%s' can't be registered with the reactor", path);
}

void dy_fifo_close(dy_fifo *fifo)
{
    if (fifo->source.fd < 0) return;
    while (fifo->first != NULL) {
        dy_read_n *read = fifo->first;
        dy_waker waker = read->waker;
        read->waker = dy_waker_none();
        dy_fifo_unlink(fifo, read);
        read->fifo = NULL;
        dy_waker_wake(&waker);
    }
    dy_reactor_remove(fifo->reactor, &fifo->source);
    close(fifo->source.fd);
    fifo->source.fd = -1;
    if (fifo->buffer != NULL) dy_release(fifo->reactor->allocator, fifo->buffer, fifo->capacity, 1);
    fifo->buffer = NULL;
    fifo->begin = fifo->end = fifo->capacity = 0;
}

/* ---- The queue of futures ---- */

void dy_fifo_link(dy_fifo *fifo, dy_read_n *read)
{
    read->previous = fifo->last;
    read->next = NULL;
    if (fifo->last != NULL)
        fifo->last->next = read;
    else
        fifo->first = read;
    fifo->last = read;
    read->waiting = true;
}

void dy_fifo_unlink(dy_fifo *fifo, dy_read_n *read)
{
    if (read->previous != NULL)
        read->previous->next = read->next;
    else
        fifo->first = read->next;
    if (read->next != NULL)
        read->next->previous = read->previous;
    else
        fifo->last = read->previous;
    read->waiting = false;
}
