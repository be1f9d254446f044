#include "fixture.h"
#include "store/file.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[64];

static dyno_metric compute_metrics[] = {{"time", "s", DYNO_LOWER, "time of one run"}};
static dyno_metric alloc_metrics[] = {{"throughput", "op/s", DYNO_HIGHER, "allocations"},
                                      {"latency_p99", "ns", DYNO_LOWER, "slowest in a hundred"}};
static dyno_offer offers[FIXTURE_CELLS] = {
    {.worker = "compute 1",
     .contender = "serial",
     .workload = "fib",
     .family = "compute",
     .metrics = compute_metrics,
     .n_metrics = 1},
    {.worker = "compute 1",
     .contender = "engine",
     .workload = "fib",
     .family = "compute",
     .metrics = compute_metrics,
     .n_metrics = 1},
    {.worker = "alloc 1",
     .contender = "malloc",
     .workload = "storm",
     .family = "alloc",
     .metrics = alloc_metrics,
     .n_metrics = 2},
};
static dyno_cell cells[FIXTURE_CELLS] = {
    {.offer = &offers[0], .threads = 1, .params = "n=30", .pin = "core", .time = 1, .samples = 10, .time_limit = 5},
    {.offer = &offers[1], .threads = 2, .params = "n=30", .pin = "core", .time = 1, .samples = 10, .time_limit = 5},
    {.offer = &offers[2],
     .threads = 2,
     .params = "mix=\"a,\nb\";size=64",
     .pin = "0,1",
     .time = 1,
     .samples = 10,
     .time_limit = 5},
};

dyno_plan *fixture_plan(void)
{
    static char *notes[] = {"jemalloc is left out: libjemalloc2 is not installed"};
    static dyno_plan plan = {.name = "quick",
                             .cells = cells,
                             .n_cells = FIXTURE_CELLS,
                             .processes = 2,
                             .budget = 60,
                             .seed = 18446744073709551557u,
                             .notes = notes,
                             .n_notes = 1,
                             .source = "[fib]\nn = 30\n"};
    return &plan;
}

const dyno_attempt *fixture_good(const dyno_cell *cell, const double *values, size_t n)
{
    static dyno_sample samples[64];
    static char *notes[] = {"counter steals 12", "note huge pages refused", "note second, with a comma"};
    static dyno_attempt attempt;
    for (size_t i = 0; i < n; i++)
        samples[i] = (dyno_sample){(unsigned)i, &cell->offer->metrics[0], values[i]};
    attempt =
        (dyno_attempt){.outcome = DYNO_OK,
                       .samples = samples,
                       .n_samples = n,
                       .notes = notes,
                       .n_notes = 3,
                       .cpus = "0 1",
                       .pinned = true,
                       .usage = {.wall = 1.5, .user = 2.5, .system = 0.25, .peak_rss_kib = 2048, .minor_faults = 7}};
    return &attempt;
}

const dyno_attempt *fixture_bad(dyno_outcome outcome, const char *detail)
{
    static dyno_attempt attempt;
    attempt = (dyno_attempt){.outcome = outcome, .usage = {.wall = 0.5, .peak_rss_kib = 1024}};
    snprintf(attempt.detail, sizeof attempt.detail, "%s", detail);
    return &attempt;
}

const char *fixture_directory(void)
{
    strcpy(directory, "/tmp/dyno-store-XXXXXX");
    assert_non_null(mkdtemp(directory));
    return directory;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info, (void)kind, (void)place;
    return remove(path);
}

void fixture_remove(void)
{
    (void)nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

char *fixture_read(const char *name, size_t *n)
{
    char *text, *path = dyno_path_join(directory, name);
    dyno_refusal refusal;
    if (dyno_file_load(path, &text, n, &refusal) != DYNO_GOOD) fail_msg("%s", refusal.sentence);
    free(path);
    return text;
}

void fixture_write(const char *name, const char *text, size_t n)
{
    dyno_refusal refusal;
    if (dyno_file_replace(directory, name, text, n, &refusal) != DYNO_GOOD) fail_msg("%s", refusal.sentence);
}
