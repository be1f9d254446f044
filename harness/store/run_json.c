#include "store/run_json.h"
#include "store/file.h"
#include "store/samples.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static void now_text(char text[32])
{
    time_t now = time(NULL);
    struct tm parts;
    strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &parts));
}

/* Sorts by time and differs between runs of one second. */
static void make_id(char id[32])
{
    char stamp[20];
    uint32_t random = 0;
    time_t now = time(NULL);
    struct tm parts;
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%S", gmtime_r(&now, &parts));
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) < 0) random = (uint32_t)clock();
    snprintf(id, 32, "%s-%06" PRIx32, stamp, random & 0xffffffu);
}

/* The program's own arguments: the CLI does not hand them down, and the kernel keeps them. */
static cJSON *command_line(void)
{
    char *text = NULL;
    size_t n = 0, at = 0;
    cJSON *words = cJSON_CreateArray();
    if (dyno_file_load("/proc/self/cmdline", &text, &n, NULL) != DYNO_GOOD) return words;
    while (at < n) {
        cJSON_AddItemToArray(words, cJSON_CreateString(text + at));
        at += strlen(text + at) + 1;
    }
    free(text);
    return words;
}

static cJSON *texts(char **items, size_t n)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < n; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(items[i]));
    return list;
}

static void add_text(cJSON *object, const char *name, const char *text)
{
    cJSON_AddItemToObject(object, name, text ? cJSON_CreateString(text) : cJSON_CreateNull());
}

static cJSON *planned_cell(const dyno_cell *cell)
{
    const dyno_offer *offer = cell->offer;
    cJSON *object = cJSON_CreateObject();
    add_text(object, "workload", offer->workload);
    add_text(object, "family", offer->family);
    add_text(object, "contender", offer->contender);
    cJSON_AddNumberToObject(object, "threads", cell->threads);
    add_text(object, "params", cell->params);
    add_text(object, "pin", cell->pin);
    add_text(object, "metric", offer->metrics[0].name);
    add_text(object, "unit", offer->metrics[0].unit);
    add_text(object, "better", dyno_better_name(offer->metrics[0].better));
    add_text(object, "worker", offer->worker);
    cJSON_AddNumberToObject(object, "time", cell->time);
    cJSON_AddNumberToObject(object, "warmup", cell->warmup);
    cJSON_AddNumberToObject(object, "samples", cell->samples);
    cJSON_AddNumberToObject(object, "time_limit", cell->time_limit);
    return object;
}

/* A JSON number is a double in most readers, which can't hold 64 bits: the seed is text. */
static void add_seed(cJSON *run, uint64_t seed)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, seed);
    add_text(run, "seed", text);
}

cJSON *dyno_run_new(const dyno_plan *plan)
{
    char id[32], now[32];
    cJSON *run = cJSON_CreateObject();
    if (!run) return NULL;
    make_id(id);
    now_text(now);
    cJSON_AddNumberToObject(run, "schema", DYNO_RUN_SCHEMA);
    add_text(run, "run", id);
    add_text(run, "dyno", DYNO_VERSION);
    cJSON_AddItemToObject(run, "command", command_line());
    add_text(run, "suite", plan->name);
    add_text(run, "suite_text", plan->source);
    add_seed(run, plan->seed);
    cJSON_AddNumberToObject(run, "processes", plan->processes);
    cJSON_AddItemToObject(run, "budget", plan->budget > 0 ? cJSON_CreateNumber(plan->budget) : cJSON_CreateNull());
    cJSON *cells = cJSON_AddArrayToObject(run, "cells");
    for (size_t i = 0; i < plan->n_cells; i++)
        cJSON_AddItemToArray(cells, planned_cell(&plan->cells[i]));
    cJSON_AddItemToObject(run, "notes", texts(plan->notes, plan->n_notes));
    add_text(run, "started", now);
    cJSON_AddArrayToObject(run, "resumed");
    add_text(run, "finished", NULL);
    add_text(run, "outcome", "running");
    add_text(run, "recorded", NULL);
    add_text(run, "failed", NULL);
    return run;
}

int dyno_run_load(const char *dir, cJSON **run, dyno_refusal *refusal)
{
    char *text = NULL, *path = dyno_path_join(dir, DYNO_RUN_FILE);
    size_t n = 0;
    *run = NULL;
    int code = path ? dyno_file_load(path, &text, &n, refusal) : dyno_refuse(refusal, DYNO_FAILED, "no memory");
    if (code == DYNO_GOOD) {
        *run = cJSON_ParseWithLength(text, n);
        free(text);
        const cJSON *schema = cJSON_GetObjectItemCaseSensitive(*run, "schema");
        if (!cJSON_IsNumber(schema) || schema->valueint != DYNO_RUN_SCHEMA) {
            cJSON_Delete(*run);
            *run = NULL;
            code = dyno_refuse(refusal, DYNO_FAILED, "%s is no run.json of schema %d", path, DYNO_RUN_SCHEMA);
        }
    }
    free(path);
    return code;
}

