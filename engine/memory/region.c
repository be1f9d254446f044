#include "region.h"

#include <errno.h>
#include <sys/mman.h>

static dy_status obtain_mapped(memory_region *region, const char *who, dy_error *error)
{
    void *base = mmap(NULL, region->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) return DY_FAIL(error, -errno, "%s: mmap of %zu bytes was refused", who, region->size);
    region->base = base;
    region->mapped = true;
    return DY_OK;
}

dy_status region_obtain(memory_region *region, void *memory, size_t size, const dy_allocator *source, const char *who,
                        dy_error *error)
{
    *region = (memory_region){.base = memory, .size = size};
    if (memory != NULL) return DY_OK;
    if (source == NULL) return obtain_mapped(region, who, error);
    region->source = *source;
    region->base = dy_allocate(*source, size, REGION_ALIGNMENT);
    if (region->base == NULL) return DY_FAIL(error, -ENOMEM, "%s: the source of memory refused %zu bytes", who, size);
    return DY_OK;
}

void region_give_back(memory_region *region)
{
    if (region->mapped) munmap(region->base, region->size);
    if (region->source.ops != NULL) dy_release(region->source, region->base, region->size, REGION_ALIGNMENT);
    *region = (memory_region){0};
}
