#include "cli/campaign.h"
#include "base/memory.h"
#include "plan/budget.h"
#include "show/progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Bookkeeping for one cell. */
typedef struct cell_state {
    unsigned processes; /* with a figure */
    unsigned timeouts;
} cell_state;

typedef struct campaign {
    const dyno_campaign_request *request;
    const dyno_plan *plan;
    dyno_tally *tally;
    dyno_budget budget;
    dyno_progress progress;
    cell_state *cells;
    size_t *order;
    struct timespec began;
} campaign;

static double elapsed(const campaign *c)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - c->began.tv_sec) + 1e-9 * (double)(now.tv_nsec - c->began.tv_nsec);
}

char *dyno_cell_text(const dyno_cell *cell)
{
    char *params = dyno_copy(cell->params);
    char *separator = params;
    char *text;
    /* ';' reads as the end of a sentence */
    while ((separator = strchr(separator, ';')) != NULL)
        *separator = ' ';
    text = dyno_text("%s by %s, %u thread%s%s%s", cell->offer->workload, cell->offer->contender, cell->threads,
                     cell->threads == 1 ? "" : "s", params[0] != '\0' ? ", " : "", params);
    free(params);
    return text;
}

/* ---- What became of a process ---- */

static void count_outcome(campaign *c, size_t index, const dyno_attempt *attempt)
{
    dyno_tally *tally = c->tally;
    cell_state *state = &c->cells[index];
    switch (attempt->outcome) {
    case DYNO_OK:
        tally->good++;
        state->processes++;
        return;
    case DYNO_WRONG_ANSWER:
        tally->wrong++;
        break;
    case DYNO_UNABLE:
        tally->unable++;
        dyno_budget_give_up(&c->budget, index);
        break;
    case DYNO_TIMED_OUT:
        /* Each costs a whole time limit: twice is enough to know. */
        tally->failed++;
        if (++state->timeouts == 2) dyno_budget_give_up(&c->budget, index);
        break;
    case DYNO_BAD_VERSION:
    case DYNO_NOT_STARTED:
        tally->failed++;
        dyno_budget_give_up(&c->budget, index);
        break;
    default:
        tally->failed++;
        break;
    }
    char *cell = dyno_cell_text(&c->plan->cells[index]);
    dyno_names_add(&tally->failures,
                   dyno_text("%s: %s: %s", cell, dyno_outcome_name(attempt->outcome), attempt->detail));
    free(cell);
}

/* The seed is kept below 2^53: it goes into a CSV column that is read as a double. */
static uint64_t process_seed(const campaign *c, unsigned round)
{
    return dyno_plan_seed(c->plan->seed, round) >> 11;
}

static void show_progress(campaign *c, const dyno_position *position, const dyno_cell *cell)
{
    char *doing = dyno_cell_text(cell);
    dyno_progress_update(&c->progress, position->elapsed, dyno_budget_left(&c->budget, position), doing);
    free(doing);
}

static int run_process(campaign *c, const dyno_position *position, const dyno_share *share, dyno_refusal *refusal)
{
    size_t index = position->order[position->at];
    dyno_cell cell = c->plan->cells[index];
    bool cut = share->silence < cell.time_limit;
    cell.time_limit = share->silence;
    dyno_placement placement;
    int status = dyno_place(c->request->machine, cell.pin, cell.threads, &placement, refusal);
    if (status != DYNO_GOOD) return status;
    dyno_launch_request launch = {.cell = &cell,
                                  .seed = process_seed(c, position->round),
                                  .time = share->time,
                                  .warmup = share->warmup,
                                  .placement = &placement};
    dyno_attempt attempt;
    show_progress(c, position, &cell);
    dyno_launch(&launch, c->request->stop, &attempt);
    /* A stop ends the worker too: how it ended then is no finding, nor is silence past the end of the budget. */
    bool finding = attempt.outcome != DYNO_STOPPED && (attempt.outcome == DYNO_OK || !*c->request->stop) &&
                   !(attempt.outcome == DYNO_TIMED_OUT && cut);
    if (finding) {
        dyno_budget_learn(&c->budget, index, share, elapsed(c) - position->elapsed);
        count_outcome(c, index, &attempt);
        status = dyno_results_append(c->request->results, &c->plan->cells[index], position->round, launch.seed,
                                     position->elapsed, &attempt, refusal);
    } else {
        dyno_budget_give_up(&c->budget, index);
    }
    dyno_attempt_free(&attempt);
    return status;
}

