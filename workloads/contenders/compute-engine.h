/* compute-engine.h - the dialect of the contender engine: dyno's own work-stealing pool. */
#ifndef COMPUTE_DIALECT_H
#define COMPUTE_DIALECT_H

#include "kit.h"

#include "dyno/forkjoin.h"

#define DIALECT_NAME        "engine"
#define DIALECT_ABOUT       "dyno's work-stealing pool"
#define DIALECT_MIN_THREADS 1
#define DIALECT_MAX_THREADS 0

#define TASK1(R, name, ...)              DY_TASK(R, name, __VA_ARGS__)
#define TASK2(R, name, ...)              DY_TASK(R, name, __VA_ARGS__)
#define TASK3(R, name, ...)              DY_TASK(R, name, __VA_ARGS__)
#define TASK4(R, name, ...)              DY_TASK(R, name, __VA_ARGS__)
#define TASK5(R, name, ...)              DY_TASK(R, name, __VA_ARGS__)
#define TASK6(R, name, ...)              DY_TASK(R, name, __VA_ARGS__)
#define DECLARE_TASK4(R, name, ...)      DY_DECLARE_TASK(R, name, __VA_ARGS__)
#define DEFINE_TASK4(R, name, ...)       DY_DEFINE_TASK(R, name, __VA_ARGS__)
#define APART_TASK5(R, name, ...)        DY_APART_TASK(R, name, __VA_ARGS__)
#define VOID_TASK1(name, ...)            DY_VOID_TASK(name, __VA_ARGS__)
#define VOID_TASK2(name, ...)            DY_VOID_TASK(name, __VA_ARGS__)
#define VOID_TASK3(name, ...)            DY_VOID_TASK(name, __VA_ARGS__)
#define VOID_TASK4(name, ...)            DY_VOID_TASK(name, __VA_ARGS__)
#define VOID_TASK5(name, ...)            DY_VOID_TASK(name, __VA_ARGS__)
#define VOID_TASK6(name, ...)            DY_VOID_TASK(name, __VA_ARGS__)
#define HANDLE(name)                     DY_HANDLE(name)
#define FORK(x, name, ...)               DY_FORK(x, name, __VA_ARGS__)
#define JOIN(name, x)                    DY_JOIN(name, x)
#define FORK_INTO(x, name, ...)          DY_FORK_INTO(x, name, __VA_ARGS__)
#define JOIN_FROM(name, x)               DY_JOIN_FROM(name, x)
#define BOTH(name, a, a_args, b, b_args) DY_BOTH(name, a, a_args, b, b_args)
#define FORK_PAYS()                      DY_FORK_PAYS()
#define CALL(name, ...)                  DY_CALL(name, __VA_ARGS__)

static dy_pool *dialect_pool;

/* A pool that refuses to run a task is a fault of this program: the workload's check then finds no answer, and says so.
 */
#define RUN_TASK(name, ...)                                             \
    (__extension__({                                                    \
        name##_result dialect_result = {0};                             \
        (void)DY_RUN(dialect_pool, &dialect_result, name, __VA_ARGS__); \
        dialect_result;                                                 \
    }))

static inline const char *dialect_lacks(void)
{
    return NULL;
}

static inline void dialect_bind(void *run, unsigned index)
{
    kit_bind_thread(run, index);
}

static inline int dialect_open(kit_run *run)
{
    dy_error error = DY_ERROR_INIT;
    dy_pool_options options = {.workers = kit_threads(run), .worker_start = dialect_bind, .context = run};
    if (dy_pool_open(&dialect_pool, &options, &error) != DY_OK) {
        char text[DY_ERROR_TEXT_MAX];
        return kit_unable(run, "%s", dy_error_format(&error, text, sizeof text));
    }
    unsigned workers = dy_pool_workers(dialect_pool);
    if (workers == kit_threads(run)) return 0;
    dy_pool_close(dialect_pool, DY_POOL_CANCEL, NULL);
    return kit_unable(run, "the pool has %u workers of the %u asked for", workers, kit_threads(run));
}

static inline void dialect_close(kit_run *run)
{
    dy_pool_metrics m;
    dy_pool_read_metrics(dialect_pool, &m);
    kit_counter(run, "pushed", (double)m.pushed);
    kit_counter(run, "published", (double)m.published);
    kit_counter(run, "stolen", (double)m.stolen);
    kit_counter(run, "leaps", (double)m.leaps);
    kit_counter(run, "parks", (double)m.parks);
    kit_counter(run, "wakes", (double)m.wakes);
    dy_pool_close(dialect_pool, DY_POOL_DRAIN, NULL);
}

#endif
