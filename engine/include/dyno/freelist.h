/* clang-format off: the sections and the example below are laid out by hand */
/* dyno/freelist.h - an allocator over given regions, with single frees, bounded in time.
 *
 * What it is        Two-level segregated fit over boundary tags: a good fit is found by two bit scans and freed blocks
 *                   merge with both neighbours at once. In front of it each thread keeps a small stock of freed blocks
 *                   by size.
 * Contract          Every function but open and close: any thread, at any time; a block may be freed by any thread.
 *                   Close: nobody else is inside a call, all blocks end. Progress: allocate and free are bounded but
 *                   for the wait for a lock; with the stock at hand they take no lock. What threads hold in stock is
 *                   taken back before an allocation is refused, and when a thread ends. Not async-signal-safe.
 * Units             Bytes. Alignment is any power of two up to 2^32; every block is aligned to 16. Size 0 gives a block
 *                   of its own, of the smallest size. A block costs 8 bytes and the rounding of size + 8 to 16, at
 *                   least 32 together; above 1016 bytes the rounding is to 1/16 of the power of two, unless memory is
 *                   short.
 * Errors            NULL, or DY_E_EXHAUSTED (no room) or DY_E_LAYOUT (alignment not a power of two, size beyond 2^33).
 *                   A free of NULL is DY_OK. DY_E_DOUBLE_FREE: the block is free already. DY_E_FOREIGN: the pointer
 *                   isn't one that was given out, or lies inside a block. DY_E_CORRUPT: the block's header has been
 *                   overwritten; the block is left alone. After any of these the state is what it was before the call.
 *                   They are found in every build by a 32-bit word that seals the block's state with its address: of
 *                   random bytes one in 2^32 would pass. Two frees of one block at the same instant by two threads are
 *                   both taken; the second copy is thrown away when it would be handed out, and counted as misuse then.
 * Ownership         Regions are the list's own, unless the caller gave them.
 * AddressSanitizer  free memory and the headers between blocks are poisoned.
 * Source            M. Masmano et al., "TLSF: a new dynamic memory allocator for real-time systems", ECRTS 2004; the
 *                   stock per thread follows J. Bonwick, J. Adams, "Magazines and Vmem", USENIX 2001, section 3.
 *
 *     dy_freelist *list;
 *     dy_freelist_options options = DY_FREELIST_OPTIONS_INIT;
 *     options.size = 64 << 20;
 *     if (dy_freelist_open(&list, &options, NULL) != DY_OK) return;
 *     void *block = dy_freelist_allocate(list, 300, 16);
 *     if (dy_freelist_free(list, block) != DY_OK) abort();
 *     dy_freelist_report report;
 *     dy_freelist_inspect(list, &report);   // report.largest_free / report.free_bytes
 *     dy_freelist_close(list);
 */
/* clang-format on */
#ifndef DYNO_FREELIST_H
#define DYNO_FREELIST_H

#include "dyno/allocator.h"
#include "dyno/error.h"

DY_BEGIN_DECLS

typedef struct dy_freelist dy_freelist;

#define DY_FREELIST_NO_CACHE    SIZE_MAX
#define DY_FREELIST_REGIONS_MAX 16

typedef struct dy_freelist_options {
    size_t size;                  /* of the first region; from 1024 to 16 GiB */
    void *memory;                 /* the caller's memory of that size, which must outlive the list; NULL: obtained */
    const dy_allocator *source;   /* where it is obtained; NULL: mmap */
    size_t cache;                 /* most bytes a thread keeps in stock; 0: 1/64 of size, at most 1M;
                                     DY_FREELIST_NO_CACHE: none */
    const dy_allocator *metadata; /* for the bookkeeping outside the regions; NULL: dy_allocator_libc() */
} dy_freelist_options;

/* clang-format off */
#define DY_FREELIST_OPTIONS_INIT { 0, NULL, NULL, 0, NULL }
/* clang-format on */

typedef struct dy_freelist_stats {
    uint64_t allocations; /* met since the list was opened */
    uint64_t frees;       /* since then */
    uint64_t failures;    /* allocations refused since then */
    uint64_t misuses;     /* frees refused since then */
    size_t live_bytes;    /* of the users' blocks, headers and rounding included */
    size_t cached_bytes;  /* in the threads' stocks */
    size_t peak_bytes;    /* the most that live and cached together have been */
    size_t region_bytes;  /* of all regions */
} dy_freelist_stats;

typedef enum dy_freelist_state { DY_FREELIST_LIVE, DY_FREELIST_CACHED, DY_FREELIST_FREE } dy_freelist_state;

#define DY_FREELIST_BUCKETS 34

typedef struct dy_freelist_report {
    size_t regions;
    size_t live_blocks, live_bytes;
    size_t cached_blocks, cached_bytes;
    size_t free_blocks, free_bytes; /* bytes are of whole blocks, headers included */
    size_t largest_free;
    double fragmentation;                  /* 1 - largest_free / free_bytes; 0 when nothing is free */
    size_t histogram[DY_FREELIST_BUCKETS]; /* [k]: free blocks of 2^k up to but not including 2^(k+1) bytes */
} dy_freelist_report;

/* Errors: DY_E_CONFIG (size out of range), -ENOMEM or what mmap said. *list is NULL after an error. */
DY_API dy_status dy_freelist_open(dy_freelist **list, const dy_freelist_options *options, dy_error *error);

/* Gives everything back; NULL is allowed. */
DY_API void dy_freelist_close(dy_freelist *list);

/* Adds memory of the caller's, which must outlive the list. Errors: DY_E_CONFIG (size, overlap, too many regions). */
DY_API dy_status dy_freelist_add_region(dy_freelist *list, void *memory, size_t size, dy_error *error);

DY_API void *dy_freelist_allocate(dy_freelist *list, size_t size, size_t alignment);

/* As dy_freelist_allocate, but says why not; *block is NULL then. */
DY_API dy_status dy_freelist_take(dy_freelist *list, size_t size, size_t alignment, void **block);

DY_API dy_status dy_freelist_free(dy_freelist *list, void *block);

/* Grows or shrinks *block, in place where what follows it is free and large enough, else by moving it (to the
 * alignment, which need not be the old one). *block may be NULL: that allocates. Errors as of take and free; *block and
 * its contents are untouched then. */
DY_API dy_status dy_freelist_resize(dy_freelist *list, void **block, size_t size, size_t alignment);

/* The bytes the user may use, at least what was asked for; 0 for what is no live block of this list. */
DY_API size_t dy_freelist_usable_size(const dy_freelist *list, const void *block);

/* Gives all threads' stock back to the free list. */
DY_API void dy_freelist_trim(dy_freelist *list);

DY_API void dy_freelist_stats_read(dy_freelist *list, dy_freelist_stats *stats);

/* Calls visit for every block in address order, under the list's lock: visit must not call the list. bytes are of the
 * whole block, which begins 8 bytes before the address. Ends early when visit returns false. Returns DY_E_CORRUPT if
 * the tags contradict each other, and visits nothing beyond that place. */
DY_API dy_status dy_freelist_walk(dy_freelist *list,
                                  bool (*visit)(void *context, const void *block, size_t bytes,
                                                dy_freelist_state state),
                                  void *context);

/* Walks and sums up. DY_E_CORRUPT as of walk. */
DY_API dy_status dy_freelist_inspect(dy_freelist *list, dy_freelist_report *report);

/* The list as a handle. release has no way to report: a misused pointer ends in dy_panic, in every build. */
DY_API dy_allocator dy_freelist_allocator(dy_freelist *list);

DY_END_DECLS

#endif
