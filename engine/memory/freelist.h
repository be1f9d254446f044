/* freelist.h - the inside of a free list, shared by its source files. The public header is dyno/freelist.h. */
#ifndef DYNO_MEMORY_FREELIST_H
#define DYNO_MEMORY_FREELIST_H

#include "dyno/freelist.h"
#include "dyno/mutex.h"

#include "cache.h"
#include "region.h"
#include "tlsf.h"

typedef struct freelist_region {
    memory_region memory;
    block *first, *end; /* the first block and the sentinel */
} freelist_region;

struct dy_freelist {
    /* What every call reads and nobody writes: the first region's payloads, how to check a header, how to find a cache.
     */
    uintptr_t begin, span;
    uint64_t secret;
    bool asymmetric;    /* how the caches are locked */
    size_t cache_limit; /* 0: no caches */
    per_thread_set caches;
    dy_allocator metadata;
    dy_atomic_u32 region_count; /* grows only; a region is complete before it is counted */
    freelist_region regions[DY_FREELIST_REGIONS_MAX];

    _Alignas(DY_CACHE_LINE) dy_mutex lock; /* guards core and peak; taken after caches.lock and any cache's lock */
    dy_atomic_u64 failures, misuses;
    dy_atomic_u64 shared_allocations, shared_frees; /* by threads without a cache */
    size_t peak;
    tlsf core;
};

/* The region that the pointer lies in as a payload could, or NULL. */
const freelist_region *freelist_region_of(const dy_freelist *list, const void *payload);

/* What is wrong with a pointer whose header is not that of a live block. */
dy_status freelist_diagnose(dy_freelist *list, const void *payload);

/* Gives back the stock of every thread's cache. The caller is inside no cache. */
void freelist_reclaim(dy_freelist *list);

/* Makes the set of caches and says how they are locked. */
void freelist_open_caches(dy_freelist *list);

DY_INLINE bool freelist_block_is(const dy_freelist *list, const block *b, block_state state)
{
    return block_owner(b) == block_seal(b, list->secret, state);
}

DY_INLINE void freelist_seal(const dy_freelist *list, block *b, block_state state)
{
    block_set_owner(b, block_seal(b, list->secret, state));
}

#endif
