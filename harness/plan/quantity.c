#include "plan/quantity.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool suffix_shift(const char *suffix, unsigned *shift)
{
    static const char letters[] = "KMGT";
    *shift = 0;
    if (*suffix == '\0') return true;
    const char *found = strchr(letters, toupper((unsigned char)*suffix));
    if (found == NULL || suffix[1] != '\0') return false;
    *shift = 10 * (unsigned)(found - letters + 1);
    return true;
}

bool dyno_parse_int(const char *text, int64_t *out)
{
    if (!isdigit((unsigned char)text[text[0] == '-'])) return false;
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    unsigned shift;
    if (errno != 0 || !suffix_shift(end, &shift)) return false;
    int64_t factor = INT64_C(1) << shift;
    if (number > INT64_MAX / factor || number < INT64_MIN / factor) return false;
    *out = number * factor;
    return true;
}

bool dyno_parse_uint64(const char *text, uint64_t *out)
{
    if (!isdigit((unsigned char)text[0])) return false;
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0') return false;
    *out = number;
    return true;
}

/* strtod also takes nan, inf, hexadecimal and leading space: none of them is what a person means here. */
static bool leading_real(const char *text, double *out, char **end)
{
    const char *digits = text + (text[0] == '-');
    if (!isdigit((unsigned char)digits[0]) && !(digits[0] == '.' && isdigit((unsigned char)digits[1]))) return false;
    if (digits[0] == '0' && tolower((unsigned char)digits[1]) == 'x') return false;
    *out = strtod(text, end);
    return isfinite(*out);
}

bool dyno_parse_real(const char *text, double *out)
{
    double number;
    char *end;
    if (!leading_real(text, &number, &end) || *end != '\0') return false;
    *out = number;
    return true;
}

static const struct {
    const char *name;
    double seconds;
} units[] = {{"h", 3600}, {"m", 60}, {"s", 1}, {"ms", 1e-3}, {"us", 1e-6}};

enum { N_UNITS = sizeof units / sizeof units[0] };

/* The unit that the text starts with, from `from` on, or N_UNITS. */
static unsigned unit_at(const char *text, unsigned from, size_t *length)
{
    *length = strspn(text, "hmsu");
    for (unsigned u = from; u < N_UNITS; u++)
        if (strlen(units[u].name) == *length && strncmp(text, units[u].name, *length) == 0) return u;
    return N_UNITS;
}

bool dyno_parse_duration(const char *text, double *seconds)
{
    double sum = 0, part;
    char *end;
    if (text[0] == '-' || text[0] == '\0') return false;
    if (dyno_parse_real(text, seconds)) return true;
    for (unsigned from = 0; *text != '\0';) {
        size_t length;
        if (text[0] == '-' || !leading_real(text, &part, &end)) return false;
        unsigned unit = unit_at(end, from, &length);
        if (unit == N_UNITS) return false;
        sum += part * units[unit].seconds;
        from = unit + 1;
        text = end + length;
    }
    if (!isfinite(sum)) return false;
    *seconds = sum;
    return true;
}