/* ---- Rounds ---- */

/* Runs what there is to run of a round; *launched counts. */
static int run_round(campaign *c, unsigned round, size_t *launched, dyno_refusal *refusal)
{
    dyno_plan_round(c->plan->seed, round, c->plan->n_cells, c->order);
    for (size_t at = 0; at < c->plan->n_cells && !*c->request->stop; at++) {
        dyno_position position = {.round = round, .order = c->order, .at = at, .elapsed = elapsed(c)};
        if (dyno_results_has(c->request->results, &c->plan->cells[c->order[at]], round)) {
            c->tally->kept++;
            c->cells[c->order[at]].processes++;
            ++*launched;
            continue;
        }
        dyno_share share = dyno_budget_share(&c->budget, &position);
        if (!share.run) continue;
        ++*launched;
        int status = run_process(c, &position, &share, refusal);
        if (status != DYNO_GOOD) return status;
    }
    return DYNO_GOOD;
}

static int run_rounds(campaign *c, dyno_refusal *refusal)
{
    bool budgeted = c->budget.seconds > 0;
    for (unsigned round = 0; !*c->request->stop; round++) {
        size_t launched = 0;
        if (!budgeted && !dyno_budget_planned(&c->budget, round)) return DYNO_GOOD;
        int status = run_round(c, round, &launched, refusal);
        if (status != DYNO_GOOD || launched == 0) return status;
    }
    return DYNO_GOOD;
}

/* The part of the planned processes that is not there yet: a resumed run has that part of its budget. */
static double part_missing(const dyno_campaign_request *request)
{
    const dyno_plan *plan = request->plan;
    size_t there = 0, planned = plan->n_cells * plan->processes;
    for (unsigned round = 0; round < plan->processes; round++)
        for (size_t i = 0; i < plan->n_cells; i++)
            there += dyno_results_has(request->results, &plan->cells[i], round);
    return 1 - (double)there / (double)planned;
}

static void list_not_run(const campaign *c)
{
    for (size_t i = 0; i < c->plan->n_cells && !*c->request->stop; i++)
        if (c->cells[i].processes == 0 && isnan(c->budget.extra[i]))
            dyno_names_add(&c->tally->not_run, dyno_cell_text(&c->plan->cells[i]));
}

int dyno_campaign_check(const dyno_plan *plan, const dyno_machine *machine, dyno_refusal *refusal)
{
    int status = DYNO_GOOD;
    for (size_t i = 0; status == DYNO_GOOD && i < plan->n_cells; i++) {
        dyno_placement placement;
        status = dyno_place(machine, plan->cells[i].pin, plan->cells[i].threads, &placement, refusal);
    }
    return status;
}

int dyno_campaign_run(const dyno_campaign_request *request, dyno_tally *tally, dyno_refusal *refusal)
{
    const dyno_plan *plan = request->plan;
    double missing = part_missing(request);
    campaign c = {.request = request,
                  .plan = plan,
                  .tally = tally,
                  .cells = dyno_allocate(plan->n_cells, sizeof(cell_state)),
                  .order = dyno_allocate(plan->n_cells, sizeof(size_t))};
    *tally = (dyno_tally){0};
    dyno_budget_init(&c.budget, plan, plan->budget * missing);
    dyno_progress_open(&c.progress, stderr, request->quiet);
    clock_gettime(CLOCK_MONOTONIC, &c.began);
    int status = run_rounds(&c, refusal);
    dyno_progress_clear(&c.progress);
    if (status == DYNO_GOOD) list_not_run(&c);
    tally->elapsed = elapsed(&c);
    tally->interrupted = *request->stop != 0;
    dyno_budget_free(&c.budget);
    free(c.cells);
    free(c.order);
    return status;
}

void dyno_tally_free(dyno_tally *tally)
{
    dyno_names_free(&tally->failures);
    dyno_names_free(&tally->not_run);
}
