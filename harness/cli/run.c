/* run.c - `dyno run`: from words to a plan, the campaign, and what is told at its end. */
#include "base/memory.h"
#include "cli/campaign.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/run_options.h"
#include "cli/suites.h"
#include "run/env.h"
#include "show/progress.h"
#include "show/table.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* All that one run holds, freed together. */
typedef struct session {
    dyno_run_options options;
    dyno_catalogue catalogue;
    dyno_plan plan;
    dyno_machine *machine;
    dyno_results *results;
    struct cJSON *env;
    dyno_tally tally;
    char *suite, *dir, *again;
    bool wrong, failed; /* by the summary: processes of an earlier session of this run count too */
} session;

static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
    stop = signal;
}

/* The first signal ends the run in good order; a second one ends the program: the files are whole at any moment. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    stop = 0;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

/* ---- What is to be run ---- */

static bool is_workload(const dyno_catalogue *catalogue, const char *word)
{
    for (size_t i = 0; i < catalogue->n_offers; i++)
        if (strcmp(catalogue->offers[i].workload, word) == 0) return true;
    return false;
}

static bool is_path(const char *word)
{
    size_t length = strlen(word);
    return strchr(word, '/') != NULL || (length > 4 && strcmp(word + length - 4, ".ini") == 0);
}

static int refuse_word(const session *s, const dyno_names *suites, const char *word, dyno_refusal *refusal)
{
    dyno_names workloads = {0}, both = {0};
    for (size_t i = 0; i < s->catalogue.n_offers; i++) {
        dyno_names_add(&workloads, dyno_copy(s->catalogue.offers[i].workload));
        dyno_names_add(&both, dyno_copy(s->catalogue.offers[i].workload));
    }
    for (size_t i = 0; i < suites->n; i++)
        dyno_names_add(&both, dyno_copy(suites->items[i]));
    char *hint = dyno_names_hint(&both, word), *a = dyno_names_join(suites), *b = dyno_names_join(&workloads);
    int status =
        word[0] != '\0'
            ? dyno_refuse(refusal, DYNO_USAGE, "run: unknown suite or workload '%s'%s suites: %s; workloads: %s", word,
                          hint[0] != '\0' ? hint : ";", a, b)
            : dyno_refuse(refusal, DYNO_USAGE, "run: name a suite or a workload; suites: %s; workloads: %s", a, b);
    free(hint);
    free(a);
    free(b);
    dyno_names_free(&workloads);
    dyno_names_free(&both);
    return status;
}

/* Takes the suite out of the words: it is the first one, if any is. */
static int find_suite(session *s, dyno_refusal *refusal)
{
    dyno_names *words = &s->options.words, suites;
    dyno_suites_list(&suites);
    const char *first = words->n > 0 ? words->items[0] : "";
    int status = DYNO_GOOD;
    if (is_path(first))
        s->suite = dyno_copy(first);
    else if (dyno_names_has(&suites, first) && !is_workload(&s->catalogue, first))
        s->suite = dyno_suites_path(first);
    else if (!is_workload(&s->catalogue, first))
        status = refuse_word(s, &suites, first, refusal);
    for (size_t i = 1; status == DYNO_GOOD && i < words->n; i++)
        if (is_path(words->items[i]) || (s->suite != NULL && dyno_names_has(&suites, words->items[i])))
            status =
                dyno_refuse(refusal, DYNO_USAGE, "run: '%s' is a second suite; the suite comes first, and there is one",
                            words->items[i]);
    dyno_names_free(&suites);
    return status;
}

static int make_plan(session *s, dyno_refusal *refusal)
{
    size_t skip = s->suite != NULL ? 1 : 0;
    dyno_plan_request request = {.suite = s->suite,
                                 .words = (const char *const *)s->options.words.items + skip,
                                 .n_words = s->options.words.n - skip,
                                 .assignments = (const char *const *)s->options.assignments,
                                 .n_assignments = s->options.n_assignments};
    /* A directory that holds no run yet, as when the first attempt was killed at once, is begun afresh. */
    char *described = s->options.resume ? dyno_text("%s/run.json", s->options.out) : NULL;
    bool begun = described != NULL && access(described, F_OK) == 0;
    free(described);
    if (begun && !s->options.seed_given) {
        int status = dyno_results_seed(s->options.out, &request.seed, refusal);
        if (status != DYNO_GOOD) return status;
        request.seed_given = true;
    }
    return dyno_plan_make(&request, &s->catalogue, &s->plan, refusal);
}

