#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *dyno_path_join(const char *dir, const char *name)
{
    char *path;
    return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

static int read_all(int fd, char **text, size_t *n)
{
    size_t room = 1 << 16;
    *n = 0;
    *text = malloc(room);
    while (*text) {
        ssize_t got = read(fd, *text + *n, room - *n - 1);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno;
        if (got == 0) {
            (*text)[*n] = '\0';
            return 0;
        }
        *n += (size_t)got;
        if (room - *n > 1) continue;
        char *larger = realloc(*text, room *= 2);
        if (!larger) return ENOMEM;
        *text = larger;
    }
    return ENOMEM;
}

int dyno_file_load(const char *path, char **text, size_t *n, dyno_refusal *refusal)
{
    *text = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC), error = errno;
    if (fd >= 0) {
        error = read_all(fd, text, n);
        close(fd);
        if (error == 0) return DYNO_GOOD;
    }
    free(*text);
    *text = NULL;
    return dyno_refuse(refusal, DYNO_FAILED, "can't read %s: %s", path, strerror(error));
}

int dyno_write_all(int fd, const char *text, size_t n)
{
    while (n > 0) {
        ssize_t put = write(fd, text, n);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return errno;
        if (put == 0) return ENOSPC;
        text += put;
        n -= (size_t)put;
    }
    return 0;
}

/* Without it a rename may be lost by a power cut although the file's own content is safe. A file system that can't do
 * it for directories says EINVAL: nothing to be done then. */
static void flush_directory(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    fsync(fd);
    close(fd);
}

static int write_flushed(const char *path, const char *text, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) return errno;
    int error = dyno_write_all(fd, text, n);
    if (error == 0 && fsync(fd) != 0 && errno != EINVAL) error = errno;
    if (close(fd) != 0 && error == 0) error = errno;
    return error;
}

static int replace(const char *dir, const char *name, const char *text, size_t n)
{
    char *hidden, *path = dyno_path_join(dir, name);
    if (asprintf(&hidden, "%s/.%s.%ld.tmp", dir, name, (long)getpid()) < 0) hidden = NULL;
    int error = ENOMEM;
    if (path && hidden) {
        error = write_flushed(hidden, text, n);
        if (error == 0 && rename(hidden, path) != 0) error = errno;
        if (error != 0) unlink(hidden);
    }
    free(path);
    free(hidden);
    return error;
}

int dyno_file_replace(const char *dir, const char *name, const char *text, size_t n, dyno_refusal *refusal)
{
    int error = replace(dir, name, text, n);
    if (error != 0) return dyno_refuse(refusal, DYNO_FAILED, "can't write %s/%s: %s", dir, name, strerror(error));
    flush_directory(dir);
    return DYNO_GOOD;
}

static int make_one(const char *path)
{
    struct stat info;
    if (mkdir(path, 0777) == 0) return 0;
    int error = errno;
    if (stat(path, &info) != 0) return error;
    return S_ISDIR(info.st_mode) ? 0 : ENOTDIR;
}

int dyno_dir_make(const char *path, dyno_refusal *refusal)
{
    char *part = strdup(path);
    int error = part ? 0 : ENOMEM;
    for (size_t i = 1; error == 0 && part[i - 1] != '\0'; i++) {
        if (part[i] != '/' && part[i] != '\0') continue;
        char kept = part[i];
        part[i] = '\0';
        error = make_one(part);
        if (error == 0) part[i] = kept;
    }
    int code = DYNO_GOOD;
    if (error == ENOTDIR)
        code = dyno_refuse(refusal, DYNO_FAILED, "can't use %s as a directory: %s is a file", path, part);
    else if (error != 0)
        code = dyno_refuse(refusal, DYNO_FAILED, "can't make the directory %s: %s", path, strerror(error));
    free(part);
    return code;
}
