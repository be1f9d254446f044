#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t count_samples(const dyno_group *groups, size_t n, size_t *largest)
{
    size_t filled = 0;
    *largest = 0;
    for (size_t i = 0; i < n; i++) {
        if (groups[i].n > *largest) *largest = groups[i].n;
        filled += groups[i].n > 0;
    }
    return filled;
}

/* G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators", 2014. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* 0 <= result < n for n up to 2^32. Multiply and shift: the bias, n / 2^32, is far below the resampling noise. */
static size_t below(uint64_t *state, size_t n)
{
    return (size_t)(((next_random(state) >> 32) * (uint64_t)n) >> 32);
}

static void swap(double *a, double *b)
{
    double kept = *a;
    *a = *b;
    *b = kept;
}

/* Puts the k-th smallest at values[k], nothing greater before it (C. A. R. Hoare, "Algorithm 65: FIND", 1961). */
static double select_kth(double *values, size_t n, size_t k)
{
    size_t low = 0, high = n - 1;
    while (low < high) {
        double pivot = values[k];
        size_t i = low, j = high;
        while (i <= j) {
            while (values[i] < pivot)
                i++;
            while (pivot < values[j])
                j--;
            if (i > j) break;
            swap(&values[i++], &values[j]);
            if (j == 0) break;
            j--;
        }
        if (j < k) low = i;
        if (k < i) high = j;
    }
    return values[k];
}

/* The median without a full sort: a bootstrap takes thousands of them. */
static double quick_median(double *values, size_t n)
{
    double upper = select_kth(values, n, n / 2);
    if (n % 2 == 1) return upper;
    double lower = values[0];
    for (size_t i = 1; i < n / 2; i++)
        if (values[i] > lower) lower = values[i];
    return lower + (upper - lower) / 2;
}

double dyno_grouped_median(const dyno_group *groups, size_t n)
{
    size_t largest, filled = count_samples(groups, n, &largest);
    if (filled == 0) return NAN;
    double *work = malloc((largest + filled) * sizeof *work);
    if (!work) return NAN;
    double *medians = work + largest;
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        if (groups[i].n == 0) continue;
        memcpy(work, groups[i].values, groups[i].n * sizeof *work);
        medians[used++] = quick_median(work, groups[i].n);
    }
    double result = quick_median(medians, used);
    free(work);
    return result;
}

typedef struct bootstrap {
    const dyno_group **filled; /* the groups that hold samples */
    size_t n;
    double *samples; /* room for the largest group */
    double *medians; /* room for one of each group */
    double *results; /* one a resample */
    uint64_t state;
} bootstrap;

static double resample_group(bootstrap *boot, const dyno_group *group)
{
    for (size_t i = 0; i < group->n; i++)
        boot->samples[i] = group->values[below(&boot->state, group->n)];
    return quick_median(boot->samples, group->n);
}

static double resample(bootstrap *boot)
{
    for (size_t i = 0; i < boot->n; i++)
        boot->medians[i] = resample_group(boot, boot->filled[below(&boot->state, boot->n)]);
    return quick_median(boot->medians, boot->n);
}

static dyno_interval run_bootstrap(bootstrap *boot, double level, unsigned resamples)
{
    for (unsigned i = 0; i < resamples; i++)
        boot->results[i] = resample(boot);
    (void)dyno_median(boot->results, resamples); /* sorts */
    double tail = (1 - level) / 2;
    return (dyno_interval){dyno_quantile(boot->results, resamples, tail),
                           dyno_quantile(boot->results, resamples, 1 - tail)};
}

dyno_interval dyno_grouped_bootstrap(const dyno_group *groups, size_t n, double level, unsigned resamples,
                                     uint64_t seed)
{
    dyno_interval interval = {NAN, NAN};
    size_t largest, filled = count_samples(groups, n, &largest);
    if (filled < 2 || resamples == 0 || !(level > 0 && level < 1)) return interval;
    bootstrap boot = {.state = seed};
    boot.filled = malloc(filled * sizeof(const dyno_group *));
    double *room = malloc((largest + filled + resamples) * sizeof *room);
    if (boot.filled && room) {
        for (size_t i = 0; i < n; i++)
            if (groups[i].n > 0) boot.filled[boot.n++] = &groups[i];
        boot.samples = room;
        boot.medians = room + largest;
        boot.results = boot.medians + filled;
        interval = run_bootstrap(&boot, level, resamples);
    }
    free(boot.filled);
    free(room);
    return interval;
}
