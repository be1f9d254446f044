/* report.c - what a workload tells: samples, counters, notes, and the two ways to fail. */
#include "run.h"

#include "value.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

__attribute__((noreturn)) static void mistake(const kit_run *run, const char *what, const char *name)
{
    fprintf(stderr, "workload %s: %s %s; this is a mistake in the worker's source\n", run->request->workload->name,
            what, name);
    abort();
}

int kit_sample(kit_run *run, const char *metric, double value)
{
    const kit_metric *metrics = run->request->workload->metrics;
    size_t i = 0;
    while (i < KIT_METRICS_MAX && metrics[i].name != NULL && strcmp(metrics[i].name, metric) != 0)
        i++;
    if (i == KIT_METRICS_MAX || metrics[i].name == NULL) mistake(run, "its table has no metric", metric);
    if (run->reported[i]) mistake(run, "one call of sample reports twice the metric", metric);
    if (!isfinite(value))
        return kit_unable(run, "the value of metric %s is %f, which is no finite number", metric, value);
    run->values[i] = value;
    run->reported[i] = true;
    return 0;
}

int kit_counter(kit_run *run, const char *name, double value)
{
    if (!kit_name_valid(name)) mistake(run, "malformed name of a counter:", name);
    if (!isfinite(value)) return kit_note(run, "counter %s is %f, which is no finite number", name, value);
    kit_say(run->channel, "counter %s %.17g", name, value);
    return 0;
}

static uint64_t hash_of(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash;
}

static bool is_news(kit_run *run, const char *text)
{
    uint64_t hash = hash_of(text);
    bool news = true;
    pthread_mutex_lock(&run->lock);
    for (size_t i = 0; i < run->n_notes; i++)
        news = news && run->notes[i] != hash;
    news = news && run->n_notes < KIT_NOTES_MAX;
    if (news) run->notes[run->n_notes++] = hash;
    pthread_mutex_unlock(&run->lock);
    return news;
}

int kit_note(kit_run *run, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (is_news(run, text)) kit_say(run->channel, "note %s", text);
    return 0;
}

/* The first failure is the verdict, except that a wrong answer outweighs being unable: it must never be hidden. */
static void fail(kit_run *run, kit_verdict verdict, const char *format, va_list args)
{
    if (run->verdict == KIT_VERDICT_WRONG || run->verdict == verdict) return;
    run->verdict = verdict;
    vsnprintf(run->verdict_text, sizeof run->verdict_text, format, args);
    if (run->verdict_text[0] == '\0') snprintf(run->verdict_text, sizeof run->verdict_text, "no reason given");
}

int kit_wrong(kit_run *run, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail(run, KIT_VERDICT_WRONG, format, args);
    va_end(args);
    return -1;
}

int kit_unable(kit_run *run, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail(run, KIT_VERDICT_UNABLE, format, args);
    va_end(args);
    return -1;
}

/* ---- What is asked ---- */

const char *kit_contender_name(const kit_run *run)
{
    return run->request->contender->name;
}

unsigned kit_threads(const kit_run *run)
{
    return run->request->threads;
}

uint64_t kit_seed(const kit_run *run)
{
    return run->request->seed;
}

static const kit_value *value_of(const kit_run *run, const char *param)
{
    const kit_param *params = run->request->workload->params;
    for (size_t i = 0; params != NULL && params[i].name != NULL; i++)
        if (strcmp(params[i].name, param) == 0) return &run->request->values[i];
    mistake(run, "its table has no parameter", param);
}

int64_t kit_int(const kit_run *run, const char *param)
{
    const kit_value *value = value_of(run, param);
    if (value->type != KIT_INT && value->type != KIT_SIZE) mistake(run, "neither int nor size is parameter", param);
    return value->integer;
}

double kit_real(const kit_run *run, const char *param)
{
    const kit_value *value = value_of(run, param);
    if (value->type != KIT_REAL) mistake(run, "no real is parameter", param);
    return value->real;
}

const char *kit_word(const kit_run *run, const char *param)
{
    const kit_value *value = value_of(run, param);
    if (value->type != KIT_WORD) mistake(run, "no word is parameter", param);
    return value->word;
}
