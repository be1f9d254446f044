#include "dyno/allocator.h"

#include <stdlib.h>
#include <string.h>

static void *libc_allocate(void *context, size_t size, size_t alignment)
{
    (void)context;
    if (alignment <= _Alignof(max_align_t)) return malloc(size != 0 ? size : 1);
    void *block = NULL;
    return posix_memalign(&block, alignment, size != 0 ? size : 1) == 0 ? block : NULL;
}

static void libc_release(void *context, void *block, size_t size, size_t alignment)
{
    (void)context;
    (void)size;
    (void)alignment;
    free(block);
}

static void *libc_resize(void *context, void *block, size_t old_size, size_t new_size, size_t alignment)
{
    if (alignment <= _Alignof(max_align_t)) return realloc(block, new_size != 0 ? new_size : 1);
    void *moved = libc_allocate(context, new_size, alignment);
    if (moved == NULL) return NULL;
    if (block != NULL) memcpy(moved, block, old_size < new_size ? old_size : new_size);
    free(block);
    return moved;
}

dy_allocator dy_allocator_libc(void)
{
    static const dy_allocator_ops ops = {libc_allocate, libc_release, libc_resize};
    return (dy_allocator){.ops = &ops, .context = NULL};
}
