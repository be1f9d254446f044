/* fifo-blocking.c - the contender blocking: a thread for each FIFO, and read(2), which waits. */
#include "fifo/fanin.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char fanin_contender_name[] = "blocking";
const char fanin_contender_about[] = "a thread for each FIFO that blocks in read(2), 64 KiB at a time";

enum { STACK = 64 << 10, BUFFER = 64 << 10 };

typedef struct {
    pthread_t thread;
    fanin *f;
    unsigned index;
    char *buffer; /* room for one message that is not complete and one read */
    int failure;  /* errno, 0 for none */
} consumer;

/* Completes the messages that are in the buffer; returns the bytes that are left, now at its beginning. */
static size_t complete(consumer *c, size_t used, bool *more)
{
    size_t n = c->f->n, at = 0;
    for (; *more && used - at >= n; at += n)
        *more = fanin_complete(c->f, c->index, c->buffer + at);
    memmove(c->buffer, c->buffer + at, used - at);
    return used - at;
}

static void *consume(void *argument)
{
    consumer *c = argument;
    int fd = open(c->f->paths[c->index], O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        c->failure = errno;
        kill(c->f->writer, SIGKILL); /* it would wait for this reader for ever */
    }
    fanin_opened(c->f);
    size_t used = 0;
    bool more = fd >= 0;
    while (more) {
        ssize_t got = read(fd, c->buffer + used, BUFFER);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        used = complete(c, used + (size_t)got, &more);
    }
    if (fd >= 0) close(fd);
    return NULL;
}

static int join_all(fanin *f, consumer *consumers, unsigned started)
{
    int failure = 0;
    for (unsigned i = 0; i < started; i++) {
        pthread_join(consumers[i].thread, NULL);
        if (consumers[i].failure != 0) failure = consumers[i].failure;
    }
    for (unsigned i = 0; i < f->fifos; i++)
        free(consumers[i].buffer);
    free(consumers);
    return failure == 0 ? 0 : kit_unable(f->run, "a FIFO could not be opened: %s", strerror(failure));
}

/* Some threads wait in open(2) already: opening the FIFOs for them lets them go on, and they find the end. */
static void let_go(fanin *f, consumer *consumers, unsigned started)
{
    for (unsigned i = 0; i < started; i++) {
        int fd = open(f->paths[i], O_WRONLY | O_CLOEXEC);
        if (fd >= 0) close(fd);
    }
    join_all(f, consumers, started);
}

int fanin_reader_start(fanin *f)
{
    consumer *consumers = calloc(f->fifos, sizeof *consumers);
    if (consumers == NULL) return kit_unable(f->run, "no memory for %u threads", f->fifos);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    int failure = 0;
    unsigned started = 0;
    while (failure == 0 && started < f->fifos) {
        consumer *c = &consumers[started];
        c->f = f;
        c->index = started;
        c->buffer = malloc(BUFFER + f->n);
        failure = c->buffer == NULL ? ENOMEM : pthread_create(&c->thread, &attributes, consume, c);
        if (failure == 0) started++;
    }
    pthread_attr_destroy(&attributes);
    f->reader = consumers;
    if (failure == 0) return 0;
    let_go(f, consumers, started);
    return kit_unable(f->run, "only %u of %u threads could be had: %s", started, f->fifos, strerror(failure));
}

int fanin_reader_finish(fanin *f)
{
    return join_all(f, f->reader, f->fifos);
}
