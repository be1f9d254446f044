/* settings.h - who says what a key is worth: -p for one section, -p for all, the section, [global]; first one wins.
 *
 * Making the settings chooses the sections to run and checks every key that is written anywhere against what the
 * workload knows; values are checked by whoever asks for them.
 */
#ifndef DYNO_SETTINGS_H
#define DYNO_SETTINGS_H

#include "plan/names.h"
#include "plan/plan.h"
#include "plan/suite.h"

/* A workload that is to run, with its section if it has one. */
typedef struct dyno_target {
    char *name;     /* WORKLOAD or WORKLOAD:LABEL */
    char *workload; /* known to the catalogue */
    const dyno_section *section;
} dyno_target;

typedef struct dyno_assignment {
    char *scope; /* of "-p fib.n=30": fib, or fib:LABEL; NULL for all */
    char *key;
    char *value;
    char *place; /* "-p fib.n=30" */
} dyno_assignment;

typedef struct dyno_settings {
    const dyno_catalogue *catalogue;
    const dyno_suite *suite;    /* NULL without */
    const dyno_section *global; /* NULL without */
    dyno_target *targets;
    size_t n_targets;
    dyno_assignment *assignments;
    size_t n_assignments;
} dyno_settings;

typedef struct dyno_found {
    const char *value;
    char place[300]; /* "quick.ini:12" or "-p n=30": how a refusal begins */
    bool shared;     /* meant for every target: not each of them need know it */
} dyno_found;

/* suite may be NULL; it and the catalogue must outlive the settings. */
int dyno_settings_make(const dyno_plan_request *request, const dyno_catalogue *catalogue, const dyno_suite *suite,
                       dyno_settings *settings, dyno_refusal *refusal);
void dyno_settings_free(dyno_settings *settings);

/* What the key is worth for the target; with a NULL target, for the plan as a whole. */
bool dyno_settings_find(const dyno_settings *settings, const dyno_target *target, const char *key, dyno_found *found);

#endif
