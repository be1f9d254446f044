#include "stats/stats.h"
#include "store/file.h"
#include "store/results.h"
#include "store/run_json.h"
#include "store/samples.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The interval of the same samples is the same at any time: the seed is no one's choice. */
enum { RESAMPLES = 2000, BOOTSTRAP_SEED = 1 };
static const double confidence = 0.95;

static const dyno_outcome worst_first[] = {
    DYNO_WRONG_ANSWER, DYNO_SIGNALLED, DYNO_TIMED_OUT, DYNO_MALFORMED,
    DYNO_BAD_VERSION,  DYNO_NON_ZERO,  DYNO_UNABLE,    DYNO_NOT_STARTED,
};

/* 0 for the worst; a status that is none of ours counts as the mildest failure. */
static size_t badness(const char *status)
{
    size_t n = sizeof worst_first / sizeof *worst_first;
    for (size_t i = 0; i < n; i++)
        if (strcmp(status, dyno_outcome_name(worst_first[i])) == 0) return i;
    return n;
}

static bool is(const char *status, dyno_outcome outcome)
{
    return strcmp(status, dyno_outcome_name(outcome)) == 0;
}

/* ---- Rows of the summary ---- */

static char *copy(const char *text, bool *failed)
{
    char *made = strdup(text);
    if (!made) *failed = true;
    return made;
}

/* A cell's detail is one line: gnuplot knows no line ends within a field. */
static char *copy_line(const char *text, bool *failed)
{
    char *made = copy(text, failed);
    for (char *c = made; c && *c != '\0'; c++)
        if (*c == '\n' || *c == '\r') *c = ' ';
    return made;
}

static dyno_row *add_row(dyno_summary *summary, const dyno_sample_row *like, const char *status, const char *detail)
{
    /* Doubling at the powers of two needs no room field in the public struct. */
    if ((summary->n_rows & (summary->n_rows - 1)) == 0) {
        size_t room = summary->n_rows ? 2 * summary->n_rows : 1;
        dyno_row *larger = realloc(summary->rows, room * sizeof *larger);
        if (!larger) return NULL;
        summary->rows = larger;
    }
    bool failed = false;
    dyno_row *row = &summary->rows[summary->n_rows++];
    *row = (dyno_row){
        .workload = copy(like->cell.workload, &failed),
        .family = copy(like->family, &failed),
        .contender = copy(like->cell.contender, &failed),
        .params = copy(like->cell.params, &failed),
        .pin = copy(like->cell.pin, &failed),
        .metric = copy(like->metric, &failed),
        .unit = copy(like->unit, &failed),
        .status = copy(status, &failed),
        .detail = copy_line(detail, &failed),
        .threads = like->cell.threads,
        .better = like->better,
        .median = NAN,
        .ci_low = NAN,
        .ci_high = NAN,
        .min = NAN,
        .max = NAN,
    };
    return failed ? NULL : row;
}

void dyno_summary_free(dyno_summary *summary)
{
    for (size_t i = 0; i < summary->n_rows; i++) {
        dyno_row *row = &summary->rows[i];
        char *texts[] = {row->workload, row->family, row->contender, row->params, row->pin,
                         row->metric,   row->unit,   row->status,    row->detail};
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
            free(texts[t]);
    }
    free(summary->rows);
    free(summary->run);
    *summary = (dyno_summary){0};
}

/* ---- One cell ---- */

typedef struct cell_state {
    const dyno_process *processes; /* of this cell, by round */
    size_t n;
    size_t good;
    const dyno_process *worst; /* the first of those that ended worst; NULL when all went well */
    size_t alike;              /* how many ended like the worst */
    char detail[700];
} cell_state;

static const char *status_of(const dyno_process *process)
{
    return process->rows[0].status;
}

static void judge_cell(cell_state *cell)
{
    for (size_t i = 0; i < cell->n; i++) {
        const dyno_process *process = &cell->processes[i];
        if (is(status_of(process), DYNO_OK)) {
            cell->good++;
            continue;
        }
        bool worse = !cell->worst || badness(status_of(process)) < badness(status_of(cell->worst));
        if (worse) cell->worst = process;
        if (worse) cell->alike = 0;
        cell->alike += strcmp(status_of(process), status_of(cell->worst)) == 0;
    }
    if (cell->worst)
        snprintf(cell->detail, sizeof cell->detail, "%zu of %zu processes: %s", cell->alike, cell->n,
                 cell->worst->rows[0].detail);
    else /* what the workers noted, as the first of them said it */
        snprintf(cell->detail, sizeof cell->detail, "%s", cell->processes[0].rows[cell->processes[0].n - 1].detail);
}

