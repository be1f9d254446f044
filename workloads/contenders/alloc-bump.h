/* alloc-bump.h - the dialect of the contender bump: each thread has a dy_bump of its own and resets it when a phase is
 * over and all its blocks are freed. A single free does nothing, as with any arena.
 */
#ifndef ALLOC_DIALECT_H
#define ALLOC_DIALECT_H

#include "kit.h"

#include "dyno/bump.h"

#include <string.h>

#define DIALECT_NAME "bump"

static inline const char *dialect_lacks(const char *contender, const kit_workload *workload)
{
    (void)contender;
    return strcmp(workload->name, "larson") == 0 ? "a bump allocator can't free single blocks, and this never frees all"
                                                 : NULL;
}

static const kit_contender dialect_contenders[] __attribute__((unused)) = {
    {"bump", "dy_bump of this project: a region for each thread, reset at the end of each phase", NULL, dialect_lacks},
    {0},
};

typedef struct dialect_thread {
    dy_bump *bump;
    dy_bump_local *local;
} dialect_thread;

static inline int dialect_open(kit_run *run, size_t live)
{
    (void)run;
    (void)live;
    return 0;
}

static inline void dialect_close(kit_run *run)
{
    (void)run;
}

static inline bool dialect_enter(dialect_thread *thread, size_t phase)
{
    dy_bump_options options = DY_BUMP_OPTIONS_INIT;
    options.size = phase + phase / 4 + (1U << 20);
    if (dy_bump_open(&thread->bump, &options, NULL) != DY_OK) return false;
    thread->local = dy_bump_local_get(thread->bump);
    return thread->local != NULL;
}

static inline void dialect_leave(dialect_thread *thread)
{
    dy_bump_close(thread->bump);
}

static inline void dialect_phase_end(dialect_thread *thread)
{
    dy_bump_reset(thread->bump);
}

static inline void *dialect_allocate(dialect_thread *thread, size_t size)
{
    return dy_bump_local_allocate(thread->local, size, 16);
}

static inline bool dialect_free(dialect_thread *thread, const void *block)
{
    (void)thread;
    (void)block;
    return true;
}

#endif
