/* run_json.h - run.json: what was planned, by which suite and seed, and how the run ended. */
#ifndef DYNO_RUN_JSON_H
#define DYNO_RUN_JSON_H

#include "plan/plan.h"

struct cJSON;

#define DYNO_RUN_FILE   "run.json"
#define DYNO_RUN_SCHEMA 1

/* A new one for the plan, with an identifier of its own; NULL without memory. The caller owns it. */
struct cJSON *dyno_run_new(const dyno_plan *plan);

/* DIR/run.json; refused if it is missing, no JSON or of another schema. */
int dyno_run_load(const char *dir, struct cJSON **run, dyno_refusal *refusal);

/* Refused, with what differs, if it is not a run of this plan. */
int dyno_run_check(const char *dir, const struct cJSON *run, const dyno_plan *plan, dyno_refusal *refusal);

int dyno_run_store(const char *dir, const struct cJSON *run, dyno_refusal *refusal);

const char *dyno_run_id(const struct cJSON *run);

/* The run was taken up again now. */
void dyno_run_resumed(struct cJSON *run);
void dyno_run_finished(struct cJSON *run, const char *outcome, size_t processes, size_t failed);

#endif
