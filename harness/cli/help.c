/* help.c - what `dyno help COMMAND` and `dyno COMMAND --help` print. */
#include "cli/options.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *command;
    const char *text;
} pages[] = {
    {"run",
     "usage: dyno run [SUITE] [WORKLOAD...] [options]\n"
     "\n"
     "Measures: every cell of the matrix (workload x parameters x threads x contender) many times, each time in a\n"
     "fresh, pinned process, in random order, round after round.\n"
     "\n"
     "  SUITE                a suite file (ends in .ini), or the name of one that `dyno list suites` shows\n"
     "  WORKLOAD             one that `dyno list` shows; after a suite: only these of it\n"
     "\n"
     "  -p KEY=VALUE         set a parameter or contender, threads, pin, time, warmup, samples, time_limit, "
     "processes,\n"
     "                       budget, seed; stronger than the suite. Lists and ranges multiply out: threads=1,2\n"
     "                       n=10..50+10 size=64..4K*4. WORKLOAD.KEY=VALUE is for one workload: -p fib.n=30\n"
     "  --budget DURATION    the time that the whole run is to take, like 90s, 2m, 1m30s\n"
     "  --processes N        fresh processes for each cell; with a budget at least that many if there is time\n"
     "  --samples N          samples in one process, at most\n"
     "  --time DURATION      measured time in one process, at most\n"
     "  --pin POLICY         compact, scatter, core, none, or a list of CPUs like 0,2-3\n"
     "  --seed N             of the order and of the workloads' inputs\n"
     "  --out DIR            where results go; default results/SUITE-TIME in the current directory\n"
     "  --resume             go on with the run in --out DIR\n"
     "  --workers DIR[:DIR]  where worker programs are; default: DYNO_WORKERS, then those that came with dyno\n"
     "  --all-metrics        print every metric and not only the main one of each workload\n"
     "  --dry-run            print the cells and how long they would take, and measure nothing\n"
     "  --quiet              print the results and nothing else\n"
     "\n"
     "exit: 0 good, 1 a worker or dyno failed, 4 an answer was wrong, 64 wrong usage, 130 interrupted, data kept\n"},
    {"list",
     "usage: dyno list [workloads|contenders|suites] [--json] [--workers DIR[:DIR]]\n"
     "\n"
     "Shows what can be run: workloads with their parameters, metrics and contenders; contenders and why one can't\n"
     "run here; suites. --json prints the same for programs.\n"},
    {"demo",
     "usage: dyno demo fifo PIPE1 PIPE2 [--chars N]\n"
     "\n"
     "Two futures, each reading a FIFO that you made with mkfifo. Write text into them from another terminal; as each\n"
     "has received N (100) or more characters it prints 'Future1 finished with ...', and ends when both have.\n"},
};

bool dyno_print_help(const char *command)
{
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        if (strcmp(pages[i].command, command) != 0) continue;
        fputs(pages[i].text, stdout);
        return true;
    }
    return false;
}
