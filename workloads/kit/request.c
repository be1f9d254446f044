#include "request.h"

#include "channel.h"
#include "protocol.h"
#include "tables.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* The request as it was said, before the tables give it a meaning. */
typedef struct pair {
    char *name, *value;
} pair;

typedef struct draft {
    const kit_worker *worker;
    char *contender, *workload;
    pair *params;
    size_t n_params;
    bool has_threads, has_seed, has_samples, has_warmup, has_time;
    uint64_t threads;
    kit_request *request;
} draft;

static char sentence[DYNO_PROTOCOL_LINE_MAX + 256];

__attribute__((format(printf, 1, 2))) static const char *refuse(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    return sentence;
}

static void *grown(void *array, size_t size)
{
    void *larger = realloc(array, size);
    if (larger == NULL) {
        fputs("out of memory while reading the request\n", stderr);
        exit(1);
    }
    return larger;
}

static char *copy_of(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(grown(NULL, size), text, size);
}

/* ---- One line ---- */

static const char *take_name(char **slot, const char *what, const char *text)
{
    if (*slot != NULL) return refuse("%s is given twice", what);
    if (!kit_name_valid(text)) return refuse("%s \"%s\" is no name", what, text);
    *slot = copy_of(text);
    return NULL;
}

static const char *take_u64(bool *seen, uint64_t *slot, const char *what, const char *text)
{
    if (*seen) return refuse("%s is given twice", what);
    if (!kit_parse_u64(text, slot)) return refuse("%s \"%s\" is no unsigned decimal number", what, text);
    *seen = true;
    return NULL;
}

static const char *take_seconds(bool *seen, double *slot, const char *what, const char *text)
{
    if (*seen) return refuse("%s is given twice", what);
    if (!kit_parse_real(text, slot) || *slot < 0)
        return refuse("%s \"%s\" is no number of seconds, 0 or more", what, text);
    *seen = true;
    return NULL;
}

static const char *take_cpu(kit_request *request, const char *text)
{
    uint64_t cpu = 0;
    if (!kit_parse_u64(text, &cpu) || cpu > 1 << 20) return refuse("cpu \"%s\" is no CPU number", text);
    request->cpus = grown(request->cpus, (request->n_cpus + 1) * sizeof *request->cpus);
    request->cpus[request->n_cpus++] = (int)cpu;
    return NULL;
}

static const char *take_param(draft *d, char *text)
{
    char *space = strchr(text, ' ');
    if (space == NULL) return refuse("param \"%s\" has no value; the form is: param NAME VALUE", text);
    *space = '\0';
    for (size_t i = 0; i < d->n_params; i++)
        if (strcmp(d->params[i].name, text) == 0) return refuse("param %s is given twice", text);
    d->params = grown(d->params, (d->n_params + 1) * sizeof *d->params);
    d->params[d->n_params++] = (pair){copy_of(text), copy_of(space + 1)};
    return NULL;
}

static const char *take_line(draft *d, char *line)
{
    char *text = strchr(line, ' ');
    if (text == NULL) return refuse("\"%s\" is no line of a request", line);
    *text++ = '\0';
    kit_request *r = d->request;
    if (strcmp(line, "contender") == 0) return take_name(&d->contender, "contender", text);
    if (strcmp(line, "workload") == 0) return take_name(&d->workload, "workload", text);
    if (strcmp(line, "param") == 0) return take_param(d, text);
    if (strcmp(line, "threads") == 0) return take_u64(&d->has_threads, &d->threads, "threads", text);
    if (strcmp(line, "seed") == 0) return take_u64(&d->has_seed, &r->seed, "seed", text);
    if (strcmp(line, "samples") == 0) return take_u64(&d->has_samples, &r->samples, "samples", text);
    if (strcmp(line, "warmup") == 0) return take_seconds(&d->has_warmup, &r->warmup, "warmup", text);
    if (strcmp(line, "time") == 0) return take_seconds(&d->has_time, &r->time, "time", text);
    if (strcmp(line, "cpu") == 0) return take_cpu(r, text);
    return refuse("\"%s\" begins no line of a request", line);
}

static const char *read_lines(FILE *in, draft *d)
{
    kit_reader reader = {.in = in};
    const char *wrong = NULL;
    bool go = false;
    while (wrong == NULL && !go) {
        const char *why = NULL;
        kit_read outcome = kit_read_line(&reader, &why);
        if (outcome == KIT_READ_END)
            wrong = refuse("the request ends before \"go\"");
        else if (outcome == KIT_READ_BAD)
            wrong = refuse("%s", why);
        else if (reader.line == 1 && strcmp(reader.text, "dyno 1") != 0)
            wrong = refuse("\"%s\" is not \"dyno 1\", the version of the protocol spoken here", reader.text);
        else if (strcmp(reader.text, "go") == 0)
            go = true;
        else if (reader.line > 1)
            wrong = take_line(d, reader.text);
    }
    if (wrong != NULL) {
        char *said = copy_of(wrong);
        wrong = refuse("line %u of the request: %s", reader.line, said);
        free(said);
    }
    kit_reader_free(&reader);
    return wrong;
}

