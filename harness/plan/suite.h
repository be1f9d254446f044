/* suite.h - a suite file as it is written: sections in order, keys with their lines, nothing interpreted yet.
 *
 * INI, read by libinih: [section], key = value, comments that start with ';' or '#' (after a value, with a space
 * before). Leading space is ignored: no value continues on the next line.
 */
#ifndef DYNO_SUITE_H
#define DYNO_SUITE_H

#include "base/exit.h"

#include <stddef.h>

typedef struct dyno_entry {
    char *key;
    char *value;
    unsigned line;
} dyno_entry;

typedef struct dyno_section {
    char *name; /* global, a workload, or WORKLOAD:LABEL */
    unsigned line;
    dyno_entry *entries;
    size_t n_entries;
} dyno_section;

typedef struct dyno_suite {
    char *path;
    char *text; /* all of the file */
    dyno_section *sections;
    size_t n_sections;
} dyno_suite;

/* Refuses a file that can't be read or is no INI, a key outside a section, and a section or key that is there twice. */
int dyno_suite_read(const char *path, dyno_suite *suite, dyno_refusal *refusal);
void dyno_suite_free(dyno_suite *suite);

#endif
