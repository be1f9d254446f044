/* file.h - whole files: read one, replace one so that a reader sees the old or the new text and never half of it, make
 * a directory and its parents. Every failure is one sentence that names the path. */
#ifndef DYNO_FILE_H
#define DYNO_FILE_H

#include "base/exit.h"

#include <stddef.h>

/* *text is NUL-terminated (its own NULs are kept, *n counts); the caller frees it. */
int dyno_file_load(const char *path, char **text, size_t *n, dyno_refusal *refusal);

/* Writes DIR/.NAME.PID.tmp, flushes it to the disk and renames it to DIR/NAME. */
int dyno_file_replace(const char *dir, const char *name, const char *text, size_t n, dyno_refusal *refusal);

/* mkdir -p. */
int dyno_dir_make(const char *path, dyno_refusal *refusal);

/* All of it, across partial writes; 0 or the errno. */
int dyno_write_all(int fd, const char *text, size_t n);

/* "A/B", to be freed; NULL without memory. */
char *dyno_path_join(const char *dir, const char *name);

#endif
