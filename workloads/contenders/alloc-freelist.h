/* alloc-freelist.h - the dialect of the contender freelist: one dy_freelist that all threads share. */
#ifndef ALLOC_DIALECT_H
#define ALLOC_DIALECT_H

#include "kit.h"

#include "dyno/freelist.h"

#define DIALECT_NAME "freelist"

static const kit_contender dialect_contenders[] __attribute__((unused)) = {
    {"freelist", "dy_freelist of this project: two-level segregated fit with caches per thread", NULL, NULL},
    {0},
};

/* In one translation unit's workload at a time: a process runs one. */
static dy_freelist *dialect_list __attribute__((unused));

typedef struct dialect_thread {
    dy_freelist *list;
} dialect_thread;

/* live: bytes that all threads together hold at most. The region has room for twice that, for what fragments. */
static inline int dialect_open(kit_run *run, size_t live)
{
    dy_error error = DY_ERROR_INIT;
    dy_freelist_options options = DY_FREELIST_OPTIONS_INIT;
    options.size = 2 * live + (64U << 20);
    if (dy_freelist_open(&dialect_list, &options, &error) == DY_OK) return 0;
    char text[DY_ERROR_TEXT_MAX];
    return kit_unable(run, "%s", dy_error_format(&error, text, sizeof text));
}

static inline void dialect_close(kit_run *run)
{
    dy_freelist_report report;
    dy_freelist_stats stats;
    dy_freelist_stats_read(dialect_list, &stats);
    if (dy_freelist_inspect(dialect_list, &report) == DY_OK) kit_counter(run, "fragmentation", report.fragmentation);
    kit_counter(run, "peak_bytes", (double)stats.peak_bytes);
    kit_counter(run, "refusals", (double)stats.failures);
    dy_freelist_close(dialect_list);
}

/* phase: bytes that this thread allocates at most between two ends of a phase. */
static inline bool dialect_enter(dialect_thread *thread, size_t phase)
{
    (void)phase;
    thread->list = dialect_list;
    return true;
}

static inline void dialect_leave(dialect_thread *thread)
{
    (void)thread;
}

static inline void dialect_phase_end(dialect_thread *thread)
{
    (void)thread;
}

static inline void *dialect_allocate(dialect_thread *thread, size_t size)
{
    return dy_freelist_allocate(thread->list, size, 16);
}

static inline bool dialect_free(dialect_thread *thread, void *block)
{
    return dy_freelist_free(thread->list, block) == DY_OK;
}

#endif
