#include "cli/run_options.h"
#include "base/memory.h"
#include "cli/cli.h"
#include "cli/options.h"

#include <stdlib.h>
#include <string.h>

/* Flags that only set a key of the plan, which checks the value: the planner sees them as "--budget=2m". */
static const struct option flags[] = {
    {"budget", required_argument, NULL, 1},  {"processes", required_argument, NULL, 2},
    {"samples", required_argument, NULL, 3}, {"time", required_argument, NULL, 4},
    {"pin", required_argument, NULL, 5},     {"seed", required_argument, NULL, 6},
    {"param", required_argument, NULL, 'p'}, {"out", required_argument, NULL, 'o'},
    {"resume", no_argument, NULL, 'r'},      {"quiet", no_argument, NULL, 'q'},
    {"all-metrics", no_argument, NULL, 7},   {"dry-run", no_argument, NULL, 8},
    {"workers", required_argument, NULL, 9}, {0}};
enum { LAST_KEY = 6, ALL_METRICS = 7, DRY_RUN = 8, WORKERS = 9 };

static void add_assignment(dyno_run_options *options, char *text)
{
    options->assignments = dyno_extend(options->assignments, options->n_assignments, sizeof text);
    options->assignments[options->n_assignments++] = text;
}

static void take(dyno_run_options *options, int flag)
{
    if (flag >= 1 && flag <= LAST_KEY) {
        add_assignment(options, dyno_text("--%s=%s", flags[flag - 1].name, optarg));
        options->seed_given |= strcmp(flags[flag - 1].name, "seed") == 0;
        return;
    }
    if (flag == 'p') {
        add_assignment(options, dyno_copy(optarg));
        options->seed_given |= strncmp(optarg, "seed=", 5) == 0;
    }
    if (flag == 'o') options->out = optarg;
    if (flag == 'r') options->resume = true;
    if (flag == 'q') options->quiet = true;
    if (flag == ALL_METRICS) options->all_metrics = true;
    if (flag == DRY_RUN) options->dry_run = true;
    if (flag == WORKERS) options->workers = optarg;
}

int dyno_run_options_parse(int argc, char **argv, dyno_run_options *options, dyno_refusal *refusal)
{
    *options = (dyno_run_options){.workers = dyno_path_workers()};
    int status = DYNO_GOOD;
    for (int flag; (flag = dyno_next_option(argc, argv, flags, refusal)) != -1;) {
        if (flag == '?') {
            status = DYNO_USAGE;
            break;
        }
        take(options, flag);
    }
    for (; status == DYNO_GOOD && optind < argc; optind++)
        dyno_names_add(&options->words, dyno_copy(argv[optind]));
    if (status == DYNO_GOOD && options->resume && options->out == NULL)
        status =
            dyno_refuse(refusal, DYNO_USAGE, "run: --resume needs --out DIR, the directory of the run to go on with");
    if (status == DYNO_GOOD && options->out != NULL && options->out[0] == '\0')
        status = dyno_refuse(refusal, DYNO_USAGE, "run: --out needs the path of a directory");
    if (status != DYNO_GOOD) dyno_run_options_free(options);
    return status;
}

void dyno_run_options_free(dyno_run_options *options)
{
    dyno_names_free(&options->words);
    for (size_t i = 0; i < options->n_assignments; i++)
        free(options->assignments[i]);
    free(options->assignments);
    *options = (dyno_run_options){0};
}

/* Appends word in single quotes where the shell would read it otherwise. */
static char *append_word(char *text, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=,./:@%";
    char *longer;
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        longer = dyno_text("%s %s", text, word);
        free(text);
        return longer;
    }
    longer = dyno_text("%s '", text);
    free(text);
    for (const char *p = word; *p != '\0'; p++) {
        text = longer;
        longer = *p == '\'' ? dyno_text("%s'\\''", text) : dyno_text("%s%c", text, *p);
        free(text);
    }
    text = dyno_text("%s'", longer);
    free(longer);
    return text;
}

char *dyno_run_options_resume(int argc, char *const *argv, const char *dir)
{
    char *text = dyno_copy("dyno run");
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--resume") == 0 || strncmp(argv[i], "--out=", 6) == 0) continue;
        if ((strcmp(argv[i], "--out") == 0 || strcmp(argv[i], "-o") == 0) && i + 1 < argc)
            i++;
        else
            text = append_word(text, argv[i]);
    }
    text = append_word(text, "--out");
    text = append_word(text, dir);
    return append_word(text, "--resume");
}
