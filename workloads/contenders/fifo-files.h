/* fifo-files.h - the FIFOs opened for reading, for contenders that read descriptors. */
#ifndef FIFO_FILES_H
#define FIFO_FILES_H

#include "fifo/fanin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One stream: its descriptor and the bytes of the message that is not complete yet. */
typedef struct fifo_file {
    int fd;
    unsigned number;
    size_t held;
    char *buffer; /* `room` bytes */
} fifo_file;

typedef struct fifo_files {
    unsigned count; /* open */
    size_t room;
    fifo_file *all;
    char *buffers;
} fifo_files;

static inline void fifo_files_close(fifo_files *files)
{
    for (unsigned i = 0; i < files->count; i++)
        if (files->all[i].fd >= 0) close(files->all[i].fd);
    free(files->all);
    free(files->buffers);
}

/* Each buffer holds a message at least, and as much more as makes a read(2) worth while. All is undone on failure. */
static inline int fifo_files_open(fanin *f, fifo_files *files)
{
    enum { READ = 64 << 10 };
    *files = (fifo_files){.room = f->n + READ};
    files->all = calloc(f->fifos, sizeof *files->all);
    files->buffers = malloc(f->fifos * files->room);
    if (files->all == NULL || files->buffers == NULL) {
        fifo_files_close(files);
        return kit_unable(f->run, "no memory for the reader's buffers");
    }
    int status = 0;
    for (unsigned i = 0; i < f->fifos && status == 0; i++) {
        /* Without O_NONBLOCK this would wait for the writer, which waits for us. */
        int fd = open(f->paths[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        fanin_opened(f);
        if (fd < 0)
            status = kit_unable(f->run, "the FIFO %s can't be opened: %s", f->paths[i], strerror(errno));
        else
            files->all[files->count++] = (fifo_file){.fd = fd, .number = i, .buffer = files->buffers + i * files->room};
    }
    if (status != 0) fifo_files_close(files);
    return status;
}

typedef enum fifo_read {
    FIFO_MORE,  /* it may have more, now or later */
    FIFO_EMPTY, /* nothing at the moment (a non-blocking descriptor) */
    FIFO_OVER,  /* all messages are complete, or the writer has left, or reading failed */
} fifo_read;

/* One read(2), and the messages that it completes. */
static inline fifo_read fifo_file_read(const fifo_files *files, fifo_file *file, fanin *f)
{
    ssize_t got = read(file->fd, file->buffer + file->held, files->room - file->held);
    if (got < 0 && errno == EINTR) return FIFO_MORE;
    if (got < 0 && errno == EAGAIN) return FIFO_EMPTY;
    if (got <= 0) return FIFO_OVER;
    size_t n = f->n, at = 0, end = file->held + (size_t)got;
    bool more = true;
    for (; end - at >= n; at += n)
        more = fanin_complete(f, file->number, file->buffer + at);
    memmove(file->buffer, file->buffer + at, end - at);
    file->held = end - at;
    return more ? FIFO_MORE : FIFO_OVER;
}

#endif
