#include "store/csv.h"
#include "store/file.h"

#include <stdlib.h>
#include <string.h>

int dyno_csv_open(dyno_csv *csv, const char *path, dyno_refusal *refusal)
{
    *csv = (dyno_csv){.line = 1};
    int code = dyno_file_load(path, &csv->text, &csv->n, refusal);
    if (code != DYNO_GOOD) return code;
    csv->path = strdup(path);
    if (!csv->path) {
        dyno_csv_close(csv);
        return dyno_refuse(refusal, DYNO_FAILED, "no memory to read %s", path);
    }
    if (csv->n >= 3 && memcmp(csv->text, "\xef\xbb\xbf", 3) == 0) csv->at = 3;
    return DYNO_GOOD;
}

void dyno_csv_close(dyno_csv *csv)
{
    free(csv->path);
    free(csv->text);
    free(csv->fields);
    *csv = (dyno_csv){0};
}

static bool add_field(dyno_csv *csv, char *field)
{
    if (csv->n_fields == csv->room) {
        size_t room = csv->room ? 2 * csv->room : 32;
        char **larger = realloc(csv->fields, room * sizeof *larger);
        if (!larger) return false;
        csv->fields = larger;
        csv->room = room;
    }
    csv->fields[csv->n_fields++] = field;
    return true;
}

/* Where the record that begins at `at` ends: the offset of its \n, or n if the file ends before that. Looked for ahead
 * of the unquoting so that a torn record is left as it is. A quote opens a field only at its beginning: a stray one
 * must not swallow the rest of the file and pass for a torn record. */
static size_t record_end(const dyno_csv *csv)
{
    enum { FRESH, PLAIN, QUOTED } field = FRESH;
    for (size_t i = csv->at; i < csv->n; i++) {
        char c = csv->text[i];
        if (field == QUOTED) {
            if (c != '"') continue;
            if (i + 1 < csv->n && csv->text[i + 1] == '"')
                i++;
            else
                field = PLAIN;
        } else if (c == '\n') {
            return i;
        } else {
            field = c == ',' ? FRESH : c == '"' && field == FRESH ? QUOTED : PLAIN;
        }
    }
    return csv->n;
}

static dyno_csv_got bad(const dyno_csv *csv, unsigned long line, const char *what, dyno_refusal *refusal)
{
    (void)dyno_refuse(refusal, DYNO_FAILED, "%s, line %lu: %s", csv->path, line, what);
    return DYNO_CSV_BAD;
}

/* Unquotes the field at *from in place, up to its comma or the record's end, and returns what is wrong with it or NULL.
 * *from is left at the separator. */
static const char *unquote(char **from, const char *end, unsigned long *line)
{
    char *to = *from, *read = *from + 1;
    for (;; read++) {
        if (read >= end) return "a quote is never closed";
        if (*read == '\n') ++*line;
        if (*read == '"' && read + 1 < end && read[1] == '"')
            read++;
        else if (*read == '"')
            break;
        *to++ = *read;
    }
    read++;
    if (read < end && *read != ',') return "text follows a closing quote; a comma or the line's end must";
    *from = read;
    *to = '\0';
    return NULL;
}

static const char *plain(char **from, const char *end)
{
    char *read = *from;
    for (; read < end && *read != ','; read++) {
        if (*read == '"') return "a quote stands inside a field that doesn't begin with one";
        if (*read == '\r') return "a carriage return stands inside an unquoted field";
    }
    *from = read;
    return NULL;
}

static const char *split(dyno_csv *csv, char *from, char *end, unsigned long *line)
{
    for (csv->n_fields = 0;; from++) {
        if (!add_field(csv, from)) return "no memory for its fields";
        const char *wrong = from < end && *from == '"' ? unquote(&from, end, line) : plain(&from, end);
        if (wrong) return wrong;
        bool last = from >= end;
        *from = '\0';
        if (last) return NULL;
    }
}

dyno_csv_got dyno_csv_next(dyno_csv *csv, dyno_refusal *refusal)
{
    if (csv->at >= csv->n) return DYNO_CSV_END;
    csv->record_line = csv->line;
    size_t newline = record_end(csv);
    if (newline == csv->n) return DYNO_CSV_TORN;
    char *from = csv->text + csv->at, *end = csv->text + newline;
    unsigned long line = csv->line;
    if (memchr(from, '\0', (size_t)(end - from))) return bad(csv, line, "the record holds a NUL byte", refusal);
    if (end > from && end[-1] == '\r') end--;
    const char *wrong = split(csv, from, end, &line);
    if (wrong) return bad(csv, line, wrong, refusal);
    csv->line = line + 1;
    csv->at = newline + 1;
    return DYNO_CSV_RECORD;
}
