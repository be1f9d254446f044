/* testing.h - what the tests of this folder share: real FIFOs in a directory of their own, and a count of descriptors.
 */
#ifndef DYNO_ASYNC_TESTING_H
#define DYNO_ASYNC_TESTING_H

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static inline int open_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count;
}

/* A new directory, the working directory from here on. Returns its path, to be freed by leave_scratch. */
static inline char *enter_scratch(void)
{
    const char *base = getenv("TMPDIR");
    char *path = NULL;
    assert_true(asprintf(&path, "%s/dyno-test-XXXXXX", base != NULL ? base : "/tmp") > 0);
    assert_non_null(mkdtemp(path));
    assert_int_equal(chdir(path), 0);
    return path;
}

static inline void leave_scratch(char *path)
{
    DIR *dir = opendir(".");
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
        if (entry->d_name[0] != '.') assert_int_equal(remove(entry->d_name), 0);
    closedir(dir);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(path), 0);
    free(path);
}

static inline void put(int fd, const char *text)
{
    assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
}

static inline int open_writer(const char *path)
{
    int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

#endif
