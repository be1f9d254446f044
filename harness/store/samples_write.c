#include "store/samples.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct row_writer {
    dyno_csv_out *out;
    const dyno_process_labels *labels;
    const dyno_attempt *attempt;
    dyno_outcome outcome;
    const char *detail;
} row_writer;

typedef struct measured {
    const char *sample; /* the sample's index as text, empty for a figure of the whole process */
    const char *metric, *unit, *better;
    double value;
} measured;

static void write_row(const row_writer *writer, const measured *figure, const char *detail)
{
    const dyno_cell *cell = writer->labels->cell;
    const dyno_offer *offer = cell->offer;
    dyno_csv_out *out = writer->out;
    dyno_csv_unsigned(out, DYNO_SAMPLES_SCHEMA);
    dyno_csv_text(out, writer->labels->run);
    dyno_csv_text(out, offer->workload);
    dyno_csv_text(out, offer->family);
    dyno_csv_text(out, offer->contender);
    dyno_csv_unsigned(out, cell->threads);
    dyno_csv_text(out, cell->params);
    dyno_csv_text(out, cell->pin);
    dyno_csv_text(out, writer->attempt->cpus);
    dyno_csv_unsigned(out, writer->attempt->pinned);
    dyno_csv_unsigned(out, writer->labels->round);
    dyno_csv_text(out, figure->sample);
    dyno_csv_text(out, figure->metric);
    dyno_csv_text(out, figure->unit);
    dyno_csv_text(out, figure->better);
    dyno_csv_number(out, figure->value);
    dyno_csv_text(out, dyno_outcome_name(writer->outcome));
    dyno_csv_text(out, detail);
    dyno_csv_unsigned(out, writer->labels->seed);
    dyno_csv_number(out, writer->labels->started);
    dyno_csv_end(out);
}

static void write_metric(const row_writer *writer, const dyno_metric *metric)
{
    for (size_t i = 0; i < writer->attempt->n_samples; i++) {
        const dyno_sample *sample = &writer->attempt->samples[i];
        if (sample->metric != metric) continue;
        char index[16];
        snprintf(index, sizeof index, "%u", sample->index);
        const measured figure = {index, metric->name, metric->unit, dyno_better_name(metric->better), sample->value};
        write_row(writer, &figure, NULL);
    }
}

static size_t count_primary(const dyno_attempt *attempt, const dyno_metric *primary)
{
    size_t n = 0;
    for (size_t i = 0; i < attempt->n_samples; i++)
        n += attempt->samples[i].metric == primary;
    return n;
}

/* Samples of a process that did not end well were not verified: they are not written. */
static void write_samples(const row_writer *writer)
{
    const dyno_offer *offer = writer->labels->cell->offer;
    const dyno_metric *primary = &offer->metrics[0];
    if (writer->outcome == DYNO_OK) {
        for (size_t i = 0; i < offer->n_metrics; i++)
            write_metric(writer, &offer->metrics[i]);
    } else {
        const measured nothing = {NULL, primary->name, primary->unit, dyno_better_name(primary->better), NAN};
        write_row(writer, &nothing, writer->detail);
    }
}

/* "counter NAME VALUE" -> a row of the whole process; anything else is no counter. */
static bool write_counter(const row_writer *writer, const char *note)
{
    char name[80], metric[96], *end;
    int at = 0;
    if (sscanf(note, "counter %79s %n", name, &at) != 1 || at == 0 || note[at] == '\0') return false;
    double value = strtod(note + at, &end);
    if (*end != '\0' || !isfinite(value)) return false;
    snprintf(metric, sizeof metric, "counter.%s", name);
    const measured figure = {NULL, metric, "count", "none", value};
    write_row(writer, &figure, NULL);
    return true;
}

/* Counters become rows; what the worker noted in words is joined with "; " for the detail of the last row. */
static char *write_notes(const row_writer *writer)
{
    char *words = NULL;
    for (size_t i = 0; i < writer->attempt->n_notes; i++) {
        const char *note = writer->attempt->notes[i];
        if (write_counter(writer, note)) continue;
        if (strncmp(note, "note ", 5) == 0) note += 5;
        char *longer;
        if (asprintf(&longer, "%s%s%s", words ? words : "", words ? "; " : "", note) < 0) continue;
        free(words);
        words = longer;
    }
    return words;
}

static void write_usage(const row_writer *writer)
{
    const dyno_usage *usage = &writer->attempt->usage;
    const measured figures[] = {
        {NULL, "process_user", "s", "lower", usage->user},
        {NULL, "process_system", "s", "lower", usage->system},
        {NULL, "peak_rss", "B", "lower", (double)usage->peak_rss_kib * 1024},
        {NULL, "minor_faults", "count", "lower", (double)usage->minor_faults},
        {NULL, "major_faults", "count", "lower", (double)usage->major_faults},
        {NULL, "voluntary_switches", "count", "none", (double)usage->voluntary_switches},
        {NULL, "involuntary_switches", "count", "lower", (double)usage->involuntary_switches},
        {NULL, "steal", "s", "none", usage->steal},
    };
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        write_row(writer, &figures[i], NULL);
}

void dyno_samples_write(dyno_csv_out *out, const dyno_process_labels *labels, const dyno_attempt *attempt)
{
    const dyno_metric *primary = &labels->cell->offer->metrics[0];
    row_writer writer = {out, labels, attempt, attempt->outcome, attempt->detail};
    char nothing[160];
    if (writer.outcome == DYNO_OK && count_primary(attempt, primary) == 0) {
        snprintf(nothing, sizeof nothing, "the worker said ok and gave no sample of its primary metric %s",
                 primary->name);
        writer.outcome = DYNO_MALFORMED;
        writer.detail = nothing;
    }
    write_samples(&writer);
    char *words = write_notes(&writer);
    bool ran = writer.outcome != DYNO_NOT_STARTED;
    if (ran) write_usage(&writer);
    const measured wall = {NULL, "process_wall", "s", "lower", ran ? attempt->usage.wall : NAN};
    write_row(&writer, &wall, words);
    free(words);
}
