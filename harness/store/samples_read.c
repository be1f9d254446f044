#include "store/samples.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum column {
    C_SCHEMA,
    C_RUN,
    C_WORKLOAD,
    C_FAMILY,
    C_CONTENDER,
    C_THREADS,
    C_PARAMS,
    C_PIN,
    C_CPUS,
    C_PINNED,
    C_ROUND,
    C_SAMPLE,
    C_METRIC,
    C_UNIT,
    C_BETTER,
    C_VALUE,
    C_STATUS,
    C_DETAIL,
    C_SEED,
    C_STARTED,
    COLUMNS
};

static const char *const column_names[COLUMNS] = {
    "schema", "run",    "workload", "family", "contender", "threads", "params", "pin",    "cpus", "pinned",
    "round",  "sample", "metric",   "unit",   "better",    "value",   "status", "detail", "seed", "started",
};

void dyno_samples_header(dyno_csv_out *out)
{
    for (size_t i = 0; i < COLUMNS; i++)
        dyno_csv_text(out, column_names[i]);
    dyno_csv_end(out);
}

const char *dyno_better_name(dyno_better better)
{
    return better == DYNO_LOWER ? "lower" : better == DYNO_HIGHER ? "higher" : "none";
}

dyno_cell_key dyno_cell_key_of(const dyno_cell *cell)
{
    return (dyno_cell_key){cell->offer->workload, cell->offer->contender, cell->params, cell->pin, cell->threads};
}

int dyno_cell_key_compare(const dyno_cell_key *a, const dyno_cell_key *b)
{
    int order = strcmp(a->workload, b->workload);
    if (order == 0) order = strverscmp(a->params, b->params);
    if (order == 0) order = strcmp(a->pin, b->pin);
    if (order == 0) order = (a->threads > b->threads) - (a->threads < b->threads);
    return order != 0 ? order : strcmp(a->contender, b->contender);
}

static int bad_line(const dyno_samples *samples, dyno_refusal *refusal, const char *what, const char *value)
{
    return dyno_refuse(refusal, DYNO_FAILED, "%s, line %lu: %s '%s'", samples->csv.path, samples->csv.record_line, what,
                       value);
}

static bool parse_unsigned(const char *text, unsigned *value)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    *value = (unsigned)number;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && number <= 0xffffffffu;
}

static bool parse_value(const char *text, double *value)
{
    char *end;
    *value = NAN;
    if (text[0] == '\0') return true;
    *value = strtod(text, &end);
    return *end == '\0' && end != text && isfinite(*value);
}

static bool parse_better(const char *text, dyno_better *better)
{
    for (int i = DYNO_LOWER; i <= DYNO_NEITHER; i++) {
        *better = (dyno_better)i;
        if (strcmp(text, dyno_better_name(*better)) == 0) return true;
    }
    return false;
}

static int parse_row(const dyno_samples *samples, dyno_sample_row *row, dyno_refusal *refusal)
{
    char *const *field = samples->csv.fields;
    unsigned schema;
    if (samples->csv.n_fields != COLUMNS)
        return dyno_refuse(refusal, DYNO_FAILED, "%s, line %lu: %zu fields; a row of schema %d has %d",
                           samples->csv.path, samples->csv.record_line, samples->csv.n_fields, DYNO_SAMPLES_SCHEMA,
                           COLUMNS);
    *row = (dyno_sample_row){
        .cell = {field[C_WORKLOAD], field[C_CONTENDER], field[C_PARAMS], field[C_PIN], 0},
        .run = field[C_RUN],
        .family = field[C_FAMILY],
        .metric = field[C_METRIC],
        .unit = field[C_UNIT],
        .status = field[C_STATUS],
        .detail = field[C_DETAIL],
    };
    if (!parse_unsigned(field[C_SCHEMA], &schema) || schema != DYNO_SAMPLES_SCHEMA)
        return bad_line(samples, refusal, "this dyno reads schema 1 and not", field[C_SCHEMA]);
    if (!parse_unsigned(field[C_THREADS], &row->cell.threads))
        return bad_line(samples, refusal, "threads must be a number and is", field[C_THREADS]);
    if (!parse_unsigned(field[C_ROUND], &row->round))
        return bad_line(samples, refusal, "round must be a number and is", field[C_ROUND]);
    if (!parse_value(field[C_VALUE], &row->value))
        return bad_line(samples, refusal, "value must be a finite number or empty and is", field[C_VALUE]);
    if (!parse_better(field[C_BETTER], &row->better))
        return bad_line(samples, refusal, "better must be lower, higher or none and is", field[C_BETTER]);
    if (row->metric[0] == '\0') return bad_line(samples, refusal, "metric must not be empty and is", "");
    return DYNO_GOOD;
}

