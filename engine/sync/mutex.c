#include "dyno/mutex.h"

#include "dyno/futex.h"

/* Long enough for a critical section of some dozens of instructions to end on another CPU, short enough that a holder
 * that has lost its CPU costs the waiter less than the futex call would have. */
enum { SPIN_LIMIT = 64 };

void dy_mutex_lock_contended(dy_mutex *mutex)
{
    for (int spin = 0; spin < SPIN_LIMIT; spin++) {
        dy_cpu_relax();
        if (dy_u32_load_relaxed(&mutex->state) == 0 && dy_mutex_try_lock(mutex)) return;
    }
    /* acquire: pairs with the release in dy_mutex_unlock. Whoever gets here takes the lock in state 2, because it can't
     * know that it is the last sleeper: at worst one wake-up too many. */
    while (dy_u32_exchange_acquire(&mutex->state, 2) != 0)
        dy_futex_wait(&mutex->state, 2, UINT64_MAX);
}

void dy_mutex_unlock_contended(dy_mutex *mutex)
{
    dy_futex_wake(&mutex->state, 1);
}
