/* region.h - where a region's bytes come from: the caller's memory, an allocator handle, or mmap. */
#ifndef DYNO_REGION_H
#define DYNO_REGION_H

#include "dyno/allocator.h"
#include "dyno/error.h"

typedef struct memory_region {
    char *base;
    size_t size;
    dy_allocator source; /* ops NULL: not from a handle */
    bool mapped;
} memory_region;

enum { REGION_ALIGNMENT = 4096 };

/* Exactly one of these, in this order: memory if not NULL, source if not NULL, mmap. who names the caller in errors. */
dy_status region_obtain(memory_region *region, void *memory, size_t size, const dy_allocator *source, const char *who,
                        dy_error *error);

/* Gives it back to where it came from; the caller's memory stays where it is. */
void region_give_back(memory_region *region);

#endif
