/* Draws synthetic summaries with the real gnuplot; skipped (77) where that is not installed. */
#include "show/figures.h"
#include "store/file.h"

#include <ftw.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];
static dyno_row rows[200];
static size_t n_rows;

static int fresh(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/dyno-plot-XXXXXX");
    n_rows = 0;
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info, (void)kind, (void)place;
    return remove(path);
}

static int gone(void **state)
{
    (void)state;
    return nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static char *text(const char *literal)
{
    return (char *)literal; /* the summary only reads them */
}

static dyno_row *add(const char *family, const char *workload, const char *params, const char *contender,
                     unsigned threads, double median)
{
    dyno_row *row = &rows[n_rows++];
    *row = (dyno_row){.workload = text(workload),
                      .family = text(family),
                      .contender = text(contender),
                      .params = text(params),
                      .pin = text("core"),
                      .metric = text("time"),
                      .unit = text("s"),
                      .status = text(isnan(median) ? "timeout" : "ok"),
                      .detail = text(""),
                      .threads = threads,
                      .better = DYNO_LOWER,
                      .primary = true,
                      .processes = 5,
                      .samples = 50,
                      .median = median,
                      .ci_low = median * 0.97,
                      .ci_high = median * 1.02,
                      .min = median * 0.9,
                      .max = median * 1.1};
    return row;
}

static void add_latencies(const char *family, const char *workload, const char *params, const char *contender,
                          double scale)
{
    static const char *const names[] = {"latency_p50", "latency_p90", "latency_p99", "latency_p999"};
    for (int i = 0; i < 4; i++) {
        dyno_row *row = add(family, workload, params, contender, 1, scale * pow(4, i));
        row->metric = text(names[i]);
        row->unit = text("ns");
        row->primary = false;
    }
}

static int make(const dyno_figures_request *wanted, char **told, dyno_refusal *refusal)
{
    const dyno_summary summary = {.run = text("r"), .rows = rows, .n_rows = n_rows};
    dyno_figures_request request = *wanted;
    char *csv = dyno_path_join(dir, "summary.csv"), *out = dyno_path_join(dir, "plots");
    assert_int_equal(dyno_summary_write(dir, &summary, refusal), DYNO_GOOD);
    if (!request.csv) request.csv = csv;
    if (!request.out) request.out = out;
    request.scripts = DYNO_PLOT_SCRIPTS;
    size_t n;
    FILE *stream = open_memstream(told, &n);
    int code = dyno_figures_make(&request, &summary, stream, refusal);
    fclose(stream);
    free(csv);
    free(out);
    return code;
}

static char *made(const char *name, size_t *n)
{
    char *content, *path;
    dyno_refusal refusal;
    assert_true(asprintf(&path, "%s/plots/%s", dir, name) > 0);
    if (dyno_file_load(path, &content, n, &refusal) != DYNO_GOOD) fail_msg("%s", refusal.sentence);
    free(path);
    return content;
}

static bool exists(const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return access(path, F_OK) == 0;
}

static void assert_svg_says(const char *name, const char *const *words)
{
    size_t n;
    char *svg = made(name, &n);
    assert_non_null(strstr(svg, "<svg"));
    assert_non_null(strstr(svg, "</svg>"));
    for (; *words; words++)
        if (!strstr(svg, *words)) fail_msg("%s doesn't say '%s'", name, *words);
    free(svg);
}

/* The points of a contender are joined although rows of others stand between them. In gnuplot's SVG the first stroke
 * behind the name is the sample in the legend, the second one the line, with an L to each point but the first. */
static void assert_joined(const char *name, const char *contender, size_t points)
{
    size_t n, lines = 0;
    char *svg = made(name, &n), title[64];
    snprintf(title, sizeof title, "<text>%s</text>", contender);
    const char *series = strstr(svg, title);
    assert_non_null(series);
    const char *legend = strstr(series, " d='M");
    assert_non_null(legend);
    const char *line = strchr(legend + 5, 'M');
    assert_non_null(line);
    for (line++; !strchr("M'", *line); line++)
        lines += *line == 'L';
    assert_int_equal(lines, points - 1);
    free(svg);
}

static void a_full_run_is_drawn(void **state)
{
    (void)state;
    add("compute", "fib", "n=32", "serial", 1, 0.1);
    for (unsigned threads = 1; threads <= 4; threads *= 2) {
        add("compute", "fib", "n=32", "engine", threads, 0.11 / threads);
        add("compute", "fib", "n=32", "engine", threads, 1)->primary = false;
        add("compute", "fib", "n=32", "openmp", threads, threads == 4 ? NAN : 0.2 / threads);
    }
    add("fifo", "fifo-fanin", "chars=64;fifos=8", "futures", 1, 0.02);
    add_latencies("fifo", "fifo-fanin", "chars=64;fifos=8", "futures", 900);
    add("alloc", "storm", "", "under_scored", 2, 3e-8);
    char *told;
    dyno_refusal refusal = {""};
    if (make(&(dyno_figures_request){.svg = true, .png = true}, &told, &refusal) != DYNO_GOOD)
        fail_msg("%s", refusal.sentence);
    assert_null(strstr(told, "note:"));
    free(told);
    assert_svg_says("overview.svg", (const char *const[]){"speed-up over serial", "fifo-fanin", "storm", NULL});
    assert_svg_says("scaling-fib.svg", (const char *const[]){"ideal", "engine", "openmp", "n=32", NULL});
    assert_svg_says("contenders-fib.svg", (const char *const[]){"openmp, 4 threads", "timeout", "27.5 ms", NULL});
    assert_svg_says("contenders-storm.svg", (const char *const[]){"under_scored", "30.0 ns", NULL});
    assert_svg_says("latency-fifo-fanin.svg", (const char *const[]){"p99.9", "futures", NULL});
    assert_joined("scaling-fib.svg", "engine", 3);
    assert_joined("latency-fifo-fanin.svg", "futures", 4);
    size_t n;
    char *png = made("latency-fifo-fanin.png", &n);
    assert_true(n > 5000);
    assert_memory_equal(png, "\x89PNG", 4);
    free(png);
    assert_false(exists("plots/scaling-storm.svg"));
    assert_false(exists("plots/.part-overview.svg"));
}

static void too_few_data_are_noted(void **state)
{
    (void)state;
    add("compute", "fib", "n=32", "engine", 2, 0.1);
    add("compute", "matmul", "n=64", "engine", 2, NAN);
    char *told;
    dyno_refusal refusal = {""};
    assert_int_equal(make(&(dyno_figures_request){.svg = true}, &told, &refusal), DYNO_GOOD);
    assert_non_null(strstr(told, "note: no scaling-fib: it was measured on one number of threads only"));
    assert_non_null(strstr(told, "note: no contenders-matmul: no cell of it has a figure"));
    assert_true(exists("plots/contenders-fib.svg"));
    free(told);
    n_rows = 0;
    add("compute", "matmul", "n=64", "engine", 2, NAN);
    assert_int_equal(make(&(dyno_figures_request){.svg = true}, &told, &refusal), DYNO_FAILED);
    assert_non_null(strstr(refusal.sentence, "no figure"));
    free(told);
}

/* Names that would be code or a command in gnuplot or a shell stay names, and stay in the folder. */
static void names_are_never_code(void **state)
{
    (void)state;
    add("alloc", "storm", "mix=`touch gone`;system('touch gone')", "a", 1, 1);
    add("alloc", "storm", "path=../../../gone;x=%s%n", "b", 1, 1);
    add("alloc", "storm", "mix=\"q\"", "b", 1, 1);
    char *told, *kept = getcwd(NULL, 0);
    dyno_refusal refusal = {""};
    assert_int_equal(chdir(dir), 0);
    const dyno_figures_request request = {.svg = true, .out = "|touch gone"};
    int code = make(&request, &told, &refusal);
    assert_int_equal(chdir(kept), 0);
    free(kept);
    if (code != DYNO_GOOD) fail_msg("%s", refusal.sentence);
    assert_false(exists("gone"));
    assert_true(exists("|touch gone/contenders-storm-mix__touch_gone__system__touch_gone__-1.svg"));
    assert_true(exists("|touch gone/contenders-storm-path_.._.._.._gone_x__s_n-2.svg"));
    assert_non_null(strstr(told, "quote"));
    free(told);
}

static void without_gnuplot_the_package_is_named(void **state)
{
    (void)state;
    add("alloc", "storm", "", "a", 1, 1);
    char *told;
    dyno_refusal refusal = {""};
    const dyno_figures_request request = {.svg = true, .gnuplot = "/nonexistent/gnuplot"};
    assert_int_equal(make(&request, &told, &refusal), DYNO_FAILED);
    assert_non_null(strstr(refusal.sentence, "gnuplot-nox"));
    free(told);
}

static void a_failing_gnuplot_is_told(void **state)
{
    (void)state;
    add("alloc", "storm", "", "a", 1, 1);
    char *told;
    dyno_refusal refusal = {""};
    dyno_figures_request request = {.svg = true, .csv = "/nonexistent.csv"};
    assert_int_equal(make(&request, &told, &refusal), DYNO_FAILED);
    assert_non_null(strstr(refusal.sentence, "can't read /nonexistent.csv"));
    free(told);
    request = (dyno_figures_request){.svg = true, .gnuplot = "/bin/false"};
    assert_int_equal(make(&request, &told, &refusal), DYNO_FAILED);
    assert_non_null(strstr(refusal.sentence, "gnuplot could not draw"));
    assert_non_null(strstr(refusal.sentence, "plots/overview.svg: it said nothing"));
    free(told);
}

int main(void)
{
    if (access("/usr/bin/gnuplot", X_OK) != 0) {
        print_message("skipped: gnuplot is not installed\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_full_run_is_drawn, fresh, gone),
        cmocka_unit_test_setup_teardown(too_few_data_are_noted, fresh, gone),
        cmocka_unit_test_setup_teardown(names_are_never_code, fresh, gone),
        cmocka_unit_test_setup_teardown(without_gnuplot_the_package_is_named, fresh, gone),
        cmocka_unit_test_setup_teardown(a_failing_gnuplot_is_told, fresh, gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
