#include "tables.h"

#include "value.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char sentence[512];

__attribute__((format(printf, 1, 2))) static const char *refuse(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    return sentence;
}

size_t kit_count_params(const kit_workload *workload)
{
    size_t n = 0;
    while (workload->params != NULL && workload->params[n].name != NULL)
        n++;
    return n;
}

static bool one_field(const char *text)
{
    return text != NULL && text[0] != '\0' && strpbrk(text, " \n") == NULL;
}

static const char *param_mistake(const kit_workload *w, const kit_param *p)
{
    kit_value value;
    if (!kit_name_valid(p->name)) return refuse("workload %s: parameter \"%s\" is no name", w->name, p->name);
    if (kit_type_named(p->type) == KIT_NO_TYPE)
        return refuse("workload %s: parameter %s has the unknown type %s", w->name, p->name, p->type);
    if (!one_field(p->initial) || !kit_value_parse(kit_type_named(p->type), p->initial, &value) ||
        !one_field(p->accepts) || kit_value_accepted(&value, p->accepts) != KIT_ACCEPTED)
        return refuse("workload %s: the default of parameter %s is not accepted by its own rule", w->name, p->name);
    return NULL;
}

static const char *metric_mistake(const kit_workload *w, const kit_metric *m)
{
    if (!kit_name_valid(m->name) || !one_field(m->unit))
        return refuse("workload %s: metric \"%s\" has a malformed name or unit", w->name, m->name);
    if (strcmp(m->better, "lower") != 0 && strcmp(m->better, "higher") != 0 && strcmp(m->better, "none") != 0)
        return refuse("workload %s: metric %s is better when \"%s\"", w->name, m->name, m->better);
    return NULL;
}

static const char *workload_mistake(const kit_workload *w)
{
    const char *wrong = NULL;
    if (!kit_name_valid(w->name) || !kit_name_valid(w->family))
        return refuse("workload \"%s\" has a malformed name or family", w->name);
    if (w->sample == NULL) return refuse("workload %s has no function sample", w->name);
    if (w->metrics == NULL || w->metrics[0].name == NULL) return refuse("workload %s has no metric", w->name);
    for (size_t i = 0, n = kit_count_params(w); wrong == NULL && i < n; i++)
        wrong = param_mistake(w, &w->params[i]);
    for (size_t i = 0; wrong == NULL && w->metrics[i].name != NULL; i++)
        wrong = i < KIT_METRICS_MAX ? metric_mistake(w, &w->metrics[i])
                                    : refuse("workload %s has over %d metrics", w->name, KIT_METRICS_MAX);
    return wrong;
}

const char *kit_worker_mistake(const kit_worker *worker)
{
    const char *wrong = NULL;
    if (!kit_name_valid(worker->name)) return refuse("the worker's name \"%s\" is malformed", worker->name);
    for (const kit_contender *c = worker->contenders; wrong == NULL && c->name != NULL; c++)
        if (!kit_name_valid(c->name)) wrong = refuse("contender \"%s\" has a malformed name", c->name);
    for (const kit_workload *const *w = worker->workloads; wrong == NULL && *w != NULL; w++)
        wrong = workload_mistake(*w);
    return wrong;
}
