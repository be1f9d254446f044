#include "run/launch.h"

#include "run/answer.h"
#include "run/process.h"
#include "run/steal.h"
#include "run/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

const char *dyno_outcome_name(dyno_outcome outcome)
{
    static const char *const names[] = {"ok",      "wrong",  "unable", "version",     "malformed",
                                        "timeout", "signal", "exit",   "not-started", "stopped"};
    return names[outcome];
}

static void __attribute__((format(printf, 3, 4)))
conclude(dyno_attempt *attempt, dyno_outcome outcome, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(attempt->detail, sizeof attempt->detail, format, arguments);
    va_end(arguments);
    attempt->outcome = outcome;
}

/* ---- The request ---- */

static char *compose_request(const dyno_launch_request *request, size_t *length)
{
    const dyno_cell *cell = request->cell;
    char *text = NULL;
    FILE *out = open_memstream(&text, length);
    if (out == NULL) return NULL;
    fprintf(out, "dyno %d\ncontender %s\nworkload %s\n", DYNO_PROTOCOL_VERSION, cell->offer->contender,
            cell->offer->workload);
    for (size_t i = 0; i < cell->n_settings; i++) {
        fprintf(out, "param %s %s\n", cell->settings[i].name, cell->settings[i].value);
    }
    fprintf(out, "threads %u\nseed %llu\n", cell->threads, (unsigned long long)request->seed);
    const dyno_placement *placement = request->placement;
    for (unsigned i = 0; placement != NULL && i < placement->n; i++)
        fprintf(out, "cpu %d\n", placement->cpu[i]);
    fprintf(out, "warmup %.6f\ntime %.6f\nsamples %u\ngo\n", request->warmup, request->time, cell->samples);
    return fclose(out) == 0 ? text : NULL;
}

/* A worker that does not read its request shows up as silence; a request is far smaller than a pipe, so this can't
 * block for long, and the descriptor does not block at all. */
static void send_request(dyno_process *process, const dyno_launch_request *request)
{
    size_t length = 0;
    char *text = compose_request(request, &length);
    fcntl(process->request_fd, F_SETFL, O_NONBLOCK);
    struct sigaction ignore = {.sa_handler = SIG_IGN}, former;
    sigaction(SIGPIPE, &ignore, &former);
    if (text != NULL && write(process->request_fd, text, length) < 0) {
        /* EPIPE: it has ended already, which its status tells. */
    }
    sigaction(SIGPIPE, &former, NULL);
    free(text);
    close(process->request_fd);
    process->request_fd = -1;
}

static bool hear(void *context, const char *bytes, size_t n)
{
    return dyno_answer_feed(context, bytes, n);
}

/* ---- Judging ---- */

static void add_last_words(const char *words, dyno_attempt *attempt)
{
    size_t used = strlen(attempt->detail);
    if (words[0] == '\0') return;
    snprintf(attempt->detail + used, sizeof attempt->detail - used, "; its last words: %s", words);
}

static void judge_end(int status, dyno_answer *answer)
{
    dyno_attempt *attempt = answer->attempt;
    if (WIFSIGNALED(status)) {
        conclude(attempt, DYNO_SIGNALLED, "died by SIG%s (%s)", sigabbrev_np(WTERMSIG(status)),
                 sigdescr_np(WTERMSIG(status)));
    } else if (WEXITSTATUS(status) != 0) {
        conclude(attempt, DYNO_NON_ZERO, "ended with exit status %d", WEXITSTATUS(status));
    } else {
        dyno_answer_finish(answer);
    }
}

static void judge(dyno_watch_end end, int status, int failure, dyno_answer *answer, const char *words)
{
    dyno_attempt *attempt = answer->attempt;
    switch (end) {
    case DYNO_WATCH_STOPPED:
        conclude(attempt, DYNO_STOPPED, "interrupted");
        return;
    case DYNO_WATCH_REFUSED:
        break; /* the answer says why */
    case DYNO_WATCH_BROKEN:
        conclude(attempt, DYNO_MALFORMED, "its descriptor could not be watched: %s", strerror(failure));
        return;
    case DYNO_WATCH_SILENT:
        conclude(attempt, DYNO_TIMED_OUT, "silent for longer than %g s, killed", answer->request->cell->time_limit);
        break;
    case DYNO_WATCH_ENDED:
        judge_end(status, answer);
        break;
    }
    if (attempt->outcome >= DYNO_MALFORMED) add_last_words(words, attempt);
}

static void keep_usage(dyno_attempt *attempt, const struct rusage *usage, double wall, double steal)
{
    attempt->usage = (dyno_usage){
        .wall = wall,
        .user = (double)usage->ru_utime.tv_sec + (double)usage->ru_utime.tv_usec * 1e-6,
        .system = (double)usage->ru_stime.tv_sec + (double)usage->ru_stime.tv_usec * 1e-6,
        .peak_rss_kib = usage->ru_maxrss,
        .minor_faults = usage->ru_minflt,
        .major_faults = usage->ru_majflt,
        .voluntary_switches = usage->ru_nvcsw,
        .involuntary_switches = usage->ru_nivcsw,
        .steal = steal,
    };
}

/* A figure that is not verified is not handed on. */
static void drop_samples_unless_ok(dyno_attempt *attempt)
{
    if (attempt->outcome != DYNO_OK) attempt->n_samples = 0;
    if (attempt->outcome == DYNO_OK) attempt->detail[0] = '\0';
}

void dyno_launch(const dyno_launch_request *request, const volatile sig_atomic_t *stop, dyno_attempt *attempt)
{
    *attempt = (dyno_attempt){0};
    dyno_answer answer = {.request = request, .attempt = attempt};
    dyno_start start = {.program = request->cell->offer->program,
                        .mode = "run",
                        .preload = request->cell->offer->preload,
                        .scratch = request->scratch,
                        .placement = request->placement};
    dyno_process process;
    const char *what;
    double started = dyno_now(), steal_before = dyno_steal_seconds();
    int failure = dyno_process_start(&start, &process, &what);
    if (failure != 0) {
        conclude(attempt, DYNO_NOT_STARTED, "%s: %s failed: %s", start.program, what, strerror(failure));
        return;
    }
    answer.confined = dyno_process_is_confined(&process, request->placement);
    send_request(&process, request);
    dyno_watch watch = {.limit = request->cell->time_limit, .stop = stop, .say = hear, .context = &answer};
    dyno_watch_end end = dyno_watch_process(&process, &watch);
    int watch_failure = errno;
    double wall = dyno_now() - started;
    char words[200];
    dyno_process_last_words(&process, words, sizeof words);
    struct rusage usage = {0};
    int status = dyno_process_end(&process, &usage);
    keep_usage(attempt, &usage, wall, dyno_steal_seconds() - steal_before);
    judge(end, status, watch_failure, &answer, words);
    drop_samples_unless_ok(attempt);
    dyno_make_printable(attempt->detail);
}

void dyno_attempt_free(dyno_attempt *attempt)
{
    free(attempt->samples);
    for (size_t i = 0; i < attempt->n_notes; i++)
        free(attempt->notes[i]);
    free(attempt->notes);
    *attempt = (dyno_attempt){0};
}
