/* block.h - the layout of a block in a free list's region, and the only functions that touch it.
 *
 *     header (8 bytes)  | payload ...                                     | header of the next block
 *     core     owner    | if free: next, previous ...           footer    |
 *
 * core    size in granules of 16 bytes, and whether this block and the one before it are free. Written under the free
 *         list's lock only; its size may be read without it by whoever owns the block.
 * owner   the block's state, sealed with a check of its address and the list's secret. Written by whoever owns the
 *         block, without the lock: that is why it is a word of its own. A word that doesn't match in all its 32 bits is
 * no header; one that is absorbed by a neighbour is wiped, so that no stale header can be taken for a live one. footer
 * of a free block only: its size, so that the block after it finds its start (the boundary tag).
 *
 * Source: D. Knuth, "The Art of Computer Programming" 1, 2.5, algorithm C (boundary tags); the idea to keep the tag
 * inside the free block is Doug Lea's.
 */
#ifndef DYNO_BLOCK_H
#define DYNO_BLOCK_H

#include "dyno/atomic.h"
#include "dyno/poison.h"

typedef struct block {
    dy_atomic_u32 core, owner;
} block;

enum {
    BLOCK_GRANULE = 16,
    BLOCK_HEADER = 8,
    BLOCK_MIN = 32, /* header, two links, footer */
    BLOCK_IS_FREE = 1,
    BLOCK_PREVIOUS_FREE = 2,
    BLOCK_SIZE_SHIFT = 2
};
/* What 30 bits of granules can say, less a granule so that a region's blocks sum up without overflow. */
#define BLOCK_MAX (((size_t)1 << 34) - BLOCK_GRANULE)

typedef enum block_state {
    BLOCK_LIVE = 0x5a,   /* the user's */
    BLOCK_CACHED = 0xc3, /* in a thread's cache */
    BLOCK_FREE = 0x96,   /* in the free list */
    BLOCK_END = 0x3c     /* the sentinel after a region's last block */
} block_state;

_Static_assert(sizeof(block) == BLOCK_HEADER, "the header is one word of 8 bytes");

DY_INLINE void *block_payload(const block *b)
{
    return (char *)(uintptr_t)b + BLOCK_HEADER;
}

DY_INLINE block *block_of(const void *payload)
{
    return (block *)(void *)((char *)(uintptr_t)payload - BLOCK_HEADER);
}

DY_INLINE block *block_at(const block *b, size_t offset)
{
    return (block *)(void *)((char *)(uintptr_t)b + offset);
}

/* The size of a block whose payload holds size bytes; size is below BLOCK_MAX. */
DY_INLINE size_t block_size_for(size_t size)
{
    size_t needed = (size + BLOCK_HEADER + BLOCK_GRANULE - 1) & ~(size_t)(BLOCK_GRANULE - 1);
    return needed > BLOCK_MIN ? needed : BLOCK_MIN;
}

/* Headers, links and footers lie in poisoned memory: the functions below are the ones that may look. */
static inline DY_NO_ASAN uint32_t block_core(const block *b)
{
    return dy_u32_load_relaxed(&b->core);
}

static inline DY_NO_ASAN void block_set_core(block *b, uint32_t core)
{
    dy_u32_store_relaxed(&b->core, core);
}

static inline DY_NO_ASAN uint32_t block_owner(const block *b)
{
    return dy_u32_load_relaxed(&b->owner);
}

static inline DY_NO_ASAN void block_set_owner(block *b, uint32_t owner)
{
    dy_u32_store_relaxed(&b->owner, owner);
}

static inline DY_NO_ASAN block *block_link(const block *b, int which)
{
    return ((block **)block_payload(b))[which];
}

static inline DY_NO_ASAN void block_set_link(block *b, int which, block *target)
{
    ((block **)block_payload(b))[which] = target;
}

static inline DY_NO_ASAN size_t block_footer_before(const block *b)
{
    return *(const size_t *)(const void *)((const char *)b - sizeof(size_t));
}

static inline DY_NO_ASAN void block_set_footer(block *b, size_t size)
{
    *(size_t *)(void *)((char *)b + size - sizeof(size_t)) = size;
}

DY_INLINE size_t block_size(const block *b)
{
    return (size_t)(block_core(b) >> BLOCK_SIZE_SHIFT) * BLOCK_GRANULE;
}

DY_INLINE bool block_is_free(const block *b)
{
    return (block_core(b) & BLOCK_IS_FREE) != 0;
}

DY_INLINE bool block_previous_is_free(const block *b)
{
    return (block_core(b) & BLOCK_PREVIOUS_FREE) != 0;
}

DY_INLINE block *block_after(const block *b)
{
    return block_at(b, block_size(b));
}

DY_INLINE uint32_t block_core_word(size_t size, uint32_t flags)
{
    return (uint32_t)(size / BLOCK_GRANULE) << BLOCK_SIZE_SHIFT | flags;
}

/* The sealed owner word of this block in this state. The multiplier is 2^64 over the golden ratio. */
DY_INLINE uint32_t block_seal(const block *b, uint64_t secret, block_state state)
{
    uint64_t mixed = ((uint64_t)(uintptr_t)b ^ secret) * UINT64_C(0x9E3779B97F4A7C15);
    return ((uint32_t)(mixed >> 32) & ~UINT32_C(0xff)) | (uint32_t)state;
}

#endif
