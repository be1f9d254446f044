#include "dyno/bump.h"

#include "per_thread.h"
#include "region.h"

#include <errno.h>
#include <string.h>

enum { MIN_SIZE = 1024, MIN_CHUNK = 1024, MAX_CHUNK = 64 * 1024, CHUNKS_A_REGION = 16 };

/* A thread's share with what the hot path doesn't need. The statistics are sums over these, so that counting costs no
 * shared write. */
typedef struct bump_share {
    per_thread_slot slot;
    dy_bump_local local;
    dy_atomic_u64 start;      /* of the chunk */
    dy_atomic_u64 done;       /* bytes allocated in former chunks and in spans of their own, over all epochs */
    dy_atomic_u64 done_epoch; /* what done was when the share's epoch began */
} bump_share;

/* Whole lines, so that no two threads' shares lie on one. */
enum { SHARE_SIZE = (sizeof(bump_share) + DY_CACHE_LINE - 1) / DY_CACHE_LINE * DY_CACHE_LINE };

struct dy_bump {
    memory_region region;
    uintptr_t base, limit; /* whole cache lines inside the region */
    size_t chunk;
    dy_allocator metadata;
    per_thread_set shares;
    _Alignas(DY_CACHE_LINE)
        dy_atomic_u64 epoch; /* read at every allocation, so nothing that is often written is near */
    _Alignas(DY_CACHE_LINE) dy_atomic_u64 cursor;
    dy_atomic_u64 failures, resets, peak;
};

static uintptr_t round_up(uintptr_t value, size_t alignment)
{
    return (value + alignment - 1) & ~(uintptr_t)(alignment - 1);
}

static bump_share *share_of(dy_bump_local *local)
{
    return (bump_share *)(void *)((char *)local - offsetof(bump_share, local));
}

static bool valid_layout(size_t size, size_t alignment)
{
    return alignment != 0 && (alignment & (alignment - 1)) == 0 && size <= PTRDIFF_MAX && alignment <= PTRDIFF_MAX;
}

/* A counter that only its owner writes. */
static void add_own(dy_atomic_u64 *counter, uint64_t amount)
{
    dy_u64_store_relaxed(counter, dy_u64_load_relaxed(counter) + amount);
}

static void *refuse(dy_bump *bump)
{
    dy_u64_fetch_add_relaxed(&bump->failures, 1);
    return NULL;
}

/* Claims size bytes at the alignment from the shared part; 0 when there is no room. Ends on a cache line, so that two
 * threads never write to the same one. */
static uintptr_t claim(dy_bump *bump, size_t size, size_t alignment)
{
    /* relaxed throughout: the bytes carry no message; the caller orders a reset before the next claim. */
    uint64_t found = dy_u64_load_relaxed(&bump->cursor);
    for (;;) {
        size_t room = bump->limit - (uintptr_t)found, padding = (0 - (uintptr_t)found) & (alignment - 1), need;
        if (__builtin_add_overflow(padding, size, &need) || need > room) return 0;
        uint64_t next = found + round_up(need, DY_CACHE_LINE);
        if (dy_u64_cas_relaxed(&bump->cursor, &found, next)) return (uintptr_t)found + padding;
    }
}

/* When nobody has claimed since this thread did, its chunk goes on where it ends and nothing is left behind. */
static bool extend(dy_bump_local *local, size_t size)
{
    dy_bump *bump = local->bump;
    uint64_t expected = local->end;
    size_t room = bump->limit - local->end;
    if (size > room || !dy_u64_cas_relaxed(&bump->cursor, &expected, local->end + size)) return false;
    local->end += size;
    return true;
}

static void retire_chunk(bump_share *share)
{
    dy_bump_local *local = &share->local;
    add_own(&share->done, dy_u64_load_relaxed(&local->cursor) - dy_u64_load_relaxed(&share->start));
    dy_u64_store_relaxed(&share->start, 0);
    dy_u64_store_relaxed(&local->cursor, 0);
    local->end = 0;
}

