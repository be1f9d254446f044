/* compute-serial.h - the dialect of the contender serial: plain recursive C. A fork is a call whose result is kept, and
 * what the compiler makes of it is what it makes of the same function written by hand.
 */
#ifndef COMPUTE_DIALECT_H
#define COMPUTE_DIALECT_H

#include "contenders/compute-arity.h"
#include "kit.h"

#define DIALECT_NAME        "serial"
#define DIALECT_ABOUT       "plain C functions on one thread, the yardstick"
#define DIALECT_MIN_THREADS 1
#define DIALECT_MAX_THREADS 1

#define DEFINE_TASK(R, name, parameters, arguments)                   \
    typedef R name##_result;                                          \
    typedef struct {                                                  \
        R result;                                                     \
    } name##_handle;                                                  \
    static R name parameters;                                         \
    TASK_HELPER void name##_fork(name##_handle *x, UNPACK parameters) \
    {                                                                 \
        x->result = name arguments;                                   \
    }                                                                 \
    TASK_HELPER R name##_join(const name##_handle *x)                 \
    {                                                                 \
        return x->result;                                             \
    }                                                                 \
    static R name parameters

#define DEFINE_VOID_TASK(name, parameters, arguments)                 \
    typedef struct {                                                  \
        char none;                                                    \
    } name##_handle;                                                  \
    static void name parameters;                                      \
    TASK_HELPER void name##_fork(name##_handle *x, UNPACK parameters) \
    {                                                                 \
        (void)x;                                                      \
        name arguments;                                               \
    }                                                                 \
    TASK_HELPER void name##_join(const name##_handle *x)              \
    {                                                                 \
        (void)x;                                                      \
    }                                                                 \
    static void name parameters

#define HANDLE(name)            name##_handle
#define FORK_INTO(x, name, ...) name##_fork(&(x), __VA_ARGS__)
#define FORK(x, name, ...) \
    HANDLE(name) x;        \
    FORK_INTO(x, name, __VA_ARGS__)
#define JOIN(name, x)      name##_join(&(x))
#define JOIN_FROM(name, x) JOIN(name, x)
#define BOTH(name, a, a_args, b, b_args) \
    name##_result a = name a_args;       \
    name##_result b = name b_args
#define FORK_PAYS()         false
#define CALL(name, ...)     name(__VA_ARGS__)
#define RUN_TASK(name, ...) name(__VA_ARGS__)

static inline const char *dialect_lacks(void)
{
    return NULL;
}

static inline int dialect_open(kit_run *run)
{
    kit_bind_thread(run, 0);
    return 0;
}

static inline void dialect_close(kit_run *run)
{
    (void)run;
}

#endif
