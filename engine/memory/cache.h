/* clang-format off: the sections and the example below are laid out by hand */
/* cache.h - a thread's stock of blocks in front of the free list.
 *
 * What it is  For each size class a small stack of blocks that the thread has freed (or fetched ahead). Pointers are
 *             kept beside the blocks and not in them, so a stray write to freed memory can't lead the cache astray.
 * Contract    Only between biased_lock_enter and _leave by the owner, or while the lock is claimed.
 */
/* clang-format on */
#ifndef DYNO_CACHE_H
#define DYNO_CACHE_H

#include "biased_lock.h"
#include "block.h"
#include "per_thread.h"

enum {
    CACHE_LINEAR = 1024,   /* up to here a class for every granule, above 16 to each power of two */
    CACHE_LARGEST = 32768, /* the largest block that is cached */
    CACHE_LINEAR_CLASSES = (CACHE_LINEAR - BLOCK_MIN) / BLOCK_GRANULE + 1,
    CACHE_CLASSES = CACHE_LINEAR_CLASSES + 5 * 16,
    CACHE_DEPTH = 32,
    CACHE_SPILL = 8 /* blocks given back at a time: few, because all of them wait for one free */
};

typedef struct thread_cache {
    per_thread_slot slot;
    biased_lock lock;
    unsigned hand;       /* the class that is next to give when all together hold too much */
    dy_atomic_u64 bytes; /* held; read by others for the statistics, as the counters are */
    dy_atomic_u64 allocations, frees;
    /* Of each class's stack. Apart from the blocks, so that all of them lie in three cache lines. */
    uint8_t counts[CACHE_CLASSES];
    block *stacks[CACHE_CLASSES][CACHE_DEPTH];
} thread_cache;

/* The class of which every block holds size: for a request. */
DY_INLINE unsigned cache_class_above(size_t size)
{
    if (size <= CACHE_LINEAR) return (unsigned)((size - BLOCK_MIN) / BLOCK_GRANULE);
    unsigned shift = 63U - (unsigned)__builtin_clzll(size - 1) - 4; /* size - 1 has its top bit at shift + 4 */
    return CACHE_LINEAR_CLASSES + (shift - 6) * 16 + (unsigned)((size - 1) >> shift) - 16;
}

/* The bytes a block of the class has at least. */
DY_INLINE size_t cache_class_size(unsigned class)
{
    if (class < CACHE_LINEAR_CLASSES) return BLOCK_MIN + (size_t) class * BLOCK_GRANULE;
    unsigned step = class - CACHE_LINEAR_CLASSES;
    return (size_t)(17 + step % 16) << (6 + step / 16);
}

/* The largest class whose size the block has: for a block that comes back. */
DY_INLINE unsigned cache_class_below(size_t size)
{
    unsigned above = cache_class_above(size);
    if (size <= CACHE_LINEAR) return above;
    return cache_class_size(above) == size ? above : above - 1;
}

/* A counter that only the owner of the cache, or who has claimed it, writes. */
DY_INLINE void cache_count(dy_atomic_u64 *counter, uint64_t amount)
{
    dy_u64_store_relaxed(counter, dy_u64_load_relaxed(counter) + amount);
}

DY_INLINE block *cache_pop(thread_cache *cache, unsigned class)
{
    if (cache->counts[class] == 0) return NULL;
    block *b = cache->stacks[class][--cache->counts[class]];
    cache_count(&cache->bytes, 0 - block_size(b));
    return b;
}

/* false: the stack is full */
DY_INLINE bool cache_push(thread_cache *cache, unsigned class, block *b, size_t size)
{
    if (cache->counts[class] == CACHE_DEPTH) return false;
    cache->stacks[class][cache->counts[class]++] = b;
    cache_count(&cache->bytes, size);
    return true;
}

#endif
