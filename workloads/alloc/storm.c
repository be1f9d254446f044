/* storm.c - an allocation storm: blocks of mixed sizes and three lifetimes, in phases.
 *
 * Each thread goes through a script that is made before the clock runs: a size, log-uniform between min_size and
 * max_size, and a slot. The block in the slot is checked and freed, a new one takes its place. The lifetime of a block
 * is that of its slot's group: there are few slots for short lives and many for long ones. At the end of a phase all
 * blocks are freed. An operation is one allocation or one free.
 *
 * Latencies are measured in a pass of their own over the beginning of the script, with a clock reading around each
 * call.
 */
#include "alloc.h"
#include "latency.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

enum { SHORT_SLOTS = 16, MEDIUM_SLOTS = 256, LONG_SLOTS = 4096, SLOTS = SHORT_SLOTS + MEDIUM_SLOTS + LONG_SLOTS };
enum { LATENCY_STEPS = 10000 };

typedef struct step {
    uint32_t size, slot;
} step;

typedef enum pass { RUN_TIMED, RUN_LATENCY, STOP } pass;

struct storm;

typedef struct worker {
    struct storm *storm;
    unsigned index;
    pthread_t thread;
    step *steps;
    alloc_slot *slots;
    uint32_t *ticks;
    latency latency;
    dialect_thread arena;
    bool entered;
    uint64_t began, ended; /* ns */
    alloc_fault fault;
} worker;

typedef struct storm {
    kit_run *run;
    size_t n_steps, phase; /* of a thread; of a phase, in steps */
    size_t phase_bytes;    /* the most that a thread allocates in a phase */
    uint64_t repeats;
    pass pass;
    pthread_barrier_t start, end;
    unsigned n_workers, n_started;
    worker *workers;
} storm;

static bool free_all(worker *w)
{
    for (uint32_t i = 0; i < SLOTS; i++)
        if (w->slots[i].block != NULL && !alloc_take(&w->arena, &w->slots[i], &w->fault)) return false;
    dialect_phase_end(&w->arena);
    return true;
}

static bool run_phase(worker *w, const step *steps, size_t count, uint32_t tag)
{
    for (size_t i = 0; i < count; i++) {
        alloc_slot *slot = &w->slots[steps[i].slot];
        if (slot->block != NULL && !alloc_take(&w->arena, slot, &w->fault)) return false;
        if (!alloc_put(&w->arena, slot, steps[i].size, tag + (uint32_t)i, &w->fault)) return false;
    }
    return free_all(w);
}

static void run_timed(worker *w)
{
    const storm *s = w->storm;
    w->began = kit_now_ns();
    for (uint64_t r = 0; r < s->repeats; r++)
        for (size_t at = 0; at < s->n_steps; at += s->phase) {
            size_t left = s->n_steps - at;
            if (!run_phase(w, w->steps + at, left < s->phase ? left : s->phase, (uint32_t)(at + r))) return;
        }
    w->ended = kit_now_ns();
}

/* As alloc_take, with a clock reading on both sides of the call and nothing else between them. */
static bool take_with_clock(worker *w, alloc_slot *slot)
{
    const char *what = alloc_intact(slot) ? NULL : "its contents are not what was written";
    if (what == NULL) {
        uint64_t from = latency_now();
        bool freed = dialect_free(&w->arena, slot->block);
        latency_record(&w->latency, from, latency_now());
        if (!freed) what = "its free was refused";
    }
    if (what != NULL) w->fault = (alloc_fault){.wrong = true, .slot = *slot, .what = what};
    slot->block = NULL;
    return what == NULL;
}

static bool put_with_clock(worker *w, alloc_slot *slot, uint32_t size, uint32_t tag)
{
    *slot = (alloc_slot){.size = size, .tag = tag};
    uint64_t from = latency_now();
    slot->block = dialect_allocate(&w->arena, size);
    latency_record(&w->latency, from, latency_now());
    if (slot->block != NULL)
        alloc_write(slot);
    else
        w->fault = (alloc_fault){.refused = true, .slot = *slot};
    return slot->block != NULL;
}

static void run_latency(worker *w)
{
    size_t count = w->storm->phase < w->storm->n_steps ? w->storm->phase : w->storm->n_steps;
    if (count > LATENCY_STEPS) count = LATENCY_STEPS;
    latency_begin(&w->latency, w->ticks, (size_t)2 * LATENCY_STEPS);
    bool fine = true;
    for (size_t i = 0; fine && i < count; i++) {
        alloc_slot *slot = &w->slots[w->steps[i].slot];
        fine =
            (slot->block == NULL || take_with_clock(w, slot)) && put_with_clock(w, slot, w->steps[i].size, (uint32_t)i);
    }
    latency_end(&w->latency);
    if (fine) free_all(w);
}

