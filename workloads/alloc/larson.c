/* larson.c - a server: blocks outlive the threads that allocated them.
 *
 * Each thread owns an array of blocks. Again and again it takes a random one, frees it and puts a new one of random
 * size in its place. After a while it starts a successor, which goes on with the same array, and ends; so most blocks
 * are freed by another thread than the one that allocated them. The first blocks are allocated by the main thread.
 *
 * Written anew from the description in P. Larson, M. Krishnan, "Memory allocation for long-running server
 * applications", ISMM 1998, section 4. Sizes are uniform between min_size and max_size, as there. An operation is one
 * allocation or one free.
 */
#include "alloc.h"

#include <pthread.h>
#include <stdlib.h>

struct server;

/* An array of blocks and who works on it now. It is handed from thread to thread: only one touches it at a time. */
typedef struct chain {
    struct server *server;
    unsigned index;
    alloc_slot *slots;
    uint64_t seed, left; /* replacements to go */
    uint32_t tag;
    pthread_t former, last; /* the thread before this one, to be joined; the one that ended the chain */
    bool has_former, no_thread;
    uint64_t began, ended; /* ns */
    alloc_fault fault;
    pthread_mutex_t lock; /* guards finished */
    pthread_cond_t done;
    bool finished;
} chain;

typedef struct server {
    kit_run *run;
    uint32_t slots, smallest, span;
    uint64_t lifetime; /* replacements that a thread does before it hands over */
    pthread_barrier_t start;
    dialect_thread main_arena;
    unsigned n_chains;
    bool stranded;
    chain *chains;
} server;

static uint32_t draw_size(const server *s, uint64_t random)
{
    return s->smallest + alloc_below(random, s->span);
}

static bool replace(chain *c, dialect_thread *arena, uint64_t count)
{
    const server *s = c->server;
    uint64_t seed = c->seed;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t random = alloc_random(&seed);
        alloc_slot *slot = &c->slots[alloc_below(random << 32, s->slots)];
        if (!alloc_take(arena, slot, &c->fault)) return false;
        if (!alloc_put(arena, slot, draw_size(s, random), c->tag++, &c->fault)) return false;
    }
    c->seed = seed;
    return true;
}

static void finish(chain *c)
{
    c->ended = kit_now_ns();
    pthread_mutex_lock(&c->lock);
    c->last = pthread_self();
    c->finished = true;
    pthread_cond_signal(&c->done);
    pthread_mutex_unlock(&c->lock);
}

static void *generation(void *argument);

/* A successor inherits the binding of the thread that starts it. */
static void hand_over(chain *c)
{
    pthread_t successor;
    c->former = pthread_self();
    c->has_former = true;
    if (pthread_create(&successor, NULL, generation, c) == 0) return;
    c->has_former = false;
    c->no_thread = true;
    finish(c);
}

static void work(chain *c)
{
    dialect_thread arena;
    uint64_t count = c->left < c->server->lifetime ? c->left : c->server->lifetime;
    bool entered = dialect_enter(&arena, 0), fine = entered && replace(c, &arena, count);
    if (entered) dialect_leave(&arena);
    c->left -= count;
    if (fine && c->left > 0)
        hand_over(c);
    else
        finish(c);
}

static void *generation(void *argument)
{
    chain *c = argument;
    if (c->has_former) pthread_join(c->former, NULL);
    c->has_former = false;
    work(c);
    return NULL;
}

static void *first_generation(void *argument)
{
    chain *c = argument;
    kit_bind_thread(c->server->run, c->index);
    pthread_barrier_wait(&c->server->start);
    c->began = kit_now_ns();
    work(c);
    return NULL;
}

static void wait_for(chain *c)
{
    pthread_mutex_lock(&c->lock);
    while (!c->finished)
        pthread_cond_wait(&c->done, &c->lock);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->last, NULL);
}

/* Takes back and frees what the slots hold; ends at the first fault. */
static bool clear_chain(server *s, chain *c)
{
    for (uint32_t i = 0; i < s->slots; i++)
        if (c->slots[i].block != NULL && !alloc_take(&s->main_arena, &c->slots[i], &c->fault)) return false;
    return true;
}

static bool fill_chain(server *s, chain *c)
{
    for (uint32_t i = 0; i < s->slots; i++)
        if (!alloc_put(&s->main_arena, &c->slots[i], draw_size(s, alloc_random(&c->seed)), c->tag++, &c->fault))
            return false;
    return true;
}

static bool make_chain(server *s, unsigned index)
{
    chain *c = &s->chains[index];
    *c = (chain){.server = s, .index = index, .seed = kit_seed(s->run) + index * UINT64_C(0x100000001)};
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->done, NULL);
    c->slots = calloc(s->slots, sizeof *c->slots);
    return c->slots != NULL;
}

static void drop(server *s)
{
    for (unsigned i = 0; s->chains != NULL && i < s->n_chains; i++) {
        chain *c = &s->chains[i];
        free(c->slots);
        if (c->server == NULL) continue;
        pthread_mutex_destroy(&c->lock);
        pthread_cond_destroy(&c->done);
    }
    free(s->chains);
    free(s);
}

