/* clang-format off: the sections and the example below are laid out by hand */
/* tlsf.h - the core of the free list: two-level segregated fit over boundary tags, for one thread at a time.
 *
 * What it is  Free blocks in lists by size class: 32 classes to each power of two. Two levels of bitmaps say which
 *             lists have blocks, so that finding one takes two bit scans, whatever the state. Freed blocks merge with
 *             their neighbours at once.
 * Contract    The caller holds a lock. Sizes are whole block sizes (block_size_for), never payload sizes.
 * Source      M. Masmano, I. Ripoll, A. Crespo, J. Real, "TLSF: a new dynamic memory allocator for real-time systems",
 *             ECRTS 2004. Ours: before giving up, a bounded number of blocks of the request's own class are tried too,
 *             because one of them may be large enough; so a request fails only if rounding up to the next class would
 *             have, too.
 */
/* clang-format on */
#ifndef DYNO_TLSF_H
#define DYNO_TLSF_H

#include "block.h"

enum {
    TLSF_SPLIT_BITS = 5,
    TLSF_SPLIT = 1 << TLSF_SPLIT_BITS,
    TLSF_LINEAR_BITS = 9, /* below 2^9, a class for every granule */
    TLSF_ROWS = 34 - TLSF_LINEAR_BITS + 1
};

typedef struct tlsf {
    uint64_t secret;
    uint32_t rows;               /* bit r: row r has a block */
    uint32_t columns[TLSF_ROWS]; /* bit c of row r: list r, c has a block */
    size_t used_bytes;           /* of blocks that aren't free, headers included */
    block *lists[TLSF_ROWS][TLSF_SPLIT];
} tlsf;

/* Makes one free block of the memory; returns its first block and writes the sentinel to *end. At least
 * TLSF_REGION_MIN bytes. */
enum { TLSF_REGION_MIN = BLOCK_MIN + BLOCK_HEADER + 2 * BLOCK_GRANULE };
block *tlsf_add(tlsf *core, const void *memory, size_t size, block **end);

/* A block of at least size whose payload lies at the alignment; NULL if there is none. Its state is `state`. */
block *tlsf_allocate(tlsf *core, size_t size, size_t alignment, block_state state);

void tlsf_free(tlsf *core, block *b);

/* Makes a block smaller or, with what is free after it, larger, in place; false: it can't be. */
bool tlsf_resize(tlsf *core, block *b, size_t size);

#endif