static void *work(void *argument)
{
    worker *w = argument;
    kit_bind_thread(w->storm->run, w->index);
    w->entered = dialect_enter(&w->arena, w->storm->phase_bytes);
    for (;;) {
        pthread_barrier_wait(&w->storm->start);
        pass now = w->storm->pass;
        if (now == STOP) break;
        if (now == RUN_TIMED && w->entered) run_timed(w);
        if (now == RUN_LATENCY && w->entered) run_latency(w);
        pthread_barrier_wait(&w->storm->end);
    }
    if (w->entered) dialect_leave(&w->arena);
    return NULL;
}

static void command(storm *s, pass wanted)
{
    s->pass = wanted;
    pthread_barrier_wait(&s->start);
    if (wanted != STOP) pthread_barrier_wait(&s->end);
}

static uint32_t draw_slot(uint64_t *seed, uint32_t short_share, uint32_t medium_share)
{
    uint32_t lot = alloc_below(alloc_random(seed), 100);
    uint64_t which = alloc_random(seed);
    if (lot < short_share) return alloc_below(which, SHORT_SLOTS);
    if (lot < short_share + medium_share) return SHORT_SLOTS + alloc_below(which, MEDIUM_SLOTS);
    return SHORT_SLOTS + MEDIUM_SLOTS + alloc_below(which, LONG_SLOTS);
}

static uint32_t draw_size(uint64_t *seed, double smallest, double largest)
{
    double at = (double)(alloc_random(seed) >> 11) * 0x1p-53;
    double size = smallest * exp2(at * log2((largest + 1) / smallest));
    return (uint32_t)(size > largest ? largest : size);
}

static void write_script(storm *s, worker *w, uint64_t seed)
{
    double smallest = (double)kit_int(s->run, "min_size"), largest = (double)kit_int(s->run, "max_size");
    uint32_t short_share = (uint32_t)kit_int(s->run, "short"), medium_share = (uint32_t)kit_int(s->run, "medium");
    size_t bytes = 0;
    for (size_t i = 0; i < s->n_steps; i++) {
        if (i % s->phase == 0) bytes = 0;
        w->steps[i].size = draw_size(&seed, smallest, largest);
        w->steps[i].slot = draw_slot(&seed, short_share, medium_share);
        bytes += w->steps[i].size + 16U;
        if (bytes > s->phase_bytes) s->phase_bytes = bytes;
    }
}

static bool make_worker(storm *s, unsigned index)
{
    worker *w = &s->workers[index];
    *w = (worker){.storm = s, .index = index};
    w->steps = malloc(s->n_steps * sizeof *w->steps);
    w->slots = calloc(SLOTS, sizeof *w->slots);
    w->ticks = calloc((size_t)2 * LATENCY_STEPS, sizeof *w->ticks);
    if (w->steps == NULL || w->slots == NULL || w->ticks == NULL) return false;
    write_script(s, w, kit_seed(s->run) + index * UINT64_C(0x100000001));
    return true;
}

static void drop(storm *s)
{
    for (unsigned i = 0; s->workers != NULL && i < s->n_workers; i++) {
        free(s->workers[i].steps);
        free(s->workers[i].slots);
        free(s->workers[i].ticks);
    }
    free(s->workers);
    free(s);
}

static storm *make(kit_run *run)
{
    storm *s = calloc(1, sizeof *s);
    if (s == NULL) return NULL;
    s->run = run;
    s->n_workers = kit_threads(run);
    s->n_steps = ((size_t)kit_int(run, "n") + 1) / 2;
    s->phase = ((size_t)kit_int(run, "phase") + 1) / 2;
    s->workers = calloc(s->n_workers, sizeof *s->workers);
    bool fine = s->workers != NULL;
    for (unsigned i = 0; fine && i < s->n_workers; i++)
        fine = make_worker(s, i);
    if (fine) return s;
    drop(s);
    return NULL;
}

/* The most that is live at a time: all slots full, and no more than a phase allocates. */
static size_t live_bytes(const storm *s)
{
    size_t slots = SLOTS * ((size_t)kit_int(s->run, "max_size") + 16);
    return s->n_workers * (slots < s->phase_bytes ? slots : s->phase_bytes);
}

static void stop(storm *s)
{
    command(s, STOP);
    for (unsigned i = 0; i < s->n_workers; i++)
        pthread_join(s->workers[i].thread, NULL);
    pthread_barrier_destroy(&s->start);
    pthread_barrier_destroy(&s->end);
}

