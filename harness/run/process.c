#include "run/process.h"

#include "kit/protocol.h"
#include "run/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PROTOCOL_FD = DYNO_PROTOCOL_FD_DEFAULT,
    OUTPUT_LIMIT = 256 << 20, /* bytes in any file that a worker writes */
};

extern char **environ;

/* ---- In the child, between fork and exec: system calls only ---- */

/* All CPUs of a placement; false when it names none. */
static bool make_cpu_set(const dyno_placement *placement, cpu_set_t *set)
{
    CPU_ZERO(set);
    if (placement == NULL || placement->n == 0) return false;
    for (unsigned i = 0; i < placement->n; i++)
        CPU_SET((size_t)placement->cpu[i], set);
    return true;
}

static void set_affinity(const dyno_placement *placement)
{
    cpu_set_t set;
    /* Refused in some containers: the parent looks, and what is not bound is recorded as such. */
    if (make_cpu_set(placement, &set)) sched_setaffinity(0, sizeof set, &set);
}

static void reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
}

static int open_scratch_file(const char *name)
{
    return open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
}

static _Noreturn void become_worker(const dyno_start *start, const char *scratch, int request, int protocol, int report,
                                    pid_t parent, char *const *environment)
{
    struct rlimit output = {OUTPUT_LIMIT, OUTPUT_LIMIT};
    int out = -1, err = -1;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    reset_signals();
    set_affinity(start->placement);
    if (getppid() != parent) _exit(127); /* dyno died before the line above could take effect */
    bool ready = chdir(scratch) == 0 && (out = open_scratch_file("stdout")) >= 0 &&
                 (err = open_scratch_file("stderr")) >= 0 && setrlimit(RLIMIT_FSIZE, &output) == 0 &&
                 dup2(request, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 && dup2(err, STDERR_FILENO) >= 0;
    /* The two descriptors that stay are moved above all others first, so that they can't tread on each other. */
    int high = ready ? fcntl(report, F_DUPFD_CLOEXEC, 64) : -1;
    int high_protocol = ready ? fcntl(protocol, F_DUPFD_CLOEXEC, 64) : -1;
    ready = ready && high >= 0 && high_protocol >= 0 && dup2(high_protocol, PROTOCOL_FD) >= 0;
    if (ready) {
        syscall(SYS_close_range, PROTOCOL_FD + 1, (unsigned)high - 1, 0);
        syscall(SYS_close_range, (unsigned)(high_protocol > high ? high_protocol : high) + 1, ~0u, 0);
        char *const arguments[] = {(char *)(uintptr_t)start->program, (char *)(uintptr_t)start->mode, NULL};
        execve(start->program, arguments, environment);
    }
    int failure = errno;
    ssize_t told = write(high >= 0 ? high : report, &failure, sizeof failure);
    _exit(told == sizeof failure ? 127 : 126);
}

/* ---- In the parent ---- */

/* The environment with DYNO_FD and, for this process alone, LD_PRELOAD. */
static char **make_environment(char *fd_text, char *preload_text)
{
    size_t n = 0;
    while (environ[n] != NULL)
        n++;
    char **copy = calloc(n + 3, sizeof *copy);
    if (copy == NULL) return NULL;
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        if (strncmp(environ[i], "LD_PRELOAD=", 11) == 0) continue;
        if (strncmp(environ[i], DYNO_PROTOCOL_FD_ENV "=", sizeof DYNO_PROTOCOL_FD_ENV) == 0) continue;
        copy[used++] = environ[i];
    }
    copy[used++] = fd_text;
    if (preload_text[0] != '\0') copy[used++] = preload_text;
    return copy;
}

static int make_scratch(const char *base, char *scratch, size_t size)
{
    if (base == NULL) base = getenv("TMPDIR");
    if (base == NULL || base[0] != '/') base = "/tmp";
    int length = snprintf(scratch, size, "%s/dyno-XXXXXX", base);
    if (length < 0 || (size_t)length >= size) return ENAMETOOLONG;
    return mkdtemp(scratch) != NULL ? 0 : errno;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *position)
{
    (void)status;
    (void)position;
    return kind == FTW_DP ? rmdir(path) : unlink(path);
}

