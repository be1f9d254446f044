/* nqueens.c - in how many ways n queens stand on an n by n board without attacking each other.
 *
 * A task places the queen of one row on each free square in turn. As soon as a fork pays, the rest of the row is forked
 * but for its last square. The tree is irregular: most branches end early, so the work has to be balanced by stealing.
 * Occupied columns and diagonals are bit masks that shift from row to row (M. Richards, "Backtracking algorithms in
 * MCPL using bit patterns and recursion", 1997).
 */
#include "compute.h"

enum { LARGEST_BOARD = 16 };

/* Takes one free square out of the set. */
static inline unsigned take_square(unsigned *free_squares)
{
    unsigned square = *free_squares & (0U - *free_squares);
    *free_squares ^= square;
    return square;
}

DECLARE_TASK4(int64_t, place, unsigned, board, unsigned, columns, unsigned, left, unsigned, right);

/* The rest of a row, with forks. */
APART_TASK5(int64_t, place_forking, unsigned, board, unsigned, columns, unsigned, left, unsigned, right, unsigned,
            squares)
{
    int64_t ways = 0;
    HANDLE(place) forked[LARGEST_BOARD];
    int n = 0;
    while (squares != 0) {
        unsigned square = take_square(&squares);
        unsigned c = columns | square, l = (left | square) << 1, r = (right | square) >> 1;
        if (squares != 0) {
            FORK_INTO(forked[n], place, board, c, l, r);
            n++;
        } else {
            ways += CALL(place, board, c, l, r);
        }
    }
    while (n > 0) {
        n--;
        ways += JOIN_FROM(place, forked[n]);
    }
    return ways;
}

DEFINE_TASK4(int64_t, place, unsigned, board, unsigned, columns, unsigned, left, unsigned, right)
{
    if (columns == board) return 1;
    unsigned squares = board & ~(columns | left | right);
    int64_t ways = 0;
    while (squares != 0) {
        if (FORK_PAYS()) return ways + CALL(place_forking, board, columns, left, right, squares);
        unsigned square = take_square(&squares);
        ways += CALL(place, board, columns | square, (left | square) << 1, (right | square) >> 1);
    }
    return ways;
}

/* OEIS A000170. */
static const int64_t known[LARGEST_BOARD + 1] = {1,   1,   0,    0,     2,     10,     4,       40,      92,
                                                 352, 724, 2680, 14200, 73712, 365596, 2279184, 14772512};

static int sample(kit_run *run, void *state, uint64_t repeats)
{
    (void)state;
    int64_t n = kit_int(run, "n"), wrong = known[n];
    unsigned board = (1U << n) - 1;
    kit_start(run);
    for (uint64_t i = 0; i < repeats; i++) {
        kit_hide(board);
        int64_t ways = RUN_TASK(place, board, 0U, 0U, 0U);
        if (ways != known[n]) wrong = ways;
    }
    kit_stop(run);
    if (wrong != known[n])
        return kit_wrong(run, "%lld queens came out as %lld ways and are %lld", (long long)n, (long long)wrong,
                         (long long)known[n]);
    return kit_sample(run, "time", kit_elapsed(run) / (double)repeats);
}

static const kit_param params[] = {{"n", "int", "12", "1..16", "queens, and rows and columns of the board"}, {0}};

extern const kit_workload workload_nqueens;
const kit_workload workload_nqueens = {
    .name = "nqueens",
    .family = "compute",
    .about = "counts the ways to place n queens: an irregular tree of short tasks",
    .params = params,
    .metrics = compute_metrics,
    .min_threads = DIALECT_MIN_THREADS,
    .max_threads = DIALECT_MAX_THREADS,
    .setup = compute_open,
    .sample = sample,
    .teardown = compute_close,
};
