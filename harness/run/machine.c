#include "run/machine.h"

#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static unsigned rank_of(hwloc_obj_t object, hwloc_obj_t within)
{
    unsigned rank = 0;
    for (hwloc_obj_t o = object->prev_cousin; o != NULL; o = o->prev_cousin) {
        if (within != NULL && !hwloc_bitmap_isincluded(o->cpuset, within->cpuset)) break;
        rank++;
    }
    return rank;
}

static dyno_pu describe_pu(hwloc_topology_t topology, hwloc_obj_t pu)
{
    hwloc_obj_t package = hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_PACKAGE, pu);
    hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_CORE, pu);
    return (dyno_pu){
        .cpu = (int)pu->os_index,
        .package = package != NULL ? rank_of(package, NULL) : 0,
        .core = rank_of(core != NULL ? core : pu, package),
    };
}

/* The CPUs to use: hwloc has left out those that the cgroup forbids; the affinity mask is cut off here. */
static void list_pus(dyno_machine *machine, hwloc_const_bitmap_t usable)
{
    int total = hwloc_get_nbobjs_by_type(machine->topology, HWLOC_OBJ_PU);
    machine->pus = dyno_allocate((size_t)(total > 0 ? total : 1), sizeof *machine->pus);
    hwloc_obj_t pu = NULL;
    while ((pu = hwloc_get_next_obj_by_type(machine->topology, HWLOC_OBJ_PU, pu)) != NULL) {
        if (usable != NULL && !hwloc_bitmap_isset(usable, pu->os_index)) continue;
        dyno_pu found = describe_pu(machine->topology, pu);
        for (unsigned i = machine->n; i-- > 0;) {
            const dyno_pu *before = &machine->pus[i];
            if (before->package != found.package || before->core != found.core) break;
            found.smt++;
        }
        machine->pus[machine->n++] = found;
    }
}

static int open_machine(const char *synthetic, dyno_machine **result, dyno_refusal *refusal)
{
    dyno_machine *machine = dyno_allocate(1, sizeof *machine);
    if (hwloc_topology_init(&machine->topology) != 0) {
        free(machine);
        return dyno_refuse(refusal, DYNO_FAILED, "hwloc could not be started: %s", strerror(errno));
    }
    bool loaded = (synthetic == NULL || hwloc_topology_set_synthetic(machine->topology, synthetic) == 0) &&
                  hwloc_topology_load(machine->topology) == 0;
    if (!loaded) {
        int failure = errno;
        hwloc_topology_destroy(machine->topology);
        free(machine);
        return dyno_refuse(refusal, DYNO_FAILED, "hwloc could not read the topology: %s", strerror(failure));
    }
    hwloc_bitmap_t bound = hwloc_bitmap_alloc();
    bool known =
        synthetic == NULL && bound != NULL && hwloc_get_cpubind(machine->topology, bound, HWLOC_CPUBIND_PROCESS) == 0;
    list_pus(machine, known ? bound : NULL);
    hwloc_bitmap_free(bound);
    *result = machine;
    return DYNO_GOOD;
}

int dyno_machine_open(dyno_machine **machine, dyno_refusal *refusal)
{
    return open_machine(NULL, machine, refusal);
}

int dyno_machine_open_synthetic(const char *description, dyno_machine **machine, dyno_refusal *refusal)
{
    return open_machine(description, machine, refusal);
}

void dyno_machine_close(dyno_machine *machine)
{
    if (machine == NULL) return;
    hwloc_topology_destroy(machine->topology);
    free(machine->pus);
    free(machine);
}

unsigned dyno_machine_cpus(const dyno_machine *machine)
{
    return machine->n;
}
