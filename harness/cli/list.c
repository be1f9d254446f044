#include "base/memory.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/suites.h"
#include "plan/catalogue.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Text ---- */

static const char *better_name(dyno_better better)
{
    static const char *const names[] = {"lower is better", "higher is better", "for information"};
    return names[better];
}

static const char *shown_unit(const char *unit)
{
    return strcmp(unit, "1") == 0 ? "number" : unit;
}

static void print_params(const dyno_offer *offer)
{
    for (size_t i = 0; i < offer->n_params; i++) {
        const dyno_param *p = &offer->params[i];
        printf("      %s%-12s %-5s %-12s %-20s %s\n", i == 0 ? "-p " : "   ", p->name, p->type, p->initial, p->accepted,
               p->about);
    }
}

static void print_metrics(const dyno_offer *offer)
{
    for (size_t i = 0; i < offer->n_metrics; i++) {
        const dyno_metric *m = &offer->metrics[i];
        printf("      %s %-12s %s (%s)\n", m->name, shown_unit(m->unit), m->about, better_name(m->better));
    }
}

static void print_offer(const dyno_offer *offer)
{
    char threads[64];
    if (offer->max_threads == 0)
        snprintf(threads, sizeof threads, "threads %u and more", offer->min_threads);
    else if (offer->max_threads == offer->min_threads)
        snprintf(threads, sizeof threads, "%u thread%s", offer->min_threads, offer->min_threads == 1 ? "" : "s");
    else
        snprintf(threads, sizeof threads, "threads %u..%u", offer->min_threads, offer->max_threads);
    if (offer->lacks != NULL)
        printf("      %-12s unavailable: %s\n", offer->contender, offer->lacks);
    else
        printf("      %-12s %s; %s\n", offer->contender, offer->contender_about, threads);
}

/* Offers of one workload stand together: the catalogue is sorted. */
static void print_workloads(const dyno_catalogue *catalogue)
{
    const char *family = "", *workload = "";
    for (size_t i = 0; i < catalogue->n_offers; i++) {
        const dyno_offer *offer = &catalogue->offers[i];
        if (strcmp(offer->family, family) != 0) printf("%s%s\n", i > 0 ? "\n" : "", offer->family);
        if (strcmp(offer->workload, workload) != 0 || strcmp(offer->family, family) != 0) {
            printf("  %s: %s\n", offer->workload, offer->workload_about);
            print_params(offer);
            puts("    metrics");
            print_metrics(offer);
            puts("    contenders");
        }
        print_offer(offer);
        family = offer->family;
        workload = offer->workload;
    }
}

static bool is_first_of_contender(const dyno_catalogue *catalogue, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(catalogue->offers[i].contender, catalogue->offers[index].contender) == 0) return false;
    return true;
}

static void print_contenders(const dyno_catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->n_offers; i++) {
        const dyno_offer *first = &catalogue->offers[i];
        if (!is_first_of_contender(catalogue, i)) continue;
        printf("%-12s %s\n", first->contender, first->contender_about);
        for (size_t j = i; j < catalogue->n_offers; j++) {
            const dyno_offer *offer = &catalogue->offers[j];
            if (strcmp(offer->contender, first->contender) != 0) continue;
            printf("             %s%s%s\n", offer->workload, offer->lacks != NULL ? " unavailable: " : "",
                   offer->lacks != NULL ? offer->lacks : "");
        }
    }
}

static void print_suites(const dyno_names *suites)
{
    for (size_t i = 0; i < suites->n; i++) {
        char *about = dyno_suites_about(suites->items[i]);
        printf("%-12s %s\n", suites->items[i], about);
        free(about);
    }
}

/* ---- JSON ---- */

static void add_text(cJSON *object, const char *name, const char *text)
{
    cJSON_AddItemToObject(object, name, text != NULL ? cJSON_CreateString(text) : cJSON_CreateNull());
}

static cJSON *params_json(const dyno_offer *offer)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < offer->n_params; i++) {
        const dyno_param *p = &offer->params[i];
        cJSON *item = cJSON_CreateObject();
        add_text(item, "name", p->name);
        add_text(item, "type", p->type);
        add_text(item, "default", p->initial);
        add_text(item, "accepted", p->accepted);
        add_text(item, "about", p->about);
        cJSON_AddItemToArray(list, item);
    }
    return list;
}

static cJSON *metrics_json(const dyno_offer *offer)
{
    static const char *const better[] = {"lower", "higher", "none"};
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < offer->n_metrics; i++) {
        const dyno_metric *m = &offer->metrics[i];
        cJSON *item = cJSON_CreateObject();
        add_text(item, "name", m->name);
        add_text(item, "unit", m->unit);
        add_text(item, "better", better[m->better]);
        add_text(item, "about", m->about);
        cJSON_AddBoolToObject(item, "primary", i == 0);
        cJSON_AddItemToArray(list, item);
    }
    return list;
}

