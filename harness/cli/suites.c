#include "cli/suites.h"
#include "base/memory.h"
#include "cli/cli.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_suite(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot != NULL && dot != entry->d_name && strcmp(dot, ".ini") == 0;
}

void dyno_suites_list(dyno_names *names)
{
    struct dirent **entries = NULL;
    int n = scandir(dyno_path_suites(), &entries, is_suite, alphasort);
    *names = (dyno_names){0};
    for (int i = 0; i < n; i++) {
        dyno_names_add(names, dyno_text("%.*s", (int)strlen(entries[i]->d_name) - 4, entries[i]->d_name));
        free(entries[i]);
    }
    free(entries);
}

char *dyno_suites_path(const char *name)
{
    return dyno_text("%s/%s.ini", dyno_path_suites(), name);
}

char *dyno_suites_about(const char *name)
{
    char line[256] = "";
    char *path = dyno_suites_path(name);
    FILE *file = fopen(path, "re");
    if (file != NULL && fgets(line, sizeof line, file) == NULL) line[0] = '\0';
    if (file != NULL) (void)fclose(file);
    free(path);
    line[strcspn(line, "\n")] = '\0';
    bool comment = line[0] == ';' || line[0] == '#';
    return dyno_copy(comment ? line + 1 + strspn(line + 1, " ") : "");
}
