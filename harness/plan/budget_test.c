/* The schedule against a simulated machine: processes cost what the model says, and the run must take its budget. */
#include "base/memory.h"
#include "plan/budget.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct world {
    dyno_plan plan;
    double *start;   /* per cell: what a process costs apart from measuring */
    double *longest; /* per cell: it stops measuring after this, whatever was asked for */
    unsigned *processes;
    double now;
} world;

static void make_world(world *w, size_t n, unsigned processes, double time)
{
    *w =
        (world){.plan = {.n_cells = n, .processes = processes, .seed = 5, .cells = dyno_allocate(n, sizeof(dyno_cell))},
                .start = dyno_allocate(n, sizeof(double)),
                .longest = dyno_allocate(n, sizeof(double)),
                .processes = dyno_allocate(n, sizeof(unsigned))};
    for (size_t i = 0; i < n; i++) {
        w->plan.cells[i] = (dyno_cell){.time = time, .warmup = time / 5, .time_limit = 60};
        w->start[i] = 0.01 + 0.002 * (double)(i % 7);
        w->longest[i] = INFINITY;
    }
}

static void free_world(world *w)
{
    free(w->plan.cells);
    free(w->start);
    free(w->longest);
    free(w->processes);
}

static size_t simulate_round(world *w, dyno_budget *budget, unsigned round, size_t *order)
{
    size_t launched = 0;
    dyno_plan_round(w->plan.seed, round, w->plan.n_cells, order);
    for (size_t at = 0; at < w->plan.n_cells; at++) {
        dyno_position position = {.round = round, .order = order, .at = at, .elapsed = w->now};
        dyno_share share = dyno_budget_share(budget, &position);
        if (!share.run) continue;
        size_t cell = order[at];
        double wall = w->start[cell] + fmin(w->longest[cell], share.time + share.warmup);
        assert_true(share.time > 0 && share.warmup >= 0 && share.silence > 0);
        w->now += wall;
        w->processes[cell]++;
        launched++;
        dyno_budget_learn(budget, cell, &share, wall);
    }
    return launched;
}

static void simulate(world *w, double seconds)
{
    dyno_budget budget;
    size_t *order = dyno_allocate(w->plan.n_cells, sizeof *order);
    dyno_budget_init(&budget, &w->plan, seconds);
    for (unsigned round = 0; seconds > 0 || dyno_budget_planned(&budget, round); round++)
        if (simulate_round(w, &budget, round, order) == 0) break;
    dyno_budget_free(&budget);
    free(order);
}

static void assert_within(double value, double wanted, double part)
{
    if (fabs(value - wanted) > part * wanted) fail_msg("%g is not within %g %% of %g", value, 100 * part, wanted);
}

static unsigned least_processes(const world *w)
{
    unsigned least = w->processes[0];
    for (size_t i = 1; i < w->plan.n_cells; i++)
        if (w->processes[i] < least) least = w->processes[i];
    return least;
}

static void any_budget_is_kept(void **state)
{
    (void)state;
    const double budgets[] = {2, 5, 17, 60, 150, 900};
    for (size_t b = 0; b < sizeof budgets / sizeof budgets[0]; b++) {
        for (size_t n = 1; n <= 40; n += 13) {
            world w;
            make_world(&w, n, 5, 0.5);
            simulate(&w, budgets[b]);
            assert_within(w.now, budgets[b], 0.1);
            free_world(&w);
        }
    }
}

static void without_a_budget_every_process_gets_its_time(void **state)
{
    (void)state;
    world w;
    make_world(&w, 10, 4, 0.5);
    simulate(&w, 0);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(w.processes[i], 4);
    assert_true(w.now > 10 * 4 * 0.6 && w.now < 10 * 4 * 0.65);
    free_world(&w);
}

static void time_to_spare_adds_rounds(void **state)
{
    (void)state;
    world w;
    make_world(&w, 4, 3, 0.1);
    simulate(&w, 30);
    assert_true(least_processes(&w) > 3);
    assert_within(w.now, 30, 0.1);
    free_world(&w);
}

