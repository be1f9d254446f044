/* figures.h - which plots a summary is worth, and gnuplot to draw them.
 *
 * For each workload, parameters and pinning: contenders-NAME; scaling-NAME of a compute workload with two or more
 * thread counts; latency-NAME where there are latency percentiles; and one overview. gnuplot is started without a shell
 * and without the user's own settings; names from the summary reach it as arguments, never as code.
 */
#ifndef DYNO_FIGURES_H
#define DYNO_FIGURES_H

#include "store/results.h"

#include <stdio.h>

typedef struct dyno_figures_request {
    const char *csv;     /* the summary.csv that gnuplot reads */
    const char *scripts; /* the folder of the gnuplot scripts */
    const char *out;     /* the folder for the pictures; made if missing */
    bool svg, png;
    const char *gnuplot; /* the program; NULL: gnuplot, from the PATH */
} dyno_figures_request;

/* Writes the path of each picture to told, and a note for each plot that the data are too few for. Refused when gnuplot
 * is missing or fails, and when no picture could be made. */
int dyno_figures_make(const dyno_figures_request *request, const dyno_summary *summary, FILE *told,
                      dyno_refusal *refusal);

#endif
