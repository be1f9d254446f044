/* dyno/status.h - what a function that can fail returns.
 *
 * What it is      An int: 0, a negative errno, or one of the engine's own codes, which lie below every errno.
 * Contract        Pure functions; any thread, any time.
 * Source          The negative-errno convention is the Linux kernel's; one X-macro gives code, category, name and text.
 *
 *     dy_status s = dy_pool_open(&pool, &options, &error);
 *     if (s != DY_OK) fprintf(stderr, "%s\n", dy_status_text(s));
 */
#ifndef DYNO_STATUS_H
#define DYNO_STATUS_H

#include "dyno/base.h"

DY_BEGIN_DECLS

typedef int dy_status;

#define DY_OK 0

/* Where a failure belongs. DY_CATEGORY_NONE is the category of DY_OK alone. */
typedef enum dy_category {
    DY_CATEGORY_NONE,
    DY_CATEGORY_POOL,
    DY_CATEGORY_MEMORY,
    DY_CATEGORY_KERNEL,
    DY_CATEGORY_IO,
    DY_CATEGORY_CONFIG,
    DY_CATEGORY_CANCELLED,
    DY_CATEGORY_TIMEOUT,
    DY_CATEGORY_PLUGIN,
} dy_category;

/* X(name, value, category, text) */
#define DY_STATUS_LIST(X)                                                                                     \
    X(DY_E_CANCELLED, -4096, DY_CATEGORY_CANCELLED, "cancelled before it began")                              \
    X(DY_E_TIMEOUT, -4097, DY_CATEGORY_TIMEOUT, "not done in the time allowed")                               \
    X(DY_E_CLOSED, -4098, DY_CATEGORY_IO, "closed")                                                           \
    X(DY_E_EOF, -4099, DY_CATEGORY_IO, "end of file before the last byte asked for")                          \
    X(DY_E_POOL_STOPPED, -4100, DY_CATEGORY_POOL, "the pool has been shut down")                              \
    X(DY_E_POOL_WORKER, -4101, DY_CATEGORY_POOL, "not allowed from one of the pool's own workers")            \
    X(DY_E_POOL_FORKED, -4102, DY_CATEGORY_POOL, "the pool's threads do not exist in a child made by fork()") \
    X(DY_E_CONFIG, -4103, DY_CATEGORY_CONFIG, "a configuration value is out of range")                        \
    X(DY_E_EXHAUSTED, -4104, DY_CATEGORY_MEMORY, "the region has no room for the request")                    \
    X(DY_E_LAYOUT, -4105, DY_CATEGORY_MEMORY, "size or alignment is not a valid layout")                      \
    X(DY_E_FOREIGN, -4106, DY_CATEGORY_MEMORY, "the pointer does not belong to this allocator")               \
    X(DY_E_DOUBLE_FREE, -4107, DY_CATEGORY_MEMORY, "the block is already free")                               \
    X(DY_E_COMPLETED, -4108, DY_CATEGORY_IO, "the future has already completed")                              \
    X(DY_E_CORRUPT, -4109, DY_CATEGORY_MEMORY, "the block's header has been overwritten")

#define DY_STATUS_ENUM(name, value, category, text) name = (value),
enum { DY_STATUS_LIST(DY_STATUS_ENUM) };
#undef DY_STATUS_ENUM

/* The status as a sentence fragment: never NULL, static storage for our own codes and a thread-local buffer (valid
 * until the thread's next call) for errno. */
DY_API const char *dy_status_text(dy_status status);

/* Its symbolic name ("DY_E_TIMEOUT", "ENOMEM"); "unknown" for a number that is none. */
DY_API const char *dy_status_name(dy_status status);

/* Its category: ENOMEM is memory, ETIMEDOUT timeout, ECANCELED cancelled, EINVAL config, any other errno I/O. */
DY_API dy_category dy_status_category(dy_status status);

/* "memory", "thread pool", ...; never NULL. */
DY_API const char *dy_category_name(dy_category category);

DY_END_DECLS

#endif
