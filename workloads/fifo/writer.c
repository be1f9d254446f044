/* writer.c - the process that fills the FIFOs: pieces of seeded random sizes, to FIFOs picked at random. */
#include "fanin.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void fanin_fill(const fanin *f, unsigned fifo, char *bytes)
{
    uint64_t state = f->seed ^ (fifo + 1) * UINT64_C(0x9E3779B97F4A7C15);
    size_t length = f->n * f->messages, at = 0;
    for (; at + sizeof(uint64_t) <= length; at += sizeof(uint64_t)) {
        uint64_t word = kit_random(&state);
        memcpy(bytes + at, &word, sizeof word);
    }
    uint64_t word = kit_random(&state);
    memcpy(bytes + at, &word, length - at);
}

/* FNV-1a over words of eight bytes, and over the bytes that are left (G. Fowler, L. Noll, K.-P. Vo, 1991): cheap enough
 * not to hide what is measured, and sensitive to order, loss and change. */
uint64_t fanin_checksum(uint64_t checksum, const char *message, size_t n)
{
    const uint64_t prime = UINT64_C(0x100000001b3);
    for (; n >= sizeof(uint64_t); n -= sizeof(uint64_t), message += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, message, sizeof word);
        checksum = (checksum ^ word) * prime;
        checksum ^= checksum >> 32;
    }
    for (; n > 0; n--, message++)
        checksum = (checksum ^ (unsigned char)*message) * prime;
    return checksum;
}

/* ---- In the writer's process ---- */

typedef struct {
    char *bytes;
    size_t at; /* written so far */
    int fd;
    unsigned fifo;
} outlet;

/* Notes the time for every message whose last byte is in the piece that is about to be written. */
static void stamp(const fanin *f, const outlet *o, size_t piece)
{
    uint64_t now = kit_now_ns();
    uint64_t *stamps = f->written_ns + o->fifo * f->messages;
    /* release: pairs with the acquire in fanin_complete; the pipe orders the two, and this says so to the compiler. */
    for (size_t i = o->at / f->n; i < (o->at + piece) / f->n; i++)
        __atomic_store_n(&stamps[i], now, __ATOMIC_RELEASE);
}

static bool write_piece(const fanin *f, outlet *o, uint64_t *random)
{
    size_t left = f->n * f->messages - o->at;
    size_t piece = 1 + kit_random(random) % f->write_max;
    if (piece > left) piece = left;
    stamp(f, o, piece);
    while (piece > 0) {
        ssize_t written = write(o->fd, o->bytes + o->at, piece);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        o->at += (size_t)written;
        piece -= (size_t)written;
    }
    return true;
}

static bool write_all(const fanin *f, outlet *outlets)
{
    uint64_t random = f->seed + 1;
    size_t length = f->n * f->messages;
    unsigned open = f->fifos;
    while (open > 0) {
        outlet *o = &outlets[kit_random(&random) % open];
        if (!write_piece(f, o, &random)) return false;
        if (o->at < length) continue;
        close(o->fd);
        *o = outlets[--open];
    }
    return true;
}

static bool open_all(const fanin *f, outlet *outlets)
{
    char *bytes = malloc((size_t)f->fifos * f->n * f->messages);
    if (bytes == NULL) return false;
    for (unsigned i = 0; i < f->fifos; i++) {
        outlets[i] = (outlet){.bytes = bytes + i * f->n * f->messages, .fifo = i};
        fanin_fill(f, i, outlets[i].bytes);
        outlets[i].fd = open(f->paths[i], O_WRONLY | O_CLOEXEC);
        if (outlets[i].fd < 0) return false;
    }
    return true;
}

static _Noreturn void be_writer(const fanin *f, int ready, int go)
{
    char byte = 'r';
    signal(SIGPIPE, SIG_IGN);
    outlet *outlets = calloc(f->fifos, sizeof *outlets);
    bool released = outlets != NULL && open_all(f, outlets) && write(ready, &byte, 1) == 1 && read(go, &byte, 1) == 1;
    if (!released) _exit(1);
    if (write_all(f, outlets)) _exit(0);
    _exit(errno == EPIPE ? FANIN_NO_READER : 1);
}

/* ---- In the reader's process ---- */

int fanin_writer_start(fanin *f, fanin_writer *writer)
{
    int ready[2], go[2];
    if (pipe2(ready, O_CLOEXEC) != 0) return kit_unable(f->run, "no pipe to the writer: %s", strerror(errno));
    if (pipe2(go, O_CLOEXEC) != 0) {
        close(ready[0]);
        close(ready[1]);
        return kit_unable(f->run, "no pipe to the writer: %s", strerror(errno));
    }
    pid_t parent = getpid();
    writer->pid = fork();
    if (writer->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(1);
        close(ready[0]);
        close(go[1]);
        be_writer(f, ready[1], go[0]);
    }
    close(ready[1]);
    close(go[0]);
    writer->ready = ready[0];
    writer->go = go[1];
    if (writer->pid > 0) return 0;
    close(ready[0]);
    close(go[1]);
    return kit_unable(f->run, "the writer could not be forked: %s", strerror(errno));
}

bool fanin_writer_is_ready(fanin_writer *writer)
{
    char byte;
    ssize_t n;
    do
        n = read(writer->ready, &byte, 1);
    while (n < 0 && errno == EINTR);
    return n == 1;
}

void fanin_writer_go(fanin_writer *writer)
{
    if (write(writer->go, "g", 1) != 1) {
        /* It has died: the FIFOs end, and the missing messages are noticed. */
    }
}

int fanin_writer_end(fanin_writer *writer, bool kill_first)
{
    int status = 0;
    if (kill_first) kill(writer->pid, SIGKILL);
    while (waitpid(writer->pid, &status, 0) < 0 && errno == EINTR) {}
    close(writer->ready);
    close(writer->go);
    return status;
}
