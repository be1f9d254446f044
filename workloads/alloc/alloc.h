/* alloc.h - what the allocation workloads share: the dialect they are compiled for, and blocks that can be checked.
 *
 * A block carries a pattern made from its address and a tag: its first and last eight bytes, all of it when it is
 * small. Writing it is what a user of the block would do at the least; checking it before the free finds blocks that
 * overlap, move or are handed out twice.
 */
#ifndef ALLOC_H
#define ALLOC_H

#include "kit.h"

#include <string.h>

#include DIALECT_HEADER

/* Up to this size the whole block is written and checked. */
#define ALLOC_WHOLE 64

typedef struct alloc_slot {
    unsigned char *block; /* NULL: empty */
    uint32_t size, tag;
} alloc_slot;

/* What a thread found wrong, told by the main thread when all have stopped. */
typedef struct alloc_fault {
    bool wrong, refused;
    alloc_slot slot;
    const char *what;
} alloc_fault;

/* Reports the fault if there is one: 0 or -1. */
static inline int alloc_report(kit_run *run, const alloc_fault *fault, unsigned thread)
{
    const alloc_slot *s = &fault->slot;
    if (fault->wrong)
        return kit_wrong(run, "thread %u: block %p of %u bytes: %s", thread, (void *)s->block, s->size, fault->what);
    if (fault->refused) return kit_unable(run, "thread %u: an allocation of %u bytes was refused", thread, s->size);
    return 0;
}

static inline uint64_t alloc_word(const alloc_slot *s)
{
    return ((uint64_t)(uintptr_t)s->block ^ s->tag) * UINT64_C(0x9E3779B97F4A7C15);
}

/* How far from the start the pattern reaches, the last eight bytes aside. */
static inline uint32_t alloc_reach(uint32_t size)
{
    return size <= ALLOC_WHOLE ? size - (uint32_t)sizeof(uint64_t) : 1;
}

static inline void alloc_write(const alloc_slot *s)
{
    uint64_t word = alloc_word(s);
    if (s->size < sizeof word) {
        memcpy(s->block, &word, s->size);
        return;
    }
    uint32_t reach = alloc_reach(s->size);
    for (uint32_t i = 0; i < reach; i += sizeof word)
        memcpy(s->block + i, &word, sizeof word);
    memcpy(s->block + s->size - sizeof word, &word, sizeof word);
}

static inline bool alloc_word_at(const unsigned char *place, uint64_t word)
{
    uint64_t found;
    memcpy(&found, place, sizeof found);
    return found == word;
}

static inline bool alloc_intact(const alloc_slot *s)
{
    uint64_t word = alloc_word(s);
    if (s->size < sizeof word) return memcmp(s->block, &word, s->size) == 0;
    const unsigned char *tail = s->block + s->size - sizeof word;
    if (!alloc_word_at(tail, word)) return false;
    if (s->size > ALLOC_WHOLE) return alloc_word_at(s->block, word);
    uint32_t reach = alloc_reach(s->size), i = 0;
    for (; i + sizeof word <= reach; i += sizeof word)
        if (!alloc_word_at(s->block + i, word)) return false;
    /* The last of these words may have been cut short by the tail. */
    if (i >= reach) return true;
    return memcmp(s->block + i, &word, (size_t)(tail - (s->block + i))) == 0;
}

/* What C promises: fit for any object of that size. */
static inline bool alloc_aligned(const void *block, uint32_t size)
{
    uintptr_t mask = size >= 16 ? 15 : size >= 8 ? 7 : size >= 4 ? 3 : size >= 2 ? 1 : 0;
    return ((uintptr_t)block & mask) == 0;
}

/* Fills the slot with a new block; false: fault says why not. */
static inline bool alloc_put(dialect_thread *thread, alloc_slot *slot, uint32_t size, uint32_t tag, alloc_fault *fault)
{
    *slot = (alloc_slot){.block = dialect_allocate(thread, size), .size = size, .tag = tag};
    if (__builtin_expect(slot->block != NULL && alloc_aligned(slot->block, size), 1)) {
        alloc_write(slot);
        return true;
    }
    *fault = (alloc_fault){.wrong = slot->block != NULL,
                           .refused = slot->block == NULL,
                           .slot = *slot,
                           .what = "it is not aligned for its size"};
    slot->block = NULL;
    return false;
}

/* Checks and frees the block in the slot, which must have one. */
static inline bool alloc_take(dialect_thread *thread, alloc_slot *slot, alloc_fault *fault)
{
    const char *what = NULL;
    if (__builtin_expect(!alloc_intact(slot), 0))
        what = "its contents are not what was written";
    else if (__builtin_expect(!dialect_free(thread, slot->block), 0))
        what = "its free was refused";
    if (__builtin_expect(what != NULL, 0)) *fault = (alloc_fault){.wrong = true, .slot = *slot, .what = what};
    slot->block = NULL;
    return what == NULL;
}

/* splitmix64, here so that it can be inlined into a timed loop; the kit's is a call. */
static inline uint64_t alloc_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* Uniform in [0, bound). */
static inline uint32_t alloc_below(uint64_t random, uint32_t bound)
{
    return (uint32_t)(((random >> 32) * bound) >> 32);
}

#endif
