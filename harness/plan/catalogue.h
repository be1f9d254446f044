/* catalogue.h - what the workers on the worker path say they can do. Filled by run/discover.c, read by everybody else.
 *
 * An offer is one contender for one workload, by one worker program. The strings belong to the catalogue.
 */
#ifndef DYNO_CATALOGUE_H
#define DYNO_CATALOGUE_H

#include "base/exit.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct dyno_param {
    char *name;
    char *type;     /* int, size, real, word */
    char *initial;  /* default, as text */
    char *accepted; /* "LOW..HIGH", "a|b|c", "any" */
    char *about;
} dyno_param;

typedef enum dyno_better { DYNO_LOWER, DYNO_HIGHER, DYNO_NEITHER } dyno_better;

typedef struct dyno_metric {
    char *name;
    char *unit;
    dyno_better better;
    char *about;
} dyno_metric;

typedef struct dyno_offer {
    char *program; /* absolute path of the worker */
    char *worker;  /* its name and version, "NAME VERSION" */
    char *contender;
    char *contender_about;
    char *preload; /* LD_PRELOAD for it, NULL for none */
    char *workload;
    char *family;
    char *workload_about;
    dyno_param *params;
    size_t n_params;
    dyno_metric *metrics; /* the first one is primary; at least one */
    size_t n_metrics;
    unsigned min_threads, max_threads; /* max 0: any */
    char *lacks;                       /* why it can't run here; NULL when it can */
} dyno_offer;

typedef struct dyno_catalogue {
    dyno_offer *offers; /* sorted by family, workload, contender */
    size_t n_offers;
    char **warnings; /* programs on the path that did not describe themselves properly: one sentence each */
    size_t n_warnings;
} dyno_catalogue;

/* Asks every executable regular file in the directories of path ("DIR[:DIR...]") to describe itself, 5 s each at most.
 * When two programs offer the same contender for the same workload the earlier directory wins and a warning says so. */
int dyno_discover(const char *path, dyno_catalogue *catalogue, dyno_refusal *refusal);
void dyno_catalogue_free(dyno_catalogue *catalogue);

/* NULL if there is none. */
const dyno_offer *dyno_find_offer(const dyno_catalogue *catalogue, const char *workload, const char *contender);
const dyno_metric *dyno_find_metric(const dyno_offer *offer, const char *name);

#endif
