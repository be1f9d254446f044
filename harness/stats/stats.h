/* stats.h - estimators and intervals. Pure functions; arrays are read only unless said otherwise.
 *
 * The process is the unit of inference: samples of one process share its address-space layout and its moment, so an
 * interval comes from the variation between processes. Missing results are NAN, never 0.
 */
#ifndef DYNO_STATS_H
#define DYNO_STATS_H

#include <stddef.h>
#include <stdint.h>

typedef struct dyno_interval {
    double low, high;
} dyno_interval;

/* The p-quantile, 0 <= p <= 1, by linear interpolation between order statistics (type 7 of R. J. Hyndman, Y. Fan,
 * "Sample Quantiles in Statistical Packages", 1996: the default of R and NumPy). NAN for n = 0. sorted is ascending. */
double dyno_quantile(const double *sorted, size_t n, double p);

/* Sorts values in place and returns the median. */
double dyno_median(double *values, size_t n);

/* One process's samples: a slice of values. */
typedef struct dyno_group {
    const double *values;
    size_t n;
} dyno_group;

/* The median over processes of each process's median. */
double dyno_grouped_median(const dyno_group *groups, size_t n);

/* Percentile bootstrap interval of dyno_grouped_median, processes resampled first and samples within them second
 * (A. C. Davison, D. V. Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8). NAN for fewer than two
 * groups. level such as 0.95; seed makes it repeatable. */
dyno_interval dyno_grouped_bootstrap(const dyno_group *groups, size_t n, double level, unsigned resamples,
                                     uint64_t seed);

#endif
