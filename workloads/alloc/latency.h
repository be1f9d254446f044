/* latency.h - how long single operations took, and the percentiles of that.
 *
 * What it is  A fixed number of readings of the processor's time-stamp counter (of CLOCK_MONOTONIC where there is
 * none), turned into nanoseconds by comparing both clocks over the whole pass. What reading the counter twice costs at
 * the least is taken off each. Contract: one recorder per thread.
 */
#ifndef ALLOC_LATENCY_H
#define ALLOC_LATENCY_H

#include "kit.h"

typedef struct latency {
    uint32_t *ticks; /* the caller's */
    size_t count, room;
    uint64_t began_ns, began_ticks;
    double ns_per_tick;
    uint32_t overhead;
} latency;

static inline uint64_t latency_now(void)
{
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    return kit_now_ns();
#endif
}

static inline void latency_record(latency *l, uint64_t from, uint64_t to)
{
    uint64_t ticks = to - from;
    if (l->count < l->room) l->ticks[l->count++] = ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX;
}

void latency_begin(latency *l, uint32_t *ticks, size_t room);
void latency_end(latency *l);

/* Reports latency_p50, latency_p99 and latency_p999 in nanoseconds of what all recorders hold. 0 or -1. */
int latency_report(kit_run *run, const latency *const recorders[], unsigned count);

#endif
