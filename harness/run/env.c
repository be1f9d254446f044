#include "run/env.h"

#include "base/memory.h"
#include "run/build.h"
#include "run/facts.h"
#include "run/machine.h"
#include "run/steal.h"

#include <cjson/cJSON.h>
#include <gnu/libc-version.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* ---- Adding what is known, null for what is not ---- */

static void add_text(cJSON *to, const char *name, char *owned)
{
    if (owned != NULL)
        cJSON_AddStringToObject(to, name, owned);
    else
        cJSON_AddNullToObject(to, name);
    free(owned);
}

static void add_number(cJSON *to, const char *name, double value)
{
    if (value >= 0)
        cJSON_AddNumberToObject(to, name, value);
    else
        cJSON_AddNullToObject(to, name);
}

static void add_number_text(cJSON *to, const char *name, char *owned)
{
    add_number(to, name, dyno_leading_number(owned));
    free(owned);
}

/* ---- Parts ---- */

static void add_time(cJSON *env, const char *name)
{
    char text[64];
    time_t now = time(NULL);
    struct tm parts;
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &parts));
    cJSON_AddStringToObject(env, name, text);
}

static double count_objects(const dyno_machine *machine, hwloc_obj_type_t type)
{
    return hwloc_get_nbobjs_by_type(machine->topology, type);
}

/* Whether the clock may rise above its nominal rate. */
static void add_turbo(cJSON *cpu)
{
    char *boost = dyno_read_line("/sys/devices/system/cpu/cpufreq/boost");
    char *no_turbo = dyno_read_line("/sys/devices/system/cpu/intel_pstate/no_turbo");
    if (boost != NULL)
        cJSON_AddBoolToObject(cpu, "turbo", boost[0] == '1');
    else if (no_turbo != NULL)
        cJSON_AddBoolToObject(cpu, "turbo", no_turbo[0] == '0');
    else
        cJSON_AddNullToObject(cpu, "turbo");
    free(boost);
    free(no_turbo);
}

static void add_caches(cJSON *cpu, const dyno_machine *machine)
{
    static const struct {
        hwloc_obj_type_t type;
        const char *name;
    } caches[] = {{HWLOC_OBJ_L1CACHE, "l1d_bytes"}, {HWLOC_OBJ_L2CACHE, "l2_bytes"}, {HWLOC_OBJ_L3CACHE, "l3_bytes"}};
    for (size_t i = 0; i < sizeof caches / sizeof caches[0]; i++) {
        hwloc_obj_t cache = hwloc_get_obj_by_type(machine->topology, caches[i].type, 0);
        add_number(cpu, caches[i].name, cache != NULL ? (double)cache->attr->cache.size : -1);
    }
}

