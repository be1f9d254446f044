/* lines.h - cuts a stream of bytes into lines of the worker protocol.
 *
 * Feed it what read(2) gave; it calls back once per complete line, without the \n, in a buffer that the callee may
 * change.
 */
#ifndef DYNO_LINES_H
#define DYNO_LINES_H

#include "kit/protocol.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct dyno_lines {
    char buffer[DYNO_PROTOCOL_LINE_MAX + 1];
    size_t used;
    bool overflown; /* a line was longer than the protocol allows; nothing more is cut */
} dyno_lines;

/* Returns false when a line is too long or the callback returned false; the rest is dropped then. */
bool dyno_lines_feed(dyno_lines *lines, const char *bytes, size_t n, bool (*line)(void *context, char *text),
                     void *context);

/* Replaces control characters and what is no UTF-8, as a character cut in half, by question marks: what a worker says
 * ends up in files and on terminals. Feeding does so with each line. */
void dyno_make_printable(char *text);

/* Cuts the next field off *rest (fields are separated by one space); NULL when there is none or it is empty. */
char *dyno_field(char **rest);

/* Whether text is a name of the protocol. */
bool dyno_is_name(const char *text);

/* Whole unsigned decimal number up to max. */
bool dyno_is_count(const char *text, unsigned long max, unsigned long *value);

/* Finite decimal number, and nothing behind it. */
bool dyno_is_number(const char *text, double *value);

#endif
