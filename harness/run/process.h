/* process.h - a worker process: started with nothing of ours, watched, ended for certain.
 *
 * It runs in a process group and a scratch directory of its own; stdin is a pipe, stdout and stderr are files in the
 * scratch directory, the protocol has descriptor 3; no other descriptor is inherited, and it dies with dyno.
 */
#ifndef DYNO_PROCESS_H
#define DYNO_PROCESS_H

#include "run/launch.h"

#include <sys/resource.h>
#include <sys/types.h>

typedef struct dyno_process {
    pid_t pid;
    int pidfd;       /* readable when it has ended */
    int request_fd;  /* its stdin; -1 when closed */
    int protocol_fd; /* what it says */
    char scratch[256];
} dyno_process;

typedef struct dyno_start {
    const char *program;
    const char *mode;    /* "describe" or "run" */
    const char *preload; /* NULL for none */
    const char *scratch; /* directory to make the scratch directory in; NULL: TMPDIR or /tmp */
    const dyno_placement *placement;
} dyno_start;

/* Returns 0, or an errno with *what saying which step failed. */
int dyno_process_start(const dyno_start *start, dyno_process *process, const char **what);

/* Whether the kernel keeps the process on the CPUs of a placement that names some; looked up, not assumed. */
bool dyno_process_is_confined(const dyno_process *process, const dyno_placement *placement);

/* Kills the whole group, waits, gives wait status and resource usage, removes the scratch directory. Call it once for
 * every process that was started; a process that has already ended keeps its own status. */
int dyno_process_end(dyno_process *process, struct rusage *usage);

/* The last line the process wrote to stderr, without control characters, into text; empty if there is none. */
void dyno_process_last_words(const dyno_process *process, char *text, size_t size);

#endif
