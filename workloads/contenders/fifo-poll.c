/* fifo-poll.c - the contender poll: one thread, a poll(2) over all FIFOs, a read(2) for each that is ready. */
#include "contenders/fifo-files.h"

#include <poll.h>

const char fanin_contender_name[] = "poll";
const char fanin_contender_about[] = "one thread with a poll(2) loop over all FIFOs";

/* The FIFOs and the set that poll looks through, in the same order. */
typedef struct polled {
    fifo_files files;
    struct pollfd *waiting;
} polled;

static int loop(fanin *f, polled *p)
{
    for (unsigned open = p->files.count; open > 0;) {
        int ready = poll(p->waiting, p->files.count, -1);
        if (ready < 0 && errno == EINTR) continue;
        if (ready < 0) return kit_unable(f->run, "poll failed: %s", strerror(errno));
        for (unsigned i = 0; i < p->files.count && ready > 0; i++) {
            if (p->waiting[i].revents == 0) continue;
            ready--;
            if (fifo_file_read(&p->files, &p->files.all[i], f) != FIFO_OVER) continue;
            p->waiting[i].fd = -1; /* poll passes over it */
            open--;
        }
    }
    return 0;
}

static void end(polled *p)
{
    fifo_files_close(&p->files);
    free(p->waiting);
    free(p);
}

int fanin_reader_start(fanin *f)
{
    polled *p = calloc(1, sizeof *p);
    if (p == NULL) return kit_unable(f->run, "no memory for the reader");
    f->reader = p;
    int status = fifo_files_open(f, &p->files);
    if (status != 0) {
        free(p);
        return status;
    }
    p->waiting = calloc(p->files.count, sizeof *p->waiting);
    if (p->waiting == NULL) {
        end(p);
        return kit_unable(f->run, "no memory for the poll set");
    }
    for (unsigned i = 0; i < p->files.count; i++)
        p->waiting[i] = (struct pollfd){.fd = p->files.all[i].fd, .events = POLLIN};
    return 0;
}

int fanin_reader_finish(fanin *f)
{
    polled *p = f->reader;
    int status = loop(f, p);
    end(p);
    return status;
}
