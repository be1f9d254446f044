#include "plan/settings.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const plan_keys[] = {"budget", "processes", "seed", NULL};
static const char *const cell_keys[] = {"contender", "threads", "pin", "samples", "time", "warmup", "time_limit", NULL};

static bool listed(const char *const *keys, const char *key)
{
    for (; *keys != NULL; keys++)
        if (strcmp(*keys, key) == 0) return true;
    return false;
}

static void add_keys(dyno_names *names, const char *const *keys)
{
    for (; *keys != NULL; keys++)
        dyno_names_add(names, dyno_copy(*keys));
}

static bool knows_workload(const dyno_catalogue *catalogue, const char *workload)
{
    for (size_t i = 0; i < catalogue->n_offers; i++)
        if (strcmp(catalogue->offers[i].workload, workload) == 0) return true;
    return false;
}

/* The parameters of the workload, by any contender. */
static void add_params(dyno_names *names, const dyno_catalogue *catalogue, const char *workload)
{
    for (size_t i = 0; i < catalogue->n_offers; i++) {
        const dyno_offer *offer = &catalogue->offers[i];
        if (strcmp(offer->workload, workload) != 0) continue;
        for (size_t j = 0; j < offer->n_params; j++)
            dyno_names_add(names, dyno_copy(offer->params[j].name));
    }
}

/* "PLACE: unknown WHAT 'word', did you mean 'x'?; accepted: a, b": consumes the names. */
static int refuse_unknown(dyno_refusal *refusal, const char *place, const char *what, const char *word,
                          dyno_names *names)
{
    char *hint = dyno_names_hint(names, word), *all = dyno_names_join(names);
    int status = dyno_refuse(refusal, DYNO_USAGE, "%s%sunknown %s '%s'%s accepted: %s", place,
                             place[0] != '\0' ? ": " : "", what, word, hint[0] != '\0' ? hint : ";", all);
    free(hint);
    free(all);
    dyno_names_free(names);
    return status;
}

static int refuse_workload(const dyno_settings *settings, const char *place, const char *what, const char *word,
                           dyno_refusal *refusal)
{
    dyno_names names = {0};
    if (settings->catalogue->n_offers == 0)
        return dyno_refuse(refusal, DYNO_FAILED,
                           "there is no workload '%s': no worker was found, see `dyno list` for where was looked",
                           word);
    for (size_t i = 0; i < settings->catalogue->n_offers; i++)
        dyno_names_add(&names, dyno_copy(settings->catalogue->offers[i].workload));
    return refuse_unknown(refusal, place, what, word, &names);
}

/* ---- Targets ---- */

/* Whether a word means the target: its whole name, or the workload whatever the label. */
static bool means(const char *word, const char *name)
{
    size_t length = strlen(word);
    return strncmp(word, name, length) == 0 && (name[length] == '\0' || name[length] == ':');
}

static void add_target(dyno_settings *settings, const char *name, const dyno_section *section)
{
    settings->targets = dyno_extend(settings->targets, settings->n_targets, sizeof *settings->targets);
    settings->targets[settings->n_targets++] =
        (dyno_target){dyno_copy(name), dyno_text("%.*s", (int)strcspn(name, ":"), name), section};
}

static int targets_from_words(dyno_settings *settings, const dyno_plan_request *request, dyno_refusal *refusal)
{
    for (size_t i = 0; i < request->n_words; i++) {
        if (!knows_workload(settings->catalogue, request->words[i]))
            return refuse_workload(settings, "", "workload", request->words[i], refusal);
        bool again = false;
        for (size_t j = 0; j < settings->n_targets; j++)
            again |= strcmp(settings->targets[j].name, request->words[i]) == 0;
        if (!again) add_target(settings, request->words[i], NULL);
    }
    if (settings->n_targets == 0) return dyno_refuse(refusal, DYNO_USAGE, "name a suite or a workload to run");
    return DYNO_GOOD;
}

static int check_words(const dyno_settings *settings, const dyno_plan_request *request, dyno_refusal *refusal)
{
    const dyno_suite *suite = settings->suite;
    for (size_t i = 0; i < request->n_words; i++) {
        bool found = false;
        dyno_names names = {0};
        for (size_t j = 0; j < suite->n_sections; j++) {
            const char *name = suite->sections[j].name;
            if (strcmp(name, "global") == 0) continue;
            found |= means(request->words[i], name);
            dyno_names_add(&names, dyno_copy(name));
        }
        if (!found) return refuse_unknown(refusal, suite->path, "workload of this suite", request->words[i], &names);
        dyno_names_free(&names);
    }
    return DYNO_GOOD;
}

