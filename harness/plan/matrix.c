#include "plan/matrix.h"
#include "base/memory.h"
#include "plan/quantity.h"
#include "plan/values.h"
#include "run/pin.h"

#include <ctype.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is common to all cells of a target. */
typedef struct frame {
    const dyno_settings *settings;
    const dyno_target *target;
    dyno_plan *plan;
    dyno_left_out *left_out;
    dyno_refusal *refusal;
    dyno_names contenders, threads, pins;
    double time, warmup, time_limit;
    unsigned samples;
} frame;

void dyno_plan_note(dyno_plan *plan, char *note)
{
    plan->notes = dyno_extend(plan->notes, plan->n_notes, sizeof *plan->notes);
    plan->notes[plan->n_notes++] = note;
}

/* ---- Times and counts ---- */

static int read_duration(const frame *f, const char *key, double otherwise, double least, double *seconds)
{
    enum { DAY = 86400 };
    dyno_found found;
    *seconds = otherwise;
    if (!dyno_settings_find(f->settings, f->target, key, &found)) return DYNO_GOOD;
    if (dyno_parse_duration(found.value, seconds) && *seconds >= least && *seconds <= DAY) return DYNO_GOOD;
    return dyno_refuse(f->refusal, DYNO_USAGE,
                       "%s: %s = '%s' is not accepted: a duration from %gs to 24h, like 0.5, 250ms, 90s, 2m or 1m30s",
                       found.place, key, found.value, least);
}

static int read_samples(const frame *f, unsigned *samples)
{
    enum { DEFAULT = 30, MOST = 100000 };
    dyno_found found;
    int64_t number;
    *samples = DEFAULT;
    if (!dyno_settings_find(f->settings, f->target, "samples", &found)) return DYNO_GOOD;
    if (!dyno_parse_int(found.value, &number) || number < 1 || number > MOST)
        return dyno_refuse(f->refusal, DYNO_USAGE, "%s: samples = '%s' is not accepted: 1..%d", found.place,
                           found.value, MOST);
    *samples = (unsigned)number;
    return DYNO_GOOD;
}

static int read_times(frame *f)
{
    int status = read_duration(f, "time", 0.5, 0.001, &f->time);
    if (status == DYNO_GOOD) status = read_duration(f, "warmup", 0.1, 0, &f->warmup);
    if (status == DYNO_GOOD) status = read_duration(f, "time_limit", 60, 0.1, &f->time_limit);
    return status == DYNO_GOOD ? read_samples(f, &f->samples) : status;
}

/* ---- Threads and pinning ---- */

static unsigned allowed_cpus(void)
{
    enum { CPUS_MOST = 8192 };
    cpu_set_t *set = CPU_ALLOC(CPUS_MOST);
    size_t size = CPU_ALLOC_SIZE(CPUS_MOST);
    int count = set != NULL && sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 1;
    CPU_FREE(set);
    return count > 0 ? (unsigned)count : 1;
}

static int read_threads(frame *f)
{
    dyno_found found;
    char threads[] = "threads", type[] = "int", accepted[] = "1..4096";
    const dyno_param param = {.name = threads, .type = type, .accepted = accepted};
    if (dyno_settings_find(f->settings, f->target, "threads", &found))
        return dyno_values_expand(found.place, &param, found.value, allowed_cpus(), &f->threads, f->refusal);
    return DYNO_GOOD; /* none given: each contender runs with as few as it takes */
}

/* The neighbours 0 and 2-3 of "compact,0,2-3,none" are one list of CPUs. */
static void join_cpu_lists(dyno_names *policies)
{
    dyno_names joined = {0};
    for (size_t i = 0; i < policies->n; i++) {
        char *policy = dyno_copy(policies->items[i]);
        while (isdigit((unsigned char)policy[0]) && i + 1 < policies->n &&
               isdigit((unsigned char)policies->items[i + 1][0])) {
            char *longer = dyno_text("%s,%s", policy, policies->items[++i]);
            free(policy);
            policy = longer;
        }
        dyno_names_add(&joined, policy);
    }
    dyno_names_free(policies);
    *policies = joined;
}