static int check_header(dyno_samples *samples, dyno_refusal *refusal)
{
    dyno_csv_got got = dyno_csv_next(&samples->csv, refusal);
    if (got == DYNO_CSV_BAD) return DYNO_FAILED;
    bool same = got == DYNO_CSV_RECORD && samples->csv.n_fields == COLUMNS;
    for (size_t i = 0; same && i < COLUMNS; i++)
        same = strcmp(samples->csv.fields[i], column_names[i]) == 0;
    if (same) return DYNO_GOOD;
    return dyno_refuse(refusal, DYNO_FAILED,
                       "%s, line 1: this is no header of samples.csv, schema 1 (schema,run,workload,family,...)",
                       samples->csv.path);
}

static dyno_sample_row *new_row(dyno_samples *samples)
{
    if (samples->n_rows == samples->room) {
        size_t room = 2 * samples->room + 64;
        dyno_sample_row *larger = realloc(samples->rows, room * sizeof *larger);
        if (!larger) return NULL;
        samples->rows = larger;
        samples->room = room;
    }
    return &samples->rows[samples->n_rows++];
}

static bool ends_process(const dyno_sample_row *row)
{
    return strcmp(row->metric, "process_wall") == 0;
}

static bool same_process(const dyno_sample_row *a, const dyno_sample_row *b)
{
    return a->round == b->round && dyno_cell_key_compare(&a->cell, &b->cell) == 0;
}

/* first is the index of the process's first row, n_rows of samples when this row begins one. */
static int load_row(dyno_samples *samples, size_t *first, dyno_refusal *refusal)
{
    dyno_sample_row *row = new_row(samples);
    if (!row) return dyno_refuse(refusal, DYNO_FAILED, "no memory to read %s", samples->csv.path);
    int code = parse_row(samples, row, refusal);
    if (code != DYNO_GOOD) return code;
    if (!same_process(&samples->rows[*first], row))
        return bad_line(samples, refusal, "the process before this row has no process_wall row; here begins",
                        row->metric);
    if (!ends_process(row)) return DYNO_GOOD;
    *first = samples->n_rows;
    samples->n_processes++;
    samples->whole = samples->csv.at;
    return DYNO_GOOD;
}

/* Pointers into rows are safe to take only now that the array has stopped moving. */
static bool index_processes(dyno_samples *samples)
{
    samples->processes = calloc(samples->n_processes + 1, sizeof *samples->processes);
    if (!samples->processes) return false;
    size_t process = 0, first = 0;
    for (size_t i = 0; i < samples->n_rows; i++) {
        if (!ends_process(&samples->rows[i])) continue;
        samples->processes[process++] = (dyno_process){&samples->rows[first], i + 1 - first};
        first = i + 1;
    }
    samples->n_rows = first;
    return true;
}

static int load_rows(dyno_samples *samples, dyno_refusal *refusal)
{
    size_t first = 0;
    int code = check_header(samples, refusal);
    samples->whole = samples->csv.at;
    while (code == DYNO_GOOD) {
        dyno_csv_got got = dyno_csv_next(&samples->csv, refusal);
        if (got == DYNO_CSV_BAD) return DYNO_FAILED;
        if (got != DYNO_CSV_RECORD) break;
        code = load_row(samples, &first, refusal);
    }
    if (code == DYNO_GOOD && !index_processes(samples))
        code = dyno_refuse(refusal, DYNO_FAILED, "no memory to read %s", samples->csv.path);
    return code;
}

int dyno_samples_load(const char *path, dyno_samples *samples, dyno_refusal *refusal)
{
    *samples = (dyno_samples){0};
    int code = dyno_csv_open(&samples->csv, path, refusal);
    if (code != DYNO_GOOD) return code;
    code = load_rows(samples, refusal);
    if (code != DYNO_GOOD) dyno_samples_free(samples);
    return code;
}

void dyno_samples_free(dyno_samples *samples)
{
    dyno_csv_close(&samples->csv);
    free(samples->rows);
    free(samples->processes);
    *samples = (dyno_samples){0};
}
