/* matrix.h - one target's settings multiplied out to cells. */
#ifndef DYNO_MATRIX_H
#define DYNO_MATRIX_H

#include "plan/settings.h"

enum { DYNO_CELLS_MAX = 100000 };

/* Why there are no cells, if there are none. */
typedef struct dyno_left_out {
    size_t unavailable; /* contenders that can't run here */
    size_t threads;     /* thread counts that a contender doesn't take */
    size_t unmatched;   /* targets, or contenders of theirs, that a shared setting leaves nothing of */
} dyno_left_out;

/* Appends the target's cells and notes to the plan; what it leaves out is counted. */
int dyno_matrix_expand(const dyno_settings *settings, const dyno_target *target, dyno_plan *plan,
                       dyno_left_out *left_out, dyno_refusal *refusal);

void dyno_plan_note(dyno_plan *plan, char *note); /* takes note over */

#endif