static void remove_scratch(const char *scratch)
{
    nftw(scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static void close_pair(int pair[2])
{
    close(pair[0]);
    close(pair[1]);
}

/* Whether exec went well: the report pipe closes by itself then. */
static int read_report(int fd)
{
    int failure = 0;
    ssize_t n;
    do
        n = read(fd, &failure, sizeof failure);
    while (n < 0 && errno == EINTR);
    return n == sizeof failure ? failure : 0;
}

static int fork_worker(const dyno_start *start, dyno_process *process, int request[2], int protocol[2], int report[2])
{
    char fd_text[64], preload_text[4200] = "";
    snprintf(fd_text, sizeof fd_text, DYNO_PROTOCOL_FD_ENV "=%d", PROTOCOL_FD);
    if (start->preload != NULL) snprintf(preload_text, sizeof preload_text, "LD_PRELOAD=%s", start->preload);
    char **environment = make_environment(fd_text, preload_text);
    if (environment == NULL) return ENOMEM;
    pid_t parent = getpid();
    process->pid = fork();
    if (process->pid == 0) {
        become_worker(start, process->scratch, request[0], protocol[1], report[1], parent, environment);
    }
    int failure = process->pid < 0 ? errno : 0;
    free(environment);
    return failure;
}

int dyno_process_start(const dyno_start *start, dyno_process *process, const char **what)
{
    int request[2], protocol[2], report[2];
    *process = (dyno_process){.pid = -1, .pidfd = -1, .request_fd = -1, .protocol_fd = -1};
    *what = "making its scratch directory";
    int failure = make_scratch(start->scratch, process->scratch, sizeof process->scratch);
    if (failure != 0) return failure;
    *what = "opening pipes to it";
    if (pipe2(request, O_CLOEXEC) != 0) goto no_request;
    if (pipe2(protocol, O_CLOEXEC) != 0) goto no_protocol;
    if (pipe2(report, O_CLOEXEC) != 0) goto no_report;
    *what = "forking";
    failure = fork_worker(start, process, request, protocol, report);
    close(request[0]);
    close(protocol[1]);
    close(report[1]);
    process->request_fd = request[1];
    process->protocol_fd = protocol[0];
    if (failure == 0) {
        *what = "executing it";
        failure = read_report(report[0]);
        process->pidfd = (int)syscall(SYS_pidfd_open, process->pid, 0);
        if (failure == 0 && process->pidfd < 0) failure = errno;
    }
    close(report[0]);
    if (failure != 0) dyno_process_end(process, NULL);
    return failure;

no_report:
    failure = errno;
    close_pair(protocol);
    close_pair(request);
    remove_scratch(process->scratch);
    return failure;
no_protocol:
    failure = errno;
    close_pair(request);
    remove_scratch(process->scratch);
    return failure;
no_request:
    failure = errno;
    remove_scratch(process->scratch);
    return failure;
}

bool dyno_process_is_confined(const dyno_process *process, const dyno_placement *placement)
{
    cpu_set_t wanted, now;
    return make_cpu_set(placement, &wanted) && sched_getaffinity(process->pid, sizeof now, &now) == 0 &&
           CPU_EQUAL(&wanted, &now);
}

int dyno_process_end(dyno_process *process, struct rusage *usage)
{
    int status = 0;
    if (process->pid > 0) {
        /* Before it is reaped: until then nobody else can have its number, and one that has ended keeps its status. */
        kill(-process->pid, SIGKILL);
        kill(process->pid, SIGKILL);
        while (wait4(process->pid, &status, 0, usage) < 0 && errno == EINTR) {}
    }
    if (process->pidfd >= 0) close(process->pidfd);
    if (process->request_fd >= 0) close(process->request_fd);
    if (process->protocol_fd >= 0) close(process->protocol_fd);
    remove_scratch(process->scratch);
    process->pid = process->pidfd = process->request_fd = process->protocol_fd = -1;
    return status;
}

void dyno_process_last_words(const dyno_process *process, char *text, size_t size)
{
    char path[300], tail[512];
    text[0] = '\0';
    snprintf(path, sizeof path, "%s/stderr", process->scratch);
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return;
    off_t end = lseek(fd, 0, SEEK_END);
    off_t from = end > (off_t)sizeof tail - 1 ? end - (off_t)sizeof tail + 1 : 0;
    ssize_t n = pread(fd, tail, sizeof tail - 1, from);
    close(fd);
    while (n > 0 && (tail[n - 1] == '\n' || tail[n - 1] == '\r'))
        n--;
    if (n <= 0) return;
    tail[n] = '\0';
    const char *line = strrchr(tail, '\n');
    snprintf(text, size, "%s", line != NULL ? line + 1 : tail);
    dyno_make_printable(text);
}
