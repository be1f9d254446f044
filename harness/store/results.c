#include "store/results.h"
#include "store/file.h"
#include "store/run_json.h"
#include "store/samples.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct recorded {
    char *workload, *contender, *params, *pin;
    unsigned threads, round;
} recorded;

struct dyno_results {
    char *dir;
    int lock; /* of the directory */
    int fd;   /* samples.csv, at its end */
    off_t size;
    cJSON *run;
    recorded *done;
    size_t n_done, room;
    size_t failed;
};

void dyno_results_close(dyno_results *results)
{
    if (!results) return;
    for (size_t i = 0; i < results->n_done; i++) {
        free(results->done[i].workload);
        free(results->done[i].contender);
        free(results->done[i].params);
        free(results->done[i].pin);
    }
    free(results->done);
    free(results->dir);
    cJSON_Delete(results->run);
    if (results->fd >= 0) close(results->fd);
    if (results->lock >= 0) close(results->lock);
    free(results);
}

const char *dyno_results_dir(const dyno_results *results)
{
    return results->dir;
}

static bool remember(dyno_results *results, const dyno_cell_key *cell, unsigned round, bool failed)
{
    if (results->n_done == results->room) {
        size_t room = 2 * results->room + 64;
        recorded *larger = realloc(results->done, room * sizeof *larger);
        if (!larger) return false;
        results->done = larger;
        results->room = room;
    }
    recorded *entry = &results->done[results->n_done++];
    *entry = (recorded){strdup(cell->workload), strdup(cell->contender), strdup(cell->params),
                        strdup(cell->pin),      cell->threads,           round};
    results->failed += failed;
    return entry->workload && entry->contender && entry->params && entry->pin;
}

bool dyno_results_has(const dyno_results *results, const dyno_cell *cell, unsigned round)
{
    dyno_cell_key wanted = dyno_cell_key_of(cell);
    for (size_t i = 0; i < results->n_done; i++) {
        const recorded *entry = &results->done[i];
        const dyno_cell_key key = {entry->workload, entry->contender, entry->params, entry->pin, entry->threads};
        if (entry->round == round && dyno_cell_key_compare(&key, &wanted) == 0) return true;
    }
    return false;
}

/* flock on the directory itself leaves no lock file behind, and ends with the process however that dies. A file system
 * that can't lock directories goes without. */
