/* memory.h - allocation for a command-line tool: running out of memory ends the program with a sentence and exit code
 * 1, so that no caller needs a path of its own for it. What is returned is freed with free().
 */
#ifndef DYNO_MEMORY_H
#define DYNO_MEMORY_H

#include <stddef.h>

/* n objects of size bytes, all zero; never NULL. */
void *dyno_allocate(size_t n, size_t size);

/* An array that is to hold one more object: returns room for at least n + 1 of them, old contents kept. Grows by
 * doubling, so that appending is constant time on average. */
void *dyno_extend(void *array, size_t n, size_t size);

char *dyno_copy(const char *text);
char *dyno_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
