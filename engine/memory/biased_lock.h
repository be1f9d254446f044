/* clang-format off: the sections and the example below are laid out by hand */
/* biased_lock.h - a lock that costs its one owner two plain stores and a load, and everybody else a system call.
 *
 * What it is  The owner announces that it is inside and looks whether a claimant has come; a claimant announces itself
 *             and waits until the owner is out. The store and the load of the owner must not change places. Where the
 *             kernel offers membarrier(2), the claimant pays for that order; where it doesn't, the owner does, with a
 *             sequentially consistent exchange.
 * Contract    One owner thread. Claimants exclude each other with a lock of their own. An owner that can't enter does
 *             without what the lock guards.
 * Source      D. Dice, H. Huang, M. Yang, "Asymmetric Dekker Synchronization", Sun Microsystems, 2001.
 */
/* clang-format on */
#ifndef DYNO_BIASED_LOCK_H
#define DYNO_BIASED_LOCK_H

#include "dyno/atomic.h"

typedef struct biased_lock {
    dy_atomic_u32 inside;  /* written by the owner */
    dy_atomic_u32 claimed; /* written by the claimant */
} biased_lock;

/* Whether the kernel will order the owners' accesses; asked once by each set of locks. */
bool biased_lock_asymmetric(void);

DY_INLINE bool biased_lock_enter(biased_lock *lock, bool asymmetric)
{
    if (DY_LIKELY(asymmetric)) {
        dy_u32_store_relaxed(&lock->inside, 1);
        __asm__ volatile("" ::: "memory"); /* the claimant's membarrier makes this a barrier of the processor too */
    } else {
        dy_u32_exchange_seq_cst(&lock->inside, 1); /* seq_cst: with the claimant's exchange, one of us sees the other */
    }
    /* seq_cst, which includes acquire: pairs with the release in biased_lock_unclaim. */
    if (DY_LIKELY(dy_u32_load_seq_cst(&lock->claimed) == 0)) return true;
    dy_u32_store_release(&lock->inside, 0); /* release: pairs with the acquire in biased_lock_claim */
    return false;
}

DY_INLINE void biased_lock_leave(biased_lock *lock)
{
    dy_u32_store_release(&lock->inside, 0); /* release: pairs with the acquire in biased_lock_claim */
}

void biased_lock_claim(biased_lock *lock, bool asymmetric);
void biased_lock_unclaim(biased_lock *lock);

#endif