static int read_pins(frame *f)
{
    dyno_found found;
    if (!dyno_settings_find(f->settings, f->target, "pin", &found)) {
        dyno_names_add(&f->pins, dyno_copy("compact"));
        return DYNO_GOOD;
    }
    if (dyno_pin_valid(found.value)) {
        dyno_names_add(&f->pins, dyno_copy(found.value));
        return DYNO_GOOD;
    }
    int status = dyno_words_split(found.place, "pin", found.value, &f->pins, f->refusal);
    if (status != DYNO_GOOD) return status;
    join_cpu_lists(&f->pins);
    for (size_t i = 0; i < f->pins.n; i++)
        if (!dyno_pin_valid(f->pins.items[i]))
            return dyno_refuse(f->refusal, DYNO_USAGE,
                               "%s: pin = '%s' is not accepted: compact, scatter, core, none or a CPU list like 0,2-3",
                               found.place, f->pins.items[i]);
    return DYNO_GOOD;
}

/* ---- Contenders ---- */

static void contenders_of(const dyno_catalogue *catalogue, const char *workload, dyno_names *names)
{
    for (size_t i = 0; i < catalogue->n_offers; i++)
        if (workload == NULL || strcmp(catalogue->offers[i].workload, workload) == 0)
            dyno_names_add(names, dyno_copy(catalogue->offers[i].contender));
}

static int refuse_contender(const frame *f, const dyno_found *found, const char *name, const char *workload)
{
    dyno_names known = {0};
    contenders_of(f->settings->catalogue, workload, &known);
    char *hint = dyno_names_hint(&known, name), *all = dyno_names_join(&known);
    int status = workload != NULL ? dyno_refuse(f->refusal, DYNO_USAGE, "%s: %s has no contender '%s'; it has: %s",
                                                found->place, workload, name, all)
                                  : dyno_refuse(f->refusal, DYNO_USAGE, "%s: unknown contender '%s'%s known: %s",
                                                found->place, name, hint[0] != '\0' ? hint : ";", all);
    free(hint);
    free(all);
    dyno_names_free(&known);
    return status;
}

static int read_contenders(frame *f)
{
    const dyno_catalogue *catalogue = f->settings->catalogue;
    dyno_found found = {0};
    dyno_names asked = {0}, known = {0};
    bool given = dyno_settings_find(f->settings, f->target, "contender", &found);
    int status = given ? dyno_words_split(found.place, "contender", found.value, &asked, f->refusal) : DYNO_GOOD;
    contenders_of(catalogue, NULL, &known);
    if (!given || dyno_names_has(&asked, "all")) contenders_of(catalogue, f->target->workload, &f->contenders);
    for (size_t i = 0; status == DYNO_GOOD && i < asked.n; i++) {
        const char *name = asked.items[i];
        if (strcmp(name, "all") == 0) continue;
        if (dyno_find_offer(catalogue, f->target->workload, name) != NULL)
            dyno_names_add(&f->contenders, dyno_copy(name));
        else if (!dyno_names_has(&known, name))
            status = refuse_contender(f, &found, name, NULL);
        else if (!found.shared || f->settings->n_targets == 1)
            status = refuse_contender(f, &found, name, f->target->workload);
    }
    if (status == DYNO_GOOD && f->contenders.n == 0) {
        f->left_out->unmatched++;
        dyno_plan_note(f->plan, dyno_text("%s is left out: it has no contender %s", f->target->name, found.value));
    }
    dyno_names_free(&asked);
    dyno_names_free(&known);
    return status;
}

/* ---- Cells ---- */

/* The offer's parameters by name, each with its values; the digits of an odometer. */
typedef struct wheel {
    const dyno_param *param;
    dyno_names values;
    size_t at;
} wheel;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const wheel *)a)->param->name, ((const wheel *)b)->param->name);
}

static void free_wheels(wheel *wheels, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dyno_names_free(&wheels[i].values);
    free(wheels);
}

