#include "store/csv.h"
#include "store/file.h"
#include "store/results.h"
#include "store/samples.h"

static const char *const columns[] = {
    "schema",  "run",       "workload", "family", "contender", "threads", "params", "pin", "metric", "unit",   "better",
    "primary", "processes", "samples",  "median", "ci_low",    "ci_high", "min",    "max", "status", "detail",
};

enum { SUMMARY_SCHEMA = 1 };

static void write_row(dyno_csv_out *out, const char *run, const dyno_row *row)
{
    dyno_csv_unsigned(out, SUMMARY_SCHEMA);
    dyno_csv_text(out, run);
    dyno_csv_text(out, row->workload);
    dyno_csv_text(out, row->family);
    dyno_csv_text(out, row->contender);
    dyno_csv_unsigned(out, row->threads);
    dyno_csv_text(out, row->params);
    dyno_csv_text(out, row->pin);
    dyno_csv_text(out, row->metric);
    dyno_csv_text(out, row->unit);
    dyno_csv_text(out, dyno_better_name(row->better));
    dyno_csv_unsigned(out, row->primary);
    dyno_csv_unsigned(out, row->processes);
    dyno_csv_unsigned(out, row->samples);
    dyno_csv_number(out, row->median);
    dyno_csv_number(out, row->ci_low);
    dyno_csv_number(out, row->ci_high);
    dyno_csv_number(out, row->min);
    dyno_csv_number(out, row->max);
    dyno_csv_text(out, row->status);
    dyno_csv_text(out, row->detail);
    dyno_csv_end(out);
}

int dyno_summary_write(const char *dir, const dyno_summary *summary, dyno_refusal *refusal)
{
    dyno_csv_out out = {0};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        dyno_csv_text(&out, columns[i]);
    dyno_csv_end(&out);
    for (size_t i = 0; i < summary->n_rows; i++)
        write_row(&out, summary->run, &summary->rows[i]);
    int code = out.failed ? dyno_refuse(refusal, DYNO_FAILED, "no memory to write %s/summary.csv", dir)
                          : dyno_file_replace(dir, "summary.csv", out.text, out.n, refusal);
    dyno_csv_out_free(&out);
    return code;
}
