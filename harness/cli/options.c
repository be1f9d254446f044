#include "cli/options.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPTIONS_MAX = 32 };

static void short_options(const struct option *options, char *text)
{
    *text++ = ':'; /* tell a missing value from an unknown flag */
    for (; options->name != NULL; options++) {
        if (!isalpha(options->val)) continue;
        *text++ = (char)options->val;
        if (options->has_arg == required_argument) *text++ = ':';
    }
    *text = '\0';
}

static void refuse_flag(const char *command, const char *word, const struct option *options, dyno_refusal *refusal)
{
    const char *names[OPTIONS_MAX + 1] = {NULL};
    char flag[64];
    for (int i = 0; i < OPTIONS_MAX && options[i].name != NULL; i++)
        names[i] = options[i].name;
    snprintf(flag, sizeof flag, "%.*s", (int)strcspn(word, "="), word);
    const char *nearest = strncmp(flag, "--", 2) == 0 ? dyno_nearest(flag + 2, names) : NULL;
    if (nearest != NULL)
        dyno_refuse(refusal, DYNO_USAGE, "%s: unknown option '%s', did you mean '--%s'?", command, flag, nearest);
    else
        dyno_refuse(refusal, DYNO_USAGE, "%s: unknown option '%s'; see `dyno %s --help`", command, flag, command);
}

int dyno_next_option(int argc, char **argv, const struct option *options, dyno_refusal *refusal)
{
    static char **current;
    char letters[2 * OPTIONS_MAX + 2];
    short_options(options, letters);
    if (current != argv) optind = 0;
    current = argv;
    opterr = 0;
    int before = optind > 0 ? optind : 1, index = -1;
    int option = getopt_long(argc, argv, letters, options, &index);
    if (option != '?' && option != ':') return option;
    /* In a group of letters getopt has not moved on; otherwise the culprit is the argument before. */
    const char *word = optind > before || optind > 1 ? argv[optind - 1] : argv[before];
    char letter[3] = {'-', (char)optopt, '\0'};
    if (strncmp(word, "--", 2) != 0 && optopt != 0) word = letter;
    bool takes_none = option == '?' && strncmp(word, "--", 2) == 0 && optopt != 0;
    if (option == ':')
        dyno_refuse(refusal, DYNO_USAGE, "%s: option '%s' needs a value; see `dyno %s --help`", argv[0], word, argv[0]);
    else if (takes_none)
        dyno_refuse(refusal, DYNO_USAGE, "%s: option '%.*s' takes no value", argv[0], (int)strcspn(word, "="), word);
    else
        refuse_flag(argv[0], word, options, refusal);
    return '?';
}

int dyno_complain(int code, const dyno_refusal *refusal)
{
    fprintf(stderr, "dyno: %s\n", refusal->sentence);
    return code;
}

bool dyno_colour(int descriptor)
{
    const char *no_color = getenv("NO_COLOR");
    return isatty(descriptor) && (no_color == NULL || no_color[0] == '\0');
}