/* ---- Dry run ---- */

static void print_matrix(const dyno_plan *plan)
{
    double measured = 0;
    char total[32];
    for (size_t i = 0; i < plan->n_cells; i++) {
        const dyno_cell *cell = &plan->cells[i];
        printf("%-12s %-12s %2u thread%s  pin %-8s %s\n", cell->offer->workload, cell->offer->contender, cell->threads,
               cell->threads == 1 ? " " : "s", cell->pin, cell->params);
        measured += (cell->time + cell->warmup) * plan->processes;
    }
    if (plan->budget > 0) {
        printf("%zu cells; the budget of %s is used up, with %u or more processes for each cell if there is time; ",
               plan->n_cells, dyno_format_duration(plan->budget, total, sizeof total), plan->processes);
        printf("seed %llu\n", (unsigned long long)plan->seed);
    } else {
        printf("%zu cells, %u processes each: about %s of measuring; seed %llu\n", plan->n_cells, plan->processes,
               dyno_format_duration(measured, total, sizeof total), (unsigned long long)plan->seed);
    }
}

/* ---- The run ---- */

static char *default_dir(const char *name)
{
    char stamp[32];
    struct tm now;
    time_t seconds = time(NULL);
    localtime_r(&seconds, &now);
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &now);
    char *dir = dyno_text("results/%s-%s", name, stamp);
    for (char *p = dir + sizeof "results/" - 1; *p != '\0'; p++)
        if (*p == ':' || *p == '/') *p = '-';
    return dir;
}

static int open_results(session *s, dyno_refusal *refusal)
{
    s->dir = s->options.out != NULL ? dyno_copy(s->options.out) : default_dir(s->plan.name);
    int status = dyno_machine_open(&s->machine, refusal);
    if (status == DYNO_GOOD) status = dyno_campaign_check(&s->plan, s->machine, refusal);
    if (status == DYNO_GOOD) status = dyno_results_open(s->dir, &s->plan, s->options.resume, &s->results, refusal);
    if (status != DYNO_GOOD) return status;
    s->env = dyno_env_capture(s->machine);
    return dyno_results_write_env(s->results, s->env, refusal);
}

static const char *outcome_of(const session *s, int status)
{
    if (status != DYNO_GOOD) return "failed";
    if (s->tally.interrupted) return "interrupted";
    return s->tally.wrong > 0 ? "wrong" : "complete";
}

static int exit_code(const session *s)
{
    const dyno_tally *tally = &s->tally;
    if (tally->interrupted) return DYNO_INTERRUPTED;
    if (tally->wrong > 0 || s->wrong) return DYNO_WRONG;
    return tally->failed > 0 || s->failed || tally->good + tally->kept == 0 ? DYNO_FAILED : DYNO_GOOD;
}

static void list_troubles(const session *s)
{
    const dyno_tally *tally = &s->tally;
    (void)fflush(stdout); /* the table comes first, also where both streams go to one file */
    for (size_t i = 0; i < s->plan.n_notes && !s->options.quiet; i++)
        fprintf(stderr, "note: %s\n", s->plan.notes[i]);
    for (size_t i = 0; i < tally->not_run.n; i++)
        fprintf(stderr, "not run: budget: %s\n", tally->not_run.items[i]);
    size_t bad = tally->wrong + tally->failed + tally->unable;
    if (bad > 0) fprintf(stderr, "%zu process%s did not end well:\n", bad, bad == 1 ? "" : "es");
    for (size_t i = 0; i < tally->failures.n; i++)
        fprintf(stderr, "  %s\n", tally->failures.items[i]);
}

static void tell_end(const session *s)
{
    char text[32];
    if (!s->options.quiet)
        fprintf(stderr, "%zu process%s in %s, seed %llu\n", s->tally.good, s->tally.good == 1 ? "" : "es",
                dyno_format_duration(s->tally.elapsed, text, sizeof text), (unsigned long long)s->plan.seed);
    printf("results  %s\nsummary  %s/summary.csv\n", s->dir, s->dir);
    if (s->tally.interrupted)
        fprintf(stderr, "dyno: interrupted; the data so far is kept. Go on with:\n  %s\n", s->again);
}

