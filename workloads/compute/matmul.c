/* matmul.c - the product of two n by n matrices of doubles, cache-obliviously divided.
 *
 * The largest of the three dimensions of a block is halved until all are at most `grain`: halves of rows or columns are
 * forked, halves of the inner dimension follow each other (M. Frigo, C. Leiserson, H. Prokop, S. Ramachandran,
 * "Cache-Oblivious Algorithms", 1999). The matrices hold small whole numbers, so that every sum is exact whatever its
 * order, and the check can ask for equality: R. Freivalds, "Probabilistic machines can use less running time", 1977.
 */
#include "compute.h"

#include <stdlib.h>
#include <string.h>

typedef struct problem {
    size_t n, grain;
    double *a, *b, *c;        /* n * n each, by rows; c = a * b */
    double *x, *abx;          /* a random vector and a * (b * x) */
    size_t row[4], column[4]; /* entries that are computed one by one for comparison */
} problem;

typedef struct block {
    uint32_t row, column, inner; /* where it begins */
    uint32_t rows, columns, depth;
} block;

/* Adds to a row of c the products with four rows of b at a time, which keeps c in registers for four steps. The loop
 * runs along rows, so the compiler turns it into vector instructions. */
static inline void add_rows(double *restrict c, const double *restrict a, const double *restrict b, size_t n, block at)
{
    size_t k = 0;
    for (; k + 4 <= at.depth; k += 4) {
        const double *restrict b0 = b + k * n, *restrict b1 = b0 + n, *restrict b2 = b1 + n, *restrict b3 = b2 + n;
        for (size_t j = 0; j < at.columns; j++)
            c[j] += a[k] * b0[j] + a[k + 1] * b1[j] + a[k + 2] * b2[j] + a[k + 3] * b3[j];
    }
    for (; k < at.depth; k++)
        for (size_t j = 0; j < at.columns; j++)
            c[j] += a[k] * b[k * n + j];
}

/* c += a * b for one small block. */
COMPUTE_KERNEL static void multiply_block(const problem *p, block at)
{
    size_t n = p->n;
    for (size_t i = at.row; i < at.row + at.rows; i++) {
        double *c = p->c + i * n + at.column;
        if (at.inner == 0) memset(c, 0, at.columns * sizeof *c);
        add_rows(c, p->a + i * n + at.inner, p->b + at.inner * n + at.column, n, at);
    }
}

VOID_TASK2(multiply, const problem *, p, block, at)
{
    block first = at, second = at;
    if (at.rows <= p->grain && at.columns <= p->grain && at.depth <= p->grain) {
        multiply_block(p, at);
        return;
    }
    if (at.depth > at.rows && at.depth > at.columns) {
        first.depth = at.depth / 2;
        second.depth -= first.depth;
        second.inner += first.depth;
        CALL(multiply, p, first);
        CALL(multiply, p, second);
        return;
    }
    if (at.rows >= at.columns) {
        first.rows = at.rows / 2;
        second.rows -= first.rows;
        second.row += first.rows;
    } else {
        first.columns = at.columns / 2;
        second.columns -= first.columns;
        second.column += first.columns;
    }
    FORK(forked, multiply, p, first);
    CALL(multiply, p, second);
    JOIN(multiply, forked);
}

/* ---- Input and check ---- */

static void times_vector(const double *matrix, const double *vector, double *product, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j < n; j++)
            sum += matrix[i * n + j] * vector[j];
        product[i] = sum;
    }
}

static size_t below(size_t n, uint64_t *seed)
{
    return (size_t)((kit_random(seed) >> 32) * n >> 32);
}

/* Whole numbers from -8 to 8: |c| <= 64 n, and the sums of the check stay below 2^53 for every n that is accepted. */
static void fill(problem *p, uint64_t seed)
{
    const size_t n = p->n;
    for (size_t i = 0; i < n * n; i++) {
        p->a[i] = (double)(kit_random(&seed) % 17) - 8;
        p->b[i] = (double)(kit_random(&seed) % 17) - 8;
    }
    for (size_t i = 0; i < n; i++)
        p->x[i] = (double)(kit_random(&seed) % 65536);
    for (size_t i = 0; i < 4; i++) {
        p->row[i] = below(n, &seed);
        p->column[i] = below(n, &seed);
    }
    times_vector(p->b, p->x, p->c, n);
    times_vector(p->a, p->c, p->abx, n);
}

static double entry(const problem *p, size_t row, size_t column)
{
    double sum = 0;
    for (size_t k = 0; k < p->n; k++)
        sum += p->a[row * p->n + k] * p->b[k * p->n + column];
    return sum;
}

static int check(kit_run *run, const problem *p)
{
    size_t n = p->n;
    for (size_t i = 0; i < 4; i++) {
        double is = p->c[p->row[i] * n + p->column[i]], should = entry(p, p->row[i], p->column[i]);
        if (!(is == should))
            return kit_wrong(run, "entry (%zu, %zu) of the product is %g, not %g", p->row[i], p->column[i], is, should);
    }
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j < n; j++)
            sum += p->c[i * n + j] * p->x[j];
        if (!(sum == p->abx[i])) return kit_wrong(run, "row %zu of the product is wrong (Freivalds' check)", i);
    }
    return 0;
}

static void drop(problem *p)
{
    if (p == NULL) return;
    free(p->a);
    free(p->b);
    free(p->c);
    free(p->x);
    free(p->abx);
    free(p);
}

static problem *make(size_t n, size_t grain)
{
    size_t bytes = n * n * sizeof(double);
    problem *p = calloc(1, sizeof *p);
    if (p == NULL) return NULL;
    *p = (problem){.n = n, .grain = grain, .a = malloc(bytes), .b = malloc(bytes), .c = malloc(bytes)};
    p->x = malloc(n * sizeof(double));
    p->abx = malloc(n * sizeof(double));
    if (p->a != NULL && p->b != NULL && p->c != NULL && p->x != NULL && p->abx != NULL) return p;
    drop(p);
    return NULL;
}

static int set_up(kit_run *run, void **state)
{
    size_t n = (size_t)kit_int(run, "n");
    problem *p = make(n, (size_t)kit_int(run, "grain"));
    if (p == NULL) return kit_unable(run, "no memory for three matrices of %zu by %zu doubles", n, n);
    fill(p, kit_seed(run));
    *state = p;
    int status = dialect_open(run);
    if (status != 0) drop(p);
    return status;
}

static int sample(kit_run *run, void *state, uint64_t repeats)
{
    const problem *p = state;
    uint32_t n = (uint32_t)p->n;
    double total = 0;
    for (uint64_t i = 0; i < repeats; i++) {
        memset(p->c, 0xFF, p->n * p->n * sizeof *p->c); /* not a number: what isn't computed is noticed */
        kit_start(run);
        RUN_TASK(multiply, p, ((block){.rows = n, .columns = n, .depth = n}));
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
    {"n", "int", "512", "1..16384", "rows and columns"},
    {"grain", "int", "64", "1..16384", "largest side of a block that is multiplied without dividing it"},
    {0},
};

extern const kit_workload workload_matmul;
const kit_workload workload_matmul = {
    .name = "matmul",
    .family = "compute",
    .about = "multiplies two n by n matrices of doubles by divide and conquer: regular, heavy tasks",
    .params = params,
    .metrics = compute_metrics,
    .min_threads = DIALECT_MIN_THREADS,
    .max_threads = DIALECT_MAX_THREADS,
    .setup = set_up,
    .sample = sample,
    .teardown = tear_down,
};
