/* channel.h - the two ends of the protocol: lines out, one write each, and lines in, with their numbers.
 *
 * kit_say may be called from any thread; the reader from one. A line is sanitised on its way out (control characters
 * become spaces) and cut at the protocol's limit, so whatever a workload says can't break the framing.
 */
#ifndef KIT_CHANNEL_H
#define KIT_CHANNEL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct kit_channel {
    int fd;
    pthread_mutex_t lock; /* one line at a time */
    bool broken;          /* a write failed: nobody listens any more */
} kit_channel;

/* Finds the descriptor that the environment names and checks that it can be written to. Returns 0, or 64 after a
 * sentence on stderr. */
int kit_channel_open(kit_channel *channel, const char *program);

void kit_say(kit_channel *channel, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool kit_channel_broken(kit_channel *channel);

typedef struct kit_reader {
    FILE *in;
    unsigned line; /* number of the last line read, from 1 */
    char *text;    /* the last line, without its \n; valid until the next read */
    size_t room;
} kit_reader;

typedef enum kit_read { KIT_READ_LINE, KIT_READ_END, KIT_READ_BAD } kit_read;

/* KIT_READ_BAD: too long, holds a NUL byte, or the stream ends within it; *why says which. */
kit_read kit_read_line(kit_reader *reader, const char **why);
void kit_reader_free(kit_reader *reader);

#endif
