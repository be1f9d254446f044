#include "base/memory.h"
#include "base/exit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *memory)
{
    if (memory != NULL) return memory;
    fputs("dyno: out of memory\n", stderr);
    exit(DYNO_FAILED);
}

void *dyno_allocate(size_t n, size_t size)
{
    return must(calloc(n > 0 ? n : 1, size > 0 ? size : 1));
}

void *dyno_extend(void *array, size_t n, size_t size)
{
    enum { FIRST = 8 };
    if (n == 0 && array == NULL) return must(calloc(FIRST, size));
    /* Full exactly when n is FIRST times a power of two. */
    if (n < FIRST || n % FIRST != 0 || ((n / FIRST) & (n / FIRST - 1)) != 0) return array;
    return must(reallocarray(array, 2 * n, size));
}

char *dyno_copy(const char *text)
{
    return must(strdup(text));
}

char *dyno_text(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0) text = NULL;
    va_end(arguments);
    return must(text);
}
