#include "plan/names.h"
#include "base/exit.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void dyno_names_free(dyno_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->items[i]);
    free(names->items);
    *names = (dyno_names){0};
}

bool dyno_names_has(const dyno_names *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++)
        if (strcmp(names->items[i], name) == 0) return true;
    return false;
}

void dyno_names_add(dyno_names *names, char *name)
{
    if (dyno_names_has(names, name)) {
        free(name);
        return;
    }
    names->items = dyno_extend(names->items, names->n, sizeof *names->items);
    names->items[names->n++] = name;
}

char *dyno_names_join(const dyno_names *names)
{
    char *joined = dyno_copy(names->n > 0 ? names->items[0] : "none");
    for (size_t i = 1; i < names->n; i++) {
        char *longer = dyno_text("%s, %s", joined, names->items[i]);
        free(joined);
        joined = longer;
    }
    return joined;
}

char *dyno_names_hint(const dyno_names *names, const char *word)
{
    const char **list = dyno_allocate(names->n + 1, sizeof *list);
    for (size_t i = 0; i < names->n; i++)
        list[i] = names->items[i];
    const char *nearest = dyno_nearest(word, list);
    char *hint = nearest != NULL ? dyno_text(", did you mean '%s'?", nearest) : dyno_copy("");
    free(list);
    return hint;
}
