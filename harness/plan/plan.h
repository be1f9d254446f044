/* plan.h - from a suite file and the command line to cells and a schedule.
 *
 * A cell is workload x parameters x threads x contender x pinning policy. The plan owns its cells; a cell points into
 * the catalogue, which must outlive the plan.
 */
#ifndef DYNO_PLAN_H
#define DYNO_PLAN_H

#include "plan/catalogue.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct dyno_setting {
    char *name;
    char *value;
} dyno_setting;

typedef struct dyno_cell {
    const dyno_offer *offer;
    unsigned threads;
    char *params;           /* canonical text "k=v;k=v", sorted by name, every parameter of the offer, no threads */
    dyno_setting *settings; /* the same as a list */
    size_t n_settings;
    char *pin;         /* compact, scatter, core, none, or a CPU list like 0,2-3 */
    double time;       /* seconds of measurement asked of one process */
    double warmup;     /* seconds */
    unsigned samples;  /* at most, per process */
    double time_limit; /* seconds of silence after which the process is killed */
} dyno_cell;

typedef struct dyno_plan {
    char *name; /* of the suite */
    dyno_cell *cells;
    size_t n_cells;
    unsigned processes; /* rounds: fresh processes per cell */
    double budget;      /* seconds for everything; 0: none */
    uint64_t seed;      /* of the schedule and of the workloads */
    char **notes;       /* cells that were left out and why, one sentence each: unavailable contender, threads */
    size_t n_notes;
    char *source; /* the suite file's text, for run.json; NULL without a file */
} dyno_plan;

typedef struct dyno_plan_request {
    const char *suite;        /* path of a suite file, NULL for none */
    const char *const *words; /* workloads (without a suite) or a filter on the suite's */
    size_t n_words;
    const char *const *assignments; /* "key=value" of -p or "--key=value", stronger than the suite; the last one wins */
    size_t n_assignments;
    double budget; /* 0: as the suite says */
    bool seed_given;
    uint64_t seed; /* else the suite's, else random */
} dyno_plan_request;

/* Refuses unknown sections, keys and values (file, line, what is accepted, the nearest known name) and a matrix that is
 * empty. On success the caller frees the plan. */
int dyno_plan_make(const dyno_plan_request *request, const dyno_catalogue *catalogue, dyno_plan *plan,
                   dyno_refusal *refusal);
void dyno_plan_free(dyno_plan *plan);

/* The order of one round: a permutation of 0..n-1 into order, a function of seed and round alone, so that --resume and
 * a replay see the same one. */
void dyno_plan_round(uint64_t seed, unsigned round, size_t n, size_t *order);

/* The seed of the workloads in one round: the same for all cells, so that contenders see the same inputs. */
uint64_t dyno_plan_seed(uint64_t seed, unsigned round);

#endif
