/* results.h - a result directory: run.json, env.json, samples.csv, summary.csv. results/README.md says what each holds.
 *
 * samples.csv, schema 1: one row per sample and metric, one row per process and resource (sample empty), and one row
 * with an empty value for a process that did not end well. Columns:
 *
 *     schema,run,workload,family,contender,threads,params,pin,cpus,pinned,round,sample,metric,unit,better,value,status,
 *     detail,seed,started
 *
 * run is the run's identifier, round the number of the process (0, 1, ...), status an outcome name, started the seconds
 * since the run began. Resource metrics: process_user (s), process_system (s), peak_rss (B), minor_faults,
 * major_faults, voluntary_switches, involuntary_switches (count), steal (s), counter.NAME (count), process_wall (s).
 * The rows of a process stand together, its primary metric first; the process_wall row is always last and ends it.
 *
 * summary.csv, schema 1: one row per cell and metric. Columns:
 *
 *     schema,run,workload,family,contender,threads,params,pin,metric,unit,better,primary,processes,samples,median,ci_low,
 *     ci_high,min,max,status,detail
 *
 * primary is 1 for the workload's main metric, else 0. A cell that has no figure has one row for its primary metric
 * with empty figures and a status. processes counts those that ended well.
 *
 * Both: RFC 4180 quoting, \n line ends, header line, UTF-8, numbers with '.', a missing figure is an empty field. A
 * file is replaced by rename; samples.csv is appended one whole process at a time and flushed to the disk. What kill -9
 * left behind the last whole process is cut off when the directory is opened again, and passed over when it is read.
 */
#ifndef DYNO_RESULTS_H
#define DYNO_RESULTS_H

#include "run/launch.h"

#include <stdint.h>

struct cJSON;
typedef struct dyno_results dyno_results;

/* Creates DIR (and its parents) for a new run, or opens one for resuming (a new one if DIR holds none). A directory
 * that already holds results is refused unless resume is set; resume refuses a directory of another suite, parameters,
 * number of processes or seed (run.json). While it is open no other process can open it. */
int dyno_results_open(const char *dir, const dyno_plan *plan, bool resume, dyno_results **results,
                      dyno_refusal *refusal);
void dyno_results_close(dyno_results *results);

const char *dyno_results_dir(const dyno_results *results);

/* The seed of the run in DIR (run.json), for a resume that was not told one. */
int dyno_results_seed(const char *dir, uint64_t *seed, dyno_refusal *refusal);

/* Whether the process of this cell and round is already there (after resume). */
bool dyno_results_has(const dyno_results *results, const dyno_cell *cell, unsigned round);

/* Appends everything of one attempt in one write and flushes; nothing for DYNO_STOPPED. Samples of an attempt that did
 * not end well are left out. A full disk is refused with the path; what was there stays. */
int dyno_results_append(dyno_results *results, const dyno_cell *cell, unsigned round, uint64_t seed, double started,
                        const dyno_attempt *attempt, dyno_refusal *refusal);

/* Writes env.json / rewrites run.json's "finished" part (outcome, end time, counts). */
int dyno_results_write_env(dyno_results *results, const struct cJSON *env, dyno_refusal *refusal);
int dyno_results_finish(dyno_results *results, const char *outcome, dyno_refusal *refusal);

/* ---- Reading: everything right of samples.csv can be made again from it ---- */
typedef struct dyno_row { /* one line of summary.csv; a figure that is missing is NAN */
    char *workload, *family, *contender, *params, *pin, *metric, *unit, *status, *detail;
    unsigned threads;
    dyno_better better;
    bool primary;
    unsigned processes, samples;
    double median, ci_low, ci_high, min, max;
} dyno_row;

typedef struct dyno_summary {
    char *run;
    dyno_row *rows;
    size_t n_rows;
} dyno_summary;

/* Reads DIR/samples.csv and computes the summary. Refuses a file that is no samples.csv of schema 1 with path and line.
 */
int dyno_summarise(const char *dir, dyno_summary *summary, dyno_refusal *refusal);
int dyno_summary_write(const char *dir, const dyno_summary *summary, dyno_refusal *refusal); /* DIR/summary.csv */
void dyno_summary_free(dyno_summary *summary);

#endif
