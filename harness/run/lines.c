#include "run/lines.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool dyno_lines_feed(dyno_lines *lines, const char *bytes, size_t n, bool (*line)(void *context, char *text),
                     void *context)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] != '\n') {
            if (lines->used + 1 >= DYNO_PROTOCOL_LINE_MAX) lines->overflown = true;
            if (lines->overflown) return false;
            /* A zero byte would end the line early for everything that follows: it is made visible. */
            lines->buffer[lines->used++] = bytes[i] != '\0' ? bytes[i] : '?';
            continue;
        }
        lines->buffer[lines->used] = '\0';
        lines->used = 0;
        dyno_make_printable(lines->buffer);
        if (!line(context, lines->buffer)) return false;
    }
    return true;
}

/* Bytes of the UTF-8 character at c, 0 if there is none: RFC 3629, table in section 4. */
static unsigned utf8_length(const unsigned char *c)
{
    if (c[0] < 0x80) return 1;
    if (c[0] < 0xc2 || c[0] > 0xf4) return 0;
    unsigned length = c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
    unsigned char low = c[0] == 0xe0 ? 0xa0 : c[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char high = c[0] == 0xed ? 0x9f : c[0] == 0xf4 ? 0x8f : 0xbf;
    if (c[1] < low || c[1] > high) return 0;
    for (unsigned i = 2; i < length; i++) {
        if (c[i] < 0x80 || c[i] > 0xbf) return 0;
    }
    return length;
}

void dyno_make_printable(char *text)
{
    unsigned char *c = (unsigned char *)text;
    while (*c != '\0') {
        unsigned length = utf8_length(c);
        bool control = *c < 0x20 || *c == 0x7f || (c[0] == 0xc2 && length == 2 && c[1] < 0xa0);
        if (control || length == 0) *c = '?';
        c += control || length == 0 ? 1 : length;
    }
}

char *dyno_field(char **rest)
{
    char *field = *rest;
    if (field == NULL || *field == '\0' || *field == ' ') return NULL;
    char *space = strchr(field, ' ');
    if (space != NULL) *space = '\0';
    *rest = space != NULL ? space + 1 : NULL;
    return field;
}

bool dyno_is_name(const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || length > DYNO_PROTOCOL_NAME_MAX) return false;
    if (!islower((unsigned char)text[0]) && !isdigit((unsigned char)text[0])) return false;
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._+-") == length;
}

bool dyno_is_count(const char *text, unsigned long max, unsigned long *value)
{
    if (text == NULL || !isdigit((unsigned char)text[0])) return false;
    char *end;
    errno = 0;
    *value = strtoul(text, &end, 10);
    return errno == 0 && *end == '\0' && *value <= max;
}

bool dyno_is_number(const char *text, double *value)
{
    /* strtod also takes leading space, hexadecimal, infinities and not-a-number: none is a number of the protocol. */
    if (text == NULL || strspn(text, "0123456789.eE+-") != strlen(text)) return false;
    char *end;
    *value = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*value);
}
