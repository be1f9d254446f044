/* dyno/forkjoin.h - fork and join as typed macros.
 *
 * What it is      Tasks that look like functions. DY_TASK defines one; DY_FORK starts it, maybe in parallel; DY_JOIN
 * waits and gives its result; DY_CALL calls it directly; DY_BOTH does two calls of one task in parallel, which is the
 * cheapest form; DY_RUN starts one from outside the pool. Contract        Inside a task only, but for DY_RUN. Forks are
 * joined in the reverse order, in the function that made them, on every path out of it. A fork may run its child at
 * once: don't let a child wait for something that its parent does later. Inside a task `dy_self` is the worker and
 * `dy_top` the head of its deque. Cost            A fork whose frame nobody needs is a comparison and a call: when the
 * worker holds a few frames that nobody has claimed, and no other worker is hungry, the child runs at once without a
 * frame. Otherwise the frame lives on the caller's stack and a pointer to it in the worker's deque; joining a frame
 * that stayed private is a direct call, with no atomic operation. Errors          Wrong number or type of arguments
 * fails to compile. Checked builds panic, naming the task, on a frame that is joined twice or never. Ownership Frames
 * live on the caller's stack and are dead after the join. Source          Fork elision and the head in a register are
 * ours; the deque's sources are in dyno/deque.h.
 *
 *     DY_TASK(int64_t, fib, int, n)
 *     {
 *         if (n < 2) return n;
 *         DY_FORK(x, fib, n - 1);
 *         int64_t b = DY_CALL(fib, n - 2);
 *         return DY_JOIN(fib, x) + b;
 *     }
 *     ...
 *     int64_t result;
 *     dy_status status = DY_RUN(pool, &result, fib, 42);
 */
#ifndef DYNO_FORKJOIN_H
#define DYNO_FORKJOIN_H

#include "dyno/pool.h"

/* ---- Defining tasks: DY_TASK(RESULT, name, TYPE1, arg1, ...) { body }, with 0 to 8 arguments ----
 * For tasks that call each other: DY_DECLARE_TASK with the same words and a semicolon, later DY_DEFINE_TASK with the
 * same words and the body. The VOID forms leave RESULT out. */
#define DY_TASK(R, ...)              \
    DY_DECLARE_TASK(R, __VA_ARGS__); \
    DY_DEFINE_TASK(R, __VA_ARGS__)
#define DY_DECLARE_TASK(R, ...) DY_TASK_WORDS_(__VA_ARGS__)(DY_DECLARE_VALUE_, R, __VA_ARGS__)
#define DY_DEFINE_TASK(R, ...)  DY_TASK_WORDS_(__VA_ARGS__)(DY_DEFINE_VALUE_, R, __VA_ARGS__)

/* DY_APART_TASK is a DY_TASK that is never inlined into its caller: for the half of a task that forks, so that the
 * compiler can make the half that does not as tight as if it were serial. */
#define DY_APART_TASK(R, ...)        \
    DY_DECLARE_TASK(R, __VA_ARGS__); \
    DY_TASK_WORDS_(__VA_ARGS__)(DY_DEFINE_APART_, R, __VA_ARGS__)

#define DY_VOID_TASK(...)              \
    DY_DECLARE_VOID_TASK(__VA_ARGS__); \
    DY_DEFINE_VOID_TASK(__VA_ARGS__)
#define DY_DECLARE_VOID_TASK(...) DY_TASK_WORDS_(__VA_ARGS__)(DY_DECLARE_VOID_, dy_void, __VA_ARGS__)
#define DY_DEFINE_VOID_TASK(...)  DY_TASK_WORDS_(__VA_ARGS__)(DY_DEFINE_VOID_, dy_void, __VA_ARGS__)

/* What a void task gives where a value is needed. */
typedef struct dy_void {
    char nothing;
} dy_void;

/* ---- Inside a task ---- */

