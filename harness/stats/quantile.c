#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>

double dyno_quantile(const double *sorted, size_t n, double p)
{
    if (n == 0 || !(p >= 0 && p <= 1)) return NAN;
    double place = (double)(n - 1) * p;
    size_t below = (size_t)place;
    if (below + 1 >= n) return sorted[n - 1];
    double part = place - (double)below;
    return sorted[below] + part * (sorted[below + 1] - sorted[below]);
}

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

double dyno_median(double *values, size_t n)
{
    if (n == 0) return NAN;
    qsort(values, n, sizeof *values, ascending);
    return dyno_quantile(values, n, 0.5);
}
