#include "show/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { TIME_LIMIT_MS = 60000, POLL_MS = 5 };

/* gnuplot takes a file name that begins with < or | for a shell command, and + or - for itself. */
static char *harmless(const char *dir, const char *prefix, const char *name)
{
    char *path;
    const char *start = dir[0] == '/' ? "" : "./";
    int n = name ? asprintf(&path, "%s%s/%s%s", start, dir, prefix, name) : asprintf(&path, "%s%s", start, dir);
    return n < 0 ? NULL : path;
}

static int start(const dyno_gnuplot *job, char *csv, char *picture, int words, pid_t *child)
{
    char *argv[] = {
        (char *)job->program, "-d", "-c", (char *)job->script, csv, picture, (char *)job->workload, (char *)job->params,
        (char *)job->pin,     NULL};
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0) return error;
    error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (error == 0) error = posix_spawn_file_actions_adddup2(&actions, words, 1);
    if (error == 0) error = posix_spawn_file_actions_adddup2(&actions, words, 2);
    if (error == 0) error = posix_spawnp(child, job->program, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* Its wait status; a gnuplot that never ends is killed. */
static int wait_for(pid_t child)
{
    int status = 0;
    for (int waited = 0;; waited += POLL_MS) {
        pid_t ended = waitpid(child, &status, waited < TIME_LIMIT_MS ? WNOHANG : 0);
        if (ended == child) return status;
        if (ended < 0 && errno != EINTR) return -1;
        if (waited >= TIME_LIMIT_MS) kill(child, SIGKILL);
        nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000000L}, NULL);
    }
}

/* The last line that gnuplot wrote which is no blank and no pointer at a column: its complaint. */
static void complaint(int words, char *text, size_t size)
{
    char all[4096];
    ssize_t n = pread(words, all, sizeof all - 1, 0);
    snprintf(text, size, "it said nothing");
    if (n <= 0) return;
    all[n] = '\0';
    char *rest = NULL;
    for (char *line = strtok_r(all, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        if (line[strspn(line, " \t^")] != '\0') snprintf(text, size, "%s", line);
}

static int judge(const dyno_gnuplot *job, int status, int words, const char *picture, dyno_refusal *refusal)
{
    char said[400];
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && access(picture, F_OK) == 0) return DYNO_GOOD;
    complaint(words, said, sizeof said);
    if (WIFSIGNALED(status))
        return dyno_refuse(refusal, DYNO_FAILED, "gnuplot was killed by signal %d while it drew %s/%s: %s",
                           WTERMSIG(status), job->dir, job->name, said);
    return dyno_refuse(refusal, DYNO_FAILED, "gnuplot could not draw %s/%s: %s", job->dir, job->name, said);
}

static int run(const dyno_gnuplot *job, char *csv, char *picture, int words, dyno_refusal *refusal)
{
    pid_t child;
    if (access(csv, R_OK) != 0)
        return dyno_refuse(refusal, DYNO_FAILED, "can't read %s: %s", job->csv, strerror(errno));
    int error = start(job, csv, picture, words, &child);
    if (error == ENOENT)
        return dyno_refuse(refusal, DYNO_FAILED, "%s is not installed: plots need it (Debian package gnuplot-nox)",
                           job->program);
    if (error != 0) return dyno_refuse(refusal, DYNO_FAILED, "can't start %s: %s", job->program, strerror(error));
    return judge(job, wait_for(child), words, picture, refusal);
}

int dyno_gnuplot_draw(const dyno_gnuplot *job, dyno_refusal *refusal)
{
    char *csv = harmless(job->csv, "", NULL), *hidden = harmless(job->dir, ".part-", job->name);
    char *picture = harmless(job->dir, "", job->name);
    int words = memfd_create("gnuplot", MFD_CLOEXEC), code;
    if (!csv || !hidden || !picture || words < 0) {
        code = dyno_refuse(refusal, DYNO_FAILED, "no memory to draw %s/%s", job->dir, job->name);
    } else {
        code = run(job, csv, hidden, words, refusal);
        if (code == DYNO_GOOD && rename(hidden, picture) != 0)
            code = dyno_refuse(refusal, DYNO_FAILED, "can't write %s/%s: %s", job->dir, job->name, strerror(errno));
        if (code != DYNO_GOOD) unlink(hidden);
    }
    if (words >= 0) close(words);
    free(csv);
    free(hidden);
    free(picture);
    return code;
}
