#include "base/memory.h"
#include "cli/cli.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* PREFIX of PREFIX/bin/dyno. */
static const char *prefix(void)
{
    static char path[PATH_MAX];
    if (path[0] != '\0') return path;
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(path, '/');
        if (slash != NULL) *slash = '\0';
    }
    if (path[0] == '\0') memcpy(path, "/usr", sizeof "/usr");
    return path;
}

/* Kept for the life of the program. */
static const char *under_prefix(char **kept, const char *rest)
{
    if (*kept == NULL) *kept = dyno_text("%s/%s", prefix(), rest);
    return *kept;
}

const char *dyno_path_workers(void)
{
    static char *own, *both;
    const char *given = getenv("DYNO_WORKERS");
    under_prefix(&own, "libexec/dyno/workers");
    if (given == NULL || given[0] == '\0') return own;
    if (both == NULL) both = dyno_text("%s:%s", given, own);
    return both;
}

const char *dyno_path_demo(void)
{
    static char *kept;
    return under_prefix(&kept, "libexec/dyno/demo");
}

const char *dyno_path_suites(void)
{
    static char *kept;
    return under_prefix(&kept, "share/dyno/suites");
}

const char *dyno_path_plots(void)
{
    static char *kept;
    return under_prefix(&kept, "share/dyno/plots");
}
