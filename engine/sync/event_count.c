#include "dyno/event_count.h"

#include "dyno/futex.h"

#include <limits.h>
#include <time.h>

/* Why no notification is lost. A sleeper does  S1: sleepers += 1   S2: look at the condition again.
 * A notifier does                             N1: change the condition   N2: read sleepers.
 * S1 and N2 are sequentially consistent, and so are the accesses to the condition made by the callers (or they are
 * read-modify-writes ordered around them): either N2 sees S1, and the sleeper is woken, or S2 sees N1. N2 is a
 * read-modify-write so that it also orders conditions published by a mere release store. */

uint32_t dy_event_count_prepare(dy_event_count *ec)
{
    /* seq_cst: S1 above; pairs with N2 in dy_event_count_notify. */
    dy_u32_fetch_add_seq_cst(&ec->sleepers, 1);
    /* seq_cst: the ticket must not be read before the announcement; pairs with the bump in dy_event_count_notify. */
    return dy_u32_load_seq_cst(&ec->epoch);
}

void dy_event_count_cancel(dy_event_count *ec)
{
    /* relaxed: a notifier that still counts the caller wakes nobody or somebody else, which is harmless. */
    dy_u32_fetch_sub_relaxed(&ec->sleepers, 1);
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

dy_status dy_event_count_wait(dy_event_count *ec, uint32_t ticket, uint64_t timeout_ns)
{
    dy_status status = DY_OK;
    uint64_t start = timeout_ns == UINT64_MAX ? 0 : now_ns();
    uint64_t left = timeout_ns;
    /* acquire: pairs with the bump in dy_event_count_notify; what the notifier changed is visible after the wait. */
    while (status == DY_OK && dy_u32_load_acquire(&ec->epoch) == ticket) {
        status = dy_futex_wait(&ec->epoch, ticket, left);
        if (timeout_ns == UINT64_MAX) continue;
        uint64_t gone = now_ns() - start;
        left = gone < timeout_ns ? timeout_ns - gone : 0;
        if (left == 0 && dy_u32_load_acquire(&ec->epoch) == ticket) status = DY_E_TIMEOUT;
    }
    dy_u32_fetch_sub_relaxed(&ec->sleepers, 1);
    return status;
}

unsigned dy_event_count_notify(dy_event_count *ec, unsigned count)
{
    /* seq_cst: N2 above; pairs with S1 in dy_event_count_prepare. */
    uint32_t sleepers = dy_u32_fetch_add_seq_cst(&ec->sleepers, 0);
    if (DY_LIKELY(sleepers == 0)) return 0;
    /* seq_cst: pairs with the ticket read in prepare and the acquire in wait; a sleeper between the two won't sleep. */
    dy_u32_fetch_add_seq_cst(&ec->epoch, 1);
    return dy_futex_wake(&ec->epoch, count > INT_MAX ? INT_MAX : count);
}

unsigned dy_event_count_sleepers(const dy_event_count *ec)
{
    return dy_u32_load_seq_cst(&ec->sleepers);
}
