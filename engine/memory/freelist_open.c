#include "freelist.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { MIN_SIZE = 1024, CACHES_A_REGION = 64, CACHE_LIMIT_MAX = 1024 * 1024 };

static uint64_t new_secret(const dy_freelist *list)
{
    uint64_t secret;
    if (getrandom(&secret, sizeof secret, GRND_NONBLOCK) == (ssize_t)sizeof secret) return secret;
    /* The secret keeps chance and old headers apart, not attackers: the clock and the address serve. */
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return ((uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec ^ (uint64_t)(uintptr_t)list) *
           UINT64_C(0xBF58476D1CE4E5B9);
}

static dy_status check_size(size_t size, dy_error *error)
{
    if (size >= MIN_SIZE && size <= BLOCK_MAX + BLOCK_GRANULE) return DY_OK;
    return DY_FAIL(error, DY_E_CONFIG, "freelist: a region of %zu bytes, from %d to %zu are possible", size, MIN_SIZE,
                   BLOCK_MAX + BLOCK_GRANULE);
}

static bool overlaps(const dy_freelist *list, const char *memory, size_t size)
{
    uint32_t count = dy_u32_load_relaxed(&list->region_count); /* relaxed: under the lock that guards the writers */
    for (uint32_t i = 0; i < count; i++) {
        const memory_region *region = &list->regions[i].memory;
        if ((uintptr_t)memory < (uintptr_t)region->base + region->size &&
            (uintptr_t)region->base < (uintptr_t)memory + size)
            return true;
    }
    return false;
}

/* Under the list's lock. */
static dy_status add_region(dy_freelist *list, memory_region memory, dy_error *error)
{
    uint32_t count = dy_u32_load_relaxed(&list->region_count); /* relaxed: only writers under this lock change it */
    if (count == DY_FREELIST_REGIONS_MAX)
        return DY_FAIL(error, DY_E_CONFIG, "freelist: it has %d regions, which is the most", DY_FREELIST_REGIONS_MAX);
    if (overlaps(list, memory.base, memory.size))
        return DY_FAIL(error, DY_E_CONFIG, "freelist: the region at %p overlaps another one", (void *)memory.base);
    freelist_region *region = &list->regions[count];
    region->memory = memory;
    dy_poison(memory.base, memory.size);
    region->first = tlsf_add(&list->core, memory.base, memory.size, &region->end);
    /* release: pairs with the acquire in freelist_region_of; publishes the region. */
    dy_u32_store_release(&list->region_count, count + 1);
    return DY_OK;
}

static size_t cache_limit(const dy_freelist_options *options)
{
    if (options->cache == DY_FREELIST_NO_CACHE) return 0;
    if (options->cache != 0) return options->cache;
    size_t share = options->size / CACHES_A_REGION;
    return share < CACHE_LIMIT_MAX ? share : CACHE_LIMIT_MAX;
}

static void set_up(dy_freelist *list, const dy_freelist_options *options, dy_allocator metadata)
{
    memset(list, 0, sizeof *list);
    list->metadata = metadata;
    list->cache_limit = cache_limit(options);
    list->secret = new_secret(list);
    list->core.secret = list->secret;
}

dy_status dy_freelist_open(dy_freelist **list, const dy_freelist_options *options, dy_error *error)
{
    *list = NULL;
    dy_status status = check_size(options->size, error);
    if (status != DY_OK) return status;
    dy_allocator metadata = options->metadata != NULL ? *options->metadata : dy_allocator_libc();
    dy_freelist *made = dy_allocate(metadata, sizeof *made, DY_CACHE_LINE);
    if (made == NULL)
        return DY_FAIL(error, -ENOMEM, "freelist: no memory for the bookkeeping of %zu bytes", sizeof *made);
    set_up(made, options, metadata);
    memory_region region;
    status = region_obtain(&region, options->memory, options->size, options->source, "freelist", error);
    if (status != DY_OK) {
        dy_release(metadata, made, sizeof *made, DY_CACHE_LINE);
        return status;
    }
    add_region(made, region, NULL); /* the first one: it can't be refused */
    made->begin = (uintptr_t)block_payload(made->regions[0].first);
    made->span = (uintptr_t)made->regions[0].end - made->begin;
    freelist_open_caches(made);
    *list = made;
    return DY_OK;
}

dy_status dy_freelist_add_region(dy_freelist *list, void *memory, size_t size, dy_error *error)
{
    dy_status status = check_size(size, error);
    if (status == DY_OK && memory == NULL) status = DY_FAIL(error, DY_E_CONFIG, "freelist: the region is NULL");
    if (status != DY_OK) return status;
    dy_mutex_lock(&list->lock);
    status = add_region(list, (memory_region){.base = memory, .size = size}, error);
    dy_mutex_unlock(&list->lock);
    return status;
}

void dy_freelist_close(dy_freelist *list)
{
    if (list == NULL) return;
    per_thread_close(&list->caches);
    dy_allocator metadata = list->metadata;
    for (per_thread_slot *slot = list->caches.slots, *next; slot != NULL; slot = next) {
        next = slot->next;
        dy_release(metadata, slot, sizeof(thread_cache), DY_CACHE_LINE);
    }
    uint32_t count = dy_u32_load_relaxed(&list->region_count); /* relaxed: nobody else is left */
    for (uint32_t i = 0; i < count; i++) {
        dy_unpoison(list->regions[i].memory.base, list->regions[i].memory.size);
        region_give_back(&list->regions[i].memory);
    }
    dy_release(metadata, list, sizeof *list, DY_CACHE_LINE);
}

static void *handle_allocate(void *context, size_t size, size_t alignment)
{
    return dy_freelist_allocate(context, size, alignment);
}

static void handle_release(void *context, void *payload, size_t size, size_t alignment)
{
    (void)size;
    (void)alignment;
    dy_status status = dy_freelist_free(context, payload);
    if (status != DY_OK) dy_panic("free list %p was asked to free %p: %s", context, payload, dy_status_text(status));
}

static void *handle_resize(void *context, void *payload, size_t old_size, size_t new_size, size_t alignment)
{
    (void)old_size;
    dy_status status = dy_freelist_resize(context, &payload, new_size, alignment);
    if (status == DY_OK) return payload;
    if (status != DY_E_EXHAUSTED && status != DY_E_LAYOUT)
        dy_panic("free list %p was asked to resize %p: %s", context, payload, dy_status_text(status));
    return NULL;
}

dy_allocator dy_freelist_allocator(dy_freelist *list)
{
    static const dy_allocator_ops ops = {handle_allocate, handle_release, handle_resize};
    return (dy_allocator){.ops = &ops, .context = list};
}