/* All threads or none: one that can't be had leaves the others at a barrier that never opens, so the process ends. */
static int start(storm *s)
{
    pthread_barrier_init(&s->start, NULL, s->n_workers + 1);
    pthread_barrier_init(&s->end, NULL, s->n_workers + 1);
    for (; s->n_started < s->n_workers; s->n_started++) {
        worker *w = &s->workers[s->n_started];
        if (pthread_create(&w->thread, NULL, work, w) != 0)
            return kit_unable(s->run, "thread %u of %u could not be started", s->n_started, s->n_workers);
    }
    return 0;
}

static int set_up(kit_run *run, void **state)
{
    int64_t smallest = kit_int(run, "min_size"), largest = kit_int(run, "max_size");
    if (smallest > largest)
        return kit_unable(run, "min_size is %lld and max_size %lld", (long long)smallest, (long long)largest);
    int64_t shares = kit_int(run, "short") + kit_int(run, "medium");
    if (shares > 100)
        return kit_unable(run, "short and medium are shares of 100, together they are %lld", (long long)shares);
    storm *s = make(run);
    if (s == NULL) return kit_unable(run, "no memory for the scripts of %u threads", kit_threads(run));
    if (dialect_open(run, live_bytes(s)) != 0) {
        drop(s);
        return -1;
    }
    if (start(s) != 0) return -1; /* what the threads that did start use is not dropped under them */
    *state = s;
    return 0;
}

static int faults(const storm *s)
{
    for (unsigned i = 0; i < s->n_workers; i++) {
        const worker *w = &s->workers[i];
        if (!w->entered) return kit_unable(s->run, "thread %u could not get its region", i);
        if (alloc_report(s->run, &w->fault, i) != 0) return -1;
    }
    return 0;
}

static double wall_seconds(const storm *s)
{
    uint64_t first = UINT64_MAX, last = 0;
    for (unsigned i = 0; i < s->n_workers; i++) {
        if (s->workers[i].began < first) first = s->workers[i].began;
        if (s->workers[i].ended > last) last = s->workers[i].ended;
    }
    return (double)(last - first) * 1e-9;
}

static int report_latencies(const storm *s)
{
    const latency **recorders = calloc(s->n_workers, sizeof(const latency *));
    if (recorders == NULL) return kit_unable(s->run, "out of memory");
    for (unsigned i = 0; i < s->n_workers; i++)
        recorders[i] = &s->workers[i].latency;
    int status = latency_report(s->run, recorders, s->n_workers);
    free(recorders);
    return status;
}

static int sample(kit_run *run, void *state, uint64_t repeats)
{
    storm *s = state;
    s->repeats = repeats;
    kit_start(run);
    command(s, RUN_TIMED);
    kit_stop(run);
    if (faults(s) != 0) return -1;
    double wall = wall_seconds(s), operations = 2.0 * (double)s->n_steps * (double)repeats;
    kit_sample(run, "time_per_op", wall * 1e9 / operations);
    kit_sample(run, "throughput", operations * s->n_workers / wall);
    command(s, RUN_LATENCY);
    if (faults(s) != 0) return -1;
    return report_latencies(s);
}

static void tear_down(kit_run *run, void *state)
{
    storm *s = state;
    stop(s);
    dialect_close(run);
    drop(s);
}

static const kit_param params[] = {
    {"n", "int", "200000", "2..100000000", "operations (allocations and frees) of a thread"},
    {"min_size", "size", "16", "1..1073741824", "smallest block in bytes"},
    {"max_size", "size", "4096", "1..1073741824", "largest block in bytes"},
    {"phase", "int", "20000", "2..100000000", "operations after which a thread frees all it has"},
    {"short", "int", "70", "0..100", "per cent of the blocks that live for some twenty allocations"},
    {"medium", "int", "25", "0..100", "per cent that live for about a thousand; the rest live to the end of the phase"},
    {0},
};

static const kit_metric metrics[] = {
    {"time_per_op", "ns", "lower", "wall time of a thread's operations over their number"},
    {"throughput", "op/s", "higher", "operations of all threads in a second"},
    {"latency_p50", "ns", "lower", "median time of a single call"},
    {"latency_p99", "ns", "lower", "99th percentile of the time of a single call"},
    {"latency_p999", "ns", "lower", "99.9th percentile of the time of a single call"},
    {0},
};

extern const kit_workload workload_storm;
const kit_workload workload_storm = {
    .name = "storm",
    .family = "alloc",
    .about = "blocks of mixed sizes, log-uniform, with short, medium and long lives, in phases",
    .params = params,
    .metrics = metrics,
    .setup = set_up,
    .sample = sample,
    .teardown = tear_down,
};
