/* compute.h - what the compute workloads share: the dialect they are compiled for, and their metric. */
#ifndef COMPUTE_H
#define COMPUTE_H

#include "kit.h"

#include DIALECT_HEADER

/* For the part of a workload that never forks: not inlined and aligned, so that every contender runs the same machine
 * code at the same alignment. (One inner loop was seen to take half as long again when it began elsewhere.) */
#define COMPUTE_KERNEL __attribute__((noinline, aligned(64)))

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
