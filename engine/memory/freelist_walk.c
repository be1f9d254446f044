/* What can be known of a free list by looking at every block: reports, statistics, what is wrong with a pointer. */
#include "freelist.h"

/* The owner word is read once: a block that isn't free may change hands meanwhile. */
static bool state_of(const dy_freelist *list, const block *b, dy_freelist_state *state)
{
    uint32_t owner = block_owner(b);
    *state = DY_FREELIST_FREE;
    if (block_is_free(b)) return owner == block_seal(b, list->secret, BLOCK_FREE);
    *state = owner == block_seal(b, list->secret, BLOCK_CACHED) ? DY_FREELIST_CACHED : DY_FREELIST_LIVE;
    return *state == DY_FREELIST_CACHED || owner == block_seal(b, list->secret, BLOCK_LIVE);
}

/* Whether the tags of the block agree with those of its neighbours. */
static bool tags_agree(const block *b, const block *end, bool previous_free)
{
    size_t size = block_size(b);
    if (size < BLOCK_MIN || size > (size_t)((uintptr_t)end - (uintptr_t)b)) return false;
    if (block_previous_is_free(b) != previous_free) return false;
    if (!block_is_free(b)) return true;
    return !previous_free && block_footer_before(block_after(b)) == size;
}

typedef bool visitor(void *context, const void *block, size_t bytes, dy_freelist_state state);

static dy_status walk_region(const dy_freelist *list, const freelist_region *region, visitor *visit, void *context,
                             bool *go_on)
{
    bool previous_free = false;
    const block *b = region->first;
    for (; b != region->end && *go_on; b = block_after(b)) {
        dy_freelist_state state;
        if (!tags_agree(b, region->end, previous_free) || !state_of(list, b, &state)) return DY_E_CORRUPT;
        previous_free = state == DY_FREELIST_FREE;
        *go_on = visit(context, block_payload(b), block_size(b), state);
    }
    if (*go_on && block_previous_is_free(b) != previous_free) return DY_E_CORRUPT;
    return DY_OK;
}

static dy_status walk(dy_freelist *list, visitor *visit, void *context)
{
    dy_status status = DY_OK;
    bool go_on = true;
    uint32_t count = dy_u32_load_acquire(&list->region_count); /* acquire: pairs with the release in add_region */
    for (uint32_t i = 0; i < count && status == DY_OK && go_on; i++)
        status = walk_region(list, &list->regions[i], visit, context, &go_on);
    return status;
}

dy_status dy_freelist_walk(dy_freelist *list,
                           bool (*visit)(void *context, const void *block, size_t bytes, dy_freelist_state state),
                           void *context)
{
    dy_mutex_lock(&list->lock);
    dy_status status = walk(list, visit, context);
    dy_mutex_unlock(&list->lock);
    return status;
}

static bool count_block(void *context, const void *payload, size_t bytes, dy_freelist_state state)
{
    (void)payload;
    dy_freelist_report *report = context;
    switch (state) {
    case DY_FREELIST_LIVE:
        report->live_blocks++;
        report->live_bytes += bytes;
        break;
    case DY_FREELIST_CACHED:
        report->cached_blocks++;
        report->cached_bytes += bytes;
        break;
    case DY_FREELIST_FREE:
        report->free_blocks++;
        report->free_bytes += bytes;
        if (bytes > report->largest_free) report->largest_free = bytes;
        report->histogram[63 - __builtin_clzll(bytes)]++;
        break;
    }
    return true;
}

dy_status dy_freelist_inspect(dy_freelist *list, dy_freelist_report *report)
{
    *report = (dy_freelist_report){.regions = dy_u32_load_relaxed(&list->region_count)};
    dy_status status = dy_freelist_walk(list, count_block, report);
    if (report->free_bytes != 0)
        report->fragmentation = 1.0 - (double)report->largest_free / (double)report->free_bytes;
    return status;
}

static void add_caches(dy_freelist *list, dy_freelist_stats *stats)
{
    dy_mutex_lock(&list->caches.lock);
    for (const per_thread_slot *slot = list->caches.slots; slot != NULL; slot = slot->next) {
        const thread_cache *cache = (const thread_cache *)(const void *)slot;
        stats->allocations += dy_u64_load_relaxed(&cache->allocations);
        stats->frees += dy_u64_load_relaxed(&cache->frees);
        stats->cached_bytes += (size_t)dy_u64_load_relaxed(&cache->bytes);
    }
    dy_mutex_unlock(&list->caches.lock);
}

void dy_freelist_stats_read(dy_freelist *list, dy_freelist_stats *stats)
{
    *stats = (dy_freelist_stats){.failures = dy_u64_load_relaxed(&list->failures),
                                 .misuses = dy_u64_load_relaxed(&list->misuses),
                                 .allocations = dy_u64_load_relaxed(&list->shared_allocations),
                                 .frees = dy_u64_load_relaxed(&list->shared_frees)};
    add_caches(list, stats);
    dy_mutex_lock(&list->lock);
    size_t used = list->core.used_bytes;
    stats->peak_bytes = list->peak;
    uint32_t count = dy_u32_load_relaxed(&list->region_count); /* relaxed: its writers hold this lock */
    for (uint32_t i = 0; i < count; i++)
        stats->region_bytes += list->regions[i].memory.size;
    dy_mutex_unlock(&list->lock);
    /* The caches moved on between the two looks: never below nothing. */
    stats->live_bytes = used > stats->cached_bytes ? used - stats->cached_bytes : 0;
}

typedef struct search {
    const char *payload;
    dy_status verdict;
} search;

static bool look_inside(void *context, const void *payload, size_t bytes, dy_freelist_state state)
{
    search *wanted = context;
    const char *begin = (const char *)payload - BLOCK_HEADER;
    if (wanted->payload >= begin + bytes) return true;
    wanted->verdict = state == DY_FREELIST_LIVE ? DY_E_FOREIGN : DY_E_DOUBLE_FREE;
    return false;
}

dy_status freelist_diagnose(dy_freelist *list, const void *payload)
{
    const freelist_region *region = freelist_region_of(list, payload);
    if (region == NULL) return DY_E_FOREIGN;
    search found = {.payload = payload, .verdict = DY_E_CORRUPT};
    bool go_on = true;
    dy_mutex_lock(&list->lock);
    walk_region(list, region, look_inside, &found, &go_on); /* a contradiction on the way leaves DY_E_CORRUPT */
    dy_mutex_unlock(&list->lock);
    return found.verdict;
}
