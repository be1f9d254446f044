#include "run/noise.h"

#include "run/steal.h"

#include "stats/stats.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

dyno_clock_facts dyno_measure_clock(void)
{
    enum { READINGS = 20000, BATCH = 100 };
    static double batches[READINGS / BATCH];
    uint64_t smallest = UINT64_MAX, last = now_ns();
    for (int i = 0; i < READINGS / BATCH; i++) {
        uint64_t begin = last;
        for (int k = 0; k < BATCH; k++) {
            uint64_t reading = now_ns();
            if (reading > last && reading - last < smallest) smallest = reading - last;
            last = reading;
        }
        batches[i] = (double)(last - begin) / BATCH;
    }
    return (dyno_clock_facts){.resolution_ns = (double)smallest, .cost_ns = dyno_median(batches, READINGS / BATCH)};
}

/* The same dependent multiplications every time: only the machine can make it vary. */
static double time_work(uint64_t steps)
{
    uint64_t begin = now_ns(), x = steps;
    for (uint64_t i = 0; i < steps; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        __asm__ volatile("" : "+r"(x));
    }
    return (double)(now_ns() - begin);
}

static double share_in_gaps(double seconds)
{
    enum { GAP_NS = 5000 };
    uint64_t begin = now_ns(), last = begin, lost = 0, end = begin + (uint64_t)(seconds * 1e9);
    while (last < end) {
        uint64_t reading = now_ns();
        if (reading - last > GAP_NS) lost += reading - last;
        last = reading;
    }
    return (double)lost / (double)(last - begin);
}

static double variation_of(const double *values, unsigned n)
{
    double sum = 0, squares = 0;
    for (unsigned i = 0; i < n; i++)
        sum += values[i];
    double mean = sum / n;
    for (unsigned i = 0; i < n; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    return n > 1 ? sqrt(squares / (n - 1)) / mean : 0;
}

dyno_noise dyno_measure_noise(double seconds)
{
    enum { MAX = 4096 };
    static double times[MAX];
    uint64_t steps = 100000;
    double once = time_work(steps);
    steps = (uint64_t)((double)steps * 1e6 / (once > 1 ? once : 1)) + 1; /* about 1 ms */
    double steal_before = dyno_steal_seconds();
    uint64_t begin = now_ns();
    dyno_noise noise = {0};
    while (noise.n < MAX && (double)(now_ns() - begin) < seconds * 0.75e9)
        times[noise.n++] = time_work(steps);
    noise.lost = share_in_gaps(seconds * 0.25);
    double elapsed = (double)(now_ns() - begin) * 1e-9;
    noise.steal = (dyno_steal_seconds() - steal_before) / elapsed;
    noise.variation = variation_of(times, noise.n);
    noise.median_ms = dyno_median(times, noise.n) * 1e-6; /* sorts */
    noise.worst = noise.n > 0 ? times[noise.n - 1] * 1e-6 / noise.median_ms : 0;
    return noise;
}
