/* gnuplot.h - one run of gnuplot: a script, its arguments, a picture that appears whole or not at all. */
#ifndef DYNO_GNUPLOT_H
#define DYNO_GNUPLOT_H

#include "base/exit.h"

typedef struct dyno_gnuplot {
    const char *program; /* gnuplot, or its path */
    const char *script;
    const char *csv;
    const char *dir, *name;              /* the picture is DIR/NAME */
    const char *workload, *params, *pin; /* NULL workload: the script takes none of the three */
} dyno_gnuplot;

int dyno_gnuplot_draw(const dyno_gnuplot *job, dyno_refusal *refusal);

#endif
