/* compute-openmp.h - the dialect of the contender openmp: one `omp task` per fork, `omp taskwait` at a join.
 *
 * A team of the asked size runs the workload: one thread starts it and the others take tasks. The team is made by
 * dialect_open, which binds its threads, and the runtime keeps it for the regions of the same size that follow.
 */
#ifndef COMPUTE_DIALECT_H
#define COMPUTE_DIALECT_H

#include "contenders/compute-arity.h"
#include "kit.h"

#include <omp.h>

#define DIALECT_NAME        "openmp"
#define DIALECT_ABOUT       "OpenMP tasks of the compiler's own runtime"
#define DIALECT_MIN_THREADS 1
#define DIALECT_MAX_THREADS 0

/* In a task that is made in a function of its own every argument is captured by value, as a fork's arguments must be.
 * The handle stays in the frame of the forking function, which waits for its children before it returns. */
#define DEFINE_TASK(R, name, parameters, arguments)                              \
    typedef R name##_result;                                                     \
    typedef struct {                                                             \
        R result;                                                                \
    } name##_handle;                                                             \
    static R name parameters;                                                    \
    TASK_HELPER void name##_fork(name##_handle *x, UNPACK parameters)            \
    {                                                                            \
        _Pragma("omp task") x->result = name arguments;                          \
    }                                                                            \
    TASK_HELPER R name##_join(const name##_handle *x)                            \
    {                                                                            \
        _Pragma("omp taskwait") return x->result;                                \
    }                                                                            \
    TASK_HELPER R name##_run parameters                                          \
    {                                                                            \
        name##_handle x = {0};                                                   \
        _Pragma("omp parallel") _Pragma("omp single") x.result = name arguments; \
        return x.result;                                                         \
    }                                                                            \
    static R name parameters

#define DEFINE_VOID_TASK(name, parameters, arguments)                 \
    typedef struct {                                                  \
        char none;                                                    \
    } name##_handle;                                                  \
    static void name parameters;                                      \
    TASK_HELPER void name##_fork(name##_handle *x, UNPACK parameters) \
    {                                                                 \
        (void)x;                                                      \
        _Pragma("omp task") name arguments;                           \
    }                                                                 \
    TASK_HELPER void name##_join(const name##_handle *x)              \
    {                                                                 \
        (void)x;                                                      \
        _Pragma("omp taskwait");                                      \
    }                                                                 \
    TASK_HELPER void name##_run parameters                            \
    {                                                                 \
        _Pragma("omp parallel") _Pragma("omp single") name arguments; \
    }                                                                 \
    static void name parameters

#define HANDLE(name)            name##_handle
#define FORK_INTO(x, name, ...) name##_fork(&(x), __VA_ARGS__)
#define FORK(x, name, ...) \
    HANDLE(name) x;        \
    FORK_INTO(x, name, __VA_ARGS__)
#define JOIN(name, x)      name##_join(&(x))
#define JOIN_FROM(name, x) JOIN(name, x)
#define BOTH(name, a, a_args, b, b_args)   \
    FORK(a##_forked, name, UNPACK a_args); \
    name##_result b = name b_args;         \
    name##_result a = JOIN(name, a##_forked)
#define FORK_PAYS()         true
#define CALL(name, ...)     name(__VA_ARGS__)
#define RUN_TASK(name, ...) name##_run(__VA_ARGS__)

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define DIALECT_UNDER_TSAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define DIALECT_UNDER_TSAN 1
#endif

static inline const char *dialect_lacks(void)
{
#ifdef DIALECT_UNDER_TSAN
    return "this build is for ThreadSanitizer, which does not see how the OpenMP runtime synchronises";
#else
    return NULL;
#endif
}

static inline int dialect_open(kit_run *run)
{
    int wanted = (int)kit_threads(run), got = 0;
    omp_set_dynamic(0);
    omp_set_num_threads(wanted);
#pragma omp parallel
    {
        kit_bind_thread(run, (unsigned)omp_get_thread_num());
#pragma omp single
        got = omp_get_num_threads();
    }
    return got == wanted ? 0 : kit_unable(run, "OpenMP gave %d threads of the %d asked for", got, wanted);
}

static inline void dialect_close(kit_run *run)
{
    (void)run;
}

#endif
