#include "biased_lock.h"

#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

bool biased_lock_asymmetric(void)
{
    return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

void biased_lock_claim(biased_lock *lock, bool asymmetric)
{
    /* seq_cst: with the owner's exchange, or with membarrier, one of the two sees the other. */
    dy_u32_exchange_seq_cst(&lock->claimed, 1);
    if (asymmetric) syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
    /* acquire (part of seq_cst): pairs with the release of the owner that leaves; what it wrote inside is visible. */
    while (dy_u32_load_seq_cst(&lock->inside) != 0)
        sched_yield();
}

void biased_lock_unclaim(biased_lock *lock)
{
    dy_u32_store_release(&lock->claimed, 0); /* release: pairs with the load in biased_lock_enter */
}
