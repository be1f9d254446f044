/* Which version of a library the loader would take, without loading it. */
#include "run/facts.h"

#include "base/memory.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file that the loader finds for a name: it lists what a program would load when asked to trace. */
static char *find_library(const char *name)
{
    char *command = dyno_text("LD_TRACE_LOADED_OBJECTS=1 LD_PRELOAD=%s exec /bin/sh 2>/dev/null", name);
    /* NOLINTNEXTLINE(cert-env33-c): the names are this program's own */
    FILE *trace = popen(command, "re");
    free(command);
    if (trace == NULL) return NULL;
    char *line = NULL, *found = NULL;
    size_t size = 0;
    while (getline(&line, &size, trace) > 0) {
        const char *arrow = strstr(line, " => /");
        if (found != NULL || arrow == NULL || strstr(line, name) == NULL) continue;
        char *path = dyno_text("%.*s", (int)strcspn(arrow + 4, " \n"), arrow + 4);
        found = realpath(path, NULL);
        free(path);
    }
    free(line);
    pclose(trace);
    return found;
}

/* "4.5.9" of libname.so.4.5.9; a bare number, like the 2 of libname.so.2, says nothing. */
static char *version_of_name(const char *path)
{
    const char *ending = strstr(path, ".so.");
    if (ending == NULL || strchr(ending + 4, '.') == NULL) return NULL;
    return dyno_copy(ending + 4);
}

/* Whether a text like 5.3.0-0-g54eaed1d (as git describes a release) is at p; *length gets that of the part before
 * the dash. */
static bool is_described(const char *p, const char *end, size_t *length)
{
    static const char form[] = "d.d.d-d-g"; /* d: one or more digits */
    const char *at = p, *dash = NULL;
    for (const char *f = form; *f != '\0'; f++) {
        if (at < end && *f == 'd' && isdigit((unsigned char)*at)) {
            while (at < end && isdigit((unsigned char)*at))
                at++;
            continue;
        }
        if (at >= end || *f == 'd' || *at != *f) return false;
        if (*f == '-' && dash == NULL) dash = at;
        at++;
    }
    *length = (size_t)(dash - p);
    return at < end && isxdigit((unsigned char)*at);
}

static char *version_within(const char *path)
{
    char *found = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0) return NULL;
    size_t size = fstat(fd, &status) == 0 ? (size_t)status.st_size : 0;
    char *bytes = size > 0 ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    close(fd);
    if (bytes == MAP_FAILED) return NULL;
    for (size_t i = 1, length; i < size && found == NULL; i++) {
        if (bytes[i - 1] == '\0' && is_described(bytes + i, bytes + size, &length)) {
            found = dyno_text("%.*s", (int)length, bytes + i);
        }
    }
    munmap(bytes, size);
    return found;
}

char *dyno_library_version(const char *name)
{
    char *path = find_library(name);
    if (path == NULL) return NULL;
    char *version = version_of_name(path);
    if (version == NULL) version = version_within(path);
    free(path);
    return version;
}
