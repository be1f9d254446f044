#include "dyno/deque.h"

#include <errno.h>

/* Why a job is taken once. A public job at index i is taken either by a thief's compare-and-swap of tail from i to i +
 * 1, or by the owner's compare-and-swap of split to some value not above i. Both change the same word, so one of them
 * sees the other. Indices may repeat after retire and publish, and then an old value of the word may be met again: that
 * is harmless, because the thief reads the slot only after its swap has succeeded, and a word with tail below split
 * always tells the truth about the slots between. The slots themselves are plain memory: a slot is written while
 * private, made visible by the release in publish, and written again only after the thief that read it has finished the
 * job, which the owner has acquired. */

static uint32_t range_tail(uint64_t range)
{
    return (uint32_t)range;
}

static uint32_t range_split(uint64_t range)
{
    return (uint32_t)(range >> 32);
}

static uint64_t make_range(uint32_t tail, uint32_t split)
{
    return (uint64_t)split << 32 | tail;
}

dy_status dy_deque_init(dy_deque *deque, size_t slots, dy_allocator allocator)
{
    if (slots == 0 || slots > DY_DEQUE_SLOTS_MAX) return DY_E_CONFIG;
    dy_head array = dy_allocate(allocator, slots * sizeof *array, DY_CACHE_LINE);
    if (array == NULL) return -ENOMEM;
    *deque = (dy_deque){
        .limit = DY_ATOMIC_INIT((void *)array),
        .split = array,
        .slots = array,
        .end = array + slots,
        .allocator = allocator,
        .range = DY_ATOMIC_INIT(0),
    };
    return DY_OK;
}

void dy_deque_free(dy_deque *deque)
{
    if (deque->slots == NULL) return;
    dy_release(deque->allocator, deque->slots, (size_t)(deque->end - deque->slots) * sizeof *deque->slots,
               DY_CACHE_LINE);
    deque->slots = deque->split = deque->end = NULL;
}

unsigned dy_deque_publish(dy_deque *deque, dy_head head)
{
    ptrdiff_t private_jobs = head - deque->split;
    if (private_jobs <= 0) return 0;
    unsigned published = (unsigned)((private_jobs + 1) / 2);
    deque->split += published;
    uint32_t split = (uint32_t)(deque->split - deque->slots);
    uint64_t range = dy_u64_load_relaxed(&deque->range);
    /* release: pairs with the acquire in dy_deque_steal; publishes the slots and the jobs they point to. */
    while (!dy_u64_cas_release(&deque->range, &range, make_range(range_tail(range), split))) {}
    return published;
}

bool dy_deque_reclaim(dy_deque *deque, dy_head slot)
{
    uint32_t index = (uint32_t)(slot - deque->slots);
    /* acquire: pairs with the swap in dy_deque_steal, here and when the swap below fails. */
    uint64_t range = dy_u64_load_acquire(&deque->range);
    while (range_tail(range) <= index) {
        uint32_t tail = range_tail(range);
        uint32_t split = tail + (index - tail) / 2;
        /* acq_rel: orders this against the thieves' swaps of the same word; what stays public stays published. */
        if (dy_u64_cas_acq_rel(&deque->range, &range, make_range(tail, split))) {
            deque->split = deque->slots + split;
            return true;
        }
    }
    return false;
}

void dy_deque_retire(dy_deque *deque, dy_head slot)
{
    uint32_t index = (uint32_t)(slot - deque->slots);
    DY_CHECK(range_tail(dy_u64_load_relaxed(&deque->range)) == range_split(dy_u64_load_relaxed(&deque->range)),
             "deque %p retires a slot while others are still public", (void *)deque);
    deque->split = slot;
    /* release: pairs with the acquire in dy_deque_steal. A plain store is enough, as nobody swaps an empty range. */
    dy_u64_store_release(&deque->range, make_range(index, index));
}

dy_steal dy_deque_steal(dy_deque *deque, dy_job **job)
{
    /* acquire: pairs with the release in dy_deque_publish. */
    uint64_t range = dy_u64_load_acquire(&deque->range);
    uint32_t tail = range_tail(range);
    if (tail >= range_split(range)) return DY_STEAL_EMPTY;
    /* acq_rel: pairs with dy_deque_publish (the slot and the job are visible) and with dy_deque_reclaim. */
    if (!dy_u64_cas_acq_rel(&deque->range, &range, make_range(tail + 1, range_split(range)))) return DY_STEAL_RETRY;
    *job = deque->slots[tail];
    return DY_STEAL_GOT;
}

void dy_deque_ask(dy_deque *deque)
{
    /* Look first: a store would pull the owner's hot line away from it every time. */
    if (dy_deque_is_hungry(deque)) return;
    /* seq_cst: pairs with the owner's exchange of the limit when it stops being hungry (sched/worker.c). */
    dy_ptr_store_seq_cst(&deque->limit, deque->end);
}

bool dy_deque_has_public(const dy_deque *deque)
{
    /* seq_cst: a worker about to sleep reads this after it has announced itself; pairs with the owner's publish
     * followed by its look at the sleepers. */
    uint64_t range = dy_u64_load_seq_cst(&deque->range);
    return range_tail(range) < range_split(range);
}
