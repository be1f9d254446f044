/* campaign.h - running a plan: round after round, a process at a time, until all is measured, the budget is used up or
 * the user stops it. What was measured is in the result directory at any moment.
 */
#ifndef DYNO_CAMPAIGN_H
#define DYNO_CAMPAIGN_H

#include "plan/names.h"
#include "store/results.h"

#include <signal.h>

typedef struct dyno_campaign_request {
    const dyno_plan *plan;
    const dyno_machine *machine;
    dyno_results *results;
    const volatile sig_atomic_t *stop; /* set by a signal handler */
    int quiet;                         /* no progress on stderr */
} dyno_campaign_request;

typedef struct dyno_tally {
    size_t good, wrong, unable, failed; /* processes of this run, by how they ended; failed: all else */
    size_t kept;                        /* processes that were there already (resume) */
    dyno_names failures;                /* a sentence for each kind of failure of each cell */
    dyno_names not_run;                 /* cells without a figure because the budget was used up */
    double elapsed;                     /* seconds */
    int interrupted;
} dyno_tally;

/* Whether each cell's pinning policy fits the machine: told before anything is measured. */
int dyno_campaign_check(const dyno_plan *plan, const dyno_machine *machine, dyno_refusal *refusal);

/* Refused only where going on makes no sense: results that can't be written. The tally is filled as far as it came,
 * whatever is returned. */
int dyno_campaign_run(const dyno_campaign_request *request, dyno_tally *tally, dyno_refusal *refusal);
void dyno_tally_free(dyno_tally *tally);

/* "fib by engine, 2 threads, n=30"; the caller frees. */
char *dyno_cell_text(const dyno_cell *cell);

#endif
