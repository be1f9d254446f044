/* describe.c - the tables, said in the protocol's words. */
#include "run.h"

#ifndef DYNO_VERSION
#define DYNO_VERSION "0"
#endif

static const char *text_or(const char *text, const char *otherwise)
{
    return text != NULL && text[0] != '\0' ? text : otherwise;
}

static void describe_workload(kit_channel *channel, const kit_workload *w)
{
    kit_say(channel, "workload %s %s %s", w->name, w->family, text_or(w->about, w->name));
    for (const kit_param *p = w->params; p != NULL && p->name != NULL; p++)
        kit_say(channel, "param %s %s %s %s %s %s", w->name, p->name, p->type, p->initial, p->accepts,
                text_or(p->about, p->name));
    for (const kit_metric *m = w->metrics; m->name != NULL; m++)
        kit_say(channel, "metric %s %s %s %s %s", w->name, m->name, m->unit, m->better, text_or(m->about, m->name));
}

static void describe_pair(kit_channel *channel, const kit_contender *c, const kit_workload *w)
{
    const char *lacks = c->lacks != NULL ? c->lacks(c->name, w) : NULL;
    kit_say(channel, "threads %s %s %u %u", c->name, w->name, w->min_threads > 0 ? w->min_threads : 1, w->max_threads);
    if (lacks != NULL) kit_say(channel, "lacks %s %s %s", c->name, w->name, text_or(lacks, "no reason given"));
}

void kit_describe(kit_channel *channel, const kit_worker *worker)
{
    kit_say(channel, "worker %s %s", worker->name, DYNO_VERSION);
    for (const kit_contender *c = worker->contenders; c->name != NULL; c++) {
        kit_say(channel, "contender %s %s", c->name, text_or(c->about, c->name));
        if (c->preload != NULL) kit_say(channel, "preload %s %s", c->name, c->preload);
    }
    for (const kit_workload *const *w = worker->workloads; *w != NULL; w++) {
        describe_workload(channel, *w);
        for (const kit_contender *c = worker->contenders; c->name != NULL; c++)
            describe_pair(channel, c, *w);
    }
}
