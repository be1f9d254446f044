/* dyno/mutex.h - a mutual exclusion lock of four bytes.
 *
 * What it is      A futex-backed lock: one atomic operation to take it and one to give it back when nobody contends, a
 *                 short bounded spin and then sleep when somebody does. Not recursive, not fair.
 * Contract        Any thread; unlock by the thread that locked. Zero-initialised memory is an unlocked mutex; nothing
 * to destroy. Not async-signal-safe. Errors          None. Checked builds panic on unlocking an unlocked mutex. Source
 * U. Drepper, "Futexes Are Tricky", 2011, section 6 (mutex3); the spin before sleeping is ours.
 *
 *     static dy_mutex lock = DY_MUTEX_INIT;
 *     dy_mutex_lock(&lock);
 *     counter++;
 *     dy_mutex_unlock(&lock);
 */
#ifndef DYNO_MUTEX_H
#define DYNO_MUTEX_H

#include "dyno/atomic.h"

DY_BEGIN_DECLS

typedef struct dy_mutex {
    dy_atomic_u32 state; /* 0 free, 1 held, 2 held and somebody may sleep on it */
} dy_mutex;

/* clang-format off */
#define DY_MUTEX_INIT { DY_ATOMIC_INIT(0) }
/* clang-format on */

/* The two slow paths; call the functions below instead. */
DY_API DY_COLD void dy_mutex_lock_contended(dy_mutex *mutex);
DY_API DY_COLD void dy_mutex_unlock_contended(dy_mutex *mutex);

DY_INLINE bool dy_mutex_try_lock(dy_mutex *mutex)
{
    uint32_t expected = 0;
    /* acquire: pairs with the release in dy_mutex_unlock; what the last holder wrote is visible. */
    return dy_u32_cas_acquire(&mutex->state, &expected, 1);
}

DY_INLINE void dy_mutex_lock(dy_mutex *mutex)
{
    if (DY_UNLIKELY(!dy_mutex_try_lock(mutex))) dy_mutex_lock_contended(mutex);
}

DY_INLINE void dy_mutex_unlock(dy_mutex *mutex)
{
    /* release: pairs with the acquire of the next holder; publishes what was written under the lock. */
    uint32_t former = dy_u32_exchange_release(&mutex->state, 0);
    DY_CHECK(former != 0, "mutex %p was unlocked while nobody held it", (void *)mutex);
    if (DY_UNLIKELY(former == 2)) dy_mutex_unlock_contended(mutex);
}

DY_END_DECLS

#endif
