/* fanin.h - what the workload fifo-fanin and its contenders share.
 *
 * k FIFOs, each with a stream of messages of n bytes, written in pieces by one other process. A contender reads them
 * and calls fanin_complete once for each message, in order per FIFO; how it waits and reads is its own business.
 */
#ifndef FANIN_H
#define FANIN_H

#include "kit.h"

#include <sys/types.h>

typedef struct fanin_stream {
    uint64_t checksum;  /* of what has been completed */
    uint64_t expected;  /* of the whole stream */
    uint64_t completed; /* messages */
} fanin_stream;

typedef struct fanin {
    kit_run *run;
    unsigned fifos;
    size_t n;        /* bytes of a message */
    size_t messages; /* of each FIFO */
    size_t write_max;
    uint64_t seed;
    char **paths;
    fanin_stream *streams;
    uint64_t *written_ns; /* shared with the writer: when it began to write the last byte of a message */
    double *latency_ns;   /* of each message; fifo * messages + number */
    uint32_t finished;    /* streams whose last message is complete; by __atomic operations */
    uint64_t finished_ns; /* when the last of them was */
    uint32_t opened;      /* FIFOs that the reading side has open; by __atomic operations */
    pid_t writer;         /* its process */
    void *reader;         /* the contender's own */
} fanin;

/* The message's n bytes are all there; one too many is counted and noticed. Any thread, but one at a time for each
 * FIFO. Returns whether more are to come.
 */
bool fanin_complete(fanin *f, unsigned fifo, const char *message);

/* The reading side of this FIFO is open, or is about to fail. */
void fanin_opened(fanin *f);

/* ---- A contender: name, what it is, and three functions; each of them in contenders/fifo-NAME.c ---- */
extern const char fanin_contender_name[];
extern const char fanin_contender_about[];
/* Begins to open the FIFOs for reading; must not wait for the writer. 0 or what kit_unable returns, with all undone. */
int fanin_reader_start(fanin *f);
/* Reads until every message is complete, or each FIFO that is not has ended; closes and frees everything. */
int fanin_reader_finish(fanin *f);

/* ---- The writer: a process of its own (writer.c), forked before the reading side opens anything ---- */
/* Its exit status when a FIFO was closed that had more to bring: the reader's fault, not its own. */
enum { FANIN_NO_READER = 2 };

typedef struct fanin_writer {
    pid_t pid;
    int ready; /* readable when the writer has every FIFO open */
    int go;    /* one byte lets it write */
} fanin_writer;

int fanin_writer_start(fanin *f, fanin_writer *writer);
/* Waits until it has opened all FIFOs; false if it died before. */
bool fanin_writer_is_ready(fanin_writer *writer);
void fanin_writer_go(fanin_writer *writer);
/* Its wait status; kills it first if asked to. */
int fanin_writer_end(fanin_writer *writer, bool kill_first);

/* Fills a stream's bytes, the same on both sides. */
void fanin_fill(const fanin *f, unsigned fifo, char *bytes);
uint64_t fanin_checksum(uint64_t checksum, const char *message, size_t n);

#endif
