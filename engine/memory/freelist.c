#include "freelist.h"

#include <errno.h>
#include <string.h>

enum { REFILL = 4, REFILL_LARGEST = 1024 };
#define ALIGNMENT_MAX ((size_t)1 << 32)
#define SIZE_LIMIT    ((size_t)1 << 33)

static thread_cache *make_cache(dy_freelist *list)
{
    thread_cache *made = dy_allocate(list->metadata, sizeof *made, DY_CACHE_LINE);
    if (made == NULL) return NULL;
    memset(made, 0, sizeof *made);
    if (per_thread_add(&list->caches, &made->slot)) return made;
    dy_release(list->metadata, made, sizeof *made, DY_CACHE_LINE);
    return NULL;
}

/* NULL: this thread works without one. */
static thread_cache *cache_of(dy_freelist *list)
{
    if (list->cache_limit == 0) return NULL;
    per_thread_slot *slot = per_thread_find(&list->caches);
    return DY_LIKELY(slot != NULL) ? (thread_cache *)(void *)slot : make_cache(list);
}

static void note_peak(dy_freelist *list)
{
    if (list->core.used_bytes > list->peak) list->peak = list->core.used_bytes;
}

/* A block comes out of a cache. Its state must say so: if it doesn't, two threads freed it at once and the other copy
 * is or was somebody else's. */
static bool leaves_cache_sound(dy_freelist *list, const block *b)
{
    if (DY_LIKELY(freelist_block_is(list, b, BLOCK_CACHED))) return true;
    dy_u64_fetch_add_relaxed(&list->misuses, 1);
    return false;
}

/* Gives back the blocks that have lain longest. */
static void spill(dy_freelist *list, thread_cache *cache, unsigned class, uint32_t count)
{
    block **stack = cache->stacks[class];
    if (count > cache->counts[class]) count = cache->counts[class];
    dy_mutex_lock(&list->lock);
    for (uint32_t i = 0; i < count; i++) {
        block *b = stack[i];
        cache_count(&cache->bytes, 0 - block_size(b));
        if (leaves_cache_sound(list, b)) tlsf_free(&list->core, b);
    }
    dy_mutex_unlock(&list->lock);
    cache->counts[class] = (uint8_t)(cache->counts[class] - count);
    for (uint32_t i = 0; i < cache->counts[class]; i++)
        stack[i] = stack[i + count];
}

static void empty_cache(dy_freelist *list, thread_cache *cache)
{
    for (unsigned class = 0; class < CACHE_CLASSES; class ++)
        if (cache->counts[class] != 0) spill(list, cache, class, CACHE_DEPTH);
}

void freelist_reclaim(dy_freelist *list)
{
    dy_mutex_lock(&list->caches.lock);
    for (per_thread_slot *slot = list->caches.slots; slot != NULL; slot = slot->next) {
        thread_cache *cache = (thread_cache *)(void *)slot;
        if (dy_u64_load_relaxed(&cache->bytes) == 0) continue;
        biased_lock_claim(&cache->lock, list->asymmetric);
        empty_cache(list, cache);
        biased_lock_unclaim(&cache->lock);
    }
    dy_mutex_unlock(&list->caches.lock);
}

/* Runs in the thread that ends, with the set's lock held: no claimant can be at work. */
static void thread_leaves(per_thread_set *set, per_thread_slot *slot)
{
    dy_freelist *list = (dy_freelist *)(void *)((char *)set - offsetof(dy_freelist, caches));
    empty_cache(list, (thread_cache *)(void *)slot);
}

/* Fetches a few blocks of the class: one to hand out, the others to keep. */
static block *refill(dy_freelist *list, thread_cache *cache, unsigned class)
{
    size_t size = cache_class_size(class);
    int more = size <= REFILL_LARGEST ? REFILL - 1 : 0;
    dy_mutex_lock(&list->lock);
    block *first = tlsf_allocate(&list->core, size, BLOCK_GRANULE, BLOCK_LIVE);
    for (block *b = first; b != NULL && more > 0; more--) {
        b = tlsf_allocate(&list->core, size, BLOCK_GRANULE, BLOCK_CACHED);
        if (b != NULL) cache_push(cache, class, b, block_size(b));
    }
    note_peak(list);
    dy_mutex_unlock(&list->lock);
    return first;
}

static block *from_cache(dy_freelist *list, thread_cache *cache, size_t size)
{
    unsigned class = cache_class_above(size);
    block *b;
    while ((b = cache_pop(cache, class)) != NULL) {
        if (!leaves_cache_sound(list, b)) continue;
        freelist_seal(list, b, BLOCK_LIVE);
        return b;
    }
    return refill(list, cache, class);
}

static block *from_core(dy_freelist *list, size_t size, size_t alignment)
{
    dy_mutex_lock(&list->lock);
    block *b = tlsf_allocate(&list->core, size, alignment, BLOCK_LIVE);
    note_peak(list);
    dy_mutex_unlock(&list->lock);
    return b;
}