static cJSON *offer_json(const dyno_offer *offer)
{
    cJSON *item = cJSON_CreateObject();
    add_text(item, "workload", offer->workload);
    add_text(item, "family", offer->family);
    add_text(item, "about", offer->workload_about);
    add_text(item, "contender", offer->contender);
    add_text(item, "contender_about", offer->contender_about);
    add_text(item, "worker", offer->worker);
    add_text(item, "program", offer->program);
    add_text(item, "preload", offer->preload);
    add_text(item, "lacks", offer->lacks);
    cJSON_AddNumberToObject(item, "min_threads", offer->min_threads);
    cJSON_AddItemToObject(item, "max_threads",
                          offer->max_threads > 0 ? cJSON_CreateNumber(offer->max_threads) : cJSON_CreateNull());
    cJSON_AddItemToObject(item, "params", params_json(offer));
    cJSON_AddItemToObject(item, "metrics", metrics_json(offer));
    return item;
}

static int print_json(const dyno_catalogue *catalogue, const dyno_names *suites)
{
    cJSON *all = cJSON_CreateObject(), *offers = cJSON_AddArrayToObject(all, "offers");
    cJSON *suite_list = cJSON_AddArrayToObject(all, "suites"), *warnings = cJSON_AddArrayToObject(all, "warnings");
    for (size_t i = 0; i < catalogue->n_offers; i++)
        cJSON_AddItemToArray(offers, offer_json(&catalogue->offers[i]));
    for (size_t i = 0; i < catalogue->n_warnings; i++)
        cJSON_AddItemToArray(warnings, cJSON_CreateString(catalogue->warnings[i]));
    for (size_t i = 0; i < suites->n; i++) {
        cJSON *item = cJSON_CreateObject();
        char *about = dyno_suites_about(suites->items[i]), *path = dyno_suites_path(suites->items[i]);
        add_text(item, "name", suites->items[i]);
        add_text(item, "about", about);
        add_text(item, "path", path);
        cJSON_AddItemToArray(suite_list, item);
        free(about);
        free(path);
    }
    char *text = cJSON_Print(all);
    cJSON_Delete(all);
    if (text == NULL) return DYNO_FAILED;
    puts(text);
    cJSON_free(text);
    return DYNO_GOOD;
}

/* ---- The command ---- */

typedef struct list_options {
    const char *what, *workers;
    bool json;
} list_options;

static int parse(int argc, char **argv, list_options *asked, dyno_refusal *refusal)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"workers", required_argument, NULL, 'w'}, {0}};
    static const char *const kinds[] = {"workloads", "contenders", "suites", NULL};
    *asked = (list_options){.what = kinds[0], .workers = dyno_path_workers()};
    for (int option; (option = dyno_next_option(argc, argv, options, refusal)) != -1;) {
        if (option == '?') return DYNO_USAGE;
        if (option == 'j') asked->json = true;
        if (option == 'w') asked->workers = optarg;
    }
    if (optind < argc) asked->what = argv[optind++];
    if (optind < argc) return dyno_refuse(refusal, DYNO_USAGE, "list: one of workloads, contenders, suites at a time");
    for (size_t i = 0; kinds[i] != NULL; i++)
        if (strcmp(asked->what, kinds[i]) == 0) return DYNO_GOOD;
    const char *nearest = dyno_nearest(asked->what, kinds);
    return dyno_refuse(refusal, DYNO_USAGE,
                       "list: there is no list of '%s'%s%s%s there are workloads, contenders, suites", asked->what,
                       nearest != NULL ? ", did you mean '" : ";", nearest != NULL ? nearest : "",
                       nearest != NULL ? "'?" : "");
}

static int print(const list_options *asked, const dyno_catalogue *catalogue)
{
    dyno_names suites;
    int code = DYNO_GOOD;
    dyno_suites_list(&suites);
    if (asked->json)
        code = print_json(catalogue, &suites);
    else if (strcmp(asked->what, "suites") == 0)
        print_suites(&suites);
    else if (strcmp(asked->what, "contenders") == 0)
        print_contenders(catalogue);
    else
        print_workloads(catalogue);
    dyno_names_free(&suites);
    return code;
}

int dyno_cmd_list(int argc, char **argv)
{
    list_options asked;
    dyno_refusal refusal;
    dyno_catalogue catalogue = {0};
    int code = parse(argc, argv, &asked, &refusal);
    /* The suites can be told without any worker. */
    bool workers_needed = asked.json || strcmp(asked.what, "suites") != 0;
    if (code == DYNO_GOOD && workers_needed) code = dyno_discover(asked.workers, &catalogue, &refusal);
    if (code != DYNO_GOOD) return dyno_complain(code, &refusal);
    for (size_t i = 0; i < catalogue.n_warnings; i++)
        fprintf(stderr, "dyno: warning: %s\n", catalogue.warnings[i]);
    code = print(&asked, &catalogue);
    dyno_catalogue_free(&catalogue);
    return code;
}