static void too_little_time_drops_rounds_but_not_below_two(void **state)
{
    (void)state;
    world w;
    make_world(&w, 20, 50, 1);
    simulate(&w, 3); /* a process costs at least 0.03 s: there is time for about four rounds */
    assert_in_range(least_processes(&w), 2, 5);
    assert_within(w.now, 3, 0.1);
    free_world(&w);
}

static void samples_that_cant_be_cut_short_are_learnt(void **state)
{
    (void)state;
    world w;
    make_world(&w, 6, 5, 0.3);
    w.start[2] = 3; /* one sample takes three seconds, whatever is asked for */
    w.longest[4] = 0.001;
    simulate(&w, 40);
    assert_within(w.now, 40, 0.1);
    assert_true(least_processes(&w) >= 2);
    free_world(&w);
}

static void what_does_not_fit_is_left_out(void **state)
{
    (void)state;
    world w;
    make_world(&w, 200, 5, 1);
    simulate(&w, 1); /* not even one process for each */
    assert_within(w.now, 1, 0.1);
    assert_int_equal(least_processes(&w), 0);
    free_world(&w);
}

static void a_cell_that_is_given_up_takes_no_share(void **state)
{
    (void)state;
    world w;
    size_t order[] = {0, 1, 2};
    make_world(&w, 3, 2, 1);
    dyno_budget budget;
    dyno_budget_init(&budget, &w.plan, 100);
    dyno_position position = {.round = 0, .order = order, .at = 1};
    assert_true(dyno_budget_share(&budget, &position).run);
    dyno_budget_give_up(&budget, 1);
    assert_false(dyno_budget_share(&budget, &position).run);
    dyno_budget_give_up(&budget, 0);
    dyno_budget_give_up(&budget, 2);
    assert_true(dyno_budget_left(&budget, &position) == 0);
    dyno_budget_free(&budget);
    free_world(&w);
}

static void silence_ends_with_the_budget(void **state)
{
    (void)state;
    world w;
    size_t order[] = {0};
    make_world(&w, 1, 1, 1);
    dyno_budget budget;
    dyno_budget_init(&budget, &w.plan, 10);
    dyno_position position = {.order = order, .elapsed = 8};
    dyno_share share = dyno_budget_share(&budget, &position);
    assert_true(share.run && share.silence > 2 && share.silence < 3);
    dyno_budget_free(&budget);
    dyno_budget_init(&budget, &w.plan, 0);
    assert_true(dyno_budget_share(&budget, &position).silence == 60);
    dyno_budget_free(&budget);
    free_world(&w);
}

static void the_time_left_falls_to_nothing(void **state)
{
    (void)state;
    world w;
    make_world(&w, 5, 4, 0.5);
    dyno_budget budget;
    size_t order[5];
    dyno_budget_init(&budget, &w.plan, 0);
    /* After the first round the guess is right: compare it with what then happens. */
    dyno_plan_round(w.plan.seed, 0, 5, order);
    simulate_round(&w, &budget, 0, order);
    dyno_position position = {.round = 1, .order = order, .elapsed = w.now};
    double left = dyno_budget_left(&budget, &position), then = w.now;
    for (unsigned round = 1; round < 4; round++)
        simulate_round(&w, &budget, round, order);
    assert_within(w.now - then, left, 0.02);
    dyno_budget_free(&budget);
    free_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_budget_is_kept),
        cmocka_unit_test(without_a_budget_every_process_gets_its_time),
        cmocka_unit_test(time_to_spare_adds_rounds),
        cmocka_unit_test(too_little_time_drops_rounds_but_not_below_two),
        cmocka_unit_test(samples_that_cant_be_cut_short_are_learnt),
        cmocka_unit_test(what_does_not_fit_is_left_out),
        cmocka_unit_test(a_cell_that_is_given_up_takes_no_share),
        cmocka_unit_test(silence_ends_with_the_budget),
        cmocka_unit_test(the_time_left_falls_to_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
