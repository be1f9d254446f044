/* run.h - the state behind kit_run, and the timing loop. */
#ifndef KIT_RUN_H
#define KIT_RUN_H

#include "channel.h"
#include "kit.h"
#include "request.h"
#include "tables.h"

#include <pthread.h>

/* Different notes a process may tell; more are dropped. */
enum { KIT_NOTES_MAX = 100 };

typedef enum kit_verdict { KIT_VERDICT_OK, KIT_VERDICT_WRONG, KIT_VERDICT_UNABLE } kit_verdict;

struct kit_run {
    const kit_request *request;
    kit_channel *channel;

    /* The clock of the present call of `sample`. */
    uint64_t started, stopped; /* ns */
    uint64_t measured;         /* ns between all starts and stops of the call */
    bool timed;                /* the call used the clock */

    /* What the present call reported; told only once the call has ended well. */
    double values[KIT_METRICS_MAX];
    bool reported[KIT_METRICS_MAX];

    kit_verdict verdict;
    char verdict_text[1024];

    pthread_mutex_t lock; /* guards what follows: kit_bind_thread and kit_note come from any thread */
    bool *bound;          /* by thread index: already told */
    uint64_t
        notes[KIT_NOTES_MAX]; /* hashes of the notes told, so that a sample's note is told once and not every time */
    size_t n_notes;
};

/* Runs the request from set-up to teardown and tells samples and verdict, without the first and last line. */
void kit_run_request(kit_channel *channel, const kit_request *request);

void kit_describe(kit_channel *channel, const kit_worker *worker);

#endif
