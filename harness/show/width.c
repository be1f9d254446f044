#include "show/width.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct range {
    uint32_t first, last;
} range;

/* From Unicode 15's EastAsianWidth (W and F) and the combining blocks; the large blocks, which is what text holds. */
static const range wide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},  {0xac00, 0xd7a3},
                             {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},  {0xffe0, 0xffe6},
                             {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
static const range narrow[] = {{0x0300, 0x036f}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200f},
                               {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};

static bool within(const range *ranges, size_t n, uint32_t code)
{
    for (size_t i = 0; i < n; i++)
        if (ranges[i].first <= code && code <= ranges[i].last) return true;
    return false;
}

static size_t columns_of(uint32_t code)
{
    if (within(narrow, sizeof narrow / sizeof *narrow, code)) return 0;
    return within(wide, sizeof wide / sizeof *wide, code) ? 2 : 1;
}

/* Decodes one character; a byte that begins none counts as one of its own. Returns its bytes. */
static size_t decode(const char *text, uint32_t *code)
{
    const unsigned char *byte = (const unsigned char *)text;
    size_t n = byte[0] >= 0xf0 ? 4 : byte[0] >= 0xe0 ? 3 : byte[0] >= 0xc2 ? 2 : 1;
    *code = n == 1 ? byte[0] : byte[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((byte[i] & 0xc0) != 0x80) {
            *code = 0xfffd;
            return 1;
        }
        *code = *code << 6 | (byte[i] & 0x3fu);
    }
    return n;
}

size_t dyno_width(const char *text)
{
    size_t columns = 0;
    uint32_t code;
    while (*text != '\0') {
        text += decode(text, &code);
        columns += columns_of(code);
    }
    return columns;
}

static void put_spaces(FILE *out, size_t n)
{
    while (n-- > 0)
        fputc(' ', out);
}

void dyno_put_padded(FILE *out, const char *text, size_t columns, int right)
{
    size_t taken = dyno_width(text), room = columns > taken ? columns - taken : 0;
    if (right) put_spaces(out, room);
    dyno_put_cut(out, text, SIZE_MAX);
    if (!right) put_spaces(out, room);
}

void dyno_put_cut(FILE *out, const char *text, size_t columns)
{
    bool fits = dyno_width(text) <= columns;
    size_t room = fits ? columns : columns > 0 ? columns - 1 : 0;
    while (*text != '\0') {
        uint32_t code;
        size_t n = decode(text, &code), takes = columns_of(code);
        if (takes > room) break;
        room -= takes;
        if (code < 0x20 || (code >= 0x7f && code < 0xa0))
            fputc(' ', out);
        else
            fwrite(text, 1, n, out);
        text += n;
    }
    if (!fits && columns > 0) fputs("\xe2\x80\xa6", out);
}
