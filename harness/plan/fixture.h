/* fixture.h - a small catalogue for the planner's tests: fib by serial, engine, openmp (openmp lacks something when
 * asked to); storm by malloc, jemalloc, with parameters of every type. */
#ifndef DYNO_PLAN_FIXTURE_H
#define DYNO_PLAN_FIXTURE_H

#include "plan/plan.h"

void fixture_catalogue(dyno_catalogue *catalogue); /* freed with dyno_catalogue_free */
dyno_offer *fixture_offer(dyno_catalogue *catalogue, const char *workload, const char *contender);

/* Plans with the suite text (NULL: none) and up to 8 words and assignments, each list NULL-terminated or NULL. The
 * suite is in a file named t.ini in a directory of its own, whose path is cut from the refusal's front. */
int fixture_plan(const dyno_catalogue *catalogue, const char *suite, const char *const *words,
                 const char *const *assignments, dyno_plan *plan, dyno_refusal *refusal);

#endif