static bool valid_layout(size_t size, size_t alignment)
{
    return alignment != 0 && (alignment & (alignment - 1)) == 0 && alignment <= ALIGNMENT_MAX && size <= SIZE_LIMIT;
}

static block *find_block(dy_freelist *list, size_t size, size_t alignment)
{
    thread_cache *cache = size <= CACHE_LARGEST && alignment <= BLOCK_GRANULE ? cache_of(list) : NULL;
    if (cache != NULL && biased_lock_enter(&cache->lock, list->asymmetric)) {
        block *b = from_cache(list, cache, size);
        if (DY_LIKELY(b != NULL)) cache_count(&cache->allocations, 1);
        biased_lock_leave(&cache->lock);
        if (DY_LIKELY(b != NULL)) return b;
    }
    block *b = from_core(list, size, alignment);
    if (b == NULL) {
        freelist_reclaim(list);
        b = from_core(list, size, alignment);
    }
    dy_u64_fetch_add_relaxed(b != NULL ? &list->shared_allocations : &list->failures, 1);
    return b;
}

static __attribute__((noinline)) void *allocate_slowly(dy_freelist *list, size_t size, size_t alignment)
{
    if (!valid_layout(size, alignment)) {
        dy_u64_fetch_add_relaxed(&list->failures, 1);
        return NULL;
    }
    block *b = find_block(list, block_size_for(size), alignment);
    if (b == NULL) return NULL;
    dy_unpoison(block_payload(b), block_size(b) - BLOCK_HEADER);
    return block_payload(b);
}

/* The common case alone, so that it needs no registers saved: a sound block of the class lies in the thread's cache.
 * Everything else, and every check of it again, is allocate_slowly's. */
void *dy_freelist_allocate(dy_freelist *list, size_t size, size_t alignment)
{
    bool common =
        size <= CACHE_LARGEST - BLOCK_HEADER && alignment <= BLOCK_GRANULE && (alignment & (alignment - 1)) == 0;
    thread_cache *cache = (thread_cache *)(void *)per_thread_peek(&list->caches);
    if (DY_UNLIKELY(!common || alignment == 0 || cache == NULL)) return allocate_slowly(list, size, alignment);
    if (DY_UNLIKELY(!biased_lock_enter(&cache->lock, list->asymmetric))) return allocate_slowly(list, size, alignment);
    unsigned class = cache_class_above(block_size_for(size)), count = cache->counts[class];
    block *b = count != 0 ? cache->stacks[class][count - 1] : NULL;
    if (DY_UNLIKELY(b == NULL || !freelist_block_is(list, b, BLOCK_CACHED))) {
        biased_lock_leave(&cache->lock);
        return allocate_slowly(list, size, alignment);
    }
    cache->counts[class] = (uint8_t)(count - 1);
    size_t bytes = block_size(b);
    cache_count(&cache->bytes, 0 - bytes);
    cache_count(&cache->allocations, 1);
    freelist_seal(list, b, BLOCK_LIVE);
    biased_lock_leave(&cache->lock);
    dy_unpoison(block_payload(b), bytes - BLOCK_HEADER);
    return block_payload(b);
}

dy_status dy_freelist_take(dy_freelist *list, size_t size, size_t alignment, void **payload)
{
    *payload = dy_freelist_allocate(list, size, alignment);
    if (*payload != NULL) return DY_OK;
    return valid_layout(size, alignment) ? DY_E_EXHAUSTED : DY_E_LAYOUT;
}

const freelist_region *freelist_region_of(const dy_freelist *list, const void *payload)
{
    /* acquire: pairs with the release in add_region; the region is complete. */
    uint32_t count = dy_u32_load_acquire(&list->region_count);
    for (uint32_t i = 0; i < count; i++) {
        const freelist_region *region = &list->regions[i];
        uintptr_t begin = (uintptr_t)block_payload(region->first), end = (uintptr_t)region->end;
        if ((uintptr_t)payload - begin < end - begin) return region;
    }
    return NULL;
}

DY_INLINE bool is_live(const dy_freelist *list, const void *payload)
{
    if (DY_UNLIKELY((uintptr_t)payload % BLOCK_GRANULE != 0)) return false;
    bool inside = (uintptr_t)payload - list->begin < list->span;
    if (DY_UNLIKELY(!inside) && freelist_region_of(list, payload) == NULL) return false;
    return freelist_block_is(list, block_of(payload), BLOCK_LIVE);
}

static DY_COLD dy_status refuse_free(dy_freelist *list, const void *payload)
{
    dy_u64_fetch_add_relaxed(&list->misuses, 1);
    return freelist_diagnose(list, payload);
}

/* All classes together hold too much: the next one in turn that has something gives some of it back. */
static void relieve(dy_freelist *list, thread_cache *cache)
{
    for (unsigned i = 0; i < CACHE_CLASSES; i++) {
        cache->hand = (cache->hand + 1) % CACHE_CLASSES;
        if (cache->counts[cache->hand] == 0) continue;
        spill(list, cache, cache->hand, CACHE_SPILL);
        return;
    }
}