/* Calls a task directly. */
#define DY_CALL(...)          DY_ARITY_(DY_CALL_, __VA_ARGS__)(__VA_ARGS__)
#define DY_CALL_0_(name)      name##_dy_call(dy_self, dy_top)
#define DY_CALL_N_(name, ...) name##_dy_call(dy_self, dy_top, __VA_ARGS__)

/* DY_FORK(x, name, args...) declares x and forks name(args...); DY_JOIN(name, x) is its result. Joins of forks in one
 * block stand in that block. */
#define DY_FORK(x, ...) DY_ARITY_(DY_FORK_, __VA_ARGS__)(x, __VA_ARGS__)
#define DY_FORK_0_(x, name)                                                 \
    DY_FORK_BEGIN_(x, name) x##_dy_value = name##_dy_call(dy_self, dy_top); \
    else dy_top = name##_dy_push(dy_self, dy_top, &x)
#define DY_FORK_N_(x, name, ...)                                                         \
    DY_FORK_BEGIN_(x, name) x##_dy_value = name##_dy_call(dy_self, dy_top, __VA_ARGS__); \
    else dy_top = name##_dy_push(dy_self, dy_top, &x, __VA_ARGS__)
/* The value of a child that ran at once stays in a register, and so does the head that tells the two cases apart: only
 * a frame that was pushed has an address. */
#define DY_FORK_BEGIN_(x, name)         \
    name##_frame x;                     \
    name##_result x##_dy_value = {0};   \
    const dy_head x##_dy_slot = dy_top; \
    if (DY_LIKELY(dy_top >= dy_deque_limit(&dy_self->deque)))
