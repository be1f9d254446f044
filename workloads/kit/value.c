#include "value.h"

#include "protocol.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *const type_names[] = {"int", "size", "real", "word"};

kit_type kit_type_named(const char *name)
{
    for (int i = 0; i < KIT_NO_TYPE; i++)
        if (strcmp(name, type_names[i]) == 0) return (kit_type)i;
    return KIT_NO_TYPE;
}

bool kit_name_valid(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > DYNO_PROTOCOL_NAME_MAX) return false;
    if (strchr("._+-", name[0]) != NULL) return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._+-") == length;
}

bool kit_parse_u64(const char *text, uint64_t *value)
{
    char *end = NULL;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return is_digit(text[0]) && *end == '\0' && errno == 0;
}

bool kit_parse_real(const char *text, double *value)
{
    char *end = NULL;
    *value = strtod(text, &end);
    /* The character set keeps out what strtod knows beyond decimal numbers: hexadecimal, inf, nan, leading space. */
    bool decimal = text[0] != '\0' && strspn(text, "0123456789.eE+-") == strlen(text);
    return decimal && end != text && *end == '\0' && isfinite(*value);
}

static bool parse_int(const char *text, int64_t *value)
{
    char *end = NULL;
    errno = 0;
    *value = strtoll(text, &end, 10);
    return is_digit(text[text[0] == '-']) && *end == '\0' && errno == 0;
}

static bool parse_size(const char *text, int64_t *value)
{
    char *end = NULL;
    errno = 0;
    long long units = strtoll(text, &end, 10);
    if (!is_digit(text[0]) || errno != 0) return false;
    int shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    if (shift > 0) end++;
    *value = (int64_t)((uint64_t)units << shift);
    return *end == '\0' && units <= INT64_MAX >> shift;
}

bool kit_value_parse(kit_type type, const char *text, kit_value *value)
{
    *value = (kit_value){.type = type};
    switch (type) {
    case KIT_INT:
        return parse_int(text, &value->integer);
    case KIT_SIZE:
        return parse_size(text, &value->integer);
    case KIT_REAL:
        return kit_parse_real(text, &value->real);
    case KIT_WORD:
        value->word = (char *)text;
        return text[0] != '\0' && strchr(text, ' ') == NULL;
    case KIT_NO_TYPE:
        break;
    }
    return false;
}

static int compare(const kit_value *a, const kit_value *b)
{
    if (a->type == KIT_WORD) return strcmp(a->word, b->word);
    if (a->type == KIT_REAL) return (a->real > b->real) - (a->real < b->real);
    return (a->integer > b->integer) - (a->integer < b->integer);
}

static kit_accepted accepted_range(const kit_value *value, const char *low_text, const char *high_text)
{
    kit_value low, high;
    if (!kit_value_parse(value->type, low_text, &low) || !kit_value_parse(value->type, high_text, &high) ||
        compare(&low, &high) > 0)
        return KIT_BAD_RULE;
    return compare(value, &low) >= 0 && compare(value, &high) <= 0 ? KIT_ACCEPTED : KIT_OUTSIDE;
}

static kit_accepted accepted_list(const kit_value *value, char *list)
{
    kit_accepted answer = KIT_OUTSIDE;
    char *rest = list;
    for (char *item = strsep(&rest, "|"); item != NULL; item = strsep(&rest, "|")) {
        kit_value one;
        if (!kit_value_parse(value->type, item, &one)) return KIT_BAD_RULE;
        if (compare(value, &one) == 0) answer = KIT_ACCEPTED;
    }
    return answer;
}

kit_accepted kit_value_accepted(const kit_value *value, const char *accepts)
{
    char rule[DYNO_PROTOCOL_LINE_MAX];
    size_t size = strlen(accepts) + 1;
    if (size > sizeof rule || strchr(accepts, ' ') != NULL) return KIT_BAD_RULE;
    if (strcmp(accepts, "any") == 0) return KIT_ACCEPTED;
    memcpy(rule, accepts, size);
    char *dots = strstr(rule, "..");
    if (dots == NULL || value->type == KIT_WORD) return accepted_list(value, rule);
    *dots = '\0';
    return accepted_range(value, rule, dots + 2);
}