static void enter_epoch(bump_share *share)
{
    /* acquire: pairs with the release in dy_bump_reset. */
    uint64_t now = dy_u64_load_acquire(share->local.clock);
    if (dy_u64_load_relaxed(&share->local.epoch) == now) return;
    retire_chunk(share);
    dy_u64_store_relaxed(&share->done_epoch, dy_u64_load_relaxed(&share->done));
    dy_u64_store_relaxed(&share->local.epoch, now);
}

/* What is big against a chunk gets a span of its own and leaves the chunk as it is. */
static void *take_span(bump_share *share, size_t size, size_t alignment)
{
    uintptr_t start = claim(share->local.bump, size, alignment);
    if (start == 0) return refuse(share->local.bump);
    add_own(&share->done, size);
    add_own(&share->local.calls, 1);
    dy_unpoison((void *)start, size);
    return (void *)start;
}

static bool take_chunk(bump_share *share, size_t size)
{
    dy_bump_local *local = &share->local;
    if (local->end != 0 && extend(local, size)) return true;
    uintptr_t start = claim(local->bump, size, DY_CACHE_LINE);
    if (start == 0) return false;
    retire_chunk(share);
    dy_u64_store_relaxed(&share->start, start);
    dy_u64_store_relaxed(&local->cursor, start);
    local->end = start + size;
    return true;
}

void *dy_bump_local_refill(dy_bump_local *local, size_t size, size_t alignment)
{
    dy_bump *bump = local->bump;
    bump_share *share = share_of(local);
    if (!valid_layout(size, alignment)) return refuse(bump);
    enter_epoch(share);
    uintptr_t cursor = (uintptr_t)dy_u64_load_relaxed(&local->cursor);
    size_t padding = (0 - cursor) & (alignment - 1);
    bool fits = local->end != 0 && padding <= local->end - cursor && size <= local->end - cursor - padding;
    if (fits) return dy_bump_local_allocate(local, size, alignment);
    if (size > bump->chunk / 4 || alignment > bump->chunk / 4) return take_span(share, size, alignment);
    /* A chunk may be longer than its nominal size by being extended, never shorter than size + alignment. */
    if (!take_chunk(share, bump->chunk)) return take_span(share, size, alignment);
    return dy_bump_local_allocate(local, size, alignment);
}

/* NULL: the metadata allocator refused. */
static dy_bump_local *make_share(dy_bump *bump)
{
    bump_share *share = dy_allocate(bump->metadata, SHARE_SIZE, DY_CACHE_LINE);
    if (share == NULL) return NULL;
    memset(share, 0, sizeof *share);
    share->local.bump = bump;
    share->local.clock = &bump->epoch;
    if (per_thread_add(&bump->shares, &share->slot)) return &share->local;
    dy_release(bump->metadata, share, SHARE_SIZE, DY_CACHE_LINE);
    return NULL;
}

dy_bump_local *dy_bump_local_get(dy_bump *bump)
{
    per_thread_slot *slot = per_thread_find(&bump->shares);
    return slot != NULL ? &((bump_share *)(void *)slot)->local : make_share(bump);
}

static __attribute__((noinline)) void *allocate_first(dy_bump *bump, size_t size, size_t alignment)
{
    dy_bump_local *local = dy_bump_local_get(bump);
    return local != NULL ? dy_bump_local_allocate(local, size, alignment) : refuse(bump);
}

void *dy_bump_allocate(dy_bump *bump, size_t size, size_t alignment)
{
    per_thread_slot *slot = per_thread_peek(&bump->shares);
    if (DY_UNLIKELY(slot == NULL)) return allocate_first(bump, size, alignment);
    return dy_bump_local_allocate(&((bump_share *)(void *)slot)->local, size, alignment);
}

dy_status dy_bump_take(dy_bump *bump, size_t size, size_t alignment, void **block)
{
    dy_bump_local *local = dy_bump_local_get(bump);
    *block = local != NULL ? dy_bump_local_allocate(local, size, alignment) : refuse(bump);
    if (*block != NULL) return DY_OK;
    if (!valid_layout(size, alignment)) return DY_E_LAYOUT;
    return local != NULL ? DY_E_EXHAUSTED : -ENOMEM;
}