#define DY_JOIN(name, x)                                        \
    (__extension__({                                            \
        if (DY_UNLIKELY(dy_top != x##_dy_slot)) {               \
            dy_top = x##_dy_slot;                               \
            x##_dy_value = name##_dy_join(dy_self, dy_top, &x); \
        }                                                       \
        x##_dy_value;                                           \
    }))

/* The same for forks in a loop: DY_HANDLE(name) x[32]; DY_FORK_INTO(x[i], name, args...); DY_JOIN_FROM(name, x[i]). */
#define DY_HANDLE(name)      name##_handle
#define DY_FORK_INTO(x, ...) DY_ARITY_(DY_FORK_INTO_, __VA_ARGS__)(x, __VA_ARGS__)
#define DY_FORK_INTO_0_(x, name)                                  \
    do {                                                          \
        (x).slot = dy_top;                                        \
        if (DY_LIKELY(dy_top >= dy_deque_limit(&dy_self->deque))) \
            (x).frame.result = name##_dy_call(dy_self, dy_top);   \
        else                                                      \
            dy_top = name##_dy_push(dy_self, dy_top, &(x).frame); \
    } while (0)
#define DY_FORK_INTO_N_(x, name, ...)                                          \
    do {                                                                       \
        (x).slot = dy_top;                                                     \
        if (DY_LIKELY(dy_top >= dy_deque_limit(&dy_self->deque)))              \
            (x).frame.result = name##_dy_call(dy_self, dy_top, __VA_ARGS__);   \
        else                                                                   \
            dy_top = name##_dy_push(dy_self, dy_top, &(x).frame, __VA_ARGS__); \
    } while (0)
#define DY_JOIN_FROM(name, x)                                               \
    (__extension__({                                                        \
        if (DY_UNLIKELY(dy_top != (x).slot)) {                              \
            dy_top = (x).slot;                                              \
            (x).frame.result = name##_dy_join(dy_self, dy_top, &(x).frame); \
        }                                                                   \
        (x).frame.result;                                                   \
    }))

/* Whether a fork made now would make a frame. Where a result can be used at once, asking first is cheaper than a
 * handle: if (DY_FORK_PAYS()) DY_FORK_INTO(x[n++], name, args...); else sum += DY_CALL(name, args...); */
#define DY_FORK_PAYS() DY_UNLIKELY(dy_top < dy_deque_limit(&dy_self->deque))

/* DY_BOTH(name, a, (args of the first), b, (args of the second)) declares a and b and runs both calls in parallel. The
 * whole parallel half stands in a function of its own, so that the compiler can inline the recursion of the other half
 * as if it were serial. */
#define DY_BOTH(name, a, a_args, b, b_args)                                                                  \
    name##_result a, b;                                                                                      \
    if (DY_LIKELY(dy_top >= dy_deque_limit(&dy_self->deque))) {                                              \
        a = DY_CALL_N_(name, DY_BARE_ a_args);                                                               \
        b = DY_CALL_N_(name, DY_BARE_ b_args);                                                               \
    } else {                                                                                                 \
        name##_pair a##_dy_pair =                                                                            \
            name##_dy_both(dy_self, dy_top, (name##_args){DY_BARE_ a_args}, (name##_args){DY_BARE_ b_args}); \
        a = a##_dy_pair.first;                                                                               \
        b = a##_dy_pair.second;                                                                              \
    }                                                                                                        \
    (void)a;                                                                                                 \
    (void)b

/* ---- Outside the pool ----
 * DY_RUN(pool, result, name, args...) runs the task on the pool, waits, and stores its result in *result; result may be
 * NULL. Gives a dy_status: DY_OK, DY_E_POOL_WORKER, DY_E_POOL_STOPPED, DY_E_CANCELLED, -ENOMEM. */
#define DY_RUN(pool, result_, ...)           DY_ARITY_(DY_RUN_, __VA_ARGS__)(pool, result_, __VA_ARGS__)
#define DY_RUN_0_(pool_, result_, name)      name##_dy_run_on(pool_, result_)
#define DY_RUN_N_(pool_, result_, name, ...) name##_dy_run_on(pool_, result_, __VA_ARGS__)

/* ---- How tasks are made; nothing below is for callers ----
 * DY_WORDS_k hands a maker the argument list in the five shapes it needs, each in parentheses that DY_BARE_ takes off:
 * F fields, P parameters, U values unpacked from the frame dy_f, N names, S stores into the frame dy_f. */
#define DY_DECLARE_VALUE_(R, name, F, P, U, N, S) DY_DECLARE_(R, R, name, F, P)
#define DY_DECLARE_VOID_(R, name, F, P, U, N, S)  DY_DECLARE_(void, R, name, F, P)
#define DY_DECLARE_(RETURNED, R, name, F, P)                                       \
    typedef R name##_result;                                                       \
    typedef struct name##_args {                                                   \
        DY_BARE_ F                                                                 \
    } name##_args;                                                                 \
    typedef struct name##_frame {                                                  \
        dy_job job;                                                                \
        R result;                                                                  \
        name##_args args;                                                          \
    } name##_frame;                                                                \
    typedef struct name##_handle {                                                 \
        name##_frame frame;                                                        \
        dy_head slot;                                                              \
    } name##_handle;                                                               \
    typedef struct name##_pair {                                                   \
        R first, second;                                                           \
    } name##_pair;                                                                 \
    static RETURNED name(dy_worker *, dy_head DY_BARE_ P);                         \
    DY_INLINE R name##_dy_call(dy_worker *, dy_head DY_BARE_ P);                   \
    static dy_head name##_dy_push(dy_worker *, dy_head, name##_frame *DY_BARE_ P); \
    static R name##_dy_join(dy_worker *, dy_head, name##_frame *)

#define DY_DEFINE_VALUE_(R, name, F, P, U, N, S)     \
    DY_DEFINE_(R, name, R dy_value =, F, P, U, N, S) \
    static R name(__attribute__((unused)) dy_worker *dy_self, __attribute__((unused)) dy_head dy_top DY_BARE_ P)
#define DY_DEFINE_APART_(R, name, F, P, U, N, S)                                        \
    DY_DEFINE_(R, name, R dy_value =, F, P, U, N, S)                                    \
    static __attribute__((noinline)) R name(__attribute__((unused)) dy_worker *dy_self, \
                                            __attribute__((unused)) dy_head dy_top DY_BARE_ P)
