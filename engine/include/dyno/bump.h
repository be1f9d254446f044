/* clang-format off: the sections and the example below are laid out by hand */
/* dyno/bump.h - a region that is handed out front to back and taken back all at once.
 *
 * What it is        A region of fixed size. Each thread claims a chunk of it at a time and allocates from that chunk by
 *                   moving a cursor: a compare for the room, a compare that notices a reset, an add. Nothing is freed
 *                   singly; dy_bump_reset takes everything back in constant time.
 * Contract          dy_bump_allocate, dy_bump_take, dy_bump_local_get and dy_bump_stats_read: any thread, at any time.
 *                   A dy_bump_local may be used by the thread that got it and by no other, until that thread or the
 *                   region ends; it stays valid over a reset. dy_bump_reset and dy_bump_close: no other thread may be
 *                   inside a call on this region, and whoever still holds blocks must not touch them again; the caller
 *                   orders this (a join, a barrier, a lock), as it must anyway. Progress: the hot path is wait-free;
 *                   claiming a chunk is lock-free; a thread's first call on a region takes a lock. Not async-signal-
 *                   safe.
 * Units             Bytes. Any power of two is an alignment; the address is aligned, not the offset in the region. Size
 *                   0 gives an aligned address that must not be read or written and need not be unique.
 * Errors            NULL when there is no room or the layout is impossible (dy_bump_take says which: DY_E_EXHAUSTED,
 *                   DY_E_LAYOUT); nothing has changed then but the count of failures. A small request may be refused
 *                   while other threads still have room in their own chunks: that is the price of not sharing a cursor,
 *                   at most one chunk for each thread.
 * Ownership         The region owns its bytes unless the caller gave them; blocks end with the reset or the close.
 * AddressSanitizer  bytes that are not allocated are poisoned, after a reset all of them (the reset is linear then).
 * Source            The region allocator of D. Hanson, "Fast Allocation and Deallocation of Memory Based on Object
 *                   Lifetimes", 1990; the chunks per thread and the epoch that makes reset constant are ours.
 *
 *     dy_bump *bump;
 *     dy_bump_options options = DY_BUMP_OPTIONS_INIT;
 *     options.size = 64 << 20;
 *     if (dy_bump_open(&bump, &options, NULL) != DY_OK) return;
 *     struct node *node = dy_bump_allocate(bump, sizeof *node, _Alignof(struct node));
 *     dy_bump_local *mine = dy_bump_local_get(bump);                     // for a loop: spares the look-up
 *     for (int i = 0; i < n; i++) list[i] = dy_bump_local_allocate(mine, 24, 8);
 *     dy_bump_reset(bump);                                               // all of them are gone
 *     dy_bump_close(bump);
 */
/* clang-format on */
#ifndef DYNO_BUMP_H
#define DYNO_BUMP_H

#include "dyno/allocator.h"
#include "dyno/atomic.h"
#include "dyno/error.h"
#include "dyno/poison.h"

DY_BEGIN_DECLS

typedef struct dy_bump dy_bump;

typedef struct dy_bump_options {
    size_t size;                  /* of the region; at least 1024 */
    void *memory;                 /* the caller's memory of that size, which must outlive the region; NULL: obtained */
    const dy_allocator *source;   /* where it is obtained; NULL: mmap */
    size_t chunk;                 /* what a thread claims at a time; 0: 1/16 of the region, at least 1K, at most 64K */
    const dy_allocator *metadata; /* for the bookkeeping outside the region; NULL: dy_allocator_libc() */
} dy_bump_options;

/* clang-format off */
#define DY_BUMP_OPTIONS_INIT { 0, NULL, NULL, 0, NULL }
/* clang-format on */

typedef struct dy_bump_stats {
    uint64_t calls;       /* allocations met since the region was opened */
    uint64_t failures;    /* refused since then */
    uint64_t resets;      /* since then */
    size_t bytes;         /* allocated now, padding for alignment included */
    size_t claimed;       /* of the region now: bytes and what is left in the threads' chunks */
    size_t peak;          /* the most that claimed has been */
    size_t size;          /* of the region, without what aligning its ends to cache lines took */
    size_t threads;       /* that have a chunk of their own */
    uint64_t total_bytes; /* of all allocations since the region was opened, padding included */
} dy_bump_stats;

/* A thread's share. Its fields are the allocator's; they are here so that the hot path can be inlined. */
typedef struct dy_bump_local {
    dy_atomic_u64 cursor;       /* next free byte; written by the owner only */
    uintptr_t end;              /* of the chunk */
    dy_atomic_u64 epoch;        /* of the chunk; when the region's has moved on, the chunk is void */
    const dy_atomic_u64 *clock; /* the region's epoch */
    dy_atomic_u64 calls;        /* read by others for the statistics */
    dy_bump *bump;
} dy_bump_local;

/* Errors: DY_E_CONFIG (size or chunk out of range), -ENOMEM or what mmap said. *bump is NULL after an error. */
DY_API dy_status dy_bump_open(dy_bump **bump, const dy_bump_options *options, dy_error *error);

/* Gives everything back; NULL is allowed. */
DY_API void dy_bump_close(dy_bump *bump);

/* All blocks end; constant time. */
DY_API void dy_bump_reset(dy_bump *bump);

/* The calling thread's share of the region; NULL if the metadata allocator refused. */
DY_API dy_bump_local *dy_bump_local_get(dy_bump *bump);

DY_API void *dy_bump_allocate(dy_bump *bump, size_t size, size_t alignment);

/* As dy_bump_allocate, but says why not: DY_E_LAYOUT, DY_E_EXHAUSTED, -ENOMEM (metadata). *block is NULL then. */
DY_API dy_status dy_bump_take(dy_bump *bump, size_t size, size_t alignment, void **block);

/* Whether the address lies in the region. */
DY_API bool dy_bump_owns(const dy_bump *bump, const void *address);

/* Exact for threads that are not allocating at the moment, and within the calls under way for the others. */
DY_API void dy_bump_stats_read(dy_bump *bump, dy_bump_stats *stats);

/* The region as a handle. release takes back only the calling thread's latest block and ignores every other one; resize
 * grows that one in place. */
DY_API dy_allocator dy_bump_allocator(dy_bump *bump);

/* The slow half of dy_bump_local_allocate. */
DY_API void *dy_bump_local_refill(dy_bump_local *local, size_t size, size_t alignment);

DY_INLINE void *dy_bump_local_allocate(dy_bump_local *local, size_t size, size_t alignment)
{
    uintptr_t cursor = (uintptr_t)dy_u64_load_relaxed(&local->cursor);
    /* An alignment of 0 makes the padding so large that it can't fit. */
    size_t padding = (0 - cursor) & (alignment - 1), need;
    bool fits = !__builtin_add_overflow(padding, size, &need) && need <= local->end - cursor;
    /* acquire: pairs with the release in dy_bump_reset. */
    bool current = dy_u64_load_relaxed(&local->epoch) == dy_u64_load_acquire(local->clock);
    if (DY_UNLIKELY(!fits || !current || (alignment & (alignment - 1)) != 0))
        return dy_bump_local_refill(local, size, alignment);
    dy_u64_store_relaxed(&local->cursor, cursor + need);
    dy_u64_store_relaxed(&local->calls, dy_u64_load_relaxed(&local->calls) + 1);
    void *block = (void *)(cursor + padding);
    dy_unpoison(block, size);
    return block;
}

DY_END_DECLS

#endif