static bool chosen(const dyno_plan_request *request, const char *name)
{
    bool any = request->n_words == 0;
    for (size_t i = 0; i < request->n_words; i++)
        any |= means(request->words[i], name);
    return any;
}

static int targets_from_suite(dyno_settings *settings, const dyno_plan_request *request, dyno_refusal *refusal)
{
    const dyno_suite *suite = settings->suite;
    int status = check_words(settings, request, refusal);
    for (size_t i = 0; status == DYNO_GOOD && i < suite->n_sections; i++) {
        const dyno_section *section = &suite->sections[i];
        if (strcmp(section->name, "global") == 0)
            settings->global = section;
        else if (chosen(request, section->name))
            add_target(settings, section->name, section);
    }
    for (size_t i = 0; status == DYNO_GOOD && i < settings->n_targets; i++) {
        const dyno_target *target = &settings->targets[i];
        char place[300];
        snprintf(place, sizeof place, "%s:%u", suite->path, target->section->line);
        if (!knows_workload(settings->catalogue, target->workload))
            status = refuse_workload(settings, place, "section", target->name, refusal);
    }
    if (status == DYNO_GOOD && settings->n_targets == 0)
        status = dyno_refuse(refusal, DYNO_USAGE, "%s: the suite is empty; it needs a section [WORKLOAD]", suite->path);
    return status;
}

/* ---- Keys ---- */

static bool target_knows(const dyno_settings *settings, const dyno_target *target, const char *key)
{
    dyno_names params = {0};
    add_params(&params, settings->catalogue, target->workload);
    bool known = listed(cell_keys, key) || dyno_names_has(&params, key);
    dyno_names_free(&params);
    return known;
}

static int check_section_keys(const dyno_settings *settings, const dyno_target *target, dyno_refusal *refusal)
{
    const dyno_section *section = target->section;
    for (size_t i = 0; section != NULL && i < section->n_entries; i++) {
        const dyno_entry *entry = &section->entries[i];
        if (target_knows(settings, target, entry->key)) continue;
        char place[300];
        snprintf(place, sizeof place, "%s:%u", settings->suite->path, entry->line);
        if (listed(plan_keys, entry->key))
            return dyno_refuse(refusal, DYNO_USAGE, "%s: key '%s' is for the whole suite; it belongs under [global]",
                               place, entry->key);
        dyno_names names = {0};
        add_params(&names, settings->catalogue, target->workload);
        add_keys(&names, cell_keys);
        return refuse_unknown(refusal, place, "key", entry->key, &names);
    }
    return DYNO_GOOD;
}

static int check_global_keys(const dyno_settings *settings, dyno_refusal *refusal)
{
    const dyno_section *global = settings->global;
    for (size_t i = 0; global != NULL && i < global->n_entries; i++) {
        const dyno_entry *entry = &global->entries[i];
        if (listed(plan_keys, entry->key) || listed(cell_keys, entry->key)) continue;
        char place[300];
        snprintf(place, sizeof place, "%s:%u", settings->suite->path, entry->line);
        dyno_names names = {0};
        add_keys(&names, plan_keys);
        add_keys(&names, cell_keys);
        return refuse_unknown(refusal, place, "key of [global]", entry->key, &names);
    }
    return DYNO_GOOD;
}

/* ---- Assignments ---- */

static bool known_to_any(const dyno_settings *settings, const char *key)
{
    bool known = listed(plan_keys, key) || listed(cell_keys, key);
    for (size_t i = 0; !known && i < settings->n_targets; i++)
        known = target_knows(settings, &settings->targets[i], key);
    return known;
}

