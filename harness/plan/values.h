/* values.h - what stands right of the '=': a comma list of values and ranges, expanded and checked.
 *
 *     1,2          two values              64..4K*4     geometric: 64, 256, 1024, 4096
 *     1..8         1, 2, ... 8             10..50+10    arithmetic: 10, 20, 30, 40, 50
 * Numbers may carry K, M, G, T (powers of 1024). A range ends at the last step that does not pass its end. A value that
 * is there already is not repeated. The results are canonical: 4K comes out as 4096.
 */
#ifndef DYNO_VALUES_H
#define DYNO_VALUES_H

#include "plan/catalogue.h"
#include "plan/names.h"

enum { DYNO_VALUES_MAX = 4096 };

/* Expands text for the parameter, whose type and accepted range are kept to. place opens the sentence of a refusal:
 * "quick.ini:12". cpus stands for the words all and cpus (0: no such words). On success free with dyno_names_free. */
int dyno_values_expand(const char *place, const dyno_param *param, const char *text, unsigned cpus, dyno_names *values,
                       dyno_refusal *refusal);

/* A plain comma list of words, trimmed; an empty element is refused. */
int dyno_words_split(const char *place, const char *key, const char *text, dyno_names *values, dyno_refusal *refusal);

#endif
