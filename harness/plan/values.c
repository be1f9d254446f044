#include "plan/values.h"
#include "base/memory.h"
#include "plan/quantity.h"

#include <ctype.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The next element of a comma list, trimmed; *text moves on, to NULL after the last. */
static char *next_element(const char **text)
{
    const char *start = *text, *comma = strchr(start, ',');
    size_t length = comma != NULL ? (size_t)(comma - start) : strlen(start);
    *text = comma != NULL ? comma + 1 : NULL;
    while (length > 0 && isspace((unsigned char)*start))
        start++, length--;
    while (length > 0 && isspace((unsigned char)start[length - 1]))
        length--;
    return dyno_text("%.*s", (int)length, start);
}

int dyno_words_split(const char *place, const char *key, const char *text, dyno_names *values, dyno_refusal *refusal)
{
    *values = (dyno_names){0};
    for (const char *rest = text; rest != NULL;) {
        char *word = next_element(&rest);
        if (word[0] != '\0') {
            dyno_names_add(values, word);
            continue;
        }
        free(word);
        dyno_names_free(values);
        return dyno_refuse(refusal, DYNO_USAGE, "%s: %s = '%s' has an empty element; accepted is a comma list", place,
                           key, text);
    }
    return DYNO_GOOD;
}

/* What one expansion works on. */
typedef struct expansion {
    const char *place;
    const dyno_param *param;
    const char *element; /* the element of the list it is at */
    unsigned cpus;
    dyno_names *values;
    dyno_refusal *refusal;
} expansion;

static int refuse_element(const expansion *e, const char *why)
{
    return dyno_refuse(e->refusal, DYNO_USAGE, "%s: %s = '%s' %s", e->place, e->param->name, e->element, why);
}

static int refuse_form(const expansion *e)
{
    char why[256];
    bool real = strcmp(e->param->type, "real") == 0;
    snprintf(why, sizeof why, "is no %s; accepted: %s%s, a comma list of them, and ranges like %s",
             real ? "number" : "whole number",
             strcmp(e->param->accepted, "any") == 0 ? "any number" : e->param->accepted,
             e->cpus > 0 ? ", the word cpus" : "", real ? "0.1..0.5+0.1" : "1..8, 10..50+10 or 64..4K*4");
    return refuse_element(e, why);
}

static int refuse_many(const expansion *e)
{
    char why[64];
    snprintf(why, sizeof why, "expands to more than %d values", DYNO_VALUES_MAX);
    return refuse_element(e, why);
}

/* "LOW..HIGH" of an offer's accepted, as text. */
static bool accepted_ends(const char *accepted, char *low, char *high, size_t size)
{
    const char *dots = strstr(accepted, "..");
    if (dots == NULL) return false;
    snprintf(low, size, "%.*s", (int)(dots - accepted), accepted);
    snprintf(high, size, "%s", dots + 2);
    return true;
}

static int refuse_outside(const expansion *e, const char *value)
{
    char why[320];
    bool as_written = strcmp(value, e->element) == 0;
    snprintf(why, sizeof why, "%s%s%s outside of what is accepted: %s", as_written ? "is" : "gives ",
             as_written ? "" : value, as_written ? "" : ", which is", e->param->accepted);
    return refuse_element(e, why);
}

static int add_int(const expansion *e, int64_t value)
{
    char low_text[64], high_text[64], text[32];
    int64_t low, high;
    snprintf(text, sizeof text, "%" PRId64, value);
    if (accepted_ends(e->param->accepted, low_text, high_text, sizeof low_text) && dyno_parse_int(low_text, &low) &&
        dyno_parse_int(high_text, &high) && (value < low || value > high))
        return refuse_outside(e, text);
    if (e->values->n >= DYNO_VALUES_MAX) return refuse_many(e);
    dyno_names_add(e->values, dyno_copy(text));
    return DYNO_GOOD;
}

/* The shortest text that reads back as the same number. */
static void write_real(double value, char *text, size_t size)
{
    for (int digits = DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
        snprintf(text, size, "%.*g", digits, value);
        if (strtod(text, NULL) == value) return;
    }
}

static int add_real(const expansion *e, double value)
{
    char low_text[64], high_text[64], text[40];
    double low, high;
    write_real(value, text, sizeof text);
    if (accepted_ends(e->param->accepted, low_text, high_text, sizeof low_text) && dyno_parse_real(low_text, &low) &&
        dyno_parse_real(high_text, &high) && (value < low || value > high))
        return refuse_outside(e, text);
    if (e->values->n >= DYNO_VALUES_MAX) return refuse_many(e);
    dyno_names_add(e->values, dyno_copy(text));
    return DYNO_GOOD;
}

/* A range taken apart: "LOW..HIGH", with "+STEP" or "*STEP". */
typedef struct range {
    char low[64], high[64], step[64];
    char kind; /* '+', '*', or 0 for no step */
} range;

static bool copy_part(char *part, const char *from, size_t length)
{
    if (length == 0 || length >= sizeof(((range *)0)->low)) return false;
    memcpy(part, from, length);
    part[length] = '\0';
    return true;
}

