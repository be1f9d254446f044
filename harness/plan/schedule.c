/* schedule.c - the order of one round: Fisher-Yates (R. Durstenfeld, "Algorithm 235: Random permutation", 1964), driven
 * by splitmix64 (G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators", 2014). */
#include "plan/plan.h"

static uint64_t next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Uniform in 0..bound-1: numbers from the incomplete last stretch are drawn again. */
static uint64_t below(uint64_t *state, uint64_t bound)
{
    uint64_t incomplete = (0 - bound) % bound, drawn;
    do
        drawn = next(state);
    while (drawn < incomplete);
    return drawn % bound;
}

uint64_t dyno_plan_seed(uint64_t seed, unsigned round)
{
    uint64_t state = seed;
    uint64_t base = next(&state);
    state = base ^ round;
    return next(&state);
}

void dyno_plan_round(uint64_t seed, unsigned round, size_t n, size_t *order)
{
    /* A stream apart from the one that feeds the workloads. */
    uint64_t state = ~dyno_plan_seed(seed, round);
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)below(&state, i);
        size_t held = order[i - 1];
        order[i - 1] = order[j];
        order[j] = held;
    }
}
