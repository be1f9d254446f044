#include "plan/plan.h"
#include "base/memory.h"
#include "plan/matrix.h"
#include "plan/quantity.h"
#include "plan/settings.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static uint64_t random_seed(void)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        seed = (uint64_t)now.tv_sec * 1000000007U ^ (uint64_t)now.tv_nsec;
    }
    /* Small enough to be copied by hand and to pass through JSON readers that know only doubles. */
    return seed & UINT32_MAX;
}

static int read_processes(const dyno_settings *settings, unsigned *processes, dyno_refusal *refusal)
{
    enum { DEFAULT = 5, MOST = 10000 };
    dyno_found found;
    int64_t number;
    *processes = DEFAULT;
    if (!dyno_settings_find(settings, NULL, "processes", &found)) return DYNO_GOOD;
    if (!dyno_parse_int(found.value, &number) || number < 1 || number > MOST)
        return dyno_refuse(refusal, DYNO_USAGE, "%s: processes = '%s' is not accepted: 1..%d", found.place, found.value,
                           MOST);
    *processes = (unsigned)number;
    return DYNO_GOOD;
}

static int read_budget(const dyno_settings *settings, double *budget, dyno_refusal *refusal)
{
    enum { WEEK = 604800 };
    dyno_found found;
    *budget = 0;
    if (!dyno_settings_find(settings, NULL, "budget", &found)) return DYNO_GOOD;
    if (dyno_parse_duration(found.value, budget) && *budget > 0 && *budget <= WEEK) return DYNO_GOOD;
    return dyno_refuse(refusal, DYNO_USAGE,
                       "%s: budget = '%s' is not accepted: a duration of up to a week, like 90s, 2m or 1m30s",
                       found.place, found.value);
}

static int read_seed(const dyno_settings *settings, uint64_t *seed, dyno_refusal *refusal)
{
    dyno_found found;
    *seed = random_seed();
    if (!dyno_settings_find(settings, NULL, "seed", &found)) return DYNO_GOOD;
    if (dyno_parse_uint64(found.value, seed)) return DYNO_GOOD;
    return dyno_refuse(refusal, DYNO_USAGE, "%s: seed = '%s' is not accepted: a whole number from 0 to 2^64-1",
                       found.place, found.value);
}

/* "quick" of "suites/quick.ini"; the workloads joined with '-' where there is no suite. */
static char *plan_name(const dyno_plan_request *request, const dyno_settings *settings)
{
    if (request->suite != NULL) {
        const char *slash = strrchr(request->suite, '/'), *base = slash != NULL ? slash + 1 : request->suite;
        const char *dot = strrchr(base, '.');
        size_t length = dot != NULL && dot != base && strcmp(dot, ".ini") == 0 ? (size_t)(dot - base) : strlen(base);
        return dyno_text("%.*s", (int)length, base);
    }
    char *name = dyno_copy(settings->targets[0].name);
    for (size_t i = 1; i < settings->n_targets; i++) {
        char *longer = dyno_text("%s-%s", name, settings->targets[i].name);
        free(name);
        name = longer;
    }
    return name;
}

static int refuse_empty(const dyno_plan *plan, const dyno_left_out *left_out, dyno_refusal *refusal)
{
    const char *why = plan->n_notes > 0 ? plan->notes[0] : "the suite names none";
    const char *more = plan->n_notes > 1 ? " (and so on)" : "";
    int code = left_out->unavailable > 0 ? DYNO_FAILED : DYNO_USAGE;
    return dyno_refuse(refusal, code, "no cells to run: %s%s", why, more);
}

static int fill(const dyno_plan_request *request, const dyno_settings *settings, dyno_plan *plan, dyno_refusal *refusal)
{
    dyno_left_out left_out = {0};
    plan->name = plan_name(request, settings);
    if (settings->suite != NULL) plan->source = dyno_copy(settings->suite->text);
    int status = read_processes(settings, &plan->processes, refusal);
    if (status == DYNO_GOOD) status = read_budget(settings, &plan->budget, refusal);
    if (status == DYNO_GOOD) status = read_seed(settings, &plan->seed, refusal);
    if (request->budget > 0) plan->budget = request->budget;
    if (request->seed_given) plan->seed = request->seed;
    for (size_t i = 0; status == DYNO_GOOD && i < settings->n_targets; i++)
        status = dyno_matrix_expand(settings, &settings->targets[i], plan, &left_out, refusal);
    return status == DYNO_GOOD && plan->n_cells == 0 ? refuse_empty(plan, &left_out, refusal) : status;
}

int dyno_plan_make(const dyno_plan_request *request, const dyno_catalogue *catalogue, dyno_plan *plan,
                   dyno_refusal *refusal)
{
    dyno_suite suite = {0};
    dyno_settings settings;
    *plan = (dyno_plan){0};
    int status = request->suite != NULL ? dyno_suite_read(request->suite, &suite, refusal) : DYNO_GOOD;
    if (status != DYNO_GOOD) return status;
    status = dyno_settings_make(request, catalogue, request->suite != NULL ? &suite : NULL, &settings, refusal);
    if (status == DYNO_GOOD) {
        status = fill(request, &settings, plan, refusal);
        dyno_settings_free(&settings);
    }
    dyno_suite_free(&suite);
    if (status != DYNO_GOOD) dyno_plan_free(plan);
    return status;
}

static void free_cell(dyno_cell *cell)
{
    for (size_t i = 0; i < cell->n_settings; i++) {
        free(cell->settings[i].name);
        free(cell->settings[i].value);
    }
    free(cell->settings);
    free(cell->params);
    free(cell->pin);
}

void dyno_plan_free(dyno_plan *plan)
{
    for (size_t i = 0; i < plan->n_cells; i++)
        free_cell(&plan->cells[i]);
    for (size_t i = 0; i < plan->n_notes; i++)
        free(plan->notes[i]);
    free(plan->cells);
    free(plan->notes);
    free(plan->name);
    free(plan->source);
    *plan = (dyno_plan){0};
}