#define DY_DEFINE_VOID_(R, name, F, P, U, N, S)           \
    DY_DEFINE_(R, name, R dy_value = {0};, F, P, U, N, S) \
    static void name(__attribute__((unused)) dy_worker *dy_self, __attribute__((unused)) dy_head dy_top DY_BARE_ P)

#define DY_DEFINE_(R, name, TAKE, F, P, U, N, S)                                                                      \
    DY_INLINE R name##_dy_call(dy_worker *dy_self, dy_head dy_top DY_BARE_ P)                                         \
    {                                                                                                                 \
        const unsigned dy_forked = dy_forked_before_(dy_self);                                                        \
        TAKE name(dy_self, dy_top DY_BARE_ N);                                                                        \
        dy_forked_after_(dy_self, dy_forked, #name);                                                                  \
        return dy_value;                                                                                              \
    }                                                                                                                 \
    static void name##_dy_run(dy_worker *dy_self, dy_head dy_top, dy_job *job)                                        \
    {                                                                                                                 \
        name##_frame *dy_f = (name##_frame *)(void *)job;                                                             \
        if (DY_LIKELY(dy_self != NULL)) dy_f->result = name##_dy_call(dy_self, dy_top DY_BARE_ U);                    \
        dy_job_finish(job, dy_self != NULL ? DY_JOB_DONE : DY_JOB_CANCELLED);                                         \
    }                                                                                                                 \
    DY_INLINE void name##_dy_fill(name##_frame *dy_f DY_BARE_ P)                                                      \
    {                                                                                                                 \
        dy_f->job.run = name##_dy_run;                                                                                \
        dy_u32_store_relaxed(&dy_f->job.state, DY_JOB_PENDING);                                                       \
        dy_u32_store_relaxed(&dy_f->job.thief, 0);                                                                    \
        DY_BARE_ S                                                                                                    \
    }                                                                                                                 \
    static __attribute__((noinline, unused))                                                                          \
    dy_head name##_dy_push(dy_worker *dy_self, dy_head dy_top, name##_frame *dy_f DY_BARE_ P)                         \
    {                                                                                                                 \
        name##_dy_fill(dy_f DY_BARE_ N);                                                                              \
        dy_forked_one_(dy_self);                                                                                      \
        return dy_worker_push(dy_self, dy_top, &dy_f->job);                                                           \
    }                                                                                                                 \
    static __attribute__((noinline, unused)) R name##_dy_join(dy_worker *dy_self, dy_head dy_top, name##_frame *dy_f) \
    {                                                                                                                 \
        dy_joined_one_(dy_self, dy_top, &dy_f->job, #name);                                                           \
        if (dy_worker_join(dy_self, dy_top, &dy_f->job)) dy_f->result = name##_dy_call(dy_self, dy_top DY_BARE_ U);   \
        return dy_f->result;                                                                                          \
    }                                                                                                                 \
    static __attribute__((noinline, unused))                                                                          \
    name##_pair name##_dy_both(dy_worker *dy_self, dy_head dy_top, name##_args first, name##_args second)             \
    {                                                                                                                 \
        name##_frame frame, *dy_f = &frame;                                                                           \
        name##_pair pair;                                                                                             \
        dy_f->args = first;                                                                                           \
        name##_dy_fill(dy_f DY_BARE_ U);                                                                              \
        dy_forked_one_(dy_self);                                                                                      \
        const dy_head above = dy_worker_push(dy_self, dy_top, &dy_f->job);                                            \
        name##_frame other;                                                                                           \
        other.args = second;                                                                                          \
        dy_f = &other;                                                                                                \
        pair.second = name##_dy_call(dy_self, above DY_BARE_ U);                                                      \
        pair.first = name##_dy_join(dy_self, dy_top, &frame);                                                         \
        return pair;                                                                                                  \
    }                                                                                                                 \
    static __attribute__((unused)) dy_status name##_dy_run_on(dy_pool *dy_on, R *dy_to DY_BARE_ P)                    \
    {                                                                                                                 \
        name##_frame dy_frame_;                                                                                       \
        name##_dy_fill(&dy_frame_ DY_BARE_ N);                                                                        \
        const dy_status dy_did = dy_pool_run(dy_on, &dy_frame_.job);                                                  \
        if (dy_did == DY_OK && dy_to != NULL) *dy_to = dy_frame_.result;                                              \
        return dy_did;                                                                                                \
    }

/* Checked builds count the frames a task has forked and not joined, and look that a join finds its own frame on top. */
DY_INLINE unsigned dy_forked_before_(const dy_worker *worker)
{
    return DY_CHECKED ? worker->forked : 0;
}

DY_INLINE void dy_forked_after_(const dy_worker *worker, unsigned before, const char *task)
{
    DY_CHECK(worker->forked == before, "task '%s' returned with %u of its forks not joined", task,
             worker->forked - before);
    (void)worker;
    (void)before;
    (void)task;
}

DY_INLINE void dy_forked_one_(dy_worker *worker)
{
    if (DY_CHECKED) worker->forked++;
}

DY_INLINE void dy_joined_one_(dy_worker *worker, dy_head slot, const dy_job *job, const char *task)
{
    DY_CHECK(worker->forked > 0 && *slot == job, "a frame of task '%s' was joined out of order", task);
    if (DY_CHECKED) worker->forked--;
    (void)slot;
    (void)job;
    (void)task;
}

#define DY_BARE_(...)                                                                                  __VA_ARGS__
#define DY_GLUE_(a, b)                                                                                 a##b
#define DY_GLUE(a, b)                                                                                  DY_GLUE_(a, b)
#define DY_NTH_18_(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, n, ...) n
/* 0_ when only the task's name is given, N_ when arguments follow it. */
#define DY_ARITY_(prefix, ...) \
    DY_GLUE(prefix, DY_NTH_18_(__VA_ARGS__, N_, N_, N_, N_, N_, N_, N_, N_, N_, N_, N_, N_, N_, N_, N_, N_, 0_, ))
/* DY_WORDS_k for a name and k pairs of type and argument. */
#define DY_TASK_WORDS_(...) \
    DY_GLUE(DY_WORDS_, DY_NTH_18_(__VA_ARGS__, 8, ODD, 7, ODD, 6, ODD, 5, ODD, 4, ODD, 3, ODD, 2, ODD, 1, ODD, 0, ))
#define DY_WORDS_ODD(MAKE, R, name, ...) _Static_assert(0, "task '" #name "': every argument needs a type and a name")
#define DY_WORDS_0(MAKE, R, name)        MAKE(R, name, (char nothing;), (), (), (), ((void)dy_f;))
#define DY_WORDS_1(MAKE, R, name, T1, a1) \
    MAKE(R, name, (T1 a1;), (, T1 a1), (, dy_f->args.a1), (, a1), (dy_f->args.a1 = a1;))
#define DY_WORDS_2(MAKE, R, name, T1, a1, T2, a2)                                                  \
    MAKE(R, name, (T1 a1; T2 a2;), (, T1 a1, T2 a2), (, dy_f->args.a1, dy_f->args.a2), (, a1, a2), \
         (dy_f->args.a1 = a1; dy_f->args.a2 = a2;))
#define DY_WORDS_3(MAKE, R, name, T1, a1, T2, a2, T3, a3)                                                           \
    MAKE(R, name, (T1 a1; T2 a2; T3 a3;), (, T1 a1, T2 a2, T3 a3), (, dy_f->args.a1, dy_f->args.a2, dy_f->args.a3), \
         (, a1, a2, a3), (dy_f->args.a1 = a1; dy_f->args.a2 = a2; dy_f->args.a3 = a3;))
#define DY_WORDS_4(MAKE, R, name, T1, a1, T2, a2, T3, a3, T4, a4)                            \
    MAKE(R, name, (T1 a1; T2 a2; T3 a3; T4 a4;), (, T1 a1, T2 a2, T3 a3, T4 a4),             \
         (, dy_f->args.a1, dy_f->args.a2, dy_f->args.a3, dy_f->args.a4), (, a1, a2, a3, a4), \
         (dy_f->args.a1 = a1; dy_f->args.a2 = a2; dy_f->args.a3 = a3; dy_f->args.a4 = a4;))
#define DY_WORDS_5(MAKE, R, name, T1, a1, T2, a2, T3, a3, T4, a4, T5, a5)                                       \
    MAKE(R, name, (T1 a1; T2 a2; T3 a3; T4 a4; T5 a5;), (, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5),                  \
         (, dy_f->args.a1, dy_f->args.a2, dy_f->args.a3, dy_f->args.a4, dy_f->args.a5), (, a1, a2, a3, a4, a5), \
         (dy_f->args.a1 = a1; dy_f->args.a2 = a2; dy_f->args.a3 = a3; dy_f->args.a4 = a4; dy_f->args.a5 = a5;))
#define DY_WORDS_6(MAKE, R, name, T1, a1, T2, a2, T3, a3, T4, a4, T5, a5, T6, a6)                             \
    MAKE(R, name, (T1 a1; T2 a2; T3 a3; T4 a4; T5 a5; T6 a6;), (, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6),  \
         (, dy_f->args.a1, dy_f->args.a2, dy_f->args.a3, dy_f->args.a4, dy_f->args.a5, dy_f->args.a6),        \
         (, a1, a2, a3, a4, a5, a6),                                                                          \
         (dy_f->args.a1 = a1; dy_f->args.a2 = a2; dy_f->args.a3 = a3; dy_f->args.a4 = a4; dy_f->args.a5 = a5; \
          dy_f->args.a6 = a6;))
#define DY_WORDS_7(MAKE, R, name, T1, a1, T2, a2, T3, a3, T4, a4, T5, a5, T6, a6, T7, a7)                             \
    MAKE(R, name, (T1 a1; T2 a2; T3 a3; T4 a4; T5 a5; T6 a6; T7 a7;),                                                 \
         (, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6, T7 a7),                                                         \
         (, dy_f->args.a1, dy_f->args.a2, dy_f->args.a3, dy_f->args.a4, dy_f->args.a5, dy_f->args.a6, dy_f->args.a7), \
         (, a1, a2, a3, a4, a5, a6, a7),                                                                              \
         (dy_f->args.a1 = a1; dy_f->args.a2 = a2; dy_f->args.a3 = a3; dy_f->args.a4 = a4; dy_f->args.a5 = a5;         \
          dy_f->args.a6 = a6; dy_f->args.a7 = a7;))
#define DY_WORDS_8(MAKE, R, name, T1, a1, T2, a2, T3, a3, T4, a4, T5, a5, T6, a6, T7, a7, T8, a8)                    \
    MAKE(R, name, (T1 a1; T2 a2; T3 a3; T4 a4; T5 a5; T6 a6; T7 a7; T8 a8;),                                         \
         (, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6, T7 a7, T8 a8),                                                 \
         (, dy_f->args.a1, dy_f->args.a2, dy_f->args.a3, dy_f->args.a4, dy_f->args.a5, dy_f->args.a6, dy_f->args.a7, \
          dy_f->args.a8),                                                                                            \
         (, a1, a2, a3, a4, a5, a6, a7, a8),                                                                         \
         (dy_f->args.a1 = a1; dy_f->args.a2 = a2; dy_f->args.a3 = a3; dy_f->args.a4 = a4; dy_f->args.a5 = a5;        \
          dy_f->args.a6 = a6; dy_f->args.a7 = a7; dy_f->args.a8 = a8;))

#endif
