#include "dyno/reactor.h"

#include <errno.h>

enum { BATCH = 256, FIRST_CAPACITY = 16 };

/* Token: generation in the upper half, index of the slot in the lower one. */
struct dy_reactor_slot {
    dy_source *source; /* NULL: free */
    uint32_t generation;
    uint32_t next_free;
};

static const uint32_t NO_SLOT = UINT32_MAX;

dy_status dy_reactor_open(dy_reactor *reactor, dy_allocator allocator, dy_error *error)
{
    *reactor = (dy_reactor){.allocator = allocator, .free_slot = NO_SLOT};
    return dy_poll_open(&reactor->poll, error);
}

void dy_reactor_close(dy_reactor *reactor)
{
    dy_poll_close(&reactor->poll);
    if (reactor->slots != NULL)
        dy_release(reactor->allocator, reactor->slots, reactor->capacity * sizeof *reactor->slots,
                   _Alignof(dy_reactor_slot));
    reactor->slots = NULL;
    reactor->capacity = reactor->sources = 0;
    reactor->free_slot = NO_SLOT;
}

static dy_status grow(dy_reactor *reactor)
{
    uint32_t former = reactor->capacity;
    if (former > UINT32_MAX / 4) return -ENOMEM;
    uint32_t capacity = former == 0 ? FIRST_CAPACITY : 2 * former;
    dy_reactor_slot *slots = dy_resize(reactor->allocator, reactor->slots, former * sizeof *slots,
                                       capacity * sizeof *slots, _Alignof(dy_reactor_slot));
    if (slots == NULL) return -ENOMEM;
    for (uint32_t i = capacity; i-- > former;) {
        slots[i] = (dy_reactor_slot){.next_free = reactor->free_slot};
        reactor->free_slot = i;
    }
    reactor->slots = slots;
    reactor->capacity = capacity;
    return DY_OK;
}

dy_status dy_reactor_add(dy_reactor *reactor, dy_source *source, uint32_t interest)
{
    dy_status status = reactor->free_slot == NO_SLOT ? grow(reactor) : DY_OK;
    if (status != DY_OK) return status;
    uint32_t index = reactor->free_slot;
    dy_reactor_slot *slot = &reactor->slots[index];
    uint64_t token = (uint64_t)slot->generation << 32 | index;
    interest &= DY_POLL_READ | DY_POLL_WRITE;
    status = dy_poll_add(&reactor->poll, source->fd, token, interest | DY_POLL_EDGE);
    if (status != DY_OK) return status;
    reactor->free_slot = slot->next_free;
    reactor->sources++;
    slot->source = source;
    source->slot = index;
    source->ready = interest;
    return DY_OK;
}

void dy_reactor_remove(dy_reactor *reactor, dy_source *source)
{
    dy_reactor_slot *slot = &reactor->slots[source->slot];
    DY_CHECK(source->slot < reactor->capacity && slot->source == source, "a source was removed that is not registered");
    dy_poll_remove(&reactor->poll, source->fd);
    slot->source = NULL;
    slot->generation++; /* events on their way carry the old one */
    slot->next_free = reactor->free_slot;
    reactor->free_slot = source->slot;
    reactor->sources--;
}

static void deliver(dy_reactor *reactor, const dy_poll_event *event)
{
    uint32_t index = (uint32_t)event->token;
    const dy_reactor_slot *slot = &reactor->slots[index];
    if (slot->source == NULL || slot->generation != (uint32_t)(event->token >> 32)) {
        reactor->stale++;
        return;
    }
    reactor->events++;
    slot->source->ready |= event->ready;
    slot->source->notify(slot->source);
}

dy_status dy_reactor_wait(dy_reactor *reactor, uint64_t timeout_ns)
{
    dy_poll_event events[BATCH];
    size_t count;
    reactor->waits++;
    dy_status status = dy_poll_wait(&reactor->poll, events, BATCH, timeout_ns, &count);
    for (size_t i = 0; i < count; i++)
        deliver(reactor, &events[i]);
    return status;
}

void dy_reactor_wake(dy_reactor *reactor)
{
    dy_poll_wake(&reactor->poll);
}