static size_t default_chunk(size_t size)
{
    size_t chunk = size / CHUNKS_A_REGION;
    if (chunk < MIN_CHUNK) chunk = MIN_CHUNK;
    return chunk < MAX_CHUNK ? chunk : MAX_CHUNK;
}

static dy_status check_options(const dy_bump_options *options, dy_error *error)
{
    if (options->size < MIN_SIZE || options->size > PTRDIFF_MAX)
        return DY_FAIL(error, DY_E_CONFIG, "bump: size is %zu, at least %d and at most %td are possible", options->size,
                       MIN_SIZE, PTRDIFF_MAX);
    if (options->chunk != 0 && (options->chunk < DY_CACHE_LINE || options->chunk > options->size))
        return DY_FAIL(error, DY_E_CONFIG, "bump: chunk is %zu, from %d to the size of %zu are possible",
                       options->chunk, DY_CACHE_LINE, options->size);
    return DY_OK;
}

static void lay_out(dy_bump *bump, const dy_bump_options *options)
{
    uintptr_t begin = (uintptr_t)bump->region.base;
    bump->base = round_up(begin, DY_CACHE_LINE);
    bump->limit = (begin + bump->region.size) & ~(uintptr_t)(DY_CACHE_LINE - 1);
    bump->chunk = round_up(options->chunk != 0 ? options->chunk : default_chunk(options->size), DY_CACHE_LINE);
    bump->cursor = (dy_atomic_u64)DY_ATOMIC_INIT(bump->base);
    bump->epoch = (dy_atomic_u64)DY_ATOMIC_INIT(1); /* a new share is in epoch 0, so its first call claims a chunk */
    dy_poison((void *)bump->base, bump->limit - bump->base);
}

dy_status dy_bump_open(dy_bump **bump, const dy_bump_options *options, dy_error *error)
{
    *bump = NULL;
    dy_status status = check_options(options, error);
    if (status != DY_OK) return status;
    dy_allocator metadata = options->metadata != NULL ? *options->metadata : dy_allocator_libc();
    dy_bump *made = dy_allocate(metadata, sizeof *made, DY_CACHE_LINE);
    if (made == NULL) return DY_FAIL(error, -ENOMEM, "bump: no memory for the bookkeeping of %zu bytes", sizeof *made);
    memset(made, 0, sizeof *made);
    made->metadata = metadata;
    status = region_obtain(&made->region, options->memory, options->size, options->source, "bump", error);
    if (status != DY_OK) {
        dy_release(metadata, made, sizeof *made, DY_CACHE_LINE);
        return status;
    }
    lay_out(made, options);
    /* Nothing to do when a thread ends: what is left of its chunk goes to the next newcomer with the share. */
    per_thread_open(&made->shares, NULL);
    *bump = made;
    return DY_OK;
}

void dy_bump_close(dy_bump *bump)
{
    if (bump == NULL) return;
    per_thread_close(&bump->shares);
    dy_unpoison((void *)bump->base, bump->limit - bump->base);
    region_give_back(&bump->region);
    dy_allocator metadata = bump->metadata;
    for (per_thread_slot *slot = bump->shares.slots, *next; slot != NULL; slot = next) {
        next = slot->next;
        dy_release(metadata, slot, SHARE_SIZE, DY_CACHE_LINE);
    }
    dy_release(metadata, bump, sizeof *bump, DY_CACHE_LINE);
}

static size_t claimed_now(const dy_bump *bump)
{
    return (size_t)(dy_u64_load_relaxed(&bump->cursor) - bump->base);
}

void dy_bump_reset(dy_bump *bump)
{
    size_t claimed = claimed_now(bump);
    if (claimed > dy_u64_load_relaxed(&bump->peak)) dy_u64_store_relaxed(&bump->peak, claimed);
    dy_u64_fetch_add_relaxed(&bump->resets, 1);
    dy_poison((void *)bump->base, bump->limit - bump->base);
    dy_u64_store_relaxed(&bump->cursor, bump->base);
    /* release: pairs with the acquire of the epoch in dy_bump_local_allocate; whoever sees the new epoch also sees the
     * cursor at the base. */
    dy_u64_fetch_add_release(&bump->epoch, 1);
}

