#include "run/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

double dyno_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Reads all there is; false when nothing more is wanted. *open becomes false at end of file. */
static bool drain(int fd, const dyno_watch *watch, bool *open, bool *heard)
{
    char bytes[8192];
    for (;;) {
        ssize_t n = read(fd, bytes, sizeof bytes);
        if (n > 0) {
            *heard = true;
            if (!watch->say(watch->context, bytes, (size_t)n)) return false;
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else {
            if (n == 0) *open = false;
            return true;
        }
    }
}

static dyno_watch_end wait_with(const dyno_process *process, const dyno_watch *watch, const sigset_t *let_in)
{
    double from = dyno_now();
    bool open = true;
    for (;;) {
        if (watch->stop != NULL && *watch->stop) return DYNO_WATCH_STOPPED;
        double left = from + watch->limit - dyno_now();
        if (left <= 0) return DYNO_WATCH_SILENT;
        struct pollfd fds[] = {{.fd = process->pidfd, .events = POLLIN},
                               {.fd = open ? process->protocol_fd : -1, .events = POLLIN}};
        struct timespec wait = {.tv_sec = (time_t)left, .tv_nsec = (long)((left - (double)(time_t)left) * 1e9)};
        if (ppoll(fds, 2, &wait, let_in) < 0) {
            if (errno == EINTR) continue;
            return DYNO_WATCH_BROKEN;
        }
        bool heard = false, ended = (fds[0].revents & POLLIN) != 0;
        if (open && (fds[1].revents != 0 || ended) && !drain(process->protocol_fd, watch, &open, &heard)) {
            return DYNO_WATCH_REFUSED;
        }
        if (heard && !watch->in_all) from = dyno_now();
        if (ended) return DYNO_WATCH_ENDED;
    }
}

dyno_watch_end dyno_watch_process(const dyno_process *process, const dyno_watch *watch)
{
    sigset_t stops, former;
    sigemptyset(&stops);
    sigaddset(&stops, SIGINT);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGHUP);
    fcntl(process->protocol_fd, F_SETFL, O_NONBLOCK);
    sigprocmask(SIG_BLOCK, &stops, &former);
    dyno_watch_end end = wait_with(process, watch, &former);
    int failure = errno;
    sigprocmask(SIG_SETMASK, &former, NULL);
    errno = failure;
    return end;
}
