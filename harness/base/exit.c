#include "base/exit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int dyno_refuse(dyno_refusal *refusal, int code, const char *format, ...)
{
    if (refusal == NULL) return code;
    va_list arguments;
    va_start(arguments, format);
    int wanted = vsnprintf(refusal->sentence, sizeof refusal->sentence, format, arguments);
    va_end(arguments);
    if (wanted >= (int)sizeof refusal->sentence) memcpy(refusal->sentence + sizeof refusal->sentence - 4, "...", 4);
    return code;
}

enum { WORD_MAX = 64 };

/* Levenshtein distance in one row; words longer than WORD_MAX are as far as can be. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[WORD_MAX + 1];
    size_t width = strlen(b);
    if (width > WORD_MAX) return WORD_MAX;
    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < width; j++) {
            size_t substituted = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            size_t shorter = row[j] < row[j + 1] ? row[j] : row[j + 1];
            row[j + 1] = substituted < shorter + 1 ? substituted : shorter + 1;
        }
    }
    return row[width];
}

const char *dyno_nearest(const char *word, const char *const *names)
{
    size_t limit = strlen(word) / 3 + 1;
    const char *nearest = NULL;
    for (; *names != NULL; names++) {
        size_t distance = edit_distance(word, *names);
        if (distance > limit) continue;
        nearest = *names;
        if (distance == 0) break;
        limit = distance - 1;
    }
    return nearest;
}
