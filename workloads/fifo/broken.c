/* broken.c - a contender that is wrong on purpose, for the test that the workload notices. BROKEN says how: "changed"
 * changes one bit of one message, "short" completes only the first half, "twice" completes one message once more,
 * "early" closes each FIFO after its first message. With "orphan" it is right, but somebody kills its writer before the
 * start, with "bereft" after the first bytes; neither is a wrong answer.
 */
#include "fanin.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char fanin_contender_name[] = "broken";
const char fanin_contender_about[] = "wrong on purpose";

static bool broken(const char *how)
{
    const char *mode = getenv("BROKEN");
    return mode != NULL && strcmp(mode, how) == 0;
}

int fanin_reader_start(fanin *f)
{
    int *fds = calloc(f->fifos, sizeof *fds);
    f->reader = fds;
    for (unsigned i = 0; fds != NULL && i < f->fifos; i++) {
        fds[i] = open(f->paths[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        fanin_opened(f);
    }
    if (broken("orphan")) kill(f->writer, SIGKILL);
    return fds != NULL ? 0 : kit_unable(f->run, "no memory");
}

/* The bytes that came before the end or the first `length`. */
static size_t read_bytes(int fd, char *bytes, size_t length)
{
    fcntl(fd, F_SETFL, 0);
    size_t used = 0;
    for (ssize_t got; used < length && (got = read(fd, bytes + used, length - used)) > 0;)
        used += (size_t)got;
    return used;
}

static void read_fifo(fanin *f, unsigned i, int fd)
{
    size_t length = broken("early") ? f->n : f->n * f->messages;
    char *bytes = malloc(length);
    if (bytes == NULL) return;
    size_t count = read_bytes(fd, bytes, length) / f->n;
    if (broken("changed")) bytes[length / 2] ^= 1;
    if (broken("short")) count /= 2;
    for (size_t m = 0; m < count; m++)
        fanin_complete(f, i, bytes + m * f->n);
    if (broken("twice")) fanin_complete(f, i, bytes);
    free(bytes);
}

int fanin_reader_finish(fanin *f)
{
    int *fds = f->reader;
    struct pollfd first = {.fd = fds[0], .events = POLLIN};
    if (broken("bereft") && poll(&first, 1, -1) == 1) kill(f->writer, SIGKILL);
    for (unsigned i = 0; i < f->fifos; i++) {
        read_fifo(f, i, fds[i]);
        close(fds[i]);
    }
    free(fds);
    return 0;
}
