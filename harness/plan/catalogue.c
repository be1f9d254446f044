#include "plan/catalogue.h"

#include <stdlib.h>
#include <string.h>

static void free_params(dyno_param *params, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(params[i].name);
        free(params[i].type);
        free(params[i].initial);
        free(params[i].accepted);
        free(params[i].about);
    }
    free(params);
}

static void free_metrics(dyno_metric *metrics, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(metrics[i].name);
        free(metrics[i].unit);
        free(metrics[i].about);
    }
    free(metrics);
}

static void free_offer(dyno_offer *offer)
{
    free(offer->program);
    free(offer->worker);
    free(offer->contender);
    free(offer->contender_about);
    free(offer->preload);
    free(offer->workload);
    free(offer->family);
    free(offer->workload_about);
    free(offer->lacks);
    free_params(offer->params, offer->n_params);
    free_metrics(offer->metrics, offer->n_metrics);
}

void dyno_catalogue_free(dyno_catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->n_offers; i++)
        free_offer(&catalogue->offers[i]);
    for (size_t i = 0; i < catalogue->n_warnings; i++)
        free(catalogue->warnings[i]);
    free(catalogue->offers);
    free(catalogue->warnings);
    *catalogue = (dyno_catalogue){0};
}

const dyno_offer *dyno_find_offer(const dyno_catalogue *catalogue, const char *workload, const char *contender)
{
    for (size_t i = 0; i < catalogue->n_offers; i++) {
        const dyno_offer *offer = &catalogue->offers[i];
        if (strcmp(offer->workload, workload) == 0 && strcmp(offer->contender, contender) == 0) return offer;
    }
    return NULL;
}

const dyno_metric *dyno_find_metric(const dyno_offer *offer, const char *name)
{
    for (size_t i = 0; i < offer->n_metrics; i++)
        if (strcmp(offer->metrics[i].name, name) == 0) return &offer->metrics[i];
    return NULL;
}
