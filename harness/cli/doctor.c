/* doctor.c - `dyno doctor`: what on this machine would spoil measurements, and what to do about it. */
#include "cli/cli.h"

#include "base/memory.h"
#include "cli/options.h"
#include "plan/catalogue.h"
#include "run/env.h"
#include "run/noise.h"

#include <cjson/cJSON.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef enum grade { LEVEL_OK, LEVEL_WARN, LEVEL_UNKNOWN, LEVEL_BAD } grade;

typedef struct finding {
    grade level;
    const char *name;
    char *said;
    const char *remedy; /* NULL where there is nothing to do */
} finding;

typedef struct report {
    finding *findings;
    size_t n;
} report;

static void __attribute__((format(printf, 5, 6)))
find(report *r, grade level, const char *name, const char *remedy, const char *format, ...)
{
    char said[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(said, sizeof said, format, arguments);
    va_end(arguments);
    r->findings = dyno_extend(r->findings, r->n, sizeof *r->findings);
    r->findings[r->n++] = (finding){level, name, dyno_copy(said), level == LEVEL_OK ? NULL : remedy};
}

/* ---- Reading env.json ---- */

static const cJSON *item(const cJSON *env, const char *part, const char *name)
{
    const cJSON *of = part != NULL ? cJSON_GetObjectItem(env, part) : env;
    return cJSON_GetObjectItem(of, name);
}

static const char *text(const cJSON *env, const char *part, const char *name)
{
    return cJSON_GetStringValue(item(env, part, name));
}

static double number(const cJSON *env, const char *part, const char *name)
{
    const cJSON *value = item(env, part, name);
    return cJSON_IsNumber(value) ? value->valuedouble : -1;
}

/* ---- The processor ---- */

static void check_clock_rate(report *r, const cJSON *env)
{
    const char *governor = text(env, "cpu", "governor");
    bool is_virtual = cJSON_IsTrue(item(env, "cpu", "virtual"));
    if (governor == NULL) {
        find(r, LEVEL_UNKNOWN, "governor", NULL, "no cpufreq here%s",
             is_virtual ? ": a virtual machine, whose host sets the clock rate" : "");
    } else {
        find(r, strcmp(governor, "performance") == 0 ? LEVEL_OK : LEVEL_WARN, "governor",
             "echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor", "%s", governor);
    }
    const cJSON *turbo = item(env, "cpu", "turbo");
    if (cJSON_IsBool(turbo)) {
        find(r, cJSON_IsTrue(turbo) ? LEVEL_WARN : LEVEL_OK, "turbo",
             access("/sys/devices/system/cpu/intel_pstate/no_turbo", F_OK) == 0
                 ? "echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo"
                 : "echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost",
             cJSON_IsTrue(turbo) ? "on: the clock rate depends on temperature and on what else runs" : "off");
    } else {
        find(r, LEVEL_UNKNOWN, "turbo", NULL, "the kernel does not tell");
    }
}

static void check_smt(report *r, const cJSON *env)
{
    const char *smt = text(env, "cpu", "smt");
    double logical = number(env, "cpu", "logical"), cores = number(env, "cpu", "cores");
    if (logical > cores && cores > 0) {
        find(r, LEVEL_WARN, "hyper-threads",
             "measure with --pin core, or: echo off | sudo tee /sys/devices/system/cpu/smt/control",
             "%g logical CPUs on %g cores: two threads may share a core", logical, cores);
    } else {
        find(r, LEVEL_OK, "hyper-threads", NULL, "none in use (%g logical CPUs on %g cores; control: %s)", logical,
             cores, smt != NULL ? smt : "not told");
    }
}

static void check_cpus(report *r, const cJSON *env)
{
    double quota = number(env, "cgroup", "quota_cpus");
    double usable = cJSON_GetArraySize(cJSON_GetObjectItem(env, "affinity")), all = number(env, "cpu", "logical");
    find(r, LEVEL_OK, "CPUs", NULL, "%g usable of %g, %s", usable, all,
         text(env, "cpu", "model") != NULL ? text(env, "cpu", "model") : "model unknown");
    if (quota > 0 && quota < usable) {
        find(r, LEVEL_WARN, "CPU quota",
             "run with at most as many threads as the quota grants, or raise the cgroup's cpu.max",
             "the cgroup grants %.2f CPUs of time: threads beyond that are stopped for part of each period", quota);
    } else {
        find(r, LEVEL_OK, "CPU quota", NULL, quota > 0 ? "%.2f CPUs, enough" : "none", quota);
    }
}

static void check_memory(report *r, const cJSON *env)
{
    const char *thp = text(env, "memory", "thp");
    if (thp == NULL) {
        find(r, LEVEL_UNKNOWN, "huge pages", NULL, "the kernel does not tell");
    } else {
        find(r, strcmp(thp, "always") == 0 ? LEVEL_WARN : LEVEL_OK, "huge pages",
             "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled",
             strcmp(thp, "always") == 0 ? "always: memory figures depend on when the kernel merges pages" : "%s", thp);
    }
    double aslr = number(env, NULL, "aslr");
    if (aslr < 0) {
        find(r, LEVEL_UNKNOWN, "ASLR", NULL, "the kernel does not tell");
        return;
    }
    find(r, aslr > 0 ? LEVEL_OK : LEVEL_WARN, "ASLR", "echo 2 | sudo tee /proc/sys/kernel/randomize_va_space",
         aslr > 0 ? "on: layouts are sampled by fresh processes"
                  : "off: every process has the same layout, a lucky or unlucky one");
}

/* ---- What else runs ---- */

static void check_load(report *r, const cJSON *env)
{
    double load = number(env, "before", "load_1min"), usable = cJSON_GetArraySize(cJSON_GetObjectItem(env, "affinity"));
    bool busy = load > 0.3 * usable;
    if (load < 0) {
        find(r, LEVEL_UNKNOWN, "load", NULL, "the kernel does not tell");
        return;
    }
    find(r, busy ? LEVEL_WARN : LEVEL_OK, "load", "stop what else runs; `top` shows it", "%.2f over the last minute%s",
         load, busy ? ": other programs are competing" : "");
}

static void check_noise(report *r)
{
    dyno_clock_facts clock = dyno_measure_clock();
    find(r, clock.cost_ns > 200 || clock.resolution_ns > 1000 ? LEVEL_WARN : LEVEL_OK, "clock",
         "echo tsc | sudo tee /sys/devices/system/clocksource/clocksource0/current_clocksource",
         "a reading costs %.0f ns, the smallest step is %.0f ns", clock.cost_ns, clock.resolution_ns);
    dyno_noise noise = dyno_measure_noise(1.0);
    find(r, noise.variation > 0.02 ? LEVEL_WARN : LEVEL_OK, "noise",
         "take more processes (--processes 10) and believe intervals, not single figures",
         "%u times %.2f ms of the same work: %.1f %% variation, the slowest %.2f times the median", noise.n,
         noise.median_ms, 100 * noise.variation, noise.worst);
    find(r, noise.lost > 0.01 ? LEVEL_WARN : LEVEL_OK, "interruptions",
         "stop what else runs, or keep CPUs free with isolcpus=", "%.2f %% of the time lost in gaps over 5 us",
         100 * noise.lost);
    find(r, noise.steal > 0.01 ? LEVEL_WARN : LEVEL_OK, "stolen time",
         "ask for dedicated CPUs, or measure at a quieter hour", "%.2f %% taken by the hypervisor", 100 * noise.steal);
}

/* ---- dyno's own parts ---- */

static void check_build(report *r, const cJSON *env)
{
    const char *type = text(env, "build", "type"), *sanitize = text(env, "build", "sanitize");
    bool measured = strcmp(type, "Release") == 0 && sanitize[0] == '\0';
    find(r, measured ? LEVEL_OK : LEVEL_WARN, "build",
         "build with: cmake --preset release && cmake --build --preset release", "%s by %s%s%s", type,
         text(env, "build", "compiler"), sanitize[0] != '\0' ? ", sanitizer " : "", sanitize);
}

static void check_gnuplot(report *r, const cJSON *env)
{
    const char *version = text(env, "libraries", "gnuplot");
    find(r, version != NULL ? LEVEL_OK : LEVEL_WARN, "gnuplot", "sudo apt-get install gnuplot-nox", "%s",
         version != NULL ? version : "not found: there will be no plots");
}

static bool told_before(const dyno_catalogue *catalogue, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        const dyno_offer *offer = &catalogue->offers[i];
        if (offer->lacks != NULL && strcmp(offer->contender, catalogue->offers[at].contender) == 0) return true;
    }
    return false;
}