const char *dyno_run_id(const cJSON *run)
{
    const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(run, "run"));
    return id ? id : "";
}

static bool same_text(const cJSON *object, const char *name, const char *wanted)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    return text && wanted ? strcmp(text, wanted) == 0 : !text && !wanted;
}

static bool same_number(const cJSON *object, const char *name, double wanted)
{
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsNumber(number) && !(number->valuedouble < wanted) && !(number->valuedouble > wanted);
}

static bool is_cell(const cJSON *object, const dyno_cell *cell)
{
    return same_text(object, "workload", cell->offer->workload) &&
           same_text(object, "contender", cell->offer->contender) && same_text(object, "params", cell->params) &&
           same_text(object, "pin", cell->pin) && same_number(object, "threads", cell->threads);
}

static int check_cells(const char *dir, const cJSON *cells, const dyno_plan *plan, dyno_refusal *refusal)
{
    int recorded = cJSON_GetArraySize(cells);
    if ((size_t)recorded != plan->n_cells)
        return dyno_refuse(refusal, DYNO_USAGE,
                           "%s holds a run of %d cells and this one has %zu: resume with the same suite", dir, recorded,
                           plan->n_cells);
    for (size_t i = 0; i < plan->n_cells; i++) {
        const dyno_cell *cell = &plan->cells[i];
        if (is_cell(cJSON_GetArrayItem(cells, (int)i), cell)) continue;
        return dyno_refuse(
            refusal, DYNO_USAGE,
            "%s holds another run: cell %zu there is not %s %s threads=%u %s pin=%s; resume with the same "
            "suite and parameters",
            dir, i + 1, cell->offer->workload, cell->offer->contender, cell->threads, cell->params, cell->pin);
    }
    return DYNO_GOOD;
}

int dyno_run_check(const char *dir, const cJSON *run, const dyno_plan *plan, dyno_refusal *refusal)
{
    char seed[24];
    snprintf(seed, sizeof seed, "%" PRIu64, plan->seed);
    const char *suite = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(run, "suite"));
    if (!same_text(run, "suite", plan->name))
        return dyno_refuse(refusal, DYNO_USAGE, "%s holds a run of the suite '%s' and not of '%s'", dir,
                           suite ? suite : "", plan->name ? plan->name : "");
    if (!same_text(run, "seed", seed)) {
        const char *there = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(run, "seed"));
        return dyno_refuse(refusal, DYNO_USAGE, "%s holds a run with the seed %s and not %s: resume with --seed %s",
                           dir, there ? there : "?", seed, there ? there : "?");
    }
    if (!same_number(run, "processes", plan->processes))
        return dyno_refuse(refusal, DYNO_USAGE, "%s holds a run with another number of processes a cell than %u", dir,
                           plan->processes);
    return check_cells(dir, cJSON_GetObjectItemCaseSensitive(run, "cells"), plan, refusal);
}

int dyno_run_store(const char *dir, const cJSON *run, dyno_refusal *refusal)
{
    char *text = cJSON_Print(run);
    if (!text) return dyno_refuse(refusal, DYNO_FAILED, "no memory to write %s/%s", dir, DYNO_RUN_FILE);
    int code = dyno_file_replace(dir, DYNO_RUN_FILE, text, strlen(text), refusal);
    cJSON_free(text);
    return code;
}

static void set(cJSON *run, const char *name, cJSON *value)
{
    if (cJSON_HasObjectItem(run, name))
        cJSON_ReplaceItemInObjectCaseSensitive(run, name, value);
    else
        cJSON_AddItemToObject(run, name, value);
}

void dyno_run_resumed(cJSON *run)
{
    char now[32];
    now_text(now);
    cJSON *times = cJSON_GetObjectItemCaseSensitive(run, "resumed");
    if (cJSON_IsArray(times)) cJSON_AddItemToArray(times, cJSON_CreateString(now));
    set(run, "finished", cJSON_CreateNull());
    set(run, "outcome", cJSON_CreateString("running"));
}

void dyno_run_finished(cJSON *run, const char *outcome, size_t processes, size_t failed)
{
    char now[32];
    now_text(now);
    set(run, "finished", cJSON_CreateString(now));
    set(run, "outcome", cJSON_CreateString(outcome));
    set(run, "recorded", cJSON_CreateNumber((double)processes));
    set(run, "failed", cJSON_CreateNumber((double)failed));
}
