/* alloc-malloc.h - the dialect of malloc and free, and of every library that takes their place by LD_PRELOAD. */
#ifndef ALLOC_DIALECT_H
#define ALLOC_DIALECT_H

#include "contenders/alloc-malloc-serving.h"
#include "kit.h"

#include <stdlib.h>

#define DIALECT_NAME "malloc"

static const kit_contender dialect_contenders[] __attribute__((unused)) = {
    {"malloc", "malloc of the C library", NULL, malloc_lacks},
    {"jemalloc", "jemalloc in the place of malloc", MALLOC_PRELOAD("libjemalloc.so.2"), malloc_lacks},
    {"mimalloc", "mimalloc in the place of malloc", MALLOC_PRELOAD("libmimalloc.so.2"), malloc_lacks},
    {"tcmalloc", "tcmalloc (minimal) in the place of malloc", MALLOC_PRELOAD("libtcmalloc_minimal.so.4"), malloc_lacks},
    {0},
};

typedef struct dialect_thread {
    char none;
} dialect_thread;

static inline int dialect_open(kit_run *run, size_t live)
{
    (void)live;
    return malloc_check_serving(run);
}

static inline void dialect_close(kit_run *run)
{
    (void)run;
}

static inline bool dialect_enter(dialect_thread *thread, size_t phase)
{
    (void)thread;
    (void)phase;
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
    (void)thread;
    return malloc(size);
}

static inline bool dialect_free(dialect_thread *thread, void *block)
{
    (void)thread;
    free(block);
    return true;
}

#endif
