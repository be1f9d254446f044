/* clang-format off: the sections and the example below are laid out by hand */
/* dyno/allocator.h - the handle through which every part of the engine gets its memory.
 *
 * What it is  A pointer to data and a table of functions, passed by value. The caller decides at construction where a
 *             component's memory comes from; tests pass one that fails on purpose.
 * Contract    As thread-safe as the allocator behind it; the engine's own all are.
 * Units       Sizes and alignments in bytes; alignments are powers of two.
 * Errors      allocate and resize return NULL when the request can't be met, and change nothing.
 * Ownership   What allocate returned goes back to release of the same handle with the same size and alignment.
 *
 *     dy_allocator a = dy_allocator_libc();
 *     void *block = dy_allocate(a, 256, 64);
 *     dy_release(a, block, 256, 64);
 */
/* clang-format on */
#ifndef DYNO_ALLOCATOR_H
#define DYNO_ALLOCATOR_H

#include "dyno/base.h"

DY_BEGIN_DECLS

typedef struct dy_allocator_ops {
    void *(*allocate)(void *context, size_t size, size_t alignment);
    /* block may be NULL, and then nothing happens. */
    void (*release)(void *context, void *block, size_t size, size_t alignment);
    /* Grows or shrinks, moving the block if need be; contents are kept up to the smaller size. */
    void *(*resize)(void *context, void *block, size_t old_size, size_t new_size, size_t alignment);
} dy_allocator_ops;

typedef struct dy_allocator {
    const dy_allocator_ops *ops;
    void *context;
} dy_allocator;

/* malloc, aligned_alloc and free of the C library (or of whatever replaces them under LD_PRELOAD). */
DY_API dy_allocator dy_allocator_libc(void);

DY_INLINE void *dy_allocate(dy_allocator allocator, size_t size, size_t alignment)
{
    return allocator.ops->allocate(allocator.context, size, alignment);
}

DY_INLINE void dy_release(dy_allocator allocator, void *block, size_t size, size_t alignment)
{
    allocator.ops->release(allocator.context, block, size, alignment);
}

DY_INLINE void *dy_resize(dy_allocator allocator, void *block, size_t old_size, size_t new_size, size_t alignment)
{
    return allocator.ops->resize(allocator.context, block, old_size, new_size, alignment);
}

DY_END_DECLS

#endif
