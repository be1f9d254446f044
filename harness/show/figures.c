#include "show/figures.h"
#include "show/gnuplot.h"
#include "store/file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 80 };

/* The rows that belong on one plot: one workload, parameters and pinning. */
typedef struct plot_group {
    const dyno_row *like;
    size_t figures;                     /* cells with a figure of the primary metric */
    unsigned low_threads, high_threads; /* over those, `serial` left out */
    bool latencies;
    bool alone; /* the only group of its workload */
} plot_group;

typedef struct painter {
    const dyno_figures_request *request;
    FILE *told;
    dyno_refusal *refusal;
    size_t drawn;
} painter;

static bool same_group(const dyno_row *a, const dyno_row *b)
{
    return strcmp(a->workload, b->workload) == 0 && strcmp(a->params, b->params) == 0 && strcmp(a->pin, b->pin) == 0;
}

/* ---- What there is to draw ---- */

static void count_row(plot_group *group, const dyno_row *row)
{
    if (isnan(row->median)) return;
    if (strncmp(row->metric, "latency_p", 9) == 0 && row->median > 0) group->latencies = true;
    if (!row->primary) return;
    group->figures++;
    if (strcmp(row->contender, "serial") == 0) return;
    if (group->low_threads == 0 || row->threads < group->low_threads) group->low_threads = row->threads;
    if (row->threads > group->high_threads) group->high_threads = row->threads;
}

static size_t find_groups(const dyno_summary *summary, plot_group *groups)
{
    size_t n = 0;
    for (size_t i = 0; i < summary->n_rows; i++) {
        const dyno_row *row = &summary->rows[i];
        size_t g = 0;
        while (g < n && !same_group(groups[g].like, row))
            g++;
        if (g == n) groups[n++] = (plot_group){.like = row, .alone = true};
        count_row(&groups[g], row);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            if (i != j && strcmp(groups[i].like->workload, groups[j].like->workload) == 0) groups[i].alone = false;
    return n;
}

/* ---- Names of pictures ---- */

static void append_safe(char *name, const char *text)
{
    size_t n = strlen(name);
    for (; *text != '\0' && n < NAME_MAX_BYTES; text++) {
        char c = *text;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("._+-", c);
        name[n++] = plain ? c : '_';
    }
    name[n] = '\0';
}

/* "scaling-fib", and with parameters, pinning and its number when the workload has several groups. */
static void name_plot(char name[NAME_MAX_BYTES + 32], const char *kind, const plot_group *group, size_t number)
{
    name[0] = '\0';
    append_safe(name, kind);
    append_safe(name, "-");
    append_safe(name, group->like->workload);
    if (group->alone) return;
    append_safe(name, "-");
    append_safe(name, group->like->params);
    snprintf(name + strlen(name), 32, "-%zu", number);
}

/* ---- Drawing ---- */

static int draw_as(painter *artist, const char *kind, const char *name, const dyno_row *like, const char *ending)
{
    char *script, *file;
    if (asprintf(&script, "%s/%s.gp", artist->request->scripts, kind) < 0) script = NULL;
    if (asprintf(&file, "%s.%s", name, ending) < 0) file = NULL;
    int code = DYNO_FAILED;
    if (script && file) {
        const dyno_gnuplot job = {
            .program = artist->request->gnuplot ? artist->request->gnuplot : "gnuplot",
            .script = script,
            .csv = artist->request->csv,
            .dir = artist->request->out,
            .name = file,
            .workload = like ? like->workload : NULL,
            .params = like ? like->params : NULL,
            .pin = like ? like->pin : NULL,
        };
        code = dyno_gnuplot_draw(&job, artist->refusal);
        if (code == DYNO_GOOD) fprintf(artist->told, "%s/%s\n", artist->request->out, file);
    }
    free(script);
    free(file);
    return code;
}

static int draw(painter *artist, const char *kind, const char *name, const dyno_row *like)
{
    int code = DYNO_GOOD;
    if (artist->request->svg) code = draw_as(artist, kind, name, like, "svg");
    if (code == DYNO_GOOD && artist->request->png) code = draw_as(artist, kind, name, like, "png");
    artist->drawn += code == DYNO_GOOD;
    return code;
}

static void skip(const painter *artist, const char *name, const char *why)
{
    fprintf(artist->told, "note: no %s: %s\n", name, why);
}

static int draw_group(painter *artist, const plot_group *group, size_t number)
{
    char name[NAME_MAX_BYTES + 32];
    name_plot(name, "contenders", group, number);
    if (strpbrk(group->like->params, "\"\n\r")) {
        skip(artist, name, "its parameters hold a quote or a line end, which gnuplot can't read from a CSV");
        return DYNO_GOOD;
    }
    if (group->figures == 0) {
        skip(artist, name, "no cell of it has a figure");
        return DYNO_GOOD;
    }
    int code = draw(artist, "contenders", name, group->like);
    if (code == DYNO_GOOD && group->latencies) {
        name_plot(name, "latency", group, number);
        code = draw(artist, "latency", name, group->like);
    }
    if (code != DYNO_GOOD || strcmp(group->like->family, "compute") != 0) return code;
    name_plot(name, "scaling", group, number);
    if (group->low_threads < group->high_threads) return draw(artist, "scaling", name, group->like);
    skip(artist, name, "it was measured on one number of threads only");
    return DYNO_GOOD;
}

static bool in_overview(const plot_group *group)
{
    const char *family = group->like->family;
    return group->figures > 0 &&
           (strcmp(family, "compute") == 0 || strcmp(family, "fifo") == 0 || strcmp(family, "alloc") == 0);
}

static int draw_all(painter *artist, const plot_group *groups, size_t n)
{
    int code = DYNO_GOOD;
    bool overview = false;
    for (size_t i = 0; i < n && !overview; i++)
        overview = in_overview(&groups[i]);
    if (overview) code = draw(artist, "overview", "overview", NULL);
    for (size_t i = 0; i < n && code == DYNO_GOOD; i++)
        code = draw_group(artist, &groups[i], i + 1);
    if (code == DYNO_GOOD && artist->drawn == 0)
        code = dyno_refuse(artist->refusal, DYNO_FAILED, "%s holds no figure to plot", artist->request->csv);
    return code;
}

int dyno_figures_make(const dyno_figures_request *request, const dyno_summary *summary, FILE *told,
                      dyno_refusal *refusal)
{
    painter artist = {request, told, refusal, 0};
    int code = dyno_dir_make(request->out, refusal);
    if (code != DYNO_GOOD) return code;
    plot_group *groups = malloc((summary->n_rows + 1) * sizeof *groups);
    if (!groups) return dyno_refuse(refusal, DYNO_FAILED, "no memory to plot %s", request->csv);
    code = draw_all(&artist, groups, find_groups(summary, groups));
    free(groups);
    return code;
}
