/* names.h - a list of distinct names: to look one up, and to say in a refusal which there are. */
#ifndef DYNO_NAMES_H
#define DYNO_NAMES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct dyno_names {
    char **items;
    size_t n;
} dyno_names;

void dyno_names_add(dyno_names *names, char *name); /* takes name over; frees it if it is there already */
bool dyno_names_has(const dyno_names *names, const char *name);
void dyno_names_free(dyno_names *names);

/* "a, b, c"; the caller frees. */
char *dyno_names_join(const dyno_names *names);

/* ", did you mean 'threads'?" or nothing, to go after a word that is none of the names; the caller frees. */
char *dyno_names_hint(const dyno_names *names, const char *word);

#endif
