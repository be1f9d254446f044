#include "dyno/injector.h"

#include <errno.h>
#include <string.h>

enum {
    CAPACITY = DY_INJECTOR_CAPACITY,
    LAP = CAPACITY + 1,
    WRITTEN = 1, /* the producer has filled the slot */
    READ = 2,    /* the consumer is done with it */
    DESTROY = 4, /* the segment's end has been reached: whoever reads this slot last goes on with freeing */
};

typedef struct {
    void *item;
    dy_atomic_u32 flags;
} slot;

typedef struct {
    dy_atomic_ptr next;
    slot slots[CAPACITY];
} segment;

static segment *new_segment(dy_allocator allocator)
{
    segment *fresh = dy_allocate(allocator, sizeof *fresh, DY_CACHE_LINE);
    if (fresh != NULL) memset(fresh, 0, sizeof *fresh);
    return fresh;
}

static void free_segment(dy_injector *injector, segment *old)
{
    dy_release(injector->allocator, old, sizeof *old, DY_CACHE_LINE);
}

dy_status dy_injector_init(dy_injector *injector, dy_allocator allocator)
{
    segment *first = new_segment(allocator);
    if (first == NULL) return -ENOMEM;
    *injector = (dy_injector){.allocator = allocator};
    dy_ptr_store_relaxed(&injector->head.segment, first);
    dy_ptr_store_relaxed(&injector->tail.segment, first);
    return DY_OK;
}

void dy_injector_free(dy_injector *injector)
{
    segment *old = dy_ptr_load_relaxed(&injector->head.segment);
    while (old != NULL) {
        segment *next = dy_ptr_load_relaxed(&old->next);
        free_segment(injector, old);
        old = next;
    }
}

/* The thread that got the last slot of a segment moves the tail on to the next one. The order matters: whoever reads
 * the new index finds the new segment. Meanwhile the index stands on CAPACITY and everybody else waits. */
static void link_segment(dy_injector *injector, segment *full, segment *fresh, uint64_t index)
{
    /* release, each: pairs with the acquire of the pointer or of the index; the fresh segment's zeroes are visible. */
    dy_ptr_store_release(&injector->tail.segment, fresh);
    dy_u64_store_release(&injector->tail.index, index + 2);
    dy_ptr_store_release(&full->next, fresh);
}

dy_status dy_injector_push(dy_injector *injector, void *item)
{
    segment *fresh = NULL;
    for (;;) {
        /* acquire: pairs with the releases in link_segment; the segment is read after the index. */
        uint64_t index = dy_u64_load_acquire(&injector->tail.index);
        segment *current = dy_ptr_load_acquire(&injector->tail.segment);
        uint64_t offset = index % LAP;
        if (offset == CAPACITY) {
            dy_cpu_relax();
            continue;
        }
        bool last = offset + 1 == CAPACITY;
        if (last && fresh == NULL) {
            fresh = new_segment(injector->allocator);
            if (fresh == NULL) return -ENOMEM;
        }
        /* seq_cst: a submitter looks for sleepers after this, a sleeper reads the index after it has announced itself
         * (dy_injector_is_empty); one of them sees the other. If the swap succeeds, `current` belongs to `index`: it is
         * replaced only while the index stands on CAPACITY. */
        if (!dy_u64_cas_seq_cst(&injector->tail.index, &index, index + 1)) continue;
        if (last) {
            link_segment(injector, current, fresh, index);
            fresh = NULL;
        }
        current->slots[offset].item = item;
        /* release: pairs with the acquire in read_slot; publishes the item and what it points to. */
        dy_u32_fetch_or_release(&current->slots[offset].flags, WRITTEN);
        if (fresh != NULL) free_segment(injector, fresh);
        return DY_OK;
    }
}

static void *read_slot(slot *from)
{
    /* acquire: pairs with the release in dy_injector_push. The producer owns the slot already and is about to write. */
    while ((dy_u32_load_acquire(&from->flags) & WRITTEN) == 0)
        dy_cpu_relax();
    return from->item;
}

/* Frees the segment once the slots below `below` have been read: goes down from there, and where a reader is still busy
 * leaves the rest to it. */
static void destroy(dy_injector *injector, segment *old, uint64_t below)
{
    while (below-- > 0) {
        dy_atomic_u32 *flags = &old->slots[below].flags;
        /* acq_rel: pairs with the reader's fetch_or of READ; one of the two sees the other, and all that was read
         * happened before the free. */
        if ((dy_u32_load_acquire(flags) & READ) == 0 && (dy_u32_fetch_or_acq_rel(flags, DESTROY) & READ) == 0) return;
    }
    free_segment(injector, old);
}

static void move_head(dy_injector *injector, segment *drained, uint64_t index)
{
    segment *next;
    /* acquire: pairs with the release in link_segment; the linker is between its swap and that store. */
    while ((next = dy_ptr_load_acquire(&drained->next)) == NULL)
        dy_cpu_relax();
    /* release, both: pair with the acquires in dy_injector_take. */
    dy_ptr_store_release(&injector->head.segment, next);
    dy_u64_store_release(&injector->head.index, index + 1);
}

size_t dy_injector_take(dy_injector *injector, void **items, size_t max)
{
    for (;;) {
        /* acquire: pairs with the releases in move_head; the segment is read after the index. */
        uint64_t head = dy_u64_load_acquire(&injector->head.index);
        segment *current = dy_ptr_load_acquire(&injector->head.segment);
        uint64_t tail = dy_u64_load_seq_cst(&injector->tail.index);
        if (head >= tail) return 0;
        uint64_t offset = head % LAP;
        if (offset == CAPACITY) {
            dy_cpu_relax();
            continue;
        }
        uint64_t n = CAPACITY - offset;
        if (n > tail - head) n = tail - head;
        if (n > max) n = max;
        /* acq_rel: claims the slots; pairs with the other consumers' swaps. If it succeeds, `current` belongs to
         * `head`. */
        if (!dy_u64_cas_acq_rel(&injector->head.index, &head, head + n)) continue;
        bool end = offset + n == CAPACITY;
        if (end) move_head(injector, current, head + n);
        for (uint64_t i = 0; i < n; i++) {
            slot *from = &current->slots[offset + i];
            items[i] = read_slot(from);
            bool very_last = end && i + 1 == n;
            if (very_last) {
                destroy(injector, current, CAPACITY - 1);
            } else if ((dy_u32_fetch_or_acq_rel(&from->flags, READ) & DESTROY) != 0) {
                /* acq_rel: pairs with the fetch_or in destroy. */
                destroy(injector, current, offset + i);
            }
        }
        return n;
    }
}

bool dy_injector_is_empty(const dy_injector *injector)
{
    /* seq_cst: pairs with the swap of the tail in dy_injector_push, see there. */
    uint64_t head = dy_u64_load_seq_cst(&injector->head.index);
    return head >= dy_u64_load_seq_cst(&injector->tail.index);
}
