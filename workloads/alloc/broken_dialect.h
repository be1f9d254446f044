/* broken_dialect.h - allocators that are wrong on purpose, to see that the workloads notice. */
#ifndef ALLOC_DIALECT_H
#define ALLOC_DIALECT_H

#include "kit.h"

#include <stdlib.h>
#include <string.h>

#define DIALECT_NAME "broken"

static const kit_contender dialect_contenders[] __attribute__((unused)) = {
    {"overlapping", "its blocks share the last bytes with the next one's first", NULL, NULL},
    {"misaligned", "its blocks begin four bytes too late", NULL, NULL},
    {"scribbling", "it writes into every block that it gives out, a little later", NULL, NULL},
    {"refusing", "it says that frees are wrong", NULL, NULL},
    {0},
};

/* One long buffer, used round and round; each block has room for the largest in the test. */
enum { BUFFER = 64 << 20, PLACE = 4096 + 64 };

typedef struct dialect_thread {
    char kind;
    unsigned char *buffer, *last;
    size_t used;
} dialect_thread;

static char dialect_kind __attribute__((unused));

static inline int dialect_open(kit_run *run, size_t live)
{
    (void)live;
    dialect_kind = kit_contender_name(run)[0];
    return 0;
}

static inline void dialect_close(kit_run *run)
{
    (void)run;
}

/* The blocks outlive their thread in larson: the buffers stay, linked to each other, to the end of the process. */
static unsigned char *dialect_buffers __attribute__((unused));

static inline bool dialect_enter(dialect_thread *thread, size_t phase)
{
    (void)phase;
    *thread = (dialect_thread){.kind = dialect_kind, .buffer = calloc(1, BUFFER)};
    if (thread->buffer == NULL) return false;
    unsigned char *former = __atomic_exchange_n(&dialect_buffers, thread->buffer, __ATOMIC_ACQ_REL);
    memcpy(thread->buffer, &former, sizeof former);
    return true;
}

static inline void dialect_leave(dialect_thread *thread)
{
    (void)thread;
}

static inline void dialect_phase_end(dialect_thread *thread)
{
    (void)thread;
}

static inline void *dialect_allocate(dialect_thread *thread, size_t size)
{
    if (thread->kind == 's' && thread->last != NULL) thread->last[0] ^= 1;
    if (thread->used + PLACE + size > BUFFER) return NULL;
    unsigned char *block = thread->buffer + 64 + thread->used;
    size_t apart = thread->kind == 'o' ? size & ~(size_t)15 : PLACE;
    thread->used += apart > 16 ? apart - (thread->kind == 'o' ? 16 : 0) : 16;
    thread->last = block;
    return block + (thread->kind == 'm' ? 4 : 0);
}

static inline bool dialect_free(dialect_thread *thread, const void *block)
{
    (void)block;
    return thread->kind != 'r';
}

#endif
