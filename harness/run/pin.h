/* pin.h - which CPU each thread of a cell is bound to, by policy, from hwloc's topology and what the process may use.
 *
 * compact   neighbours first: fill a core's hardware threads, then the next core, then the next package
 * scatter   as far apart as possible: packages in turn, then cores, hardware threads last
 * core      one thread per core, first hardware thread of each; more threads than cores is "oversubscribed"
 * 0,2-3     an explicit list, used in that order and wrapped around
 * none      no binding
 * The allowed set is the process's affinity mask cut with the cgroup's cpuset.
 */
#ifndef DYNO_PIN_H
#define DYNO_PIN_H

#include "base/exit.h"

#include <stdbool.h>

enum { DYNO_CPUS_MAX = 1024 };

typedef struct dyno_placement {
    unsigned n; /* CPUs named below, one per thread; 0: not bound */
    int cpu[DYNO_CPUS_MAX];
    bool oversubscribed; /* more threads than distinct CPUs */
} dyno_placement;

typedef struct dyno_machine dyno_machine; /* the topology, loaded once */

int dyno_machine_open(dyno_machine **machine, dyno_refusal *refusal);
void dyno_machine_close(dyno_machine *machine);
unsigned dyno_machine_cpus(const dyno_machine *machine); /* logical CPUs the process may use */

/* Refuses a policy or CPU list that is no policy, or that names a CPU the process may not use, saying what is accepted.
 */
int dyno_place(const dyno_machine *machine, const char *policy, unsigned threads, dyno_placement *placement,
               dyno_refusal *refusal);

/* Checks the wording of a policy alone, for the planner. */
bool dyno_pin_valid(const char *policy);

#endif
