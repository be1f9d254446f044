#include "per_thread.h"

#include <pthread.h>

__thread per_thread_entry per_thread_table[PER_THREAD_TABLE] __attribute__((tls_model("initial-exec")));

static dy_mutex registry_lock = DY_MUTEX_INIT;
static per_thread_set *registry;
static pthread_key_t exit_key;
static pthread_once_t exit_key_once = PTHREAD_ONCE_INIT;
static bool exit_key_made;

/* The table's address: unlike a thread id it costs nothing to get, and it is as unique among the living. */
static void *this_thread(void)
{
    return per_thread_table;
}

static void give_up_slots_of(per_thread_set *set, void *thread)
{
    dy_mutex_lock(&set->lock);
    for (per_thread_slot *slot = set->slots; slot != NULL; slot = slot->next) {
        if (slot->owner != thread) continue;
        if (set->on_exit != NULL) set->on_exit(set, slot);
        slot->owner = NULL;
    }
    dy_mutex_unlock(&set->lock);
}

static void thread_ends(void *thread)
{
    dy_mutex_lock(&registry_lock);
    for (per_thread_set *set = registry; set != NULL; set = set->next)
        give_up_slots_of(set, thread);
    dy_mutex_unlock(&registry_lock);
    /* A destructor that runs after this one may allocate: it must not find what was given up. It takes a new slot,
     * which arms the key again. */
    for (int i = 0; i < PER_THREAD_TABLE; i++)
        per_thread_table[i] = (per_thread_entry){0};
}

static void make_exit_key(void)
{
    exit_key_made = pthread_key_create(&exit_key, thread_ends) == 0;
}

uint64_t per_thread_new_id(void)
{
    static dy_atomic_u64 last = DY_ATOMIC_INIT(0);
    return dy_u64_fetch_add_relaxed(&last, 1) + 1;
}

void per_thread_open(per_thread_set *set, void (*on_exit)(per_thread_set *, per_thread_slot *))
{
    pthread_once(&exit_key_once, make_exit_key);
    *set = (per_thread_set){.id = per_thread_new_id(), .lock = DY_MUTEX_INIT, .on_exit = on_exit};
    dy_mutex_lock(&registry_lock);
    set->next = registry;
    if (registry != NULL) registry->previous = set;
    registry = set;
    dy_mutex_unlock(&registry_lock);
}

void per_thread_close(per_thread_set *set)
{
    dy_mutex_lock(&registry_lock);
    if (set->next != NULL) set->next->previous = set->previous;
    if (set->previous != NULL) set->previous->next = set->next;
    if (registry == set) registry = set->next;
    dy_mutex_unlock(&registry_lock);
}

static void remember(const per_thread_set *set, per_thread_slot *slot)
{
    per_thread_table[set->id % PER_THREAD_TABLE] = (per_thread_entry){.id = set->id, .slot = slot};
}

/* Without the key a slot would stay with its thread for ever, so none is taken. */
static bool will_be_told_of_the_end(void)
{
    return exit_key_made && pthread_setspecific(exit_key, this_thread()) == 0;
}

per_thread_slot *per_thread_lookup(per_thread_set *set)
{
    if (!will_be_told_of_the_end()) return NULL;
    per_thread_slot *mine = NULL, *left = NULL;
    dy_mutex_lock(&set->lock);
    for (per_thread_slot *slot = set->slots; slot != NULL && mine == NULL; slot = slot->next) {
        if (slot->owner == this_thread()) mine = slot;
        if (slot->owner == NULL) left = slot;
    }
    if (mine == NULL) mine = left;
    if (mine != NULL) mine->owner = this_thread();
    dy_mutex_unlock(&set->lock);
    if (mine != NULL) remember(set, mine);
    return mine;
}

bool per_thread_add(per_thread_set *set, per_thread_slot *slot)
{
    if (!will_be_told_of_the_end()) return false;
    dy_mutex_lock(&set->lock);
    slot->owner = this_thread();
    slot->next = set->slots;
    set->slots = slot;
    dy_mutex_unlock(&set->lock);
    remember(set, slot);
    return true;
}
