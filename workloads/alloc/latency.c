#include "latency.h"

#include <stdlib.h>

enum { CALIBRATIONS = 200 };

static uint32_t least_overhead(void)
{
    uint64_t least = UINT32_MAX;
    for (int i = 0; i < CALIBRATIONS; i++) {
        uint64_t from = latency_now(), to = latency_now();
        if (to - from < least) least = to - from;
    }
    return (uint32_t)least;
}

void latency_begin(latency *l, uint32_t *ticks, size_t room)
{
    *l = (latency){.room = room, .overhead = least_overhead()};
    l->ticks = ticks;
    l->began_ns = kit_now_ns();
    l->began_ticks = latency_now();
}

void latency_end(latency *l)
{
    uint64_t ticks = latency_now() - l->began_ticks, ns = kit_now_ns() - l->began_ns;
    l->ns_per_tick = ticks > 0 ? (double)ns / (double)ticks : 1.0;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double *all_sorted(const latency *const recorders[], unsigned count, size_t *total)
{
    *total = 0;
    for (unsigned r = 0; r < count; r++)
        *total += recorders[r]->count;
    double *ns = *total > 0 ? malloc(*total * sizeof *ns) : NULL;
    if (ns == NULL) return NULL;
    size_t next = 0;
    for (unsigned r = 0; r < count; r++)
        for (size_t i = 0; i < recorders[r]->count; i++) {
            uint32_t ticks = recorders[r]->ticks[i], overhead = recorders[r]->overhead;
            ns[next++] = ticks > overhead ? (ticks - overhead) * recorders[r]->ns_per_tick : 0.0;
        }
    qsort(ns, *total, sizeof *ns, ascending);
    return ns;
}

int latency_report(kit_run *run, const latency *const recorders[], unsigned count)
{
    static const struct {
        const char *metric;
        double share;
    } percentiles[] = {{"latency_p50", 0.5}, {"latency_p99", 0.99}, {"latency_p999", 0.999}};
    size_t total;
    double *ns = all_sorted(recorders, count, &total);
    if (ns == NULL) return kit_unable(run, "no memory to sort the latencies");
    int status = 0;
    for (size_t i = 0; status == 0 && i < sizeof percentiles / sizeof percentiles[0]; i++)
        status = kit_sample(run, percentiles[i].metric, ns[(size_t)(percentiles[i].share * (double)(total - 1))]);
    free(ns);
    return status;
}
