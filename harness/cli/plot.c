/* dyno plot DIR: summary.csv made anew from samples.csv, and the pictures that it is worth. */
#include "cli/cli.h"
#include "cli/options.h"
#include "show/figures.h"
#include "store/file.h"

#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: dyno plot DIR [--format LIST] [--out DIR]\n"
                            "\n"
                            "Draws the results in DIR with gnuplot and prints the path of each picture.\n"
                            "\n"
                            "  --format LIST        svg, png, or both with a comma between; both without it\n"
                            "  --out DIR            where the pictures go; DIR/plots without it\n";

typedef struct plot_options {
    const char *dir;
    const char *out;
    bool svg, png, help;
} plot_options;

static int parse_format(const char *list, plot_options *options, dyno_refusal *refusal)
{
    options->svg = options->png = false;
    while (*list != '\0') {
        size_t n = strcspn(list, ",");
        bool svg = n == 3 && strncmp(list, "svg", 3) == 0, png = n == 3 && strncmp(list, "png", 3) == 0;
        if (!svg && !png)
            return dyno_refuse(refusal, DYNO_USAGE, "plot: --format knows svg and png, not '%.*s'", (int)n, list);
        options->svg |= svg;
        options->png |= png;
        list += n + (list[n] == ',');
    }
    if (options->svg || options->png) return DYNO_GOOD;
    return dyno_refuse(refusal, DYNO_USAGE, "plot: --format is empty; svg, png or svg,png is accepted");
}

static int parse(int argc, char **argv, plot_options *options, dyno_refusal *refusal)
{
    static const struct option known[] = {{"format", required_argument, NULL, 'f'},
                                          {"out", required_argument, NULL, 'o'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    *options = (plot_options){.svg = true, .png = true};
    for (int flag; (flag = dyno_next_option(argc, argv, known, refusal)) != -1;) {
        if (flag == '?') return DYNO_USAGE;
        if (flag == 'h') options->help = true;
        if (flag == 'o') options->out = optarg;
        int code = flag == 'f' ? parse_format(optarg, options, refusal) : DYNO_GOOD;
        if (code != DYNO_GOOD) return code;
    }
    if (options->help) return DYNO_GOOD;
    if (optind + 1 != argc)
        return dyno_refuse(refusal, DYNO_USAGE, "plot: name one result directory, as in: dyno plot results/quick");
    options->dir = argv[optind];
    return DYNO_GOOD;
}

/* Results that are someone else's can't be written beside: then the summary goes to the pictures. */
static int write_summary(const plot_options *options, const char *out, const dyno_summary *summary, char **csv,
                         dyno_refusal *refusal)
{
    const char *dir = options->dir;
    if (dyno_summary_write(dir, summary, NULL) != DYNO_GOOD) {
        dir = out;
        int code = dyno_dir_make(out, refusal);
        if (code == DYNO_GOOD) code = dyno_summary_write(out, summary, refusal);
        if (code != DYNO_GOOD) return code;
    }
    *csv = dyno_path_join(dir, "summary.csv");
    return *csv ? DYNO_GOOD : dyno_refuse(refusal, DYNO_FAILED, "no memory to plot %s", options->dir);
}

static int draw(const plot_options *options, const char *out, const dyno_summary *summary, dyno_refusal *refusal)
{
    char *csv = NULL;
    int code = write_summary(options, out, summary, &csv, refusal);
    if (code == DYNO_GOOD) {
        const dyno_figures_request request = {
            .csv = csv, .scripts = dyno_path_plots(), .out = out, .svg = options->svg, .png = options->png};
        code = dyno_figures_make(&request, summary, stdout, refusal);
    }
    free(csv);
    return code;
}

static int plot(const plot_options *options, dyno_refusal *refusal)
{
    dyno_summary summary;
    int code = dyno_summarise(options->dir, &summary, refusal);
    if (code != DYNO_GOOD) return code;
    char *out = options->out ? strdup(options->out) : dyno_path_join(options->dir, "plots");
    code = out ? draw(options, out, &summary, refusal)
               : dyno_refuse(refusal, DYNO_FAILED, "no memory to plot %s", options->dir);
    free(out);
    dyno_summary_free(&summary);
    return code;
}

int dyno_cmd_plot(int argc, char **argv)
{
    plot_options options;
    dyno_refusal refusal = {""};
    int code = parse(argc, argv, &options, &refusal);
    if (options.help) {
        fputs(usage, stdout);
        return DYNO_GOOD;
    }
    if (code == DYNO_GOOD) code = plot(&options, &refusal);
    return code == DYNO_GOOD ? DYNO_GOOD : dyno_complain(code, &refusal);
}