static void check_workers(report *r)
{
    dyno_catalogue catalogue;
    dyno_refusal refusal;
    if (dyno_discover(dyno_path_workers(), &catalogue, &refusal) != DYNO_GOOD) {
        find(r, LEVEL_BAD, "workers", "build the project, or name the worker path in DYNO_WORKERS", "%s",
             refusal.sentence);
        return;
    }
    size_t usable = 0;
    for (size_t i = 0; i < catalogue.n_offers; i++)
        usable += catalogue.offers[i].lacks == NULL;
    find(r, usable > 0 ? LEVEL_OK : LEVEL_BAD, "workers", "see `dyno list` for the reasons",
         "%zu of %zu pairs of workload and contender can run", usable, catalogue.n_offers);
    for (size_t i = 0; i < catalogue.n_offers; i++) {
        const dyno_offer *offer = &catalogue.offers[i];
        if (offer->lacks == NULL || told_before(&catalogue, i)) continue;
        find(r, LEVEL_UNKNOWN, "contender", NULL, "%s for %s: %s", offer->contender, offer->workload, offer->lacks);
    }
    for (size_t i = 0; i < catalogue.n_warnings; i++) {
        find(r, LEVEL_WARN, "worker", "mend or remove that program", "%s", catalogue.warnings[i]);
    }
    dyno_catalogue_free(&catalogue);
}

