/* request.h - what the harness asks of one process: read from stdin, checked against the worker's tables.
 *
 * Lines may come in any order between `dyno 1` and `go`, each once (param once per name, cpu any number of times).
 * Everything but contender and workload has a default, so that a request typed by hand can be short.
 */
#ifndef KIT_REQUEST_H
#define KIT_REQUEST_H

#include "kit.h"
#include "value.h"

#include <stdio.h>

typedef struct kit_request {
    const kit_contender *contender;
    const kit_workload *workload;
    kit_value *values; /* in the order of workload->params */
    unsigned threads;
    uint64_t seed, samples;
    double warmup, time;
    int *cpus;
    unsigned n_cpus;
} kit_request;

/* Returns NULL and fills *request (free it with kit_request_free), or returns one sentence that says what is wrong and
 * what would be accepted, without a newline; it stays valid until the next call. */
const char *kit_request_read(FILE *in, const kit_worker *worker, kit_request *request);
void kit_request_free(kit_request *request);

#endif
