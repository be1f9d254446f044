/* machine.h - inside run/: what pinning and the environment know of the topology. */
#ifndef DYNO_MACHINE_H
#define DYNO_MACHINE_H

#include "run/pin.h"

#include <hwloc.h>

typedef struct dyno_pu {
    int cpu;          /* the kernel's number */
    unsigned package; /* rank of its package */
    unsigned core;    /* rank of its core within the package */
    unsigned smt;     /* rank within the core, among those that may be used */
} dyno_pu;

struct dyno_machine {
    hwloc_topology_t topology;
    unsigned n;
    dyno_pu *pus; /* that may be used, neighbours first */
};

/* A machine of hwloc's synthetic form, e.g. "pack:2 core:2 pu:2", all of it usable: for tests. */
int dyno_machine_open_synthetic(const char *description, dyno_machine **machine, dyno_refusal *refusal);

#endif
