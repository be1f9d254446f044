/* test_worker.c - a worker that behaves, or misbehaves, as its parameter `act` says: for kit_test.c. */
#include "kit.h"

#include <math.h>
#include <string.h>

static const kit_param params[] = {
    {"n", "int", "10", "1..1000", "how far to count"},
    {"bytes", "size", "4K", "64..1G", "a size"},
    {"share", "real", "0.5", "0..1", "a share"},
    {"act", "word", "good", "good|wrong|unable|nan|silent|setup|say|late", "what to do"},
    {0},
};

static const kit_metric metrics[] = {
    {"time", "s", "lower", "seconds for one count"},
    {"repeats", "1", "none", "how often the work was done"},
    {0},
};

static int setup(kit_run *run, void **state)
{
    static int calls;
    calls = 0;
    *state = &calls;
    return strcmp(kit_word(run, "act"), "setup") == 0 ? kit_unable(run, "there is no %s", "such device") : 0;
}

static int act(kit_run *run, const char *act_name, int calls)
{
    if (strcmp(act_name, "wrong") == 0) return kit_wrong(run, "the count is %d, not %d", 9, 10);
    if (strcmp(act_name, "late") == 0 && calls > 3) return kit_wrong(run, "call %d went wrong", calls);
    if (strcmp(act_name, "unable") == 0) return kit_unable(run, "no\nluck");
    if (strcmp(act_name, "nan") == 0) return kit_sample(run, "repeats", (double)NAN);
    if (strcmp(act_name, "say") == 0) kit_note(run, "two\nlines");
    return 0;
}

static int sample(kit_run *run, void *state, uint64_t repeats)
{
    int64_t n = kit_int(run, "n");
    int *calls = state;
    ++*calls;
    kit_start(run);
    for (uint64_t i = 0; i < repeats; i++)
        for (int64_t k = 0; k < n; k++)
            kit_keep(k);
    kit_stop(run);
    if (strcmp(kit_word(run, "act"), "silent") == 0) return 0;
    kit_sample(run, "time", kit_elapsed(run) / (double)repeats);
    if (act(run, kit_word(run, "act"), *calls) != 0) return -1;
    return strcmp(kit_word(run, "act"), "nan") == 0 ? -1 : kit_sample(run, "repeats", (double)repeats);
}

static void teardown(kit_run *run, void *state)
{
    kit_bind_thread(run, 0);
    kit_counter(run, "calls", *(int *)state);
    kit_counter(run, "bytes", (double)kit_int(run, "bytes"));
    kit_counter(run, "share", kit_real(run, "share"));
    kit_counter(run, "seed", (double)kit_seed(run));
    kit_counter(run, "threads", kit_threads(run));
}

static const kit_workload count = {
    .name = "count",
    .family = "compute",
    .about = "counts to n",
    .params = params,
    .metrics = metrics,
    .min_threads = 1,
    .max_threads = 4,
    .setup = setup,
    .sample = sample,
    .teardown = teardown,
};

static int sample_once(kit_run *run, void *state, uint64_t repeats)
{
    (void)state;
    return kit_sample(run, "repeats", (double)repeats);
}

static const kit_metric once_metrics[] = {{"repeats", "1", "none", "always 1"}, {0}};
static const kit_workload once = {
    .name = "once", .family = "compute", .metrics = once_metrics, .sample = sample_once, .fixed_length = true};

static const char *lacks(const char *contender, const kit_workload *workload)
{
    (void)contender;
    return strcmp(workload->name, "once") == 0 ? NULL : "the part is missing";
}

static const kit_contender contenders[] = {
    {"tester", "does what it is told", NULL, NULL},
    {"absent", "lacks a part for all but once", "libabsent.so", lacks},
    {0},
};

int main(int argc, char **argv)
{
    static const kit_workload *const workloads[] = {&count, &once, NULL};
    static const kit_worker worker = {"dyno-kit-test", contenders, workloads};
    return kit_main(argc, argv, &worker);
}