static void into_cache(dy_freelist *list, thread_cache *cache, block *b, size_t size)
{
    unsigned class = cache_class_below(size);
    if (DY_UNLIKELY(!cache_push(cache, class, b, size))) {
        spill(list, cache, class, CACHE_SPILL);
        cache_push(cache, class, b, size);
    }
    if (DY_UNLIKELY(dy_u64_load_relaxed(&cache->bytes) > list->cache_limit)) relieve(list, cache);
}

static void into_core(dy_freelist *list, block *b)
{
    dy_mutex_lock(&list->lock);
    tlsf_free(&list->core, b);
    dy_mutex_unlock(&list->lock);
    dy_u64_fetch_add_relaxed(&list->shared_frees, 1);
}

/* The block is marked as cached already. */
static __attribute__((noinline)) dy_status free_slowly(dy_freelist *list, block *b, size_t size)
{
    thread_cache *cache = size <= CACHE_LARGEST ? cache_of(list) : NULL;
    if (cache != NULL && biased_lock_enter(&cache->lock, list->asymmetric)) {
        into_cache(list, cache, b, size);
        cache_count(&cache->frees, 1);
        biased_lock_leave(&cache->lock);
    } else {
        into_core(list, b);
    }
    return DY_OK;
}

dy_status dy_freelist_free(dy_freelist *list, void *payload)
{
    if (DY_UNLIKELY(payload == NULL)) return DY_OK;
    if (DY_UNLIKELY(!is_live(list, payload))) return refuse_free(list, payload);
    block *b = block_of(payload);
    size_t size = block_size(b);
    freelist_seal(list, b, BLOCK_CACHED);
    dy_poison(payload, size - BLOCK_HEADER);
    thread_cache *cache = (thread_cache *)(void *)per_thread_peek(&list->caches);
    if (DY_UNLIKELY(cache == NULL || size > CACHE_LARGEST)) return free_slowly(list, b, size);
    if (DY_UNLIKELY(!biased_lock_enter(&cache->lock, list->asymmetric))) return free_slowly(list, b, size);
    unsigned class = cache_class_below(size), count = cache->counts[class];
    uint64_t bytes = dy_u64_load_relaxed(&cache->bytes) + size;
    if (DY_UNLIKELY(count == CACHE_DEPTH || bytes > list->cache_limit)) {
        biased_lock_leave(&cache->lock);
        return free_slowly(list, b, size);
    }
    cache->stacks[class][count] = b;
    cache->counts[class] = (uint8_t)(count + 1);
    dy_u64_store_relaxed(&cache->bytes, bytes);
    cache_count(&cache->frees, 1);
    biased_lock_leave(&cache->lock);
    return DY_OK;
}

static bool resize_in_place(dy_freelist *list, block *b, size_t size)
{
    size_t old = block_size(b);
    if (size <= old && old - size < BLOCK_MIN) return true;
    dy_mutex_lock(&list->lock);
    bool done = tlsf_resize(&list->core, b, size);
    note_peak(list);
    dy_mutex_unlock(&list->lock);
    size_t now = block_size(b);
    if (now < old) dy_poison(block_at(b, now), old - now);
    dy_unpoison(block_payload(b), now - BLOCK_HEADER);
    return done;
}

static dy_status move(dy_freelist *list, void **payload, size_t size, size_t alignment)
{
    void *moved;
    dy_status status = dy_freelist_take(list, size, alignment, &moved);
    if (status != DY_OK) return status;
    size_t old = block_size(block_of(*payload)) - BLOCK_HEADER;
    memcpy(moved, *payload, old < size ? old : size);
    dy_freelist_free(list, *payload);
    *payload = moved;
    return DY_OK;
}

dy_status dy_freelist_resize(dy_freelist *list, void **payload, size_t size, size_t alignment)
{
    if (*payload == NULL) return dy_freelist_take(list, size, alignment, payload);
    if (!valid_layout(size, alignment)) {
        dy_u64_fetch_add_relaxed(&list->failures, 1);
        return DY_E_LAYOUT;
    }
    if (!is_live(list, *payload)) return refuse_free(list, *payload);
    bool aligned = ((uintptr_t)*payload & (alignment - 1)) == 0;
    if (aligned && resize_in_place(list, block_of(*payload), block_size_for(size))) return DY_OK;
    return move(list, payload, size, alignment);
}

size_t dy_freelist_usable_size(const dy_freelist *list, const void *payload)
{
    return is_live(list, payload) ? block_size(block_of(payload)) - BLOCK_HEADER : 0;
}

void dy_freelist_trim(dy_freelist *list)
{
    freelist_reclaim(list);
}

/* Here because it names thread_leaves; the rest of opening and closing is in freelist_open.c. */
void freelist_open_caches(dy_freelist *list)
{
    list->asymmetric = biased_lock_asymmetric();
    per_thread_open(&list->caches, thread_leaves);
}
