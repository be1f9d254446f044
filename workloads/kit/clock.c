/* clock.c - the clock, and the random numbers that every workload needs. */
#include "run.h"

#include <time.h>

uint64_t kit_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

void kit_start(kit_run *run)
{
    run->started = kit_now_ns();
}

void kit_stop(kit_run *run)
{
    run->stopped = kit_now_ns();
    run->measured += run->stopped - run->started;
    run->timed = true;
}

double kit_elapsed(const kit_run *run)
{
    return (double)(run->stopped - run->started) * 1e-9;
}

uint64_t kit_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}
