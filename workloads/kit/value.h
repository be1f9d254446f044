/* value.h - parameter values: what their text means, and whether a parameter accepts them.
 *
 * int   -?[0-9]+                   size  [0-9]+ with K, M or G for 2^10, 2^20, 2^30
 * real  a finite decimal number    word  any text without a space
 * A parameter accepts "LOW..HIGH" (both included), "a|b|c", or "any".
 */
#ifndef KIT_VALUE_H
#define KIT_VALUE_H

#include "kit.h"

typedef enum kit_type { KIT_INT, KIT_SIZE, KIT_REAL, KIT_WORD, KIT_NO_TYPE } kit_type;

typedef struct kit_value {
    kit_type type;
    int64_t integer; /* int, size */
    double real;     /* real */
    char *word;      /* word: the text; owned by whoever filled the value */
} kit_value;

/* KIT_NO_TYPE if the name is none of the four. */
kit_type kit_type_named(const char *name);

/* Whether text is a value of the type; a word's text is not copied but pointed to. */
bool kit_value_parse(kit_type type, const char *text, kit_value *value);

typedef enum kit_accepted { KIT_ACCEPTED, KIT_OUTSIDE, KIT_BAD_RULE } kit_accepted;

/* KIT_BAD_RULE: `accepts` is no rule for that type, which is a mistake in the worker's table. */
kit_accepted kit_value_accepted(const kit_value *value, const char *accepts);

/* Strict decimal numbers, for the protocol's own fields. */
bool kit_parse_u64(const char *text, uint64_t *value);
bool kit_parse_real(const char *text, double *value);
bool kit_name_valid(const char *name);

#endif