static int make_wheels(const frame *f, const dyno_offer *offer, wheel **wheels)
{
    *wheels = dyno_allocate(offer->n_params, sizeof **wheels);
    int status = DYNO_GOOD;
    for (size_t i = 0; status == DYNO_GOOD && i < offer->n_params; i++) {
        const dyno_param *param = &offer->params[i];
        dyno_found found;
        (*wheels)[i].param = param;
        if (!dyno_settings_find(f->settings, f->target, param->name, &found)) {
            found.value = param->initial;
            snprintf(found.place, sizeof found.place, "%s, default of contender %s", offer->workload, offer->contender);
        }
        status = dyno_values_expand(found.place, param, found.value, 0, &(*wheels)[i].values, f->refusal);
    }
    if (status == DYNO_GOOD)
        qsort(*wheels, offer->n_params, sizeof **wheels, by_name);
    else
        free_wheels(*wheels, offer->n_params);
    return status;
}

static bool turn(wheel *wheels, size_t n)
{
    for (size_t i = n; i > 0; i--) {
        if (++wheels[i - 1].at < wheels[i - 1].values.n) return true;
        wheels[i - 1].at = 0;
    }
    return false;
}

static char *params_text(const wheel *wheels, size_t n)
{
    char *text = dyno_copy("");
    for (size_t i = 0; i < n; i++) {
        char *longer =
            dyno_text("%s%s%s=%s", text, i > 0 ? ";" : "", wheels[i].param->name, wheels[i].values.items[wheels[i].at]);
        free(text);
        text = longer;
    }
    return text;
}

static bool is_there(const dyno_plan *plan, const dyno_offer *offer, unsigned threads, const char *pin,
                     const char *params)
{
    for (size_t i = 0; i < plan->n_cells; i++) {
        const dyno_cell *cell = &plan->cells[i];
        if (cell->offer == offer && cell->threads == threads && strcmp(cell->pin, pin) == 0 &&
            strcmp(cell->params, params) == 0)
            return true;
    }
    return false;
}

static int add_cell(const frame *f, const dyno_offer *offer, const wheel *wheels, unsigned threads, const char *pin)
{
    dyno_plan *plan = f->plan;
    char *params = params_text(wheels, offer->n_params);
    if (is_there(plan, offer, threads, pin, params)) {
        dyno_plan_note(plan, dyno_text("%s: a cell of %s with %s on %u threads is there already; it runs once",
                                       f->target->name, offer->contender, params, threads));
        free(params);
        return DYNO_GOOD;
    }
    if (plan->n_cells == DYNO_CELLS_MAX) {
        free(params);
        return dyno_refuse(f->refusal, DYNO_USAGE, "the matrix has more than %d cells", DYNO_CELLS_MAX);
    }
    dyno_cell cell = {.offer = offer,
                      .threads = threads,
                      .params = params,
                      .settings = dyno_allocate(offer->n_params, sizeof(dyno_setting)),
                      .n_settings = offer->n_params,
                      .pin = dyno_copy(pin),
                      .time = f->time,
                      .warmup = f->warmup,
                      .samples = f->samples,
                      .time_limit = f->time_limit};
    for (size_t i = 0; i < offer->n_params; i++)
        cell.settings[i] =
            (dyno_setting){dyno_copy(wheels[i].param->name), dyno_copy(wheels[i].values.items[wheels[i].at])};
    plan->cells = dyno_extend(plan->cells, plan->n_cells, sizeof cell);
    plan->cells[plan->n_cells++] = cell;
    return DYNO_GOOD;
}

static bool takes_threads(const dyno_offer *offer, unsigned threads)
{
    return threads >= offer->min_threads && (offer->max_threads == 0 || threads <= offer->max_threads);
}

static int add_cells(frame *f, const dyno_offer *offer, wheel *wheels, unsigned threads)
{
    do {
        for (size_t p = 0; p < f->pins.n; p++) {
            int status = add_cell(f, offer, wheels, threads, f->pins.items[p]);
            if (status != DYNO_GOOD) return status;
        }
    } while (turn(wheels, offer->n_params));
    return DYNO_GOOD;
}

/* Appends to the note that begins like this one, so that "serial runs with 1" is said once and not for each workload.
 */
static void note_together(dyno_plan *plan, char *beginning, const char *target)
{
    size_t length = strlen(beginning);
    for (size_t i = 0; i < plan->n_notes; i++) {
        if (strncmp(plan->notes[i], beginning, length) != 0) continue;
        char *longer = dyno_text("%s, %s", plan->notes[i], target);
        free(plan->notes[i]);
        plan->notes[i] = longer;
        free(beginning);
        return;
    }
    dyno_plan_note(plan, dyno_text("%s%s", beginning, target));
    free(beginning);
}

