#include "run/facts.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *dyno_read_line(const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) return NULL;
    char *line = NULL;
    size_t size = 0;
    ssize_t n = getline(&line, &size, file);
    fclose(file);
    if (n <= 0) {
        free(line);
        return NULL;
    }
    line[strcspn(line, "\n")] = '\0';
    return line;
}

char *dyno_read_key(const char *path, const char *key)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) return NULL;
    char *line = NULL, *found = NULL;
    size_t size = 0, length = strlen(key);
    while (found == NULL && getline(&line, &size, file) > 0) {
        char *colon = strchr(line, ':');
        if (colon == NULL || strncmp(line, key, length) != 0) continue;
        if (strspn(line + length, " \t") != (size_t)(colon - line) - length) continue;
        char *value = colon + 1 + strspn(colon + 1, " \t");
        value[strcspn(value, "\n")] = '\0';
        found = dyno_copy(value);
    }
    free(line);
    fclose(file);
    return found;
}

char *dyno_read_choice(const char *path)
{
    char *line = dyno_read_line(path);
    if (line == NULL) return NULL;
    const char *open = strchr(line, '['), *close = open != NULL ? strchr(open, ']') : NULL;
    char *choice = close != NULL ? dyno_text("%.*s", (int)(close - open - 1), open + 1) : NULL;
    free(line);
    return choice;
}

/* ---- The cgroup ---- */

/* Path of this process within the hierarchy of a controller ("" for version 2), or NULL; free it. */
static char *cgroup_path(const char *controller)
{
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (file == NULL) return NULL;
    char *line = NULL, *found = NULL;
    size_t size = 0;
    while (found == NULL && getline(&line, &size, file) > 0) {
        char *rest = line;
        strsep(&rest, ":");
        char *controllers = rest != NULL ? strsep(&rest, ":") : NULL;
        if (rest == NULL) continue;
        rest[strcspn(rest, "\n")] = '\0';
        char *one;
        while (found == NULL && (one = strsep(&controllers, ",")) != NULL) {
            if (strcmp(one, controller) == 0) found = dyno_copy(rest);
        }
    }
    free(line);
    fclose(file);
    return found;
}

static double read_quota_v2(const char *directory)
{
    char *path = dyno_text("%s/cpu.max", directory), *line = dyno_read_line(path);
    double quota = -1, period = 0;
    if (line != NULL && sscanf(line, "%lf %lf", &quota, &period) == 2 && period > 0)
        quota /= period;
    else
        quota = -1;
    free(line);
    free(path);
    return quota;
}

static double read_quota_v1(const char *directory)
{
    char *quota_path = dyno_text("%s/cpu.cfs_quota_us", directory);
    char *period_path = dyno_text("%s/cpu.cfs_period_us", directory);
    char *quota = dyno_read_line(quota_path), *period = dyno_read_line(period_path);
    double cpus =
        quota != NULL && period != NULL && atof(quota) > 0 && atof(period) > 0 ? atof(quota) / atof(period) : -1;
    free(quota);
    free(period);
    free(quota_path);
    free(period_path);
    return cpus;
}

/* The tightest limit on the way from the process's cgroup up to the root. */
static double tightest(const char *root, char *path, double (*read)(const char *directory))
{
    double least = -1;
    while (path != NULL) {
        char *directory = dyno_text("%s%s", root, path);
        double here = read(directory);
        free(directory);
        if (here > 0 && (least < 0 || here < least)) least = here;
        char *slash = strrchr(path, '/');
        if (slash == NULL) break;
        *slash = '\0';
    }
    return least;
}

double dyno_cpu_quota(void)
{
    char *path = cgroup_path("");
    double quota = tightest("/sys/fs/cgroup", path, read_quota_v2);
    free(path);
    if (quota > 0) return quota;
    path = cgroup_path("cpu");
    quota = tightest("/sys/fs/cgroup/cpu", path, read_quota_v1);
    free(path);
    return quota;
}

char *dyno_cgroup_cpuset(void)
{
    char *path = cgroup_path("");
    char *file = dyno_text("/sys/fs/cgroup%s/cpuset.cpus.effective", path != NULL ? path : "");
    char *cpuset = dyno_read_line(file);
    free(file);
    free(path);
    return cpuset != NULL ? cpuset : dyno_read_line("/sys/fs/cgroup/cpuset/cpuset.cpus");
}
