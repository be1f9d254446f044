#include "run.h"

#include <stdlib.h>
#include <string.h>

/* Below this a sample says more about the clock and the caches of one instant than about the code. */
static const double SHORTEST_SAMPLE = 0.002;
/* Set-up inside a call (restoring input, checking answers) is not measured, but the harness pays for it: sampling ends
 * when it has taken this many times the seconds asked for, however little of it was measured. */
static const double WALL_PER_TIME = 2.0;
static const uint64_t MOST_REPEATS = UINT64_C(1) << 40;

static double seconds(uint64_t ns)
{
    return (double)ns * 1e-9;
}

static void clear_call(kit_run *run)
{
    run->measured = 0;
    run->timed = false;
    memset(run->reported, 0, sizeof run->reported);
}

static bool any_reported(const kit_run *run)
{
    bool any = false;
    for (size_t i = 0; i < KIT_METRICS_MAX; i++)
        any = any || run->reported[i];
    return any;
}

/* One call of `sample`. Returns the seconds it measured, or -1 when the run is over. */
static double call(kit_run *run, void *state, uint64_t repeats)
{
    clear_call(run);
    uint64_t began = kit_now_ns();
    int status = run->request->workload->sample(run, state, repeats);
    uint64_t ended = kit_now_ns();
    if (status != 0 && run->verdict == KIT_VERDICT_OK) kit_unable(run, "the workload failed without saying why");
    if (run->verdict == KIT_VERDICT_OK && !any_reported(run)) kit_unable(run, "the workload reported no value");
    if (run->verdict != KIT_VERDICT_OK || kit_channel_broken(run->channel)) return -1;
    return seconds(run->timed ? run->measured : ended - began);
}

static void tell_samples(kit_run *run, uint64_t index)
{
    const kit_metric *metrics = run->request->workload->metrics;
    for (size_t i = 0; metrics[i].name != NULL; i++)
        if (run->reported[i])
            kit_say(run->channel, "sample %llu %s %.17g", (unsigned long long)index, metrics[i].name, run->values[i]);
}

/* The repeats that would have taken the seconds wanted, at most `most` times as many as were measured. */
static uint64_t scaled(uint64_t repeats, double measured, double wanted, double most)
{
    double factor = wanted < measured * most ? wanted / measured : most;
    double next = (double)repeats * factor + 0.5;
    if (wanted <= 0 || next < 1) return 1;
    return next < (double)MOST_REPEATS ? (uint64_t)next : MOST_REPEATS;
}

/* Calls for warm-up until the seconds asked for have passed and the length of a sample is known; at least once. Returns
 * the repeats of a sample, 0 when the run is over. */
static uint64_t warm_up(kit_run *run, void *state)
{
    const kit_request *r = run->request;
    double wanted = r->time / (double)r->samples;
    double enough = wanted < SHORTEST_SAMPLE ? wanted : SHORTEST_SAMPLE;
    uint64_t began = kit_now_ns(), repeats = 1;
    for (;;) {
        double measured = call(run, state, repeats);
        if (measured < 0) return 0;
        bool warm = seconds(kit_now_ns() - began) >= r->warmup;
        if (r->workload->fixed_length) {
            if (warm) return 1;
        } else if (measured < enough && repeats < MOST_REPEATS) {
            uint64_t next = scaled(repeats, measured, 1.2 * enough, 16);
            repeats = next > repeats ? next : repeats + 1;
        } else if (warm) {
            return scaled(repeats, measured, wanted, 1e6);
        }
    }
}

static void measure(kit_run *run, void *state)
{
    const kit_request *r = run->request;
    uint64_t repeats = warm_up(run, state), index = 0, began = kit_now_ns();
    double measured = 0;
    bool more = repeats > 0;
    while (more) {
        double length = call(run, state, repeats);
        if (length < 0) return;
        tell_samples(run, index++);
        measured += length;
        double wall = seconds(kit_now_ns() - began);
        more = index < r->samples && measured < r->time && wall < WALL_PER_TIME * r->time;
    }
    if (index > 0)
        snprintf(run->verdict_text, sizeof run->verdict_text, "%llu samples of %llu repeats", (unsigned long long)index,
                 (unsigned long long)repeats);
}

static void set_up_and_measure(kit_run *run)
{
    const kit_workload *workload = run->request->workload;
    void *state = NULL;
    if (workload->setup != NULL && workload->setup(run, &state) != 0) {
        if (run->verdict == KIT_VERDICT_OK) kit_unable(run, "the set-up failed without saying why");
        return;
    }
    if (run->verdict == KIT_VERDICT_OK) measure(run, state);
    if (workload->teardown != NULL) workload->teardown(run, state);
}

void kit_run_request(kit_channel *channel, const kit_request *request)
{
    static const char *const verdicts[] = {"ok", "wrong", "unable"};
    const kit_contender *contender = request->contender;
    kit_run run = {.request = request, .channel = channel, .lock = PTHREAD_MUTEX_INITIALIZER};
    run.bound = calloc(request->n_cpus + 1, sizeof *run.bound);
    const char *lacks = contender->lacks != NULL ? contender->lacks(contender->name, request->workload) : NULL;
    if (run.bound == NULL)
        kit_unable(&run, "out of memory");
    else if (lacks != NULL)
        kit_unable(&run, "%s", lacks);
    else
        set_up_and_measure(&run);
    kit_say(channel, "verdict %s %s", verdicts[run.verdict], run.verdict_text);
    free(run.bound);
}
