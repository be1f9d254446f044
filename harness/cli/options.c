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

static bool is_known(const struct option *options, int value)
{
    while (options->name != NULL && options->val != value)
        options++;
    return options->name != NULL;
}

/* What getopt stopped at. For a long option that is the argument it just took; of letters in a group only optopt tells,
 * which is 0 for an unknown long option and the value of a known one that was used wrongly. */
static void refuse(char **argv, int option, const struct option *options, dyno_refusal *refusal)
{
    const char *command = argv[0], *word = optind > 0 ? argv[optind - 1] : NULL;
    char letter[3] = {'-', (char)optopt, '\0'};
    bool in_group = isalpha(optopt) && (word == NULL || strncmp(word, "--", 2) != 0 || !is_known(options, optopt));
    if (word == NULL || in_group) word = letter;
    if (option == ':')
        dyno_refuse(refusal, DYNO_USAGE, "%s: option '%s' needs a value; see `dyno %s --help`", command, word, command);
    else if (optopt != 0 && is_known(options, optopt))
        dyno_refuse(refusal, DYNO_USAGE, "%s: option '%.*s' takes no value", command, (int)strcspn(word, "="), word);
    else
        refuse_flag(command, word, options, refusal);
}

int dyno_next_option(int argc, char **argv, const struct option *options, dyno_refusal *refusal)
{
    char letters[2 * OPTIONS_MAX + 2];
    short_options(options, letters);
    opterr = 0;
    int option = getopt_long(argc, argv, letters, options, NULL);
    if (option != '?' && option != ':') return option;
    refuse(argv, option, options, refusal);
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
