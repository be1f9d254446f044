#include "plan/budget.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

/* A process that measures for less than this tells too little for its start to be worth it. */
static const double shortest = 0.02;
/* Before anything is known: about what starting a small program and preparing its input costs. */
static const double first_guess = 0.05;
/* A last process may pass the end by this part of the budget: well within what is promised. */
static const double slack = 0.03;
/* The least rounds that give an interval. */
enum { ROUNDS_LEAST = 2 };

void dyno_budget_init(dyno_budget *budget, const dyno_plan *plan, double seconds)
{
    *budget = (dyno_budget){.plan = plan,
                            .seconds = seconds,
                            .rounds = plan->processes,
                            .extra = dyno_allocate(plan->n_cells, sizeof(double)),
                            .given_up = dyno_allocate(plan->n_cells, sizeof(bool))};
    for (size_t i = 0; i < plan->n_cells; i++)
        budget->extra[i] = (double)NAN;
}

void dyno_budget_free(dyno_budget *budget)
{
    free(budget->extra);
    free(budget->given_up);
    *budget = (dyno_budget){0};
}

bool dyno_budget_planned(const dyno_budget *budget, unsigned round)
{
    return round < budget->rounds;
}

void dyno_budget_give_up(dyno_budget *budget, size_t cell)
{
    budget->given_up[cell] = true;
}

static double extra_of(const dyno_budget *budget, size_t cell)
{
    if (!isnan(budget->extra[cell])) return budget->extra[cell];
    return budget->n_known > 0 ? fmax(0, budget->extra_sum / (double)budget->n_known) : first_guess;
}

/* Processes to come, and what they cost on top of measuring. */
typedef struct load {
    size_t processes;
    double extra, asked;
} load;

static void add_cell(const dyno_budget *budget, size_t cell, load *sum)
{
    if (budget->given_up[cell]) return;
    sum->processes++;
    sum->extra += extra_of(budget, cell);
    sum->asked += budget->plan->cells[cell].time + budget->plan->cells[cell].warmup;
}

/* What is left of this round, and, into whole, what one whole round is. */
static load rest_of_round(const dyno_budget *budget, const dyno_position *position, load *whole)
{
    load rest = {0};
    *whole = (load){0};
    for (size_t i = 0; i < budget->plan->n_cells; i++) {
        add_cell(budget, position->order[i], whole);
        if (i >= position->at) add_cell(budget, position->order[i], &rest);
    }
    return rest;
}

static unsigned rounds_after(const dyno_budget *budget, unsigned round)
{
    return budget->rounds > round + 1 ? budget->rounds - round - 1 : 0;
}

/* Seconds of warm-up and measuring for each process to come; drops rounds that there is no time for. */
static double even_share(dyno_budget *budget, const dyno_position *position)
{
    load whole, rest = rest_of_round(budget, position, &whole);
    double left = budget->seconds - position->elapsed;
    for (;;) {
        unsigned after = rounds_after(budget, position->round);
        size_t processes = rest.processes + after * whole.processes;
        if (processes == 0) return 0;
        double share = (left - rest.extra - after * whole.extra) / (double)processes;
        if (share >= shortest || budget->rounds <= ROUNDS_LEAST || after == 0) return share;
        budget->rounds--;
    }
}

/* Warm-up shrinks with the whole, so that measuring keeps its part. */
static dyno_share divide(const dyno_cell *cell, double asked)
{
    double full = cell->time + cell->warmup;
    double part = full > 0 ? fmin(1, asked / full) : 1;
    return (dyno_share){.run = true, .time = cell->time * part, .warmup = cell->warmup * part};
}

dyno_share dyno_budget_share(dyno_budget *budget, const dyno_position *position)
{
    size_t index = position->order[position->at];
    const dyno_cell *cell = &budget->plan->cells[index];
    double full = cell->time + cell->warmup, asked = full;
    if (budget->given_up[index]) return (dyno_share){.run = false};
    if (budget->seconds > 0) {
        double left = budget->seconds - position->elapsed, tolerance = slack * budget->seconds;
        double extra = extra_of(budget, index), least = fmin(full, shortest);
        if (dyno_budget_planned(budget, position->round)) asked = even_share(budget, position);
        asked = fmax(least, fmin(fmin(asked, full), left - extra));
        if (asked + extra > left + tolerance) return (dyno_share){.run = false};
    }
    dyno_share share = divide(cell, asked);
    share.silence = cell->time_limit;
    if (budget->seconds > 0) {
        double end = budget->seconds * (1 + slack) - position->elapsed;
        share.silence = fmin(share.silence, fmax(0.1, end));
    }
    return share;
}

void dyno_budget_learn(dyno_budget *budget, size_t cell, const dyno_share *share, double wall)
{
    double extra = wall - share->time - share->warmup;
    if (isnan(budget->extra[cell])) {
        budget->extra[cell] = extra;
        budget->extra_sum += extra;
        budget->n_known++;
    } else {
        budget->extra[cell] = (budget->extra[cell] + extra) / 2;
    }
}

double dyno_budget_left(const dyno_budget *budget, const dyno_position *position)
{
    load whole, rest = rest_of_round(budget, position, &whole);
    unsigned after = rounds_after(budget, position->round);
    if (budget->seconds > 0) return whole.processes > 0 ? fmax(0, budget->seconds - position->elapsed) : 0;
    return fmax(0, rest.asked + rest.extra + after * (whole.asked + whole.extra));
}
