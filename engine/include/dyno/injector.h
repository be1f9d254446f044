/* dyno/injector.h - the global queue through which work enters a pool.
 *
 * What it is      An unbounded first-in-first-out queue of pointers, many producers and many consumers, in segments of
 *                 DY_INJECTOR_CAPACITY slots that are taken from an allocator and given back as soon as they are read.
 * Contract        push and take: any thread. One compare-and-swap each; a thread waits for another in two short moments
 *                 only: while the next segment is being linked, and while a slot that was claimed is being filled.
 * Every pointer pushed is taken exactly once, in the order of the pushes. Units           Pointers; NULL can't be
 * pushed. Errors          push returns -ENOMEM when a new segment can't be had; the queue is unchanged then. Ownership
 * The queue owns its segments and never what the pointers point to. Source          Segments of an array with per-slot
 * flags, so that the last reader frees: the idea is that of the injector in Rust's crossbeam-deque; batched take is
 * ours.
 *
 *     dy_injector_push(&injector, job);
 *     void *batch[8];
 *     size_t n = dy_injector_take(&injector, batch, 8);
 */
#ifndef DYNO_INJECTOR_H
#define DYNO_INJECTOR_H

#include "dyno/allocator.h"
#include "dyno/atomic.h"
#include "dyno/status.h"

DY_BEGIN_DECLS

/* Slots in a segment. One less than a power of two: the index past the last slot means "the next segment is being
 * linked". */
enum { DY_INJECTOR_CAPACITY = 63 };

typedef struct dy_injector_end {
    DY_ALIGNED(DY_CACHE_LINE) dy_atomic_u64 index; /* position in units of slots, DY_INJECTOR_CAPACITY + 1 a segment */
    dy_atomic_ptr segment;
} dy_injector_end;

typedef struct dy_injector {
    dy_injector_end head; /* consumers */
    dy_injector_end tail; /* producers */
    dy_allocator allocator;
} dy_injector;

/* Takes the first segment from the allocator, which must be safe for every thread that pushes or takes. */
DY_API dy_status dy_injector_init(dy_injector *injector, dy_allocator allocator);

/* Nobody else may use the queue any more; pointers still inside are forgotten. */
DY_API void dy_injector_free(dy_injector *injector);

DY_API dy_status dy_injector_push(dy_injector *injector, void *item);

/* Takes up to max pointers at one stroke, all from one segment; returns how many, 0 if the queue was empty. */
DY_API size_t dy_injector_take(dy_injector *injector, void **items, size_t max);

/* Whether it was empty a moment ago. */
DY_API bool dy_injector_is_empty(const dy_injector *injector);

DY_END_DECLS

#endif
