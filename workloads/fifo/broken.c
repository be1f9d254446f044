/* broken.c - a contender that is wrong on purpose, for the test that the workload notices: it changes one bit of one
 * message, or with BROKEN=short reads no further than the first half.
 */
#include "fanin.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char fanin_contender_name[] = "broken";
const char fanin_contender_about[] = "wrong on purpose";

int fanin_reader_start(fanin *f)
{
    int *fds = calloc(f->fifos, sizeof *fds);
    f->reader = fds;
    for (unsigned i = 0; fds != NULL && i < f->fifos; i++) {
        fds[i] = open(f->paths[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        fanin_opened(f);
    }
    return fds != NULL ? 0 : kit_unable(f->run, "no memory");
}

static void read_fifo(fanin *f, unsigned i, int fd)
{
    const char *mode = getenv("BROKEN");
    size_t length = f->n * f->messages, used = 0;
    char *bytes = malloc(length);
    while (bytes != NULL && used < length) {
        ssize_t got = read(fd, bytes + used, length - used);
        if (got > 0)
            used += (size_t)got;
        else
            usleep(100);
    }
    if (bytes == NULL) return;
    bool cut = mode != NULL && strcmp(mode, "short") == 0;
    if (!cut) bytes[length / 2] ^= 1;
    for (size_t m = 0; m < (cut ? f->messages / 2 : f->messages); m++)
        fanin_complete(f, i, bytes + m * f->n);
    free(bytes);
}

int fanin_reader_finish(fanin *f)
{
    int *fds = f->reader;
    for (unsigned i = 0; i < f->fifos; i++) {
        read_fifo(f, i, fds[i]);
        close(fds[i]);
    }
    free(fds);
    return 0;
}