static void add_cpu(cJSON *env, const dyno_machine *machine)
{
    cJSON *cpu = cJSON_AddObjectToObject(env, "cpu");
    add_text(cpu, "model", dyno_read_key("/proc/cpuinfo", "model name"));
    add_text(cpu, "vendor", dyno_read_key("/proc/cpuinfo", "vendor_id"));
    char *flags = dyno_read_key("/proc/cpuinfo", "flags");
    cJSON_AddBoolToObject(cpu, "virtual", flags != NULL && strstr(flags, " hypervisor") != NULL);
    free(flags);
    add_number(cpu, "logical", count_objects(machine, HWLOC_OBJ_PU));
    add_number(cpu, "cores", count_objects(machine, HWLOC_OBJ_CORE));
    add_number(cpu, "packages", count_objects(machine, HWLOC_OBJ_PACKAGE));
    add_number(cpu, "numa", count_objects(machine, HWLOC_OBJ_NUMANODE));
    add_text(cpu, "smt", dyno_read_line("/sys/devices/system/cpu/smt/control"));
    add_text(cpu, "governor", dyno_read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
    add_turbo(cpu);
    add_number_text(cpu, "frequency_mhz", dyno_read_key("/proc/cpuinfo", "cpu MHz"));
    add_caches(cpu, machine);
}

static void add_memory(cJSON *env)
{
    cJSON *memory = cJSON_AddObjectToObject(env, "memory");
    char *total = dyno_read_key("/proc/meminfo", "MemTotal");
    double kib = dyno_leading_number(total);
    add_number(memory, "total_bytes", kib > 0 ? kib * 1024 : -1);
    free(total);
    add_number(memory, "page_bytes", (double)sysconf(_SC_PAGESIZE));
    add_text(memory, "thp", dyno_read_choice("/sys/kernel/mm/transparent_hugepage/enabled"));
    add_number_text(memory, "overcommit", dyno_read_line("/proc/sys/vm/overcommit_memory"));
}

static void add_affinity(cJSON *env, const dyno_machine *machine)
{
    cJSON *affinity = cJSON_AddArrayToObject(env, "affinity");
    for (unsigned i = 0; i < machine->n; i++) {
        cJSON_AddItemToArray(affinity, cJSON_CreateNumber(machine->pus[i].cpu));
    }
}

static void add_cgroup(cJSON *env, const dyno_machine *machine)
{
    cJSON *cgroup = cJSON_AddObjectToObject(env, "cgroup");
    double quota = dyno_cpu_quota();
    add_text(cgroup, "cpuset", dyno_cgroup_cpuset());
    add_number(cgroup, "quota_cpus", quota);
    double usable = machine->n;
    add_number(cgroup, "effective_cpus", quota > 0 && quota < usable ? quota : usable);
}

static void add_topology(cJSON *env, const dyno_machine *machine)
{
    char text[1024];
    int n = hwloc_topology_export_synthetic(machine->topology, text, sizeof text, 0);
    add_text(env, "topology", n > 0 ? dyno_copy(text) : NULL);
}

static void add_build(cJSON *env)
{
    cJSON *build = cJSON_AddObjectToObject(env, "build");
    cJSON_AddStringToObject(build, "version", DYNO_BUILD_VERSION);
    cJSON_AddStringToObject(build, "type", DYNO_BUILD_TYPE);
    cJSON_AddStringToObject(build, "compiler", DYNO_BUILD_COMPILER);
    cJSON_AddStringToObject(build, "flags", DYNO_BUILD_FLAGS);
    cJSON_AddStringToObject(build, "sanitize", DYNO_BUILD_SANITIZE);
}

/* Version of the gnuplot on the PATH, from "gnuplot 5.4 patchlevel 4"; NULL where there is none. */
static char *gnuplot_version(void)
{
    /* The user's own gnuplot, found as plots find it. */
    FILE *said = popen("exec gnuplot --version 2>/dev/null", "re"); /* NOLINT(cert-env33-c): fixed text */
    if (said == NULL) return NULL;
    char line[128] = "";
    if (fgets(line, sizeof line, said) == NULL) line[0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    bool ran = pclose(said) == 0;
    static const char name[] = "gnuplot ";
    return ran && strncmp(line, name, sizeof name - 1) == 0 ? dyno_copy(line + sizeof name - 1) : NULL;
}

static void add_libraries(cJSON *env)
{
    cJSON *libraries = cJSON_AddObjectToObject(env, "libraries");
    unsigned hwloc = hwloc_get_api_version();
    add_text(libraries, "glibc", dyno_copy(gnu_get_libc_version()));
    add_text(libraries, "hwloc", dyno_text("%u.%u.%u", hwloc >> 16, hwloc >> 8 & 255, hwloc & 255));
    add_text(libraries, "cjson", dyno_copy(cJSON_Version()));
    add_text(libraries, "jemalloc", dyno_library_version("libjemalloc.so.2"));
    add_text(libraries, "mimalloc", dyno_library_version("libmimalloc.so.2.0"));
    add_text(libraries, "tcmalloc", dyno_library_version("libtcmalloc_minimal.so.4"));
    add_text(libraries, "gnuplot", gnuplot_version());
}

static void add_load(cJSON *env, const char *name)
{
    cJSON *part = cJSON_AddObjectToObject(env, name);
    double load[3] = {-1, -1, -1};
    if (getloadavg(load, 3) != 3) load[0] = load[1] = load[2] = -1;
    add_time(part, "time");
    add_number(part, "load_1min", load[0]);
    add_number(part, "load_5min", load[1]);
    add_number(part, "load_15min", load[2]);
    add_number(part, "steal_seconds", dyno_steal_seconds());
    add_number_text(part, "frequency_mhz", dyno_read_key("/proc/cpuinfo", "cpu MHz"));
}

cJSON *dyno_env_capture(const dyno_machine *machine)
{
    cJSON *env = cJSON_CreateObject();
    struct utsname names = {0};
    uname(&names);
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    cJSON_AddNumberToObject(env, "schema", 1);
    cJSON_AddStringToObject(env, "host", host);
    add_time(env, "time");
    add_text(env, "kernel", dyno_text("%s %s %s", names.sysname, names.release, names.machine));
    add_cpu(env, machine);
    add_memory(env);
    add_number_text(env, "aslr", dyno_read_line("/proc/sys/kernel/randomize_va_space"));
    add_cgroup(env, machine);
    add_affinity(env, machine);
    add_topology(env, machine);
    add_build(env);
    add_libraries(env);
    add_load(env, "before");
    return env;
}

void dyno_env_after(cJSON *env)
{
    add_load(env, "after");
}