/* ---- The request against the tables ---- */

static const char *find_contender(draft *d)
{
    char known[1024] = "";
    size_t used = 0;
    if (d->contender == NULL) return refuse("the request names no contender");
    for (const kit_contender *c = d->worker->contenders; c->name != NULL; c++) {
        if (strcmp(c->name, d->contender) == 0) d->request->contender = c;
        if (used < sizeof known) used += (size_t)snprintf(known + used, sizeof known - used, " %s", c->name);
    }
    return d->request->contender != NULL ? NULL
                                         : refuse("unknown contender %s; this worker has:%s", d->contender, known);
}

static const char *find_workload(draft *d)
{
    char known[1024] = "";
    size_t used = 0;
    if (d->workload == NULL) return refuse("the request names no workload");
    for (const kit_workload *const *w = d->worker->workloads; *w != NULL; w++) {
        if (strcmp((*w)->name, d->workload) == 0) d->request->workload = *w;
        if (used < sizeof known) used += (size_t)snprintf(known + used, sizeof known - used, " %s", (*w)->name);
    }
    return d->request->workload != NULL ? NULL : refuse("unknown workload %s; this worker has:%s", d->workload, known);
}

static const char *set_param(kit_value *value, const kit_param *param, const char *text)
{
    kit_type type = kit_type_named(param->type);
    if (!kit_value_parse(type, text, value)) {
        value->word = NULL;
        return refuse("%s = %s is no value of type %s; accepted: %s", param->name, text, param->type, param->accepts);
    }
    bool accepted = kit_value_accepted(value, param->accepts) == KIT_ACCEPTED;
    value->word = type == KIT_WORD && accepted ? copy_of(text) : NULL;
    return accepted ? NULL : refuse("%s = %s is outside of what is accepted: %s", param->name, text, param->accepts);
}

static const char *set_params(draft *d)
{
    const kit_workload *workload = d->request->workload;
    size_t n = kit_count_params(workload), used = 0;
    d->request->values = grown(NULL, (n + 1) * sizeof *d->request->values);
    memset(d->request->values, 0, (n + 1) * sizeof *d->request->values);
    for (size_t i = 0; i < n; i++) {
        const char *text = workload->params[i].initial;
        for (size_t k = 0; k < d->n_params; k++)
            if (strcmp(d->params[k].name, workload->params[i].name) == 0) text = d->params[k].value, used++;
        const char *wrong = set_param(&d->request->values[i], &workload->params[i], text);
        if (wrong != NULL) return wrong;
    }
    for (size_t k = 0; k < d->n_params && used < d->n_params; k++) {
        size_t i = 0;
        while (i < n && strcmp(d->params[k].name, workload->params[i].name) != 0)
            i++;
        if (i == n) return refuse("workload %s has no parameter %s", workload->name, d->params[k].name);
    }
    return NULL;
}

static const char *set_threads(draft *d)
{
    const kit_workload *workload = d->request->workload;
    unsigned low = workload->min_threads > 0 ? workload->min_threads : 1, high = workload->max_threads;
    uint64_t threads = d->has_threads ? d->threads : low;
    if (threads < low || (high > 0 && threads > high) || threads > 1 << 20) {
        if (high == 0)
            return refuse("threads = %llu: %s takes %u or more", (unsigned long long)threads, workload->name, low);
        return refuse("threads = %llu: %s of %s takes %u..%u", (unsigned long long)threads, workload->name,
                      d->request->contender->name, low, high);
    }
    d->request->threads = (unsigned)threads;
    return NULL;
}

static const char *check(draft *d)
{
    const char *wrong = find_contender(d);
    if (wrong == NULL) wrong = find_workload(d);
    if (wrong == NULL) wrong = set_params(d);
    if (wrong == NULL) wrong = set_threads(d);
    if (wrong == NULL && d->request->samples == 0) wrong = refuse("samples = 0: one or more are accepted");
    return wrong;
}

const char *kit_request_read(FILE *in, const kit_worker *worker, kit_request *request)
{
    *request = (kit_request){.seed = 1, .samples = 10, .warmup = 0.1, .time = 1.0};
    draft d = {.worker = worker, .request = request};
    const char *wrong = read_lines(in, &d);
    if (wrong == NULL) wrong = check(&d);
    for (size_t i = 0; i < d.n_params; i++) {
        free(d.params[i].name);
        free(d.params[i].value);
    }
    free(d.params);
    free(d.contender);
    free(d.workload);
    if (wrong != NULL) kit_request_free(request);
    return wrong;
}

void kit_request_free(kit_request *request)
{
    size_t n = request->values != NULL ? kit_count_params(request->workload) : 0;
    for (size_t i = 0; i < n; i++)
        free(request->values[i].word);
    free(request->values);
    free(request->cpus);
    *request = (kit_request){0};
}
