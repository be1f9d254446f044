/* mergesort.c - sorts n 64-bit integers with a merge sort whose merges are divided too.
 *
 * Both halves are sorted at the same time, into the buffer that is not the target, and merged into the target. A merge
 * splits the longer run in the middle, finds that key's place in the other by binary search, and merges both parts at
 * the same time (T. Cormen, C. Leiserson, R. Rivest, C. Stein, "Introduction to Algorithms", 3rd edition, section
 * 27.3). The input is never written to, so every execution sorts the same numbers.
 */
#include "compute.h"

#include <stdlib.h>
#include <string.h>

enum { INSERTION_LENGTH = 24 };

typedef struct digest {
    uint64_t sum, mixed;
} digest;

typedef struct problem {
    size_t n, grain;
    int64_t *in, *out, *scratch;
    digest of_input;
} problem;

/* ---- Without forks ---- */

COMPUTE_KERNEL static void merge_serially(const int64_t *a, size_t n_a, const int64_t *b, size_t n_b, int64_t *out)
{
    const int64_t *end_a = a + n_a, *end_b = b + n_b;
    while (a < end_a && b < end_b) {
        bool from_b = *b < *a;
        *out++ = from_b ? *b : *a;
        a += !from_b;
        b += from_b;
    }
    if (a < end_a)
        memcpy(out, a, (size_t)(end_a - a) * sizeof *out);
    else if (b < end_b)
        memcpy(out, b, (size_t)(end_b - b) * sizeof *out);
}

static void insertion_sort(const int64_t *in, int64_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t key = in[i];
        size_t k = i;
        for (; k > 0 && out[k - 1] > key; k--)
            out[k] = out[k - 1];
        out[k] = key;
    }
}

COMPUTE_KERNEL static void sort_serially(const int64_t *in, int64_t *out, int64_t *scratch, size_t n)
{
    if (n <= INSERTION_LENGTH) {
        insertion_sort(in, out, n);
        return;
    }
    size_t half = n / 2;
    sort_serially(in, scratch, out, half);
    sort_serially(in + half, scratch + half, out + half, n - half);
    merge_serially(scratch, half, scratch + half, n - half, out);
}

/* How many of the sorted numbers are less than key. */
static size_t count_less(const int64_t *sorted, size_t n, int64_t key)
{
    size_t low = 0;
    while (n > 0) {
        size_t half = n / 2;
        bool less = sorted[low + half] < key;
        low += less ? half + 1 : 0;
        n = less ? n - half - 1 : half;
    }
    return low;
}

/* ---- With forks ---- */

VOID_TASK6(merge, const int64_t *, a, size_t, n_a, const int64_t *, b, size_t, n_b, int64_t *, out, size_t, grain)
{
    if (n_a + n_b <= grain) {
        merge_serially(a, n_a, b, n_b, out);
        return;
    }
    if (n_a < n_b) {
        CALL(merge, b, n_b, a, n_a, out, grain);
        return;
    }
    size_t half = n_a / 2, less = count_less(b, n_b, a[half]);
    out[half + less] = a[half];
    FORK(lower, merge, a, half, b, less, out, grain);
    CALL(merge, a + half + 1, n_a - half - 1, b + less, n_b - less, out + half + less + 1, grain);
    JOIN(merge, lower);
}

VOID_TASK5(sort, const int64_t *, in, int64_t *, out, int64_t *, scratch, size_t, n, size_t, grain)
{
    if (n <= grain) {
        sort_serially(in, out, scratch, n);
        return;
    }
    size_t half = n / 2;
    FORK(lower, sort, in, scratch, out, half, grain);
    CALL(sort, in + half, scratch + half, out + half, n - half, grain);
    JOIN(sort, lower);
    CALL(merge, scratch, half, scratch + half, n - half, out, grain);
}

/* ---- Input and check ---- */

/* Equal for two arrays that hold the same numbers, in any order; different for others but for one in 2^64. */
static digest digest_of(const int64_t *numbers, size_t n)
{
    digest d = {0, 0};
    for (size_t i = 0; i < n; i++) {
        uint64_t state = (uint64_t)numbers[i];
        d.sum += state;
        d.mixed += kit_random(&state);
    }
    return d;
}

static int check(kit_run *run, const problem *p)
{
    for (size_t i = 1; i < p->n; i++)
        if (p->out[i - 1] > p->out[i]) return kit_wrong(run, "numbers %zu and %zu are not in order", i - 1, i);
    digest d = digest_of(p->out, p->n);
    if (d.sum != p->of_input.sum || d.mixed != p->of_input.mixed)
        return kit_wrong(run, "the sorted numbers are not the ones that were given");
    return 0;
}

static void drop(problem *p)
{
    if (p == NULL) return;
    free(p->in);
    free(p->out);
    free(p->scratch);
    free(p);
}

static void fill(problem *p, uint64_t seed)
{
    for (size_t i = 0; i < p->n; i++)
        p->in[i] = (int64_t)kit_random(&seed);
    p->of_input = digest_of(p->in, p->n);
    memset(p->scratch, 0, p->n * sizeof *p->scratch); /* its pages are there before the clock runs */
}

static problem *make(size_t n, size_t grain)
{
    size_t bytes = n * sizeof(int64_t);
    problem *p = calloc(1, sizeof *p);
    if (p == NULL) return NULL;
    *p = (problem){.n = n, .grain = grain, .in = malloc(bytes), .out = malloc(bytes), .scratch = malloc(bytes)};
    if (p->in != NULL && p->out != NULL && p->scratch != NULL) return p;
    drop(p);
    return NULL;
}

static int set_up(kit_run *run, void **state)
{
    size_t n = (size_t)kit_int(run, "n");
    problem *p = make(n, (size_t)kit_int(run, "grain"));
    if (p == NULL) return kit_unable(run, "no memory for three arrays of %zu numbers", n);
    fill(p, kit_seed(run));
    *state = p;
    int status = dialect_open(run);
    if (status != 0) drop(p);
    return status;
}

static int sample(kit_run *run, void *state, uint64_t repeats)
{
    const problem *p = state;
    double total = 0;
    for (uint64_t i = 0; i < repeats; i++) {
        memset(p->out, 0xFF, p->n * sizeof *p->out); /* the answer of the last execution must not pass for this one's */
        kit_start(run);
        RUN_TASK(sort, p->in, p->out, p->scratch, p->n, p->grain);
        kit_stop(run);
        total += kit_elapsed(run);
        if (check(run, p) != 0) return -1;
    }
    return kit_sample(run, "time", total / (double)repeats);
}

static void tear_down(kit_run *run, void *state)
{
    dialect_close(run);
    drop(state);
}

static const kit_param params[] = {
    {"n", "int", "1000000", "1..1000000000", "how many numbers"},
    {"grain", "int", "2048", "4..1000000000", "how many numbers a task sorts or merges without forking"},
    {0},
};

extern const kit_workload workload_mergesort;
const kit_workload workload_mergesort = {
    .name = "mergesort",
    .family = "compute",
    .about = "sorts n 64-bit integers, halves and merges in parallel: memory traffic and uneven splits",
    .params = params,
    .metrics = compute_metrics,
    .min_threads = DIALECT_MIN_THREADS,
    .max_threads = DIALECT_MAX_THREADS,
    .setup = set_up,
    .sample = sample,
    .teardown = tear_down,
};