static int lock_directory(dyno_results *results, dyno_refusal *refusal)
{
    results->lock = open(results->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (results->lock < 0)
        return dyno_refuse(refusal, DYNO_FAILED, "can't open the result directory %s: %s", results->dir,
                           strerror(errno));
    if (flock(results->lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return dyno_refuse(refusal, DYNO_FAILED,
                           "another dyno is writing to %s: wait for it or name another directory with --out",
                           results->dir);
    return DYNO_GOOD;
}

static bool holds(const dyno_results *results, const char *name)
{
    return faccessat(results->lock, name, F_OK, 0) == 0;
}

static int start_samples(const dyno_results *results, dyno_refusal *refusal)
{
    dyno_csv_out out = {0};
    dyno_samples_header(&out);
    int code = out.failed
                   ? dyno_refuse(refusal, DYNO_FAILED, "no memory to write %s/%s", results->dir, DYNO_SAMPLES_FILE)
                   : dyno_file_replace(results->dir, DYNO_SAMPLES_FILE, out.text, out.n, refusal);
    dyno_csv_out_free(&out);
    return code;
}

static int cannot_write(const dyno_results *results, int error, dyno_refusal *refusal)
{
    return dyno_refuse(refusal, DYNO_FAILED, "can't write %s/%s: %s", results->dir, DYNO_SAMPLES_FILE, strerror(error));
}

static int open_samples(dyno_results *results, dyno_refusal *refusal)
{
    struct stat info;
    results->fd = openat(results->lock, DYNO_SAMPLES_FILE, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (results->fd < 0 || fstat(results->fd, &info) != 0) return cannot_write(results, errno, refusal);
    results->size = info.st_size;
    return DYNO_GOOD;
}

static int start_run(dyno_results *results, const dyno_plan *plan, dyno_refusal *refusal)
{
    results->run = dyno_run_new(plan);
    if (!results->run) return dyno_refuse(refusal, DYNO_FAILED, "no memory to start a run in %s", results->dir);
    int code = dyno_run_store(results->dir, results->run, refusal);
    if (code == DYNO_GOOD) code = start_samples(results, refusal);
    return code == DYNO_GOOD ? open_samples(results, refusal) : code;
}

static int take_up(dyno_results *results, const dyno_samples *samples, dyno_refusal *refusal)
{
    for (size_t i = 0; i < samples->n_processes; i++) {
        const dyno_sample_row *row = samples->processes[i].rows;
        if (!remember(results, &row->cell, row->round, strcmp(row->status, "ok") != 0))
            return dyno_refuse(refusal, DYNO_FAILED, "no memory to resume %s", results->dir);
    }
    int code = open_samples(results, refusal);
    if (code != DYNO_GOOD) return code;
    if (results->size > (off_t)samples->whole && ftruncate(results->fd, (off_t)samples->whole) != 0)
        return cannot_write(results, errno, refusal);
    results->size = (off_t)samples->whole;
    return DYNO_GOOD;
}

static int resume_samples(dyno_results *results, dyno_refusal *refusal)
{
    char *path = dyno_path_join(results->dir, DYNO_SAMPLES_FILE);
    dyno_samples samples = {0};
    int code = path ? dyno_samples_load(path, &samples, refusal)
                    : dyno_refuse(refusal, DYNO_FAILED, "no memory to resume %s", results->dir);
    if (code == DYNO_GOOD) {
        code = take_up(results, &samples, refusal);
        dyno_samples_free(&samples);
    }
    free(path);
    return code;
}

static int resume_run(dyno_results *results, const dyno_plan *plan, dyno_refusal *refusal)
{
    int code = dyno_run_load(results->dir, &results->run, refusal);
    if (code == DYNO_GOOD) code = dyno_run_check(results->dir, results->run, plan, refusal);
    /* Killed between the writing of run.json and of samples.csv. */
    if (code == DYNO_GOOD && !holds(results, DYNO_SAMPLES_FILE)) code = start_samples(results, refusal);
    if (code == DYNO_GOOD) code = resume_samples(results, refusal);
    if (code != DYNO_GOOD) return code;
    dyno_run_resumed(results->run);
    return dyno_run_store(results->dir, results->run, refusal);
}

static int open_directory(dyno_results *results, const dyno_plan *plan, bool resume, dyno_refusal *refusal)
{
    int code = dyno_dir_make(results->dir, refusal);
    if (code == DYNO_GOOD) code = lock_directory(results, refusal);
    if (code != DYNO_GOOD) return code;
    bool has_run = holds(results, DYNO_RUN_FILE);
    if (resume && has_run) return resume_run(results, plan, refusal);
    if (resume && holds(results, DYNO_SAMPLES_FILE))
        return dyno_refuse(refusal, DYNO_FAILED, "%s holds a %s but no %s: it can't be resumed", results->dir,
                           DYNO_SAMPLES_FILE, DYNO_RUN_FILE);
    if (has_run || holds(results, DYNO_SAMPLES_FILE))
        return dyno_refuse(refusal, DYNO_USAGE,
                           "%s already holds results: add --resume to go on with them, or name another "
                           "directory with --out",
                           results->dir);
    return start_run(results, plan, refusal);
}

int dyno_results_open(const char *dir, const dyno_plan *plan, bool resume, dyno_results **results,
                      dyno_refusal *refusal)
{
    *results = NULL;
    dyno_results *opened = calloc(1, sizeof *opened);
    if (!opened) return dyno_refuse(refusal, DYNO_FAILED, "no memory to open %s", dir);
    opened->lock = opened->fd = -1;
    opened->dir = strdup(dir);
    int code = opened->dir ? open_directory(opened, plan, resume, refusal)
                           : dyno_refuse(refusal, DYNO_FAILED, "no memory to open %s", dir);
    if (code == DYNO_GOOD)
        *results = opened;
    else
        dyno_results_close(opened);
    return code;
}

/* What a failed write has left is cut off at once, so that the file ends with a whole process. */
static int append(dyno_results *results, const dyno_csv_out *out, dyno_refusal *refusal)
{
    int error = out->failed ? ENOMEM : dyno_write_all(results->fd, out->text, out->n);
    if (error == 0 && fdatasync(results->fd) != 0 && errno != EINVAL) error = errno;
    if (error == 0) {
        results->size += (off_t)out->n;
        return DYNO_GOOD;
    }
    (void)!ftruncate(results->fd, results->size);
    return cannot_write(results, error, refusal);
}

int dyno_results_append(dyno_results *results, const dyno_cell *cell, unsigned round, uint64_t seed, double started,
                        const dyno_attempt *attempt, dyno_refusal *refusal)
{
    if (attempt->outcome == DYNO_STOPPED) return DYNO_GOOD;
    const dyno_process_labels labels = {dyno_run_id(results->run), cell, round, seed, started};
    dyno_cell_key key = dyno_cell_key_of(cell);
    dyno_csv_out out = {0};
    dyno_samples_write(&out, &labels, attempt);
    int code = append(results, &out, refusal);
    dyno_csv_out_free(&out);
    if (code == DYNO_GOOD && !remember(results, &key, round, attempt->outcome != DYNO_OK))
        code = dyno_refuse(refusal, DYNO_FAILED, "no memory to go on in %s", results->dir);
    return code;
}

int dyno_results_write_env(dyno_results *results, const cJSON *env, dyno_refusal *refusal)
{
    char *text = cJSON_Print(env);
    if (!text) return dyno_refuse(refusal, DYNO_FAILED, "no memory to write %s/env.json", results->dir);
    int code = dyno_file_replace(results->dir, "env.json", text, strlen(text), refusal);
    cJSON_free(text);
    return code;
}

int dyno_results_finish(dyno_results *results, const char *outcome, dyno_refusal *refusal)
{
    dyno_run_finished(results->run, outcome, results->n_done, results->failed);
    return dyno_run_store(results->dir, results->run, refusal);
}

int dyno_results_seed(const char *dir, uint64_t *seed, dyno_refusal *refusal)
{
    cJSON *run;
    int code = dyno_run_load(dir, &run, refusal);
    if (code != DYNO_GOOD) return code;
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(run, "seed"));
    char *end = NULL;
    *seed = text ? strtoull(text, &end, 10) : 0;
    if (!text || end == text || *end != '\0')
        code = dyno_refuse(refusal, DYNO_FAILED, "%s/%s names no seed", dir, DYNO_RUN_FILE);
    cJSON_Delete(run);
    return code;
}