bool dy_bump_owns(const dy_bump *bump, const void *address)
{
    return (uintptr_t)address - bump->base < bump->limit - bump->base;
}

static void add_share(const dy_bump *bump, bump_share *share, dy_bump_stats *stats)
{
    uint64_t chunk = dy_u64_load_relaxed(&share->local.cursor) - dy_u64_load_relaxed(&share->start);
    uint64_t all = dy_u64_load_relaxed(&share->done) + chunk;
    stats->total_bytes += all;
    stats->calls += dy_u64_load_relaxed(&share->local.calls);
    stats->threads++;
    bool current = dy_u64_load_relaxed(&share->local.epoch) == dy_u64_load_relaxed(&bump->epoch);
    if (current) stats->bytes += (size_t)(all - dy_u64_load_relaxed(&share->done_epoch));
}

void dy_bump_stats_read(dy_bump *bump, dy_bump_stats *stats)
{
    *stats = (dy_bump_stats){.size = bump->limit - bump->base, .claimed = claimed_now(bump)};
    stats->failures = dy_u64_load_relaxed(&bump->failures);
    stats->resets = dy_u64_load_relaxed(&bump->resets);
    stats->peak = (size_t)dy_u64_load_relaxed(&bump->peak);
    if (stats->claimed > stats->peak) stats->peak = stats->claimed;
    dy_mutex_lock(&bump->shares.lock);
    for (per_thread_slot *slot = bump->shares.slots; slot != NULL; slot = slot->next)
        add_share(bump, (bump_share *)(void *)slot, stats);
    dy_mutex_unlock(&bump->shares.lock);
}

static void *handle_allocate(void *context, size_t size, size_t alignment)
{
    return dy_bump_allocate(context, size, alignment);
}

/* The thread's share if block is the latest allocation from its chunk in this epoch, else NULL. */
static dy_bump_local *share_ending_in(dy_bump *bump, const void *block, size_t size)
{
    dy_bump_local *local = dy_bump_local_get(bump);
    if (local == NULL || dy_u64_load_relaxed(&local->epoch) != dy_u64_load_acquire(local->clock)) return NULL;
    uintptr_t start = (uintptr_t)dy_u64_load_relaxed(&share_of(local)->start);
    bool inside = (uintptr_t)block >= start && (uintptr_t)block + size == dy_u64_load_relaxed(&local->cursor);
    return start != 0 && inside ? local : NULL;
}

static void handle_release(void *context, void *block, size_t size, size_t alignment)
{
    (void)alignment;
    if (block == NULL) return;
    dy_poison(block, size);
    dy_bump_local *local = share_ending_in(context, block, size);
    if (local != NULL) dy_u64_store_relaxed(&local->cursor, (uintptr_t)block);
}

static void *handle_resize(void *context, void *block, size_t old_size, size_t new_size, size_t alignment)
{
    if (block == NULL) return dy_bump_allocate(context, new_size, alignment);
    dy_bump_local *local = share_ending_in(context, block, old_size);
    if (local != NULL && new_size <= local->end - (uintptr_t)block) {
        dy_u64_store_relaxed(&local->cursor, (uintptr_t)block + new_size);
        dy_poison(block, old_size > new_size ? old_size : new_size);
        dy_unpoison(block, new_size);
        return block;
    }
    if (new_size <= old_size) return block;
    void *moved = dy_bump_allocate(context, new_size, alignment);
    if (moved == NULL) return NULL;
    memcpy(moved, block, old_size);
    handle_release(context, block, old_size, alignment);
    return moved;
}

dy_allocator dy_bump_allocator(dy_bump *bump)
{
    static const dy_allocator_ops ops = {handle_allocate, handle_release, handle_resize};
    return (dy_allocator){.ops = &ops, .context = bump};
}
