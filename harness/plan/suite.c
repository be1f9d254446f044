#include "plan/suite.h"
#include "base/memory.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A suite file is written by hand: what is larger is something else. */
enum { SUITE_MAX = 1 << 20 };

typedef struct reading {
    dyno_suite *suite;
    const char *rest; /* of the text, not read yet */
    unsigned line;    /* of what was read last, from 1 */
    int status;       /* the first refusal */
    dyno_refusal *refusal;
} reading;

static int read_text(const char *path, char **text, dyno_refusal *refusal)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) return dyno_refuse(refusal, DYNO_USAGE, "suite file %s: %s", path, strerror(errno));
    *text = dyno_allocate(SUITE_MAX + 1, 1);
    errno = 0;
    size_t length = fread(*text, 1, SUITE_MAX + 1, file);
    int error = ferror(file) ? errno : 0;
    (void)fclose(file);
    if (error != 0) return dyno_refuse(refusal, DYNO_USAGE, "suite file %s: %s", path, strerror(error));
    if (length > SUITE_MAX) return dyno_refuse(refusal, DYNO_USAGE, "suite file %s is larger than 1 MiB", path);
    (*text)[length] = '\0';
    if (strlen(*text) != length)
        return dyno_refuse(refusal, DYNO_USAGE, "suite file %s is no text: it holds a zero byte", path);
    return DYNO_GOOD;
}

static void open_section(reading *r, const char *line)
{
    dyno_suite *suite = r->suite;
    const char *end = strchr(line, ']');
    if (end == NULL) return; /* libinih tells */
    char *name = dyno_text("%.*s", (int)(end - line - 1), line + 1);
    for (size_t i = 0; i < suite->n_sections && r->status == DYNO_GOOD; i++)
        if (strcmp(suite->sections[i].name, name) == 0)
            r->status =
                dyno_refuse(r->refusal, DYNO_USAGE,
                            "%s:%u: section [%s] is there already, on line %u; a second one of the same workload "
                            "needs a label: [%s:LABEL]",
                            suite->path, r->line, name, suite->sections[i].line, name);
    suite->sections = dyno_extend(suite->sections, suite->n_sections, sizeof *suite->sections);
    suite->sections[suite->n_sections++] = (dyno_section){.name = name, .line = r->line};
}

/* Cut a comment off: libinih knows only ';' there, and whether it does depends on how it was built. */
static void cut_comment(char *line)
{
    for (char *p = line; *p != '\0'; p++) {
        if (*p != ';' && *p != '#') continue;
        if (p != line && !isspace((unsigned char)p[-1])) continue;
        *p = '\0';
        return;
    }
}

/* Like fgets, for libinih: which gives its handler no line numbers, calls it for no empty section, and takes an
 * indented line for a continued value. So lines are counted, sections noted and indentation dropped here. */
static char *read_line(char *line, int room, void *stream)
{
    reading *r = stream;
    if (*r->rest == '\0' || r->status != DYNO_GOOD) return NULL;
    r->line++;
    size_t length = strcspn(r->rest, "\n");
    const char *start = r->rest;
    r->rest += length + (r->rest[length] == '\n');
    for (; length > 0 && isspace((unsigned char)*start); start++)
        length--;
    if (length + 3 > (size_t)room) {
        r->status = dyno_refuse(r->refusal, DYNO_USAGE, "%s:%u: the line is longer than %d characters", r->suite->path,
                                r->line, room - 3);
        return NULL;
    }
    memcpy(line, start, length);
    line[length] = '\0';
    cut_comment(line);
    if (line[0] == '[') open_section(r, line);
    return line;
}

static int take_entry(void *user, const char *section_name, const char *key, const char *value)
{
    (void)section_name; /* libinih cuts it to 50 characters; the reader has noted all of it */
    reading *r = user;
    dyno_suite *suite = r->suite;
    if (r->status != DYNO_GOOD) return 1;
    if (suite->n_sections == 0) {
        r->status = dyno_refuse(r->refusal, DYNO_USAGE,
                                "%s:%u: key '%s' stands before the first section; put it under [global] or [WORKLOAD]",
                                suite->path, r->line, key);
        return 1;
    }
    dyno_section *section = &suite->sections[suite->n_sections - 1];
    for (size_t i = 0; i < section->n_entries; i++)
        if (strcmp(section->entries[i].key, key) == 0)
            r->status = dyno_refuse(r->refusal, DYNO_USAGE, "%s:%u: key '%s' is there already, on line %u", suite->path,
                                    r->line, key, section->entries[i].line);
    section->entries = dyno_extend(section->entries, section->n_entries, sizeof *section->entries);
    section->entries[section->n_entries++] = (dyno_entry){dyno_copy(key), dyno_copy(value), r->line};
    return 1;
}

int dyno_suite_read(const char *path, dyno_suite *suite, dyno_refusal *refusal)
{
    *suite = (dyno_suite){.path = dyno_copy(path)};
    reading r = {.suite = suite, .refusal = refusal};
    r.status = read_text(path, &suite->text, refusal);
    if (r.status == DYNO_GOOD) {
        r.rest = suite->text;
        int line = ini_parse_stream(read_line, &r, take_entry, &r);
        if (r.status == DYNO_GOOD && line != 0)
            r.status =
                dyno_refuse(refusal, DYNO_USAGE, "%s:%d: the line is neither [SECTION] nor KEY = VALUE", path, line);
    }
    if (r.status != DYNO_GOOD) dyno_suite_free(suite);
    return r.status;
}

void dyno_suite_free(dyno_suite *suite)
{
    for (size_t i = 0; i < suite->n_sections; i++) {
        dyno_section *section = &suite->sections[i];
        for (size_t j = 0; j < section->n_entries; j++) {
            free(section->entries[j].key);
            free(section->entries[j].value);
        }
        free(section->entries);
        free(section->name);
    }
    free(suite->sections);
    free(suite->path);
    free(suite->text);
    *suite = (dyno_suite){0};
}
