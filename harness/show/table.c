#include "show/table.h"
#include "show/width.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMN_CONTENDER, COLUMN_THREADS, COLUMN_MEDIAN, COLUMN_INTERVAL, COLUMN_RATIO, COLUMNS };

/* The contenders that are dyno's own engine: the table marks them. */
static const char *const own[] = {"engine", "futures", "bump", "freelist"};

typedef struct text_line {
    char cell[COLUMNS][64];
    const dyno_row *row;
} text_line;

typedef struct layout {
    FILE *out;
    bool colour;
    size_t columns; /* of the terminal; SIZE_MAX when it is none, and nothing is cut */
    size_t width[COLUMNS];
} layout;

/* The rows that can be compared: one workload, parameters, pinning and metric. */
typedef struct row_block {
    const dyno_row **rows;
    size_t n;
} row_block;

static bool is_own(const char *contender)
{
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(contender, own[i]) == 0) return true;
    return false;
}

static size_t terminal_columns(FILE *out)
{
    struct winsize size;
    int fd = fileno(out);
    if (fd < 0 || ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return SIZE_MAX;
    return size.ws_col;
}

static bool comparable(const dyno_row *a, const dyno_row *b)
{
    return strcmp(a->workload, b->workload) == 0 && strcmp(a->params, b->params) == 0 && strcmp(a->pin, b->pin) == 0 &&
           strcmp(a->metric, b->metric) == 0;
}

static bool has_figure(const dyno_row *row)
{
    return !isnan(row->median);
}

/* How many times better than the reference: above 1 is better, whichever way the metric points. */
static double ratio(const dyno_row *row, const dyno_row *reference)
{
    double times = row->better == DYNO_HIGHER ? row->median / reference->median : reference->median / row->median;
    return row->better == DYNO_NEITHER || !isfinite(times) ? NAN : times;
}

/* Serial where there is one, else the best of the block; NULL when nothing has a figure. */
static const dyno_row *choose_reference(const row_block *block)
{
    const dyno_row *best = NULL;
    for (size_t i = 0; i < block->n; i++) {
        const dyno_row *row = block->rows[i];
        if (!has_figure(row)) continue;
        if (strcmp(row->contender, "serial") == 0) return row;
        if (!best || ratio(row, best) > 1) best = row;
    }
    return best;
}

static void set_colour(const layout *table, const char *code)
{
    if (table->colour) fprintf(table->out, "\033[%sm", code);
}

static void fill_interval(const dyno_row *row, char *text, size_t size)
{
    double width = fmax(row->ci_high - row->median, row->median - row->ci_low) / fabs(row->median) * 100;
    if (isfinite(width)) snprintf(text, size, "\xc2\xb1%.*f %%", width < 9.95 ? 1 : 0, width);
}

static text_line make_line(const dyno_row *reference, const dyno_row *row)
{
    text_line made = {.row = row};
    snprintf(made.cell[COLUMN_CONTENDER], sizeof made.cell[0], "%s%s", is_own(row->contender) ? "* " : "  ",
             row->contender);
    snprintf(made.cell[COLUMN_THREADS], sizeof made.cell[0], "%u", row->threads);
    dyno_format_value(row->median, row->unit, made.cell[COLUMN_MEDIAN], sizeof made.cell[0]);
    fill_interval(row, made.cell[COLUMN_INTERVAL], sizeof made.cell[0]);
    double times = reference ? ratio(row, reference) : NAN;
    /* A ratio that is small is still no zero: two digits of it. */
    if (isfinite(times))
        snprintf(made.cell[COLUMN_RATIO], sizeof made.cell[0], times < 0.095 ? "%.2gx" : "%.2fx", times);
    return made;
}

static const char *direction(dyno_better better)
{
    return better == DYNO_LOWER ? ", lower is better" : better == DYNO_HIGHER ? ", higher is better" : "";
}

static void print_title(const layout *table, const dyno_row *row)
{
    set_colour(table, "1");
    fprintf(table->out, "%s", row->workload);
    set_colour(table, "0");
    if (row->params[0] != '\0') {
        fputs("  ", table->out);
        size_t taken = dyno_width(row->workload) + 2;
        dyno_put_cut(table->out, row->params, table->columns > taken ? table->columns - taken : 0);
    }
    fputc('\n', table->out);
}

static void put_cell(const layout *table, size_t column, const char *text)
{
    if (column > 0) fputs("  ", table->out);
    dyno_put_padded(table->out, text, table->width[column], column != COLUMN_CONTENDER);
}

static void print_header(const layout *table, const dyno_row *first, const dyno_row *reference)
{
    bool serial = reference && strcmp(reference->contender, "serial") == 0;
    const char *names[COLUMNS] = {"  contender", "threads", "median", "\xc2\xb1", serial ? "vs serial" : "vs best"};
    set_colour(table, "2");
    for (size_t c = 0; c < COLUMNS; c++)
        put_cell(table, c, names[c]);
    fprintf(table->out, "  %s%s, pin %s", first->metric, direction(first->better), first->pin);
    set_colour(table, "0");
    fputc('\n', table->out);
}

/* A status stands where the figures would be, or behind them when only some processes failed. */
static void print_status(const layout *table, const dyno_row *row, size_t taken)
{
    if (strcmp(row->status, "ok") == 0) return;
    fputs("  ", table->out);
    set_colour(table, strcmp(row->status, "wrong") == 0 ? "1;31" : "33");
    fprintf(table->out, "%s", row->status);
    set_colour(table, "0");
    taken += dyno_width(row->status) + 2;
    if (row->detail[0] == '\0' || table->columns <= taken) return;
    fputs(": ", table->out);
    dyno_put_cut(table->out, row->detail, table->columns == SIZE_MAX ? SIZE_MAX : table->columns - taken);
}

static void print_line(const layout *table, const text_line *line)
{
    size_t taken = 0, last = has_figure(line->row) ? COLUMNS : COLUMN_MEDIAN;
    bool bold = is_own(line->row->contender) && has_figure(line->row);
    if (bold) set_colour(table, "1");
    for (size_t c = 0; c < last; c++) {
        put_cell(table, c, line->cell[c]);
        taken += table->width[c] + 2;
    }
    if (bold) set_colour(table, "0");
    print_status(table, line->row, taken);
    fputc('\n', table->out);
}

static void print_block(const layout *table, const row_block *block, bool titled)
{
    const dyno_row *reference = choose_reference(block);
    if (titled) print_title(table, block->rows[0]);
    print_header(table, block->rows[0], reference);
    for (size_t i = 0; i < block->n; i++) {
        text_line made = make_line(reference, block->rows[i]);
        print_line(table, &made);
    }
}

static void measure(layout *table, const row_block *block)
{
    const dyno_row *reference = choose_reference(block);
    for (size_t i = 0; i < block->n; i++) {
        text_line made = make_line(reference, block->rows[i]);
        for (size_t c = 0; c < COLUMNS; c++)
            if (dyno_width(made.cell[c]) > table->width[c]) table->width[c] = dyno_width(made.cell[c]);
    }
}

/* By threads, then best first, and what has no figure last. */
static int by_threads_and_merit(const void *left, const void *right)
{
    const dyno_row *a = *(const dyno_row *const *)left, *b = *(const dyno_row *const *)right;
    if (a->threads != b->threads) return a->threads < b->threads ? -1 : 1;
    if (has_figure(a) != has_figure(b)) return has_figure(a) ? -1 : 1;
    double times = has_figure(a) ? ratio(a, b) : NAN;
    if (times > 1 || times < 1) return times > 1 ? -1 : 1;
    return strcmp(a->contender, b->contender);
}

static bool shown(const dyno_row *row, bool all)
{
    return all || row->primary;
}

/* Fills blocks (room for one a row) and order (likewise); returns how many blocks there are. */
static size_t divide(const dyno_summary *summary, bool all, row_block *blocks, const dyno_row **order)
{
    size_t n = 0;
    for (size_t i = 0; i < summary->n_rows; i++) {
        const dyno_row *first = &summary->rows[i];
        bool placed = !shown(first, all);
        for (size_t b = 0; b < n && !placed; b++)
            placed = comparable(blocks[b].rows[0], first);
        if (placed) continue;
        row_block *made = &blocks[n++];
        *made = (row_block){order, 0};
        for (size_t j = i; j < summary->n_rows; j++)
            if (shown(&summary->rows[j], all) && comparable(first, &summary->rows[j])) *order++ = &summary->rows[j];
        made->n = (size_t)(order - made->rows);
        qsort(made->rows, made->n, sizeof(const dyno_row *), by_threads_and_merit);
    }
    return n;
}

static bool same_title(const dyno_row *a, const dyno_row *b)
{
    return strcmp(a->workload, b->workload) == 0 && strcmp(a->params, b->params) == 0;
}

static void print_blocks(layout *table, const row_block *blocks, size_t n)
{
    static const size_t least[COLUMNS] = {11, 7, 9, 6, 9};
    memcpy(table->width, least, sizeof least);
    bool marked = false;
    for (size_t b = 0; b < n; b++) {
        measure(table, &blocks[b]);
        for (size_t i = 0; i < blocks[b].n; i++)
            marked |= is_own(blocks[b].rows[i]->contender);
    }
    for (size_t b = 0; b < n; b++) {
        bool titled = b == 0 || !same_title(blocks[b].rows[0], blocks[b - 1].rows[0]);
        if (titled && b > 0) fputc('\n', table->out);
        print_block(table, &blocks[b], titled);
    }
    if (marked) fputs("\n* dyno's own engine\n", table->out);
}

void dyno_table_print(FILE *out, const dyno_summary *summary, bool all, bool colour)
{
    layout table = {.out = out, .colour = colour, .columns = terminal_columns(out)};
    row_block *blocks = malloc((summary->n_rows + 1) * sizeof *blocks);
    const dyno_row **order = malloc((summary->n_rows + 1) * sizeof(const dyno_row *));
    if (blocks && order) print_blocks(&table, blocks, divide(summary, all, blocks, order));
    free(blocks);
    free(order);
}
