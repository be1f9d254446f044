/* dyno/futex.h - sleep on a 32-bit word, wake who sleeps on it.
 *
 * What it is      Thin wrappers over futex(2), private to the process.
 * Contract        Any thread. A wait may return for no reason: callers loop on their own condition.
 * Source          U. Drepper, "Futexes Are Tricky", 2011.
 */
#ifndef DYNO_FUTEX_H
#define DYNO_FUTEX_H

#include "dyno/atomic.h"
#include "dyno/status.h"

DY_BEGIN_DECLS

/* Sleeps while *word equals expected, at most timeout_ns nanoseconds (UINT64_MAX: for ever). Returns DY_OK (woken, or
 * the word already differed, or a signal came) or DY_E_TIMEOUT. Keeps errno. */
DY_API dy_status dy_futex_wait(const dy_atomic_u32 *word, uint32_t expected, uint64_t timeout_ns);

/* Wakes at most count sleepers; returns how many woke. Keeps errno. */
DY_API unsigned dy_futex_wake(const dy_atomic_u32 *word, unsigned count);

DY_END_DECLS

#endif
