/* dyno/atomic.h - every atomic operation of the engine, with its memory order in its name.
 *
 * What it is      Wrapped atomics of 8, 32 and 64 bits and pointers. The wrapper struct keeps a plain access from
 * slipping in, and the order in the name keeps a default from being taken by accident. Contract        Safe from any
 * thread and from signal handlers. All are lock-free on the supported machines. Source          The orders are those of
 * C11 (ISO/IEC 9899:2011, 7.17.3). Fences are missing on purpose: an operation that carries its order costs the same on
 * x86-64 and is understood by ThreadSanitizer, a fence is not. A model checker replaces this one header.
 *
 *     dy_atomic_u32 ready = DY_ATOMIC_INIT(0);
 *     dy_u32_store_release(&ready, 1);   // release: pairs with the acquire in the reader; publishes the message
 */
#ifndef DYNO_ATOMIC_H
#define DYNO_ATOMIC_H

#include "dyno/base.h"

typedef struct dy_atomic_u8 {
    uint8_t value;
} dy_atomic_u8;
typedef struct dy_atomic_u32 {
    uint32_t value;
} dy_atomic_u32;
typedef struct dy_atomic_u64 {
    uint64_t value;
} dy_atomic_u64;
typedef struct dy_atomic_ptr {
    void *value;
} dy_atomic_ptr;

/* clang-format off */
#define DY_ATOMIC_INIT(v) { (v) }
/* clang-format on */

/* Names are dy_<type>_<operation>_<order>. Compare-and-exchange is strong, returns whether it stored, and writes what
 * it found into *expected when it did not; its failure order is the strongest its success order allows without release.
 */
#define DY_ATOMIC_COMMON(T, S, A)                                                                              \
    DY_INLINE T dy_##S##_load_relaxed(const A *a)                                                              \
    {                                                                                                          \
        return __atomic_load_n(&a->value, __ATOMIC_RELAXED);                                                   \
    }                                                                                                          \
    DY_INLINE T dy_##S##_load_acquire(const A *a)                                                              \
    {                                                                                                          \
        return __atomic_load_n(&a->value, __ATOMIC_ACQUIRE);                                                   \
    }                                                                                                          \
    DY_INLINE T dy_##S##_load_seq_cst(const A *a)                                                              \
    {                                                                                                          \
        return __atomic_load_n(&a->value, __ATOMIC_SEQ_CST);                                                   \
    }                                                                                                          \
    DY_INLINE void dy_##S##_store_relaxed(A *a, T v)                                                           \
    {                                                                                                          \
        __atomic_store_n(&a->value, v, __ATOMIC_RELAXED);                                                      \
    }                                                                                                          \
    DY_INLINE void dy_##S##_store_release(A *a, T v)                                                           \
    {                                                                                                          \
        __atomic_store_n(&a->value, v, __ATOMIC_RELEASE);                                                      \
    }                                                                                                          \
    DY_INLINE void dy_##S##_store_seq_cst(A *a, T v)                                                           \
    {                                                                                                          \
        __atomic_store_n(&a->value, v, __ATOMIC_SEQ_CST);                                                      \
    }                                                                                                          \
    DY_INLINE T dy_##S##_exchange_acquire(A *a, T v)                                                           \
    {                                                                                                          \
        return __atomic_exchange_n(&a->value, v, __ATOMIC_ACQUIRE);                                            \
    }                                                                                                          \
    DY_INLINE T dy_##S##_exchange_release(A *a, T v)                                                           \
    {                                                                                                          \
        return __atomic_exchange_n(&a->value, v, __ATOMIC_RELEASE);                                            \
    }                                                                                                          \
    DY_INLINE T dy_##S##_exchange_acq_rel(A *a, T v)                                                           \
    {                                                                                                          \
        return __atomic_exchange_n(&a->value, v, __ATOMIC_ACQ_REL);                                            \
    }                                                                                                          \
    DY_INLINE T dy_##S##_exchange_seq_cst(A *a, T v)                                                           \
    {                                                                                                          \
        return __atomic_exchange_n(&a->value, v, __ATOMIC_SEQ_CST);                                            \
    }                                                                                                          \
    DY_INLINE bool dy_##S##_cas_relaxed(A *a, T *expected, T v)                                                \
    {                                                                                                          \
        return __atomic_compare_exchange_n(&a->value, expected, v, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED); \
    }                                                                                                          \
    DY_INLINE bool dy_##S##_cas_acquire(A *a, T *expected, T v)                                                \
    {                                                                                                          \
        return __atomic_compare_exchange_n(&a->value, expected, v, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE); \
    }                                                                                                          \
    DY_INLINE bool dy_##S##_cas_release(A *a, T *expected, T v)                                                \
    {                                                                                                          \
        return __atomic_compare_exchange_n(&a->value, expected, v, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED); \
    }                                                                                                          \
    DY_INLINE bool dy_##S##_cas_acq_rel(A *a, T *expected, T v)                                                \
    {                                                                                                          \
        return __atomic_compare_exchange_n(&a->value, expected, v, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE); \
    }                                                                                                          \
    DY_INLINE bool dy_##S##_cas_seq_cst(A *a, T *expected, T v)                                                \
    {                                                                                                          \
        return __atomic_compare_exchange_n(&a->value, expected, v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
    }

/* Read-modify-write; each returns the former value. */
#define DY_ATOMIC_FETCH(T, S, A, OP, order, ORDER)                  \
    DY_INLINE T dy_##S##_fetch_##OP##_##order(A *a, T v)            \
    {                                                               \
        return __atomic_fetch_##OP(&a->value, v, __ATOMIC_##ORDER); \
    }
#define DY_ATOMIC_ORDERS(T, S, A, OP)              \
    DY_ATOMIC_FETCH(T, S, A, OP, relaxed, RELAXED) \
    DY_ATOMIC_FETCH(T, S, A, OP, acquire, ACQUIRE) \
    DY_ATOMIC_FETCH(T, S, A, OP, release, RELEASE) \
    DY_ATOMIC_FETCH(T, S, A, OP, acq_rel, ACQ_REL) \
    DY_ATOMIC_FETCH(T, S, A, OP, seq_cst, SEQ_CST)
#define DY_ATOMIC_INTEGER(T, S, A) \
    DY_ATOMIC_COMMON(T, S, A)      \
    DY_ATOMIC_ORDERS(T, S, A, add) \
    DY_ATOMIC_ORDERS(T, S, A, sub) \
    DY_ATOMIC_ORDERS(T, S, A, or)  \
    DY_ATOMIC_ORDERS(T, S, A, and)

DY_ATOMIC_INTEGER(uint8_t, u8, dy_atomic_u8)
DY_ATOMIC_INTEGER(uint32_t, u32, dy_atomic_u32)
DY_ATOMIC_INTEGER(uint64_t, u64, dy_atomic_u64)
DY_ATOMIC_COMMON(void *, ptr, dy_atomic_ptr)

#undef DY_ATOMIC_INTEGER
#undef DY_ATOMIC_ORDERS
#undef DY_ATOMIC_FETCH
#undef DY_ATOMIC_COMMON

/* Tells the processor that this thread is waiting in a loop. */
DY_INLINE void dy_cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield" ::: "memory");
#endif
}

#endif