static bool split_range(const char *element, range *r)
{
    const char *dots = strstr(element, "..");
    if (dots == NULL) return false;
    const char *high = dots + 2;
    size_t length = strcspn(high, "+*");
    r->kind = high[length];
    return copy_part(r->low, element, (size_t)(dots - element)) && copy_part(r->high, high, length) &&
           (r->kind == '\0' || copy_part(r->step, high + length + 1, strlen(high + length + 1)));
}

/* A whole number, or the words all and cpus where they have a meaning. */
static bool parse_whole(const expansion *e, const char *text, int64_t *out)
{
    if (e->cpus > 0 && (strcmp(text, "cpus") == 0 || strcmp(text, "all") == 0)) {
        *out = e->cpus;
        return true;
    }
    return dyno_parse_int(text, out);
}

static int expand_int_range(const expansion *e, const range *r)
{
    int64_t low, high, step = 1;
    if (!parse_whole(e, r->low, &low) || !parse_whole(e, r->high, &high)) return refuse_form(e);
    if (r->kind != '\0' && !dyno_parse_int(r->step, &step)) return refuse_form(e);
    if (low > high) return refuse_element(e, "is an empty range; the lower end comes first");
    bool geometric = r->kind == '*';
    if (geometric && (low < 1 || step < 2))
        return refuse_element(e, "can't be walked: a factor is at least 2 and starts at 1 or more");
    if (step < 1) return refuse_element(e, "can't be walked: a step is at least 1");
    for (int64_t value = low;;) {
        int status = add_int(e, value);
        if (status != DYNO_GOOD) return status;
        if (geometric ? value > high / step : step > high - value) return DYNO_GOOD;
        value = geometric ? value * step : value + step;
    }
}

static int expand_real_range(const expansion *e, const range *r)
{
    double low, high, step;
    if (!dyno_parse_real(r->low, &low) || !dyno_parse_real(r->high, &high)) return refuse_form(e);
    if (r->kind == '\0') return refuse_element(e, "needs a step, like 0.1..0.5+0.1");
    if (!dyno_parse_real(r->step, &step)) return refuse_form(e);
    if (low > high) return refuse_element(e, "is an empty range; the lower end comes first");
    bool geometric = r->kind == '*';
    if (geometric ? low <= 0 || step <= 1 : step <= 0) return refuse_element(e, "can't be walked: it would never end");
    /* Counted, not accumulated: 0.1..0.5+0.1 must reach 0.5 in spite of rounding. */
    double steps = geometric ? log(high / low) / log(step) : (high - low) / step;
    if (!(steps < DYNO_VALUES_MAX)) return refuse_many(e);
    for (unsigned i = 0; i <= (unsigned)(steps + 1e-9); i++) {
        double exact = geometric ? low * pow(step, i) : low + step * i;
        char rounded[40]; /* 0.30000000000000004 is not what was written */
        snprintf(rounded, sizeof rounded, "%.12g", exact);
        int status = add_real(e, strtod(rounded, NULL));
        if (status != DYNO_GOOD) return status;
    }
    return DYNO_GOOD;
}

static bool among(const char *accepted, const char *word)
{
    size_t length = strlen(word);
    for (const char *p = accepted; *p != '\0';) {
        size_t part = strcspn(p, "|");
        if (part == length && strncmp(p, word, length) == 0) return true;
        p += part + (p[part] == '|');
    }
    return strcmp(accepted, "any") == 0;
}

static int expand_word(const expansion *e)
{
    if (!among(e->param->accepted, e->element)) {
        char why[256];
        snprintf(why, sizeof why, "is not accepted: %s", e->param->accepted);
        return refuse_element(e, why);
    }
    dyno_names_add(e->values, dyno_copy(e->element));
    return DYNO_GOOD;
}

static int expand_element(const expansion *e)
{
    range r;
    int64_t whole;
    double number;
    if (strcmp(e->param->type, "word") == 0) return expand_word(e);
    bool real = strcmp(e->param->type, "real") == 0;
    if (strstr(e->element, "..") != NULL) {
        if (!split_range(e->element, &r)) return refuse_form(e);
        return real ? expand_real_range(e, &r) : expand_int_range(e, &r);
    }
    if (real) return dyno_parse_real(e->element, &number) ? add_real(e, number) : refuse_form(e);
    return parse_whole(e, e->element, &whole) ? add_int(e, whole) : refuse_form(e);
}

int dyno_values_expand(const char *place, const dyno_param *param, const char *text, unsigned cpus, dyno_names *values,
                       dyno_refusal *refusal)
{
    dyno_names elements;
    *values = (dyno_names){0};
    int status = dyno_words_split(place, param->name, text, &elements, refusal);
    for (size_t i = 0; status == DYNO_GOOD && i < elements.n; i++) {
        expansion e = {place, param, elements.items[i], cpus, values, refusal};
        status = expand_element(&e);
    }
    dyno_names_free(&elements);
    if (status != DYNO_GOOD) dyno_names_free(values);
    return status;
}