/* The values of one metric, process by process. */
typedef struct metric_values {
    double *values;
    dyno_group *groups;
    size_t n_values, n_groups;
} metric_values;

static size_t count_rows(const cell_state *cell)
{
    size_t n = 0;
    for (size_t i = 0; i < cell->n; i++)
        n += cell->processes[i].n;
    return n;
}

static void gather(const cell_state *cell, const char *metric, metric_values *figures)
{
    figures->n_values = figures->n_groups = 0;
    for (size_t i = 0; i < cell->n; i++) {
        const dyno_process *process = &cell->processes[i];
        if (!is(status_of(process), DYNO_OK)) continue;
        size_t first = figures->n_values;
        for (size_t r = 0; r < process->n; r++)
            if (!isnan(process->rows[r].value) && strcmp(process->rows[r].metric, metric) == 0)
                figures->values[figures->n_values++] = process->rows[r].value;
        if (figures->n_values > first)
            figures->groups[figures->n_groups++] = (dyno_group){figures->values + first, figures->n_values - first};
    }
}

static void fill_figures(dyno_row *row, const metric_values *figures)
{
    dyno_interval interval =
        dyno_grouped_bootstrap(figures->groups, figures->n_groups, confidence, RESAMPLES, BOOTSTRAP_SEED);
    row->processes = (unsigned)figures->n_groups;
    row->samples = (unsigned)figures->n_values;
    row->median = dyno_grouped_median(figures->groups, figures->n_groups);
    row->ci_low = interval.low;
    row->ci_high = interval.high;
    for (size_t i = 0; i < figures->n_values; i++) {
        row->min = fmin(row->min, figures->values[i]); /* fmin and fmax pass over NAN */
        row->max = fmax(row->max, figures->values[i]);
    }
}

/* The first row of this metric in the processes that ended well is the one that stands for it. */
static bool seen_before(const cell_state *cell, const dyno_sample_row *row)
{
    for (size_t i = 0; i < cell->n; i++) {
        const dyno_process *process = &cell->processes[i];
        if (!is(status_of(process), DYNO_OK)) continue;
        for (size_t r = 0; r < process->n; r++) {
            if (&process->rows[r] == row) return false;
            if (strcmp(process->rows[r].metric, row->metric) == 0) return true;
        }
    }
    return false;
}

static bool add_metrics(dyno_summary *summary, const cell_state *cell, metric_values *figures)
{
    const char *status = cell->worst ? status_of(cell->worst) : dyno_outcome_name(DYNO_OK);
    bool primary = true;
    for (size_t i = 0; i < cell->n; i++) {
        if (!is(status_of(&cell->processes[i]), DYNO_OK)) continue;
        for (size_t r = 0; r < cell->processes[i].n; r++) {
            const dyno_sample_row *row = &cell->processes[i].rows[r];
            if (seen_before(cell, row)) continue;
            dyno_row *made = add_row(summary, row, status, cell->detail);
            if (!made) return false;
            made->primary = primary;
            primary = false;
            gather(cell, row->metric, figures);
            fill_figures(made, figures);
        }
    }
    return true;
}

/* One wrong answer, and no figure of the cell is believed. */
static bool add_cell(dyno_summary *summary, cell_state *cell)
{
    judge_cell(cell);
    if (cell->good == 0 || (cell->worst && is(status_of(cell->worst), DYNO_WRONG_ANSWER))) {
        dyno_row *row = add_row(summary, &cell->worst->rows[0], status_of(cell->worst), cell->detail);
        if (row) row->primary = true;
        return row != NULL;
    }
    metric_values figures = {.values = malloc((count_rows(cell) + 1) * sizeof(double)),
                             .groups = malloc(cell->n * sizeof(dyno_group))};
    bool done = figures.values && figures.groups && add_metrics(summary, cell, &figures);
    free(figures.values);
    free(figures.groups);
    return done;
}

/* ---- All cells ---- */

static int by_cell_and_round(const void *left, const void *right)
{
    const dyno_sample_row *a = ((const dyno_process *)left)->rows, *b = ((const dyno_process *)right)->rows;
    int order = strcmp(a->family, b->family);
    if (order == 0) order = dyno_cell_key_compare(&a->cell, &b->cell);
    return order != 0 ? order : (a->round > b->round) - (a->round < b->round);
}

