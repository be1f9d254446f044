/* budget.h - how long the next process may measure, so that the whole run takes the time it was given.
 *
 * Without a budget every process gets its cell's time. With one, the time left is shared out among the processes that
 * are still to run, after what each costs on top of its measuring (start, set-up, samples that can't be cut short),
 * which is learnt from its earlier ones. Too little time: processes get shorter, then rounds fewer, but not fewer than
 * two while that can be. Time to spare: rounds are added until it is used. Pure arithmetic; the caller has the clock.
 */
#ifndef DYNO_BUDGET_H
#define DYNO_BUDGET_H

#include "plan/plan.h"

typedef struct dyno_budget {
    const dyno_plan *plan;
    double seconds; /* 0: no budget */
    unsigned rounds;
    double *extra;    /* per cell: seconds on top of what was asked for, NAN until known; may be negative */
    bool *given_up;   /* per cell: no more processes */
    double extra_sum; /* of the first extra of each cell, to guess at those not known */
    size_t n_known;
} dyno_budget;

/* A position in the run: cells order[at..n_cells-1] of this round are still to come, order[at] is next. */
typedef struct dyno_position {
    unsigned round;
    const size_t *order;
    size_t at;
    double elapsed; /* seconds since the run began */
} dyno_position;

typedef struct dyno_share {
    bool run; /* false: the cell's next process no longer fits */
    double time, warmup;
    double silence; /* the process may be silent this long: the cell's limit, or less where the budget ends before */
} dyno_share;

void dyno_budget_init(dyno_budget *budget, const dyno_plan *plan, double seconds);
void dyno_budget_free(dyno_budget *budget);

/* Whether this round is one of those planned; those after it only use up what is left. */
bool dyno_budget_planned(const dyno_budget *budget, unsigned round);

dyno_share dyno_budget_share(dyno_budget *budget, const dyno_position *position);

/* What the process of the cell, asked for time and warm-up, took in all. */
void dyno_budget_learn(dyno_budget *budget, size_t cell, const dyno_share *share, double wall);

/* The cell is not to be run again. */
void dyno_budget_give_up(dyno_budget *budget, size_t cell);

/* Seconds until the end of the run, as far as can be told. */
double dyno_budget_left(const dyno_budget *budget, const dyno_position *position);

#endif
