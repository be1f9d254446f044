/* dyno/deque.h - the work-stealing deque: one owner, any number of thieves.
 *
 * What it is      An array of pointers to jobs, used as a stack by its owner and as a queue by thieves. A split point
 * cuts it in two: slots below are public and may be stolen, oldest first; slots from it upwards are private and cost
 * the owner no atomic operation. The owner moves the split point: up when a thief asks (publish), down when it needs
 * its frames back (reclaim). The head, the next free slot, lives in no structure: the owner hands it down its call
 * chain in a register. Contract        push, publish, reclaim, retire: the owner alone. steal, ask, has_public: any
 * thread, lock-free. Every job is either popped by the owner or stolen by one thief, never both and never twice. Units
 * Slots. At most DY_DEQUE_SLOTS_MAX of them. Errors          dy_deque_init returns DY_E_CONFIG for a size that is none
 * and -ENOMEM. Ownership       The deque owns its slots and never a job. Source          The split point on request
 * follows T. van Dijk and J. van de Pol, "Lace: Non-blocking Split Deque for Work-Stealing", 2014. Ours packs both
 * indices in one word that owner and thieves change by compare-and-swap alone, so it needs no fence and no flag for
 * "all stolen"; and thieves ask by raising the limit that a fork compares with anyway.
 *
 *     dy_head head = deque.slots;                                     // owner
 *     if (head < dy_deque_limit(&deque)) *head++ = &job;              // else: run the job at once
 *     if (dy_deque_is_hungry(&deque)) dy_deque_publish(&deque, head);
 *     ...
 *     dy_job *stolen;                                                 // thief
 *     if (dy_deque_steal(&deque, &stolen) == DY_STEAL_GOT) stolen->run(self, own_head, stolen);
 */
#ifndef DYNO_DEQUE_H
#define DYNO_DEQUE_H

#include "dyno/allocator.h"
#include "dyno/atomic.h"
#include "dyno/status.h"

DY_BEGIN_DECLS

typedef struct dy_job dy_job;
typedef struct dy_worker dy_worker;
typedef dy_job **dy_head;

/* Runs the job on a worker whose deque is free from head upwards. A NULL worker means: cancelled before it began,
 * release what you hold. */
typedef void (*dy_job_fn)(dy_worker *worker, dy_head head, dy_job *job);

struct dy_job {
    dy_job_fn run;
    dy_atomic_u32 state; /* of enum dy_job_state */
    dy_atomic_u32 thief; /* index of the worker that runs it, plus one; 0 while none is known */
};

enum dy_job_state {
    DY_JOB_PENDING,
    DY_JOB_AWAITED, /* somebody sleeps on the state */
    DY_JOB_DONE,
    DY_JOB_CANCELLED,
};

typedef enum dy_steal {
    DY_STEAL_EMPTY, /* nothing public */
    DY_STEAL_RETRY, /* lost a race for it */
    DY_STEAL_GOT,
} dy_steal;

enum { DY_DEQUE_SLOTS_MAX = 1 << 28 };

typedef struct dy_deque {
    /* The first line is the owner's; only limit is written by thieves, and only to ask. */
    dy_atomic_ptr limit; /* dy_head: a fork whose head is not below it runs its child at once; `end` means: hungry */
    dy_head split;       /* first private slot */
    dy_head slots;
    dy_head end; /* one past the last slot */
    dy_allocator allocator;
    /* Lower half: tail, the index of the oldest job not stolen. Upper half: split, one past the youngest public job. */
    DY_ALIGNED(DY_CACHE_LINE) dy_atomic_u64 range;
} dy_deque;

/* Takes slots from the allocator. The deque starts empty and with nobody hungry: limit is `slots`. */
DY_API dy_status dy_deque_init(dy_deque *deque, size_t slots, dy_allocator allocator);
DY_API void dy_deque_free(dy_deque *deque);

/* ---- Owner ---- */

DY_INLINE dy_head dy_deque_limit(const dy_deque *deque)
{
    /* relaxed: the limit is advice. A stale one costs time and never correctness. */
    return (dy_head)dy_ptr_load_relaxed(&deque->limit);
}

/* Somebody asked for work since the limit was last set. */
DY_INLINE bool dy_deque_is_hungry(const dy_deque *deque)
{
    return dy_deque_limit(deque) == deque->end;
}

/* Makes the older half of the private jobs below head public, at least one if there is one. Returns how many. */
DY_API unsigned dy_deque_publish(dy_deque *deque, dy_head head);

/* The job in *slot is the youngest one left, and not private. Takes it back together with the younger half of the
 * public ones: true, and it is the owner's again; false, and it has been stolen. */
DY_API bool dy_deque_reclaim(dy_deque *deque, dy_head slot);

/* The job in *slot was stolen and is done: the slot is free again. */
DY_API void dy_deque_retire(dy_deque *deque, dy_head slot);

/* ---- Thieves ---- */

/* Takes the oldest public job. */
DY_API dy_steal dy_deque_steal(dy_deque *deque, dy_job **job);

/* Asks the owner to publish at its next fork. */
DY_API void dy_deque_ask(dy_deque *deque);

/* Whether there was a public job a moment ago. */
DY_API bool dy_deque_has_public(const dy_deque *deque);

DY_END_DECLS

#endif