/* ---- Showing ---- */

static const char *const level_names[] = {"ok", "warn", "unknown", "bad"};

static void print_text(const report *r)
{
    static const char *const colours[] = {"\033[32m", "\033[33m", "\033[2m", "\033[31m"};
    static const char *const marks[] = {"[ok]  ", "[warn]", "[ -- ]", "[bad] "};
    bool colour = dyno_colour(STDOUT_FILENO);
    size_t warned = 0;
    for (size_t i = 0; i < r->n; i++) {
        const finding *f = &r->findings[i];
        printf("%s%s%s %-14s %s\n", colour ? colours[f->level] : "", marks[f->level], colour ? "\033[0m" : "", f->name,
               f->said);
        if (f->remedy != NULL) printf("%22s-> %s\n", "", f->remedy);
        warned += f->level == LEVEL_WARN || f->level == LEVEL_BAD;
    }
    if (warned == 0)
        printf("Nothing here should spoil a measurement.\n");
    else
        printf("%zu thing%s to look at.\n", warned, warned == 1 ? "" : "s");
}

static void print_json(const report *r, cJSON *env)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddNumberToObject(root, "schema", 1);
    cJSON *list = cJSON_AddArrayToObject(root, "findings");
    for (size_t i = 0; i < r->n; i++) {
        const finding *f = &r->findings[i];
        cJSON *one = cJSON_CreateObject();
        cJSON_AddStringToObject(one, "level", level_names[f->level]);
        cJSON_AddStringToObject(one, "name", f->name);
        cJSON_AddStringToObject(one, "said", f->said);
        if (f->remedy != NULL) cJSON_AddStringToObject(one, "remedy", f->remedy);
        cJSON_AddItemToArray(list, one);
    }
    cJSON_AddItemToObject(root, "environment", env);
    char *printed = cJSON_Print(root);
    puts(printed);
    cJSON_free(printed);
    cJSON_Delete(root);
}

static int examine(bool json)
{
    dyno_machine *machine;
    dyno_refusal refusal;
    int code = dyno_machine_open(&machine, &refusal);
    if (code != DYNO_GOOD) return dyno_complain(code, &refusal);
    cJSON *env = dyno_env_capture(machine);
    report r = {0};
    check_cpus(&r, env);
    check_clock_rate(&r, env);
    check_smt(&r, env);
    check_memory(&r, env);
    check_load(&r, env);
    check_noise(&r);
    check_build(&r, env);
    check_gnuplot(&r, env);
    check_workers(&r);
    dyno_env_after(env);
    if (json)
        print_json(&r, env);
    else
        print_text(&r);
    if (!json) cJSON_Delete(env);
    bool bad = false;
    for (size_t i = 0; i < r.n; i++) {
        bad = bad || r.findings[i].level == LEVEL_BAD;
        free(r.findings[i].said);
    }
    free(r.findings);
    dyno_machine_close(machine);
    return bad ? DYNO_FAILED : DYNO_GOOD;
}

static const char usage[] =
    "usage: dyno doctor [--json]\n"
    "\n"
    "Checks this machine for what would spoil measurements, with a remedy for each, and measures its\n"
    "clock and its noise for about a second.\n"
    "\n"
    "  --json     findings and environment as JSON\n"
    "\n"
    "Exit codes: 0 dyno can work here (warnings included), 1 it can't.\n";

int dyno_cmd_doctor(int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    dyno_refusal refusal;
    bool json = false;
    int option;
    while ((option = dyno_next_option(argc, argv, options, &refusal)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return DYNO_GOOD;
        }
        if (option != 'j') return dyno_complain(DYNO_USAGE, &refusal);
        json = true;
    }
    if (optind < argc) {
        dyno_refuse(&refusal, DYNO_USAGE, "doctor takes no argument, '%s' was given; accepted are --json and --help",
                    argv[optind]);
        return dyno_complain(DYNO_USAGE, &refusal);
    }
    return examine(json);
}