static server *make(kit_run *run)
{
    server *s = calloc(1, sizeof *s);
    if (s == NULL) return NULL;
    s->run = run;
    s->n_chains = kit_threads(run);
    s->slots = (uint32_t)kit_int(run, "slots");
    s->smallest = (uint32_t)kit_int(run, "min_size");
    s->span = (uint32_t)kit_int(run, "max_size") - s->smallest + 1;
    s->lifetime = ((uint64_t)kit_int(run, "lifetime") + 1) / 2;
    s->chains = calloc(s->n_chains, sizeof *s->chains);
    bool fine = s->chains != NULL;
    for (unsigned i = 0; fine && i < s->n_chains; i++)
        fine = make_chain(s, i);
    if (fine) return s;
    drop(s);
    return NULL;
}

static int fill(server *s)
{
    for (unsigned i = 0; i < s->n_chains; i++)
        if (!fill_chain(s, &s->chains[i])) return alloc_report(s->run, &s->chains[i].fault, i);
    return 0;
}

static int set_up(kit_run *run, void **state)
{
    int64_t smallest = kit_int(run, "min_size"), largest = kit_int(run, "max_size");
    if (smallest > largest)
        return kit_unable(run, "min_size is %lld and max_size %lld", (long long)smallest, (long long)largest);
    server *s = make(run);
    if (s == NULL) return kit_unable(run, "no memory for the arrays of %u threads", kit_threads(run));
    size_t live = (size_t)s->n_chains * s->slots * ((size_t)largest + 16);
    if (dialect_open(run, live) != 0) {
        drop(s);
        return -1;
    }
    bool entered = dialect_enter(&s->main_arena, live);
    if (entered && fill(s) == 0) {
        *state = s;
        return 0;
    }
    if (entered) dialect_leave(&s->main_arena);
    dialect_close(run);
    drop(s);
    return entered ? -1 : kit_unable(run, "the main thread could not get its part of the allocator");
}

/* Starts the first generations. On failure those that did start wait at the barrier until the process ends. */
static int start(server *s, uint64_t replacements)
{
    pthread_barrier_init(&s->start, NULL, s->n_chains + 1);
    for (unsigned i = 0; i < s->n_chains; i++) {
        chain *c = &s->chains[i];
        c->left = replacements;
        c->finished = false;
        pthread_t thread;
        if (pthread_create(&thread, NULL, first_generation, c) == 0) continue;
        s->stranded = true;
        return -1;
    }
    return 0;
}

static int faults(const server *s)
{
    for (unsigned i = 0; i < s->n_chains; i++) {
        if (s->chains[i].no_thread) return kit_unable(s->run, "thread %u could not start its successor", i);
        if (alloc_report(s->run, &s->chains[i].fault, i) != 0) return -1;
    }
    return 0;
}

static double wall_seconds(const server *s)
{
    uint64_t first = UINT64_MAX, last = 0;
    for (unsigned i = 0; i < s->n_chains; i++) {
        if (s->chains[i].began < first) first = s->chains[i].began;
        if (s->chains[i].ended > last) last = s->chains[i].ended;
    }
    return (double)(last - first) * 1e-9;
}

static int sample(kit_run *run, void *state, uint64_t repeats)
{
    server *s = state;
    uint64_t replacements = ((uint64_t)kit_int(run, "n") + 1) / 2 * repeats;
    if (start(s, replacements) != 0) return kit_unable(run, "%u threads could not be started", s->n_chains);
    kit_start(run);
    pthread_barrier_wait(&s->start);
    for (unsigned i = 0; i < s->n_chains; i++)
        wait_for(&s->chains[i]);
    kit_stop(run);
    pthread_barrier_destroy(&s->start);
    if (faults(s) != 0) return -1;
    double wall = wall_seconds(s), operations = 2.0 * (double)replacements;
    kit_sample(run, "time_per_op", wall * 1e9 / operations);
    return kit_sample(run, "throughput", operations * s->n_chains / wall);
}

static void tear_down(kit_run *run, void *state)
{
    server *s = state;
    if (s->stranded) return; /* nothing is taken away under the threads at the barrier */
    bool fine = true;
    for (unsigned i = 0; i < s->n_chains; i++)
        fine = clear_chain(s, &s->chains[i]) && fine;
    if (!fine) faults(s);
    dialect_leave(&s->main_arena);
    dialect_close(run);
    drop(s);
}

static const kit_param params[] = {
    {"n", "int", "200000", "2..100000000000", "operations (allocations and frees) of a thread and its successors"},
    {"min_size", "size", "16", "1..1073741824", "smallest block in bytes"},
    {"max_size", "size", "1024", "1..1073741824", "largest block in bytes"},
    {"slots", "int", "1000", "1..10000000", "blocks in a thread's array"},
    {"lifetime", "int", "50000", "2..100000000000", "operations after which a thread hands over to a successor"},
    {0},
};

static const kit_metric metrics[] = {
    {"time_per_op", "ns", "lower", "wall time of a thread's operations over their number, starting threads included"},
    {"throughput", "op/s", "higher", "operations of all threads in a second"},
    {0},
};

extern const kit_workload workload_larson;
const kit_workload workload_larson = {
    .name = "larson",
    .family = "alloc",
    .about = "a server replaces random blocks; threads end and hand their blocks on (Larson and Krishnan 1998)",
    .params = params,
    .metrics = metrics,
    .setup = set_up,
    .sample = sample,
    .teardown = tear_down,
};
