/* clang-format off: the sections and the example below are laid out by hand */
/* per_thread.h - what each thread holds of a shared allocator: found fast, given up when the thread ends.
 *
 * What it is  A per_thread_set belongs to one allocator (a region, a free list) and lists its slots; a slot belongs to
 *             at most one thread at a time. The owner finds its slot through a small table in thread-local storage.
 * Contract    every function from any thread. A slot is never freed before its set closes: a
 *             thread that ends gives it back (after `on_exit` has run in that thread) and the next newcomer takes it
 *             over, contents and all. Lock order: registry, set->lock, then the allocator's own locks.
 * Source      Own design; identities are 64-bit numbers that are never used twice, so a table entry left behind by a
 *             closed set can't match.
 */
/* clang-format on */
#ifndef DYNO_PER_THREAD_H
#define DYNO_PER_THREAD_H

#include "dyno/mutex.h"

typedef struct per_thread_slot {
    struct per_thread_slot *next; /* in the set, never changes once linked */
    void *owner;                  /* the owning thread's token, NULL if none; under set->lock */
} per_thread_slot;

typedef struct per_thread_set per_thread_set;
struct per_thread_set {
    uint64_t id;
    dy_mutex lock;
    per_thread_slot *slots;
    void (*on_exit)(per_thread_set *set, per_thread_slot *slot); /* called with set->lock held */
    per_thread_set *next, *previous;                             /* in the registry, under its lock */
};

enum { PER_THREAD_TABLE = 8 };

typedef struct per_thread_entry {
    uint64_t id;
    per_thread_slot *slot;
} per_thread_entry;

/* initial-exec: the table is reached with one addition from the thread pointer, in the shared library too. */
extern __thread per_thread_entry per_thread_table[PER_THREAD_TABLE]
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

void per_thread_open(per_thread_set *set, void (*on_exit)(per_thread_set *, per_thread_slot *));

/* Takes the set out of the registry. No other thread may be using it; the slots stay the caller's to free. */
void per_thread_close(per_thread_set *set);

/* The slow half of per_thread_find. */
per_thread_slot *per_thread_lookup(per_thread_set *set);

/* This thread's slot if the table has it, else NULL: per_thread_find may know more. */
DY_INLINE per_thread_slot *per_thread_peek(const per_thread_set *set)
{
    const per_thread_entry *entry = &per_thread_table[set->id % PER_THREAD_TABLE];
    return DY_LIKELY(entry->id == set->id) ? entry->slot : NULL;
}

/* This thread's slot, or one that an ended thread left; NULL: there is none, make one and per_thread_add it. */
DY_INLINE per_thread_slot *per_thread_find(per_thread_set *set)
{
    per_thread_slot *slot = per_thread_peek(set);
    return DY_LIKELY(slot != NULL) ? slot : per_thread_lookup(set);
}

/* Links a new slot, owned by the calling thread. false: the system wouldn't tell us when this thread ends (it is out of
 * thread-specific keys), so the slot isn't linked. */
bool per_thread_add(per_thread_set *set, per_thread_slot *slot);

/* A number that nobody else got or gets. */
uint64_t per_thread_new_id(void);

#endif
