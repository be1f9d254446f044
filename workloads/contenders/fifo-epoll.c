/* fifo-epoll.c - the contender epoll: one thread, edge-triggered epoll(7), nothing between the kernel and the message.
 * The floor for anything that is built on it.
 */
#include "contenders/fifo-files.h"

#include <sys/epoll.h>

const char fanin_contender_name[] = "epoll";
const char fanin_contender_about[] = "one thread with an edge-triggered epoll(7) loop and read(2), 64 KiB at a time";

enum { EVENTS = 256 };

/* An edge is told once: what is there must be read to the end. */
static bool drain(const fifo_files *files, fifo_file *file, fanin *f)
{
    fifo_read result;
    do
        result = fifo_file_read(files, file, f);
    while (result == FIFO_MORE);
    return result == FIFO_OVER;
}

static int loop(fanin *f, const fifo_files *files, int epoll)
{
    struct epoll_event events[EVENTS];
    for (unsigned open = files->count; open > 0;) {
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        if (ready < 0 && errno == EINTR) continue;
        if (ready < 0) return kit_unable(f->run, "epoll_wait failed: %s", strerror(errno));
        for (int i = 0; i < ready; i++) {
            fifo_file *file = events[i].data.ptr;
            if (!drain(files, file, f)) continue;
            close(file->fd); /* which takes it out of the set */
            file->fd = -1;
            open--;
        }
    }
    return 0;
}

/* The FIFOs and the set that waits for them. */
typedef struct watched {
    fifo_files files;
    int epoll;
} watched;

static int watch(fanin *f, watched *w)
{
    w->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (w->epoll < 0) return kit_unable(f->run, "epoll can't be opened: %s", strerror(errno));
    for (unsigned i = 0; i < w->files.count; i++) {
        struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = &w->files.all[i]};
        if (epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->files.all[i].fd, &event) == 0) continue;
        close(w->epoll);
        return kit_unable(f->run, "a FIFO can't be watched: %s", strerror(errno));
    }
    return 0;
}

int fanin_reader_start(fanin *f)
{
    watched *w = calloc(1, sizeof *w);
    if (w == NULL) return kit_unable(f->run, "no memory for the reader");
    int status = fifo_files_open(f, &w->files);
    if (status == 0 && (status = watch(f, w)) != 0) fifo_files_close(&w->files);
    if (status != 0) free(w);
    f->reader = w;
    return status;
}

int fanin_reader_finish(fanin *f)
{
    watched *w = f->reader;
    int status = loop(f, &w->files, w->epoll);
    close(w->epoll);
    fifo_files_close(&w->files);
    free(w);
    return status;
}
