/* facts.h - single facts read from /proc, /sys and the cgroup. A fact that can't be read is NULL or negative. */
#ifndef DYNO_FACTS_H
#define DYNO_FACTS_H

#include <stddef.h>

/* First line of a file without its end, or NULL; free it. */
char *dyno_read_line(const char *path);

/* What follows "key" and a colon in a file of such lines (/proc/cpuinfo, /proc/meminfo), or NULL; free it. */
char *dyno_read_key(const char *path, const char *key);

/* The word in brackets of "always [madvise] never", or NULL; free it. */
char *dyno_read_choice(const char *path);

/* The number that text begins with; -1 for NULL and for text that begins with none. */
double dyno_leading_number(const char *text);

/* CPUs' worth of time that the cgroup and its parents grant (cpu.max or cfs_quota_us); negative: no limit or unknown.
 */
double dyno_cpu_quota(void);

/* The cgroup's own cpuset as text, or NULL; free it. */
char *dyno_cgroup_cpuset(void);

/* The same two with the cgroup tree and the list of the process's cgroups elsewhere: for tests. */
double dyno_cpu_quota_in(const char *root, const char *membership);
char *dyno_cgroup_cpuset_in(const char *root, const char *membership);

/* Version of a shared library that LD_PRELOAD would find, by its file's name or a version text within; NULL if it is
 * not installed or does not tell; free it. It is not loaded: allocators can't be once a program runs. */
char *dyno_library_version(const char *name);

#endif