static void judge(session *s, const dyno_summary *summary)
{
    static const dyno_outcome failures[] = {DYNO_BAD_VERSION, DYNO_MALFORMED, DYNO_TIMED_OUT,
                                            DYNO_SIGNALLED,   DYNO_NON_ZERO,  DYNO_NOT_STARTED};
    for (size_t i = 0; i < summary->n_rows; i++) {
        const char *status = summary->rows[i].status;
        s->wrong |= strcmp(status, dyno_outcome_name(DYNO_WRONG_ANSWER)) == 0;
        for (size_t j = 0; j < sizeof failures / sizeof failures[0]; j++)
            s->failed |= strcmp(status, dyno_outcome_name(failures[j])) == 0;
    }
}

/* Summary and table from what is in the directory, whatever became of the run. */
static int summarise(session *s, dyno_refusal *refusal)
{
    dyno_summary summary;
    int status = dyno_summarise(s->dir, &summary, refusal);
    if (status != DYNO_GOOD) return status;
    judge(s, &summary);
    status = dyno_summary_write(s->dir, &summary, refusal);
    if (summary.n_rows > 0) dyno_table_print(stdout, &summary, s->options.all_metrics, dyno_colour(STDOUT_FILENO));
    dyno_summary_free(&summary);
    return status;
}

static int measure(session *s, dyno_refusal *refusal)
{
    dyno_campaign_request request = {
        .plan = &s->plan, .machine = s->machine, .results = s->results, .stop = &stop, .quiet = s->options.quiet};
    dyno_refusal first;
    catch_signals();
    int status = dyno_campaign_run(&request, &s->tally, &first);
    const char *outcome = outcome_of(s, status);
    /* After a failure the first sentence is the one that matters, and the files are still finished. */
    if (status != DYNO_GOOD) *refusal = first;
    dyno_refusal *later = status == DYNO_GOOD ? refusal : &first;
    dyno_env_after(s->env);
    int finished = dyno_results_write_env(s->results, s->env, later);
    if (finished == DYNO_GOOD) finished = dyno_results_finish(s->results, outcome, later);
    if (finished == DYNO_GOOD) finished = summarise(s, later);
    list_troubles(s);
    if (status == DYNO_GOOD) status = finished;
    if (finished == DYNO_GOOD) tell_end(s);
    return status;
}

static int run(session *s, int argc, char **argv, dyno_refusal *refusal)
{
    int status = dyno_discover(s->options.workers, &s->catalogue, refusal);
    if (status != DYNO_GOOD) return status;
    for (size_t i = 0; i < s->catalogue.n_warnings; i++)
        fprintf(stderr, "dyno: warning: %s\n", s->catalogue.warnings[i]);
    status = find_suite(s, refusal);
    if (status == DYNO_GOOD) status = make_plan(s, refusal);
    if (status != DYNO_GOOD) return status;
    if (s->options.dry_run) {
        print_matrix(&s->plan);
        list_troubles(s);
        return DYNO_GOOD;
    }
    status = open_results(s, refusal);
    if (status != DYNO_GOOD) return status;
    s->again = dyno_run_options_resume(argc, argv, s->dir);
    status = measure(s, refusal);
    return status != DYNO_GOOD ? status : exit_code(s);
}

static void close_session(session *s)
{
    if (s->results != NULL) dyno_results_close(s->results);
    if (s->machine != NULL) dyno_machine_close(s->machine);
    cJSON_Delete(s->env);
    dyno_tally_free(&s->tally);
    dyno_plan_free(&s->plan);
    dyno_catalogue_free(&s->catalogue);
    dyno_run_options_free(&s->options);
    free(s->suite);
    free(s->dir);
    free(s->again);
}

int dyno_cmd_run(int argc, char **argv)
{
    session s = {0};
    dyno_refusal refusal = {.sentence = ""};
    /* getopt reorders argv; what was typed is wanted for the command to resume with. */
    char **copy = dyno_allocate((size_t)argc + 1, sizeof *copy);
    memcpy(copy, argv, (size_t)argc * sizeof *copy);
    int code = dyno_run_options_parse(argc, copy, &s.options, &refusal);
    if (code == DYNO_GOOD) code = run(&s, argc, argv, &refusal);
    if (code != DYNO_GOOD && refusal.sentence[0] != '\0') dyno_complain(code, &refusal);
    close_session(&s);
    free(copy);
    return code;
}
