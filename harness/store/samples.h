/* samples.h - samples.csv as rows and processes.
 *
 * The rows of a process stand together and the last one is its process_wall row. So a process is there when that row
 * is: a write that was torn between two rows leaves a process without its end, which is no process. The first row of a
 * process is always of the workload's primary metric.
 */
#ifndef DYNO_SAMPLES_H
#define DYNO_SAMPLES_H

#include "run/launch.h"
#include "store/csv.h"

#define DYNO_SAMPLES_FILE   "samples.csv"
#define DYNO_SAMPLES_SCHEMA 1

typedef struct dyno_cell_key {
    const char *workload, *contender, *params, *pin;
    unsigned threads;
} dyno_cell_key;

dyno_cell_key dyno_cell_key_of(const dyno_cell *cell);
/* By workload, parameters, pinning, threads and contender; numbers within parameters by value. */
int dyno_cell_key_compare(const dyno_cell_key *a, const dyno_cell_key *b);

typedef struct dyno_sample_row {
    dyno_cell_key cell;
    const char *run, *family, *metric, *unit, *status, *detail;
    unsigned round;
    dyno_better better;
    double value; /* NAN when missing */
} dyno_sample_row;

typedef struct dyno_process {
    const dyno_sample_row *rows; /* of this process; the last one is process_wall */
    size_t n;
} dyno_process;

typedef struct dyno_samples {
    dyno_csv csv; /* holds the strings */
    dyno_sample_row *rows;
    size_t n_rows, room;
    dyno_process *processes;
    size_t n_processes;
    size_t whole; /* bytes up to the end of the last whole process; the rest is torn */
} dyno_samples;

/* Refuses a file that is no samples.csv of this schema, with path and line; a torn end is left out. */
int dyno_samples_load(const char *path, dyno_samples *samples, dyno_refusal *refusal);
void dyno_samples_free(dyno_samples *samples);

void dyno_samples_header(dyno_csv_out *out);

typedef struct dyno_process_labels {
    const char *run;
    const dyno_cell *cell;
    unsigned round;
    uint64_t seed;
    double started;
} dyno_process_labels;

void dyno_samples_write(dyno_csv_out *out, const dyno_process_labels *labels, const dyno_attempt *attempt);

const char *dyno_better_name(dyno_better better);

#endif
