#include "show/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct prefix {
    double factor;
    const char *symbol;
} prefix;

static const prefix decimal[] = {{1e12, "T"}, {1e9, "G"},         {1e6, "M"},  {1e3, "k"},  {1, ""},
                                 {1e-3, "m"}, {1e-6, "\xc2\xb5"}, {1e-9, "n"}, {1e-12, "p"}};
static const prefix binary[] = {
    {1024.0 * 1024 * 1024 * 1024, "Ti"}, {1024.0 * 1024 * 1024, "Gi"}, {1024.0 * 1024, "Mi"}, {1024, "Ki"}, {1, ""}};

/* Whether the unit is, or begins with, this one: "s" of "s/op" and not of "samples". */
static bool is_unit(const char *unit, const char *name)
{
    size_t n = strlen(name);
    return strncmp(unit, name, n) == 0 && (unit[n] == '\0' || unit[n] == '/');
}

/* "12.3", "123", "1.23": three figures, and no exponent within what a prefix leaves. */
static void three_figures(double value, char *text, size_t size)
{
    double magnitude = fabs(value);
    int decimals = magnitude >= 99.95 || magnitude == 0 ? 0 : magnitude >= 9.995 ? 1 : 2;
    if (magnitude != 0 && (magnitude >= 99999 || magnitude < 0.01))
        snprintf(text, size, "%.2e", value);
    else
        snprintf(text, size, "%.*f", decimals, value);
}

static const prefix *choose(const prefix *prefixes, size_t n, double magnitude, bool fractions)
{
    const prefix *last = prefixes;
    for (size_t i = 0; i < n && (fractions || prefixes[i].factor >= 1); i++) {
        last = &prefixes[i];
        /* What three figures would round up to 1000 takes the larger prefix. */
        if (magnitude >= last->factor * 0.9995) break;
    }
    return last;
}

/* Times count in seconds and their parts, whatever part the unit names: 12345 ns is 12.3 us. */
static double to_base(double value, const char **unit)
{
    static const prefix times[] = {{1e-9, "ns"}, {1e-6, "us"}, {1e-6, "\xc2\xb5s"}, {1e-3, "ms"}};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (is_unit(*unit, times[i].symbol)) {
            *unit += strlen(times[i].symbol) - 1;
            return value * times[i].factor;
        }
    return value;
}

const char *dyno_format_value(double value, const char *unit, char *text, size_t size)
{
    char figures[48];
    if (!isfinite(value)) {
        snprintf(text, size, "-");
        return text;
    }
    value = to_base(value, &unit);
    bool bytes = strcmp(unit, "B") == 0, plain = strcmp(unit, "ratio") == 0 || strcmp(unit, "%") == 0;
    bool count = strcmp(unit, "count") == 0;
    const prefix none = {1, ""}, *by = &none;
    if (bytes)
        by = choose(binary, sizeof binary / sizeof *binary, fabs(value), false);
    else if (!plain && fabs(value) > 0)
        by = choose(decimal, sizeof decimal / sizeof *decimal, fabs(value), is_unit(unit, "s"));
    three_figures(value / by->factor, figures, sizeof figures);
    const char *name = count || strcmp(unit, "ratio") == 0 ? "" : unit;
    bool space = by->symbol[0] != '\0' || name[0] != '\0';
    snprintf(text, size, "%s%s%s%s", figures, space ? " " : "", by->symbol, name);
    return text;
}
