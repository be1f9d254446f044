/* fib.c - the naive doubly recursive Fibonacci function: nothing but forks and joins.
 *
 * A call does one addition, so the time is what a fork, a join and a call cost. There is no cut-off.
 */
#include "compute.h"

TASK1(int64_t, fib, int64_t, n)
{
    kit_hide(n); /* else gcc sees a pure function, and shares equal calls between the levels that it inlines */
    if (n < 2) return n;
    BOTH(fib, a, (n - 1), b, (n - 2));
    return a + b;
}

static int64_t fib_iterative(int64_t n)
{
    int64_t a = 0, b = 1;
    for (int64_t i = 1; i < n; i++) {
        int64_t next = a + b;
        a = b;
        b = next;
    }
    return b;
}

static int sample(kit_run *run, void *state, uint64_t repeats)
{
    (void)state;
    int64_t n = kit_int(run, "n"), expected = fib_iterative(n), wrong = expected;
    kit_start(run);
    for (uint64_t i = 0; i < repeats; i++) {
        kit_hide(n);
        int64_t answer = RUN_TASK(fib, n);
        if (answer != expected) wrong = answer;
    }
    kit_stop(run);
    if (wrong != expected)
        return kit_wrong(run, "fib(%lld) came out as %lld and is %lld", (long long)n, (long long)wrong,
                         (long long)expected);
    return kit_sample(run, "time", kit_elapsed(run) / (double)repeats);
}

static const kit_param params[] = {{"n", "int", "30", "1..92", "which Fibonacci number"}, {0}};

extern const kit_workload workload_fib;
const kit_workload workload_fib = {
    .name = "fib",
    .family = "compute",
    .about = "the n-th Fibonacci number by naive double recursion: the cost of fork and join",
    .params = params,
    .metrics = compute_metrics,
    .min_threads = DIALECT_MIN_THREADS,
    .max_threads = DIALECT_MAX_THREADS,
    .setup = compute_open,
    .sample = sample,
    .teardown = compute_close,
};
