#include "run/pin.h"

#include "base/memory.h"
#include "run/machine.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Explicit lists ---- */

/* Reads "0,2-3" and calls take for each CPU in turn; false when the text is no list or take refuses. */
static bool each_cpu(const char *text, bool (*take)(void *context, int cpu), void *context)
{
    while (true) {
        char *end;
        if (!isdigit((unsigned char)*text)) return false;
        long first = strtol(text, &end, 10), last = first;
        if (*end == '-') {
            text = end + 1;
            if (!isdigit((unsigned char)*text)) return false;
            last = strtol(text, &end, 10);
        }
        if (first > last || last >= 1 << 16) return false;
        for (long cpu = first; cpu <= last; cpu++) {
            if (!take(context, (int)cpu)) return false;
        }
        if (*end == '\0') return true;
        if (*end != ',') return false;
        text = end + 1;
    }
}

static bool accept_any(void *context, int cpu)
{
    (void)context;
    (void)cpu;
    return true;
}

static const char *const policies[] = {"compact", "scatter", "core", "none"};

static bool is_policy(const char *text)
{
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        if (strcmp(text, policies[i]) == 0) return true;
    }
    return false;
}

bool dyno_pin_valid(const char *policy)
{
    return is_policy(policy) || each_cpu(policy, accept_any, NULL);
}

/* ---- The order in which CPUs are used ---- */

typedef struct order {
    const dyno_machine *machine;
    int cpu[DYNO_CPUS_MAX];
    unsigned n;
    int stranger; /* a CPU that may not be used, -1 for none */
} order;

static bool may_use(const dyno_machine *machine, int cpu)
{
    for (unsigned i = 0; i < machine->n; i++) {
        if (machine->pus[i].cpu == cpu) return true;
    }
    return false;
}

static bool append(void *context, int cpu)
{
    order *o = context;
    if (!may_use(o->machine, cpu)) o->stranger = cpu;
    if (o->stranger >= 0 || o->n == DYNO_CPUS_MAX) return false;
    o->cpu[o->n++] = cpu;
    return true;
}

static int far_apart_first(const void *a, const void *b)
{
    const dyno_pu *x = a, *y = b;
    if (x->smt != y->smt) return x->smt < y->smt ? -1 : 1;
    if (x->core != y->core) return x->core < y->core ? -1 : 1;
    return (x->package > y->package) - (x->package < y->package);
}

static void order_by_policy(const char *policy, order *o)
{
    const dyno_machine *machine = o->machine;
    dyno_pu *pus = dyno_allocate(machine->n + 1, sizeof *pus);
    memcpy(pus, machine->pus, machine->n * sizeof *pus);
    if (strcmp(policy, "scatter") == 0) qsort(pus, machine->n, sizeof *pus, far_apart_first);
    bool one_per_core = strcmp(policy, "core") == 0;
    for (unsigned i = 0; i < machine->n && o->n < DYNO_CPUS_MAX; i++) {
        if (!one_per_core || pus[i].smt == 0) o->cpu[o->n++] = pus[i].cpu;
    }
    free(pus);
}

/* The CPUs that may be used as a list for a sentence, cut where it becomes long. */
static const char *usable_cpus(const dyno_machine *machine, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < machine->n && used + 16 < size; i++) {
        used += (size_t)snprintf(text + used, size - used, "%s%d", i > 0 ? "," : "", machine->pus[i].cpu);
    }
    return text;
}

static unsigned count_distinct(const order *o)
{
    unsigned distinct = 0;
    for (unsigned i = 0; i < o->n; i++) {
        bool seen = false;
        for (unsigned k = 0; k < i && !seen; k++)
            seen = o->cpu[k] == o->cpu[i];
        distinct += !seen;
    }
    return distinct;
}

int dyno_place(const dyno_machine *machine, const char *policy, unsigned threads, dyno_placement *placement,
               dyno_refusal *refusal)
{
    *placement = (dyno_placement){0};
    if (strcmp(policy, "none") == 0) return DYNO_GOOD;
    order *o = dyno_allocate(1, sizeof *o);
    o->machine = machine;
    o->stranger = -1;
    bool listed = true;
    if (is_policy(policy))
        order_by_policy(policy, o);
    else
        listed = each_cpu(policy, append, o);
    int code = DYNO_GOOD;
    if (o->stranger >= 0) {
        char usable[256];
        code = dyno_refuse(refusal, DYNO_USAGE, "pin = %s: this process may not use CPU %d; it may use %s", policy,
                           o->stranger, usable_cpus(machine, usable, sizeof usable));
    } else if (!listed) {
        code = dyno_refuse(refusal, DYNO_USAGE,
                           "pin = %s: accepted are compact, scatter, core, none, or a list of CPUs like 0,2-3", policy);
    } else if (o->n > 0) {
        placement->n = threads < DYNO_CPUS_MAX ? threads : DYNO_CPUS_MAX;
        for (unsigned i = 0; i < placement->n; i++)
            placement->cpu[i] = o->cpu[i % o->n];
        placement->oversubscribed = threads > count_distinct(o);
    }
    free(o);
    return code;
}
