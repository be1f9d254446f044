/* table.h - the summary as a table on a terminal or in a log: columns that line up, colour only on a terminal, figures
 * in units a person reads (12.3 ms, not 0.0123 s), intervals as +- percent, the ratio to a reference contender. */
#ifndef DYNO_TABLE_H
#define DYNO_TABLE_H

#include "store/results.h"

#include <stdio.h>

/* Only primary metrics unless all is set. */
void dyno_table_print(FILE *out, const dyno_summary *summary, bool all, bool colour);

/* value with an SI prefix and unit, "12.3 ms", into text; "-" for NAN. Returns text. */
const char *dyno_format_value(double value, const char *unit, char *text, size_t size);

#endif
