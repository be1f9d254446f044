/* compute.h - what the compute workloads share: the dialect they are compiled for, and their metric. */
#ifndef COMPUTE_H
#define COMPUTE_H

#include "kit.h"

#include DIALECT_HEADER

/* time: seconds for one execution. */
extern const kit_metric compute_metrics[];

/* The set-up and teardown of a workload without state of its own. */
static inline int compute_open(kit_run *run, void **state)
{
    (void)state;
    return dialect_open(run);
}

static inline void compute_close(kit_run *run, void *state)
{
    (void)state;
    dialect_close(run);
}

#endif
