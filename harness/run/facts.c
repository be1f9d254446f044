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

double dyno_leading_number(const char *text)
{
    char *end;
    double value = text != NULL ? strtod(text, &end) : -1;
    return text != NULL && end == text ? -1 : value;
}

/* ---- The cgroup ---- */

/* Path of this process within the hierarchy of a controller ("" for version 2), or NULL; free it. */
static char *cgroup_path(const char *membership, const char *controller)
{
    FILE *file = fopen(membership, "re");
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

/* cpu.max is "QUOTA PERIOD" in microseconds, or "max PERIOD". */
static double read_quota_v2(const char *directory)
{
    char *path = dyno_text("%s/cpu.max", directory), *line = dyno_read_line(path);
    double quota = dyno_leading_number(line);
    const char *space = line != NULL ? strchr(line, ' ') : NULL;
    double period = dyno_leading_number(space);
    free(line);
    free(path);
    return quota > 0 && period > 0 ? quota / period : -1;
}

static double read_number(const char *directory, const char *name)
{
    char *path = dyno_text("%s/%s", directory, name), *line = dyno_read_line(path);
    double value = dyno_leading_number(line);
    free(line);
    free(path);
    return value;
}

static double read_quota_v1(const char *directory)
{
    double quota = read_number(directory, "cpu.cfs_quota_us"), period = read_number(directory, "cpu.cfs_period_us");
    return quota > 0 && period > 0 ? quota / period : -1;
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

double dyno_cpu_quota_in(const char *root, const char *membership)
{
    char *path = cgroup_path(membership, "");
    double quota = tightest(root, path, read_quota_v2);
    free(path);
    if (quota > 0) return quota;
    char *root_v1 = dyno_text("%s/cpu", root);
    path = cgroup_path(membership, "cpu");
    quota = tightest(root_v1, path, read_quota_v1);
    free(path);
    free(root_v1);
    return quota;
}

/* The file of the process's cgroup, or of the nearest of its parents that has one: in a container the path is often
 * that of the host, and only its root is there. */
static char *nearest_line(const char *root, char *path, const char *name)
{
    char *line = NULL;
    while (path != NULL && line == NULL) {
        char *file = dyno_text("%s%s/%s", root, path, name);
        line = dyno_read_line(file);
        free(file);
        char *slash = strrchr(path, '/');
        if (slash == NULL) break;
        *slash = '\0';
    }
    if (line != NULL && line[0] == '\0') {
        free(line);
        return NULL;
    }
    return line;
}

char *dyno_cgroup_cpuset_in(const char *root, const char *membership)
{
    char *path = cgroup_path(membership, "");
    char *cpuset = nearest_line(root, path, "cpuset.cpus.effective");
    free(path);
    if (cpuset != NULL) return cpuset;
    char *root_v1 = dyno_text("%s/cpuset", root);
    path = cgroup_path(membership, "cpuset");
    cpuset = nearest_line(root_v1, path, "cpuset.effective_cpus");
    free(path);
    free(root_v1);
    return cpuset;
}

double dyno_cpu_quota(void)
{
    return dyno_cpu_quota_in("/sys/fs/cgroup", "/proc/self/cgroup");
}

char *dyno_cgroup_cpuset(void)
{
    return dyno_cgroup_cpuset_in("/sys/fs/cgroup", "/proc/self/cgroup");
}
