#include "store/csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put(dyno_csv_out *out, const char *bytes, size_t n)
{
    if (out->failed || n == 0) return;
    if (out->room - out->n < n) {
        size_t room = 2 * out->room + n + 256;
        char *larger = realloc(out->text, room);
        if (!larger) {
            out->failed = true;
            return;
        }
        out->text = larger;
        out->room = room;
    }
    memcpy(out->text + out->n, bytes, n);
    out->n += n;
}

static void separate(dyno_csv_out *out)
{
    if (out->field_open) put(out, ",", 1);
    out->field_open = true;
}

/* Bytes of the character at text, 0 if it is no UTF-8 (RFC 3629: no overlong forms, no surrogates, up to U+10FFFF). */
static size_t character(const unsigned char *text)
{
    if (text[0] < 0x80) return 1;
    size_t n = text[0] >= 0xc2 && text[0] < 0xe0 ? 2 : text[0] >= 0xe0 && text[0] < 0xf0 ? 3 : 4;
    if (text[0] < 0xc2 || text[0] > 0xf4) return 0;
    for (size_t i = 1; i < n; i++)
        if ((text[i] & 0xc0) != 0x80) return 0;
    if (text[0] == 0xe0 && text[1] < 0xa0) return 0;
    if (text[0] == 0xed && text[1] > 0x9f) return 0;
    if (text[0] == 0xf0 && text[1] < 0x90) return 0;
    if (text[0] == 0xf4 && text[1] > 0x8f) return 0;
    return n;
}

static void put_character(dyno_csv_out *out, const char **text)
{
    size_t n = character((const unsigned char *)*text);
    if (n == 0)
        put(out, "\xef\xbf\xbd", 3);
    else if (**text == '"')
        put(out, "\"\"", 2);
    else
        put(out, *text, n);
    *text += n == 0 ? 1 : n;
}

void dyno_csv_text(dyno_csv_out *out, const char *text)
{
    separate(out);
    if (!text) return;
    bool quoted = strpbrk(text, ",\"\n\r") != NULL;
    if (quoted) put(out, "\"", 1);
    while (*text != '\0')
        put_character(out, &text);
    if (quoted) put(out, "\"", 1);
}

void dyno_csv_number(dyno_csv_out *out, double value)
{
    char text[40] = "";
    if (isfinite(value))
        for (int digits = 15; digits <= 17; digits++) {
            snprintf(text, sizeof text, "%.*g", digits, value);
            if (strtod(text, NULL) == value) break;
        }
    dyno_csv_text(out, text);
}

void dyno_csv_unsigned(dyno_csv_out *out, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    dyno_csv_text(out, text);
}

void dyno_csv_end(dyno_csv_out *out)
{
    put(out, "\n", 1);
    out->field_open = false;
}

void dyno_csv_out_free(dyno_csv_out *out)
{
    free(out->text);
    *out = (dyno_csv_out){0};
}
