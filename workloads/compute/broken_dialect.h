/* broken_dialect.h - a dialect that loses every fork, and with two threads the whole computation: what is lost never
 * runs, and its result is 0. For the test that each compute workload notices a wrong answer.
 */
#ifndef COMPUTE_DIALECT_H
#define COMPUTE_DIALECT_H

#include "contenders/compute-arity.h"
#include "kit.h"

#define DIALECT_NAME        "broken"
#define DIALECT_ABOUT       "loses every forked task, with two threads all of them"
#define DIALECT_MIN_THREADS 1
#define DIALECT_MAX_THREADS 0

static bool dialect_loses_all;

#define DEFINE_TASK(R, name, parameters, arguments)    \
    typedef R name##_result;                           \
    typedef struct {                                   \
        R result;                                      \
    } name##_handle;                                   \
    TASK_HELPER R name##_join(const name##_handle *x)  \
    {                                                  \
        return x->result;                              \
    }                                                  \
    static R name parameters;                          \
    TASK_HELPER R name##_run parameters                \
    {                                                  \
        return dialect_loses_all ? 0 : name arguments; \
    }                                                  \
    static R name parameters

#define DEFINE_VOID_TASK(name, parameters, arguments)    \
    typedef struct {                                     \
        char result;                                     \
    } name##_handle;                                     \
    TASK_HELPER void name##_join(const name##_handle *x) \
    {                                                    \
        (void)x;                                         \
    }                                                    \
    static void name parameters;                         \
    TASK_HELPER void name##_run parameters               \
    {                                                    \
        if (!dialect_loses_all) name arguments;          \
    }                                                    \
    static void name parameters

#define HANDLE(name)            name##_handle
#define FORK_INTO(x, name, ...) (x).result = 0
#define FORK(x, name, ...)      HANDLE(name) x = {0}
#define JOIN(name, x)           name##_join(&(x))
#define JOIN_FROM(name, x)      JOIN(name, x)
#define BOTH(name, a, a_args, b, b_args) \
    name##_result a = 0;                 \
    name##_result b = name b_args
#define FORK_PAYS()         true
#define CALL(name, ...)     name(__VA_ARGS__)
#define RUN_TASK(name, ...) name##_run(__VA_ARGS__)

static inline const char *dialect_lacks(void)
{
    return NULL;
}

static inline int dialect_open(kit_run *run)
{
    dialect_loses_all = kit_threads(run) == 2;
    return 0;
}

static inline void dialect_close(kit_run *run)
{
    (void)run;
}

#endif
