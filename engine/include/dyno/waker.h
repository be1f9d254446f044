/* clang-format off: the sections and the example below are laid out by hand */
/* dyno/waker.h - how something that becomes ready reaches whoever waits for it.
 *
 * What it is  A fat pointer: data, and a table of what can be done with it. It is what a trait object is made of, by
 * hand. offset 0  data   belongs to the table's functions alone offset 8  table  clone, wake, wake_by_ref, drop: four
 * function pointers in this order The layout is asserted below: it is part of the interface, so other languages may
 * build wakers. Contract    A waker is owned by one place at a time; its functions may be called on any thread. Waking
 * is a hint: what is woken looks for itself, and may find nothing. Waking twice is waking once. Errors      None.
 * Ownership   clone makes a second waker that must be woken or dropped in its turn. wake uses the waker up, wake_by_ref
 * leaves it as it is, drop gives it back. After wake or drop the waker is the one that does nothing. Source      The
 * four operations are those of Rust's core::task::RawWakerVTable.
 *
 *     dy_waker mine = dy_waker_clone(context->waker);   // in a future's poll: keep it, return DY_PENDING
 *     ...
 *     dy_waker_wake(&mine);                             // later, on any thread
 */
/* clang-format on */
#ifndef DYNO_WAKER_H
#define DYNO_WAKER_H

#include "dyno/base.h"

DY_BEGIN_DECLS

typedef struct dy_waker dy_waker;

typedef struct dy_waker_table {
    dy_waker (*clone)(void *data);
    void (*wake)(void *data); /* uses up the reference that data stands for */
    void (*wake_by_ref)(void *data);
    void (*drop)(void *data);
} dy_waker_table;

struct dy_waker {
    void *data;
    const dy_waker_table *table;
};

#ifdef __cplusplus
#define DY_WAKER_ASSERT(condition) static_assert(condition, "layout of dy_waker")
#else
#define DY_WAKER_ASSERT(condition) _Static_assert(condition, "layout of dy_waker")
#endif
DY_WAKER_ASSERT(sizeof(dy_waker) == 2 * sizeof(void *));
DY_WAKER_ASSERT(offsetof(dy_waker, data) == 0);
DY_WAKER_ASSERT(offsetof(dy_waker, table) == sizeof(void *));
DY_WAKER_ASSERT(sizeof(dy_waker_table) == 4 * sizeof(void *));
DY_WAKER_ASSERT(offsetof(dy_waker_table, clone) == 0);
DY_WAKER_ASSERT(offsetof(dy_waker_table, wake) == sizeof(void *));
DY_WAKER_ASSERT(offsetof(dy_waker_table, wake_by_ref) == 2 * sizeof(void *));
DY_WAKER_ASSERT(offsetof(dy_waker_table, drop) == 3 * sizeof(void *));
#undef DY_WAKER_ASSERT

/* The waker that does nothing: to initialise a place that holds one, or to poll a future just to see. */
DY_API dy_waker dy_waker_none(void);

DY_INLINE dy_waker dy_waker_clone(const dy_waker *waker)
{
    return waker->table->clone(waker->data);
}

DY_INLINE void dy_waker_wake(dy_waker *waker)
{
    dy_waker used = *waker;
    *waker = dy_waker_none();
    used.table->wake(used.data);
}

DY_INLINE void dy_waker_wake_by_ref(const dy_waker *waker)
{
    waker->table->wake_by_ref(waker->data);
}

DY_INLINE void dy_waker_drop(dy_waker *waker)
{
    dy_waker used = *waker;
    *waker = dy_waker_none();
    used.table->drop(used.data);
}

/* Whether waking one is waking the other: then there is no need to replace it by a clone. */
DY_INLINE bool dy_waker_same(const dy_waker *a, const dy_waker *b)
{
    return a->data == b->data && a->table == b->table;
}

/* Makes *slot wake what waker wakes; clones only if it does not do so already. */
DY_INLINE void dy_waker_keep(dy_waker *slot, const dy_waker *waker)
{
    if (DY_LIKELY(dy_waker_same(slot, waker))) return;
    dy_waker former = *slot;
    *slot = dy_waker_clone(waker);
    former.table->drop(former.data);
}

DY_END_DECLS

#endif
