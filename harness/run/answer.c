#include "run/answer.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOTES_MAX = 1000 }; /* a worker that talks without end is never silent */

static bool __attribute__((format(printf, 3, 4)))
fail(dyno_answer *answer, dyno_outcome outcome, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(answer->attempt->detail, sizeof answer->attempt->detail, format, arguments);
    va_end(arguments);
    answer->attempt->outcome = outcome;
    answer->failed = true;
    return false;
}

static bool read_greeting(dyno_answer *answer, char *rest)
{
    unsigned long version;
    if (!dyno_is_count(rest, ~0ul, &version)) return false;
    if (version != DYNO_PROTOCOL_VERSION) {
        return fail(answer, DYNO_BAD_VERSION, "the worker speaks version %lu of the protocol, dyno speaks %d", version,
                    DYNO_PROTOCOL_VERSION);
    }
    answer->greeted = true;
    return true;
}

static bool read_bound(dyno_answer *answer, char *rest)
{
    const dyno_placement *placement = answer->request->placement;
    unsigned long thread, cpu;
    if (!dyno_is_count(dyno_field(&rest), DYNO_CPUS_MAX - 1, &thread) || !dyno_is_count(rest, 1u << 20, &cpu)) {
        return false;
    }
    if (answer->bound[thread] != 0) return false;
    answer->bound[thread] = (int)cpu + 1;
    if (placement == NULL || thread >= placement->n || placement->cpu[thread] != (int)cpu) answer->stray = true;
    return true;
}

/* Whether the samples of the last index hold this metric already. */
static bool is_repeated(const dyno_attempt *attempt, unsigned long index, const dyno_metric *metric)
{
    for (size_t i = attempt->n_samples; i > 0 && attempt->samples[i - 1].index == index; i--) {
        if (attempt->samples[i - 1].metric == metric) return true;
    }
    return false;
}

static bool read_sample(dyno_answer *answer, char *rest)
{
    dyno_attempt *attempt = answer->attempt;
    unsigned long index;
    double value;
    if (!dyno_is_count(dyno_field(&rest), 1u << 30, &index)) return false;
    const char *name = dyno_field(&rest);
    if (name == NULL || !dyno_is_number(rest, &value)) return false;
    const dyno_metric *metric = dyno_find_metric(answer->request->cell->offer, name);
    if (metric == NULL) {
        return fail(answer, DYNO_MALFORMED, "line %u gives a sample of metric '%s', which %s has not described",
                    answer->line, name, answer->request->cell->offer->worker);
    }
    if (attempt->n_samples > 0 && index < attempt->samples[attempt->n_samples - 1].index) return false;
    if (index >= answer->request->cell->samples) {
        return fail(answer, DYNO_MALFORMED, "line %u gives sample %lu, and at most %u were asked for, from 0 on",
                    answer->line, index, answer->request->cell->samples);
    }
    if (is_repeated(attempt, index, metric)) {
        return fail(answer, DYNO_MALFORMED, "line %u gives %s of sample %lu once more", answer->line, name, index);
    }
    attempt->samples = dyno_extend(attempt->samples, attempt->n_samples, sizeof *attempt->samples);
    attempt->samples[attempt->n_samples++] = (dyno_sample){(unsigned)index, metric, value};
    return true;
}

static bool keep_note(dyno_answer *answer, const char *text)
{
    dyno_attempt *attempt = answer->attempt;
    if (attempt->n_notes == NOTES_MAX) {
        return fail(answer, DYNO_MALFORMED, "the worker has more than %d notes and counters", NOTES_MAX);
    }
    attempt->notes = dyno_extend(attempt->notes, attempt->n_notes, sizeof *attempt->notes);
    attempt->notes[attempt->n_notes++] = dyno_copy(text);
    return true;
}

static bool read_counter(dyno_answer *answer, char *rest)
{
    double value;
    const char *name = dyno_field(&rest);
    if (name == NULL || !dyno_is_name(name) || !dyno_is_number(rest, &value)) return false;
    char text[256];
    snprintf(text, sizeof text, "%s %s", name, rest);
    return keep_note(answer, text);
}