/* "fib.n" into scope and key: a name may hold dots itself, so each is tried. */
static bool split_scope(const dyno_settings *settings, const char *text, dyno_assignment *assignment)
{
    for (const char *dot = strchr(text, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {
        char *scope = dyno_text("%.*s", (int)(dot - text), text);
        for (size_t i = 0; i < settings->n_targets; i++) {
            const dyno_target *target = &settings->targets[i];
            if (!means(scope, target->name) || !target_knows(settings, target, dot + 1)) continue;
            assignment->scope = scope;
            assignment->key = dyno_copy(dot + 1);
            return true;
        }
        free(scope);
    }
    return false;
}

static int refuse_assignment(const dyno_settings *settings, const char *place, const char *key, dyno_refusal *refusal)
{
    dyno_names names = {0};
    const char *dot = strrchr(key, '.');
    bool scope_is_wrong = dot != NULL && known_to_any(settings, dot + 1);
    for (size_t i = 0; i < settings->n_targets; i++)
        if (scope_is_wrong)
            dyno_names_add(&names, dyno_copy(settings->targets[i].name));
        else
            add_params(&names, settings->catalogue, settings->targets[i].workload);
    if (scope_is_wrong) {
        char *scope = dyno_text("%.*s", (int)(dot - key), key), *what = dyno_text("workload (for '%s')", dot + 1);
        int status = refuse_unknown(refusal, place, what, scope, &names);
        free(scope);
        free(what);
        return status;
    }
    add_keys(&names, cell_keys);
    add_keys(&names, plan_keys);
    return refuse_unknown(refusal, place, "key", key, &names);
}

static int add_assignment(dyno_settings *settings, const char *text, dyno_refusal *refusal)
{
    bool flag = strncmp(text, "--", 2) == 0;
    const char *start = flag ? text + 2 : text, *equals = strchr(start, '=');
    if (equals == NULL || equals == start || equals[1] == '\0')
        return dyno_refuse(refusal, DYNO_USAGE, "-p %s: accepted is KEY=VALUE, like -p threads=1,2 or -p fib.n=30",
                           text);
    dyno_assignment made = {0};
    char *key = dyno_text("%.*s", (int)(equals - start), start);
    made.place = dyno_text("%s%s", flag ? "" : "-p ", text);
    if (known_to_any(settings, key)) made.key = dyno_copy(key);
    int status = DYNO_GOOD;
    if (made.key == NULL && !split_scope(settings, key, &made))
        status = refuse_assignment(settings, made.place, key, refusal);
    free(key);
    if (status != DYNO_GOOD) {
        free(made.place);
        return status;
    }
    made.value = dyno_copy(equals + 1);
    settings->assignments = dyno_extend(settings->assignments, settings->n_assignments, sizeof made);
    settings->assignments[settings->n_assignments++] = made;
    return DYNO_GOOD;
}

int dyno_settings_make(const dyno_plan_request *request, const dyno_catalogue *catalogue, const dyno_suite *suite,
                       dyno_settings *settings, dyno_refusal *refusal)
{
    *settings = (dyno_settings){.catalogue = catalogue, .suite = suite};
    int status =
        suite != NULL ? targets_from_suite(settings, request, refusal) : targets_from_words(settings, request, refusal);
    if (status == DYNO_GOOD) status = check_global_keys(settings, refusal);
    for (size_t i = 0; status == DYNO_GOOD && i < settings->n_targets; i++)
        status = check_section_keys(settings, &settings->targets[i], refusal);
    for (size_t i = 0; status == DYNO_GOOD && i < request->n_assignments; i++)
        status = add_assignment(settings, request->assignments[i], refusal);
    if (status != DYNO_GOOD) dyno_settings_free(settings);
    return status;
}

void dyno_settings_free(dyno_settings *settings)
{
    for (size_t i = 0; i < settings->n_targets; i++) {
        free(settings->targets[i].name);
        free(settings->targets[i].workload);
    }
    for (size_t i = 0; i < settings->n_assignments; i++) {
        free(settings->assignments[i].scope);
        free(settings->assignments[i].key);
        free(settings->assignments[i].value);
        free(settings->assignments[i].place);
    }
    free(settings->targets);
    free(settings->assignments);
    *settings = (dyno_settings){0};
}

/* ---- Looking up ---- */

static bool find_assignment(const dyno_settings *settings, const dyno_target *target, const char *key, bool scoped,
                            dyno_found *found)
{
    for (size_t i = settings->n_assignments; i > 0; i--) {
        const dyno_assignment *a = &settings->assignments[i - 1];
        if (strcmp(a->key, key) != 0 || (a->scope != NULL) != scoped) continue;
        if (scoped && (target == NULL || !means(a->scope, target->name))) continue;
        found->value = a->value;
        found->shared = !scoped;
        snprintf(found->place, sizeof found->place, "%s", a->place);
        return true;
    }
    return false;
}

static bool find_entry(const dyno_settings *settings, const dyno_section *section, const char *key, dyno_found *found)
{
    for (size_t i = 0; section != NULL && i < section->n_entries; i++) {
        const dyno_entry *entry = &section->entries[i];
        if (strcmp(entry->key, key) != 0) continue;
        found->value = entry->value;
        found->shared = section == settings->global;
        snprintf(found->place, sizeof found->place, "%s:%u", settings->suite->path, entry->line);
        return true;
    }
    return false;
}

bool dyno_settings_find(const dyno_settings *settings, const dyno_target *target, const char *key, dyno_found *found)
{
    return find_assignment(settings, target, key, true, found) ||
           find_assignment(settings, target, key, false, found) ||
           (target != NULL && find_entry(settings, target->section, key, found)) ||
           find_entry(settings, settings->global, key, found);
}
