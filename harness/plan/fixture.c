#include "fixture.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static dyno_param param(const char *name, const char *type, const char *initial, const char *accepted)
{
    return (dyno_param){dyno_copy(name), dyno_copy(type), dyno_copy(initial), dyno_copy(accepted), dyno_copy(name)};
}

static void add_offer(dyno_catalogue *catalogue, const char *workload, const char *contender, unsigned max_threads)
{
    catalogue->offers = dyno_extend(catalogue->offers, catalogue->n_offers, sizeof *catalogue->offers);
    dyno_offer *offer = &catalogue->offers[catalogue->n_offers++];
    *offer = (dyno_offer){.program = dyno_copy("/bin/false"),
                          .worker = dyno_copy("test 1"),
                          .contender = dyno_copy(contender),
                          .contender_about = dyno_copy(contender),
                          .workload = dyno_copy(workload),
                          .family = dyno_copy("test"),
                          .workload_about = dyno_copy(workload),
                          .params = dyno_allocate(8, sizeof(dyno_param)),
                          .metrics = dyno_allocate(1, sizeof(dyno_metric)),
                          .n_metrics = 1,
                          .min_threads = 1,
                          .max_threads = max_threads};
    offer->metrics[0] =
        (dyno_metric){.name = dyno_copy("time"), .unit = dyno_copy("s"), .about = dyno_copy("time of one")};
    if (strcmp(workload, "fib") == 0) {
        offer->params[offer->n_params++] = param("n", "int", "30", "1..92");
        return;
    }
    offer->params[offer->n_params++] = param("sizes", "word", "lognormal", "lognormal|uniform");
    offer->params[offer->n_params++] = param("bytes", "size", "4K", "64..1G");
    offer->params[offer->n_params++] = param("share", "real", "0.5", "0..1");
    offer->params[offer->n_params++] = param("label", "word", "x", "any");
}

void fixture_catalogue(dyno_catalogue *catalogue)
{
    *catalogue = (dyno_catalogue){0};
    add_offer(catalogue, "fib", "engine", 0);
    add_offer(catalogue, "fib", "openmp", 0);
    add_offer(catalogue, "fib", "serial", 1);
    add_offer(catalogue, "storm", "jemalloc", 0);
    add_offer(catalogue, "storm", "malloc", 0);
}

dyno_offer *fixture_offer(dyno_catalogue *catalogue, const char *workload, const char *contender)
{
    for (size_t i = 0; i < catalogue->n_offers; i++)
        if (dyno_find_offer(catalogue, workload, contender) == &catalogue->offers[i]) return &catalogue->offers[i];
    return NULL;
}

static size_t length_of(const char *const *list)
{
    size_t n = 0;
    while (list != NULL && list[n] != NULL)
        n++;
    return n;
}

int fixture_plan(const dyno_catalogue *catalogue, const char *suite, const char *const *words,
                 const char *const *assignments, dyno_plan *plan, dyno_refusal *refusal)
{
    char dir[] = "/tmp/dyno-plan-XXXXXX", path[64];
    dyno_plan_request request = {.words = words,
                                 .n_words = length_of(words),
                                 .assignments = assignments,
                                 .n_assignments = length_of(assignments)};
    if (suite != NULL) {
        if (mkdtemp(dir) == NULL) abort();
        snprintf(path, sizeof path, "%s/t.ini", dir);
        FILE *file = fopen(path, "w");
        if (file == NULL || fputs(suite, file) < 0 || fclose(file) != 0) abort();
        request.suite = path;
    }
    refusal->sentence[0] = '\0';
    int status = dyno_plan_make(&request, catalogue, plan, refusal);
    if (suite == NULL) return status;
    size_t front = strlen(dir) + 1;
    if (strncmp(refusal->sentence, dir, front - 1) == 0)
        memmove(refusal->sentence, refusal->sentence + front, strlen(refusal->sentence + front) + 1);
    unlink(path);
    rmdir(dir);
    return status;
}