static bool read_verdict(dyno_answer *answer, char *rest)
{
    static const struct {
        const char *word;
        dyno_outcome outcome;
    } verdicts[] = {{"ok", DYNO_OK}, {"wrong", DYNO_WRONG_ANSWER}, {"unable", DYNO_UNABLE}};
    const char *word = dyno_field(&rest);
    if (word == NULL || answer->judged) return false;
    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        if (strcmp(word, verdicts[i].word) != 0) continue;
        answer->judged = true;
        answer->attempt->outcome = verdicts[i].outcome;
        snprintf(answer->attempt->detail, sizeof answer->attempt->detail, "%s", rest != NULL ? rest : "");
        return true;
    }
    return false;
}

static bool read_known(dyno_answer *answer, char *text)
{
    char *rest = text;
    const char *word = dyno_field(&rest);
    if (word == NULL) return false;
    if (!answer->greeted) return strcmp(word, "dyno") == 0 && rest != NULL && read_greeting(answer, rest);
    if (answer->ended) return false;
    if (strcmp(word, "end") == 0) return answer->ended = answer->judged && rest == NULL;
    if (answer->judged || rest == NULL) return false;
    if (strcmp(word, "bound") == 0) return read_bound(answer, rest);
    if (strcmp(word, "sample") == 0) return read_sample(answer, rest);
    if (strcmp(word, "counter") == 0) return read_counter(answer, rest);
    if (strcmp(word, "note") == 0) return keep_note(answer, rest);
    if (strcmp(word, "verdict") == 0) return read_verdict(answer, rest);
    return false;
}

static bool read_line(void *context, char *text)
{
    dyno_answer *answer = context;
    char shown[200];
    snprintf(shown, sizeof shown, "%s", text);
    answer->line++;
    if (read_known(answer, text)) return true;
    if (answer->failed) return false;
    return fail(answer, DYNO_MALFORMED, "line %u is none of the protocol: '%s'", answer->line, shown);
}

bool dyno_answer_feed(dyno_answer *answer, const char *bytes, size_t n)
{
    if (answer->failed) return false;
    if (dyno_lines_feed(&answer->lines, bytes, n, read_line, answer)) return true;
    if (!answer->failed) {
        fail(answer, DYNO_MALFORMED, "line %u is longer than %d bytes", answer->line + 1, DYNO_PROTOCOL_LINE_MAX);
    }
    return false;
}

/* In the order of the threads; what has no room is left out. */
static void list_cpus(const dyno_answer *answer)
{
    char *cpus = answer->attempt->cpus;
    size_t used = 0, size = sizeof answer->attempt->cpus;
    for (unsigned i = 0; i < DYNO_CPUS_MAX && used + 12 < size; i++) {
        if (answer->bound[i] == 0) continue;
        used += (size_t)snprintf(cpus + used, size - used, "%s%d", used > 0 ? " " : "", answer->bound[i] - 1);
    }
}

/* Each thread was verified to be where it was asked to be. Where all share one CPU, the kernel's word for the process
 * is as good. */
static bool is_pinned(const dyno_answer *answer)
{
    const dyno_placement *placement = answer->request->placement;
    if (placement == NULL || placement->n == 0 || answer->stray) return false;
    bool all_told = true, one_cpu = true;
    for (unsigned i = 0; i < placement->n; i++) {
        all_told = all_told && answer->bound[i] != 0;
        one_cpu = one_cpu && placement->cpu[i] == placement->cpu[0];
    }
    return all_told || (one_cpu && answer->confined);
}

static void conclude_binding(dyno_answer *answer)
{
    dyno_attempt *attempt = answer->attempt;
    attempt->pinned = is_pinned(answer);
    list_cpus(answer);
    if (attempt->pinned && attempt->cpus[0] == '\0') {
        snprintf(attempt->cpus, sizeof attempt->cpus, "%d", answer->request->placement->cpu[0]);
    }
}

void dyno_answer_finish(dyno_answer *answer)
{
    if (answer->failed) return;
    if (!answer->judged) {
        fail(answer, DYNO_MALFORMED, "the worker ended without a verdict after %u lines", answer->line);
    } else if (!answer->ended || answer->lines.used > 0) {
        fail(answer, DYNO_MALFORMED, "the worker ended without the line 'end'");
    } else if (answer->attempt->outcome == DYNO_OK && answer->attempt->n_samples == 0) {
        fail(answer, DYNO_MALFORMED, "the worker gave the verdict ok and no sample");
    }
    conclude_binding(answer);
}