static bool same_cell(const dyno_process *a, const dyno_process *b)
{
    return dyno_cell_key_compare(&a->rows->cell, &b->rows->cell) == 0;
}

static int check_twice(const char *path, const dyno_samples *samples, dyno_refusal *refusal)
{
    for (size_t i = 1; i < samples->n_processes; i++) {
        const dyno_sample_row *row = samples->processes[i].rows;
        if (by_cell_and_round(&samples->processes[i - 1], &samples->processes[i]) != 0) continue;
        return dyno_refuse(refusal, DYNO_FAILED, "%s: the process of %s %s threads=%u %s round %u is there twice", path,
                           row->cell.workload, row->cell.contender, row->cell.threads, row->cell.params, row->round);
    }
    return DYNO_GOOD;
}

static bool add_cells(dyno_summary *summary, const dyno_samples *samples)
{
    size_t first = 0;
    for (size_t i = 1; i <= samples->n_processes; i++) {
        if (i < samples->n_processes && same_cell(&samples->processes[first], &samples->processes[i])) continue;
        cell_state cell = {.processes = samples->processes + first, .n = i - first};
        if (!add_cell(summary, &cell)) return false;
        first = i;
    }
    return true;
}

/* ---- Cells that were planned and have no process yet ---- */

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    return text ? text : "";
}

static dyno_sample_row planned_row(const cJSON *cell)
{
    const char *better = text_of(cell, "better");
    double threads = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(cell, "threads"));
    return (dyno_sample_row){
        .cell = {text_of(cell, "workload"), text_of(cell, "contender"), text_of(cell, "params"), text_of(cell, "pin"),
                 threads > 0 ? (unsigned)threads : 0},
        .family = text_of(cell, "family"),
        .metric = text_of(cell, "metric"),
        .unit = text_of(cell, "unit"),
        .better = strcmp(better, "lower") == 0    ? DYNO_LOWER
                  : strcmp(better, "higher") == 0 ? DYNO_HIGHER
                                                  : DYNO_NEITHER,
    };
}

static bool has_run(const dyno_samples *samples, const dyno_cell_key *cell)
{
    for (size_t i = 0; i < samples->n_processes; i++)
        if (dyno_cell_key_compare(&samples->processes[i].rows->cell, cell) == 0) return true;
    return false;
}

static bool add_planned(dyno_summary *summary, const dyno_samples *samples, const cJSON *run)
{
    const cJSON *cell;
    cJSON_ArrayForEach(cell, cJSON_GetObjectItemCaseSensitive(run, "cells"))
    {
        dyno_sample_row like = planned_row(cell);
        if (has_run(samples, &like.cell)) continue;
        dyno_row *row = add_row(summary, &like, "not-run", "no process of it was run");
        if (!row) return false;
        row->primary = true;
    }
    return true;
}

/* samples.csv alone is enough: a run.json that can't be read only costs the rows of the cells that never ran. */
static bool summarise(const char *dir, dyno_samples *samples, dyno_summary *summary)
{
    cJSON *run;
    if (dyno_run_load(dir, &run, NULL) != DYNO_GOOD) run = NULL;
    const char *id = samples->n_rows ? samples->rows[0].run : run ? dyno_run_id(run) : "";
    summary->run = strdup(id);
    bool done = summary->run && add_cells(summary, samples) && (!run || add_planned(summary, samples, run));
    cJSON_Delete(run);
    return done;
}

int dyno_summarise(const char *dir, dyno_summary *summary, dyno_refusal *refusal)
{
    dyno_samples samples = {0};
    *summary = (dyno_summary){0};
    char *path = dyno_path_join(dir, DYNO_SAMPLES_FILE);
    int code = path ? dyno_samples_load(path, &samples, refusal)
                    : dyno_refuse(refusal, DYNO_FAILED, "no memory to summarise %s", dir);
    if (code == DYNO_GOOD) {
        if (samples.n_processes > 0)
            qsort(samples.processes, samples.n_processes, sizeof *samples.processes, by_cell_and_round);
        code = check_twice(path, &samples, refusal);
        if (code == DYNO_GOOD && !summarise(dir, &samples, summary))
            code = dyno_refuse(refusal, DYNO_FAILED, "no memory to summarise %s", dir);
        dyno_samples_free(&samples);
    }
    if (code != DYNO_GOOD) dyno_summary_free(summary);
    free(path);
    return code;
}