static void note_threads(frame *f, const dyno_offer *offer, const dyno_names *refused)
{
    if (refused->n == 0) return;
    f->left_out->threads += refused->n;
    char *list = dyno_names_join(refused), range[64];
    if (offer->max_threads == 0)
        snprintf(range, sizeof range, "%u threads or more", offer->min_threads);
    else if (offer->max_threads == offer->min_threads)
        snprintf(range, sizeof range, "%u thread%s", offer->min_threads, offer->min_threads == 1 ? "" : "s");
    else
        snprintf(range, sizeof range, "%u to %u threads", offer->min_threads, offer->max_threads);
    note_together(f->plan, dyno_text("%s runs with %s: left out with threads %s in ", offer->contender, range, list),
                  f->target->name);
    free(list);
}

/* The name of a parameter that the section sets and that this offer doesn't know, though another one does. */
static const char *missing_param(const frame *f, const dyno_offer *offer)
{
    const dyno_catalogue *catalogue = f->settings->catalogue;
    dyno_names own = {0};
    const char *missing = NULL;
    for (size_t i = 0; i < offer->n_params; i++)
        dyno_names_add(&own, dyno_copy(offer->params[i].name));
    for (size_t i = 0; missing == NULL && i < catalogue->n_offers; i++) {
        const dyno_offer *other = &catalogue->offers[i];
        dyno_found found;
        if (strcmp(other->workload, offer->workload) != 0) continue;
        for (size_t j = 0; missing == NULL && j < other->n_params; j++)
            if (!dyno_names_has(&own, other->params[j].name) &&
                dyno_settings_find(f->settings, f->target, other->params[j].name, &found))
                missing = other->params[j].name;
    }
    dyno_names_free(&own);
    return missing;
}

static int expand_offer(frame *f, const dyno_offer *offer)
{
    wheel *wheels;
    const char *missing = missing_param(f, offer);
    int status = make_wheels(f, offer, &wheels);
    if (status != DYNO_GOOD) return status;
    if (offer->lacks != NULL) {
        f->left_out->unavailable++;
        dyno_plan_note(f->plan, dyno_text("%s by %s is left out: %s", f->target->name, offer->contender, offer->lacks));
    } else if (missing != NULL) {
        f->left_out->unmatched++;
        dyno_plan_note(f->plan, dyno_text("%s by %s is left out: it has no parameter %s", f->target->name,
                                          offer->contender, missing));
    } else {
        dyno_names refused = {0};
        if (f->threads.n == 0) status = add_cells(f, offer, wheels, offer->min_threads);
        for (size_t i = 0; status == DYNO_GOOD && i < f->threads.n; i++) {
            unsigned threads = (unsigned)strtoul(f->threads.items[i], NULL, 10);
            if (takes_threads(offer, threads))
                status = add_cells(f, offer, wheels, threads);
            else
                dyno_names_add(&refused, dyno_copy(f->threads.items[i]));
        }
        note_threads(f, offer, &refused);
        dyno_names_free(&refused);
    }
    free_wheels(wheels, offer->n_params);
    return status;
}

int dyno_matrix_expand(const dyno_settings *settings, const dyno_target *target, dyno_plan *plan,
                       dyno_left_out *left_out, dyno_refusal *refusal)
{
    frame f = {.settings = settings, .target = target, .plan = plan, .left_out = left_out, .refusal = refusal};
    int status = read_times(&f);
    if (status == DYNO_GOOD) status = read_threads(&f);
    if (status == DYNO_GOOD) status = read_pins(&f);
    if (status == DYNO_GOOD) status = read_contenders(&f);
    for (size_t i = 0; status == DYNO_GOOD && i < f.contenders.n; i++)
        status = expand_offer(&f, dyno_find_offer(settings->catalogue, target->workload, f.contenders.items[i]));
    dyno_names_free(&f.contenders);
    dyno_names_free(&f.threads);
    dyno_names_free(&f.pins);
    return status;
}
