/* env.h - the machine as it is: for env.json and for `dyno doctor`.
 *
 * env.json is an object: schema, host, time, kernel, cpu {model, vendor, logical, cores, packages, numa, smt, governor,
 * turbo, cache sizes}, memory {total, page size, thp}, aslr, cgroup {cpuset, quota, effective_cpus}, affinity, topology
 * (hwloc's synthetic description), build {compiler, flags, type, version}, libraries {name: version}, load and steal
 * before and after. What can't be read is null.
 */
#ifndef DYNO_ENV_H
#define DYNO_ENV_H

#include "base/exit.h"
#include "run/pin.h"

struct cJSON;

/* The environment before a run. The caller owns the object (cJSON_Delete). */
struct cJSON *dyno_env_capture(const dyno_machine *machine);
/* Adds load, steal time and frequency after the run to an object made by dyno_env_capture. */
void dyno_env_after(struct cJSON *env);

#endif
