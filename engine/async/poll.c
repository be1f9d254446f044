#include "dyno/poll.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { AWAKE, ASLEEP, NOTIFIED };
enum { BATCH = 256 };

static const uint64_t SECOND = UINT64_C(1000000000);

static uint32_t to_epoll(uint32_t interest)
{
    uint32_t events = 0;
    if ((interest & DY_POLL_READ) != 0) events |= EPOLLIN;
    if ((interest & DY_POLL_WRITE) != 0) events |= EPOLLOUT;
    if ((interest & DY_POLL_EDGE) != 0) events |= EPOLLET;
    if ((interest & DY_POLL_ONE_SHOT) != 0) events |= EPOLLONESHOT;
    return events;
}

static uint32_t from_epoll(uint32_t events)
{
    uint32_t ready = 0;
    if ((events & EPOLLIN) != 0) ready |= DY_POLL_READ;
    if ((events & EPOLLOUT) != 0) ready |= DY_POLL_WRITE;
    if ((events & EPOLLHUP) != 0) ready |= DY_POLL_HANGUP;
    if ((events & EPOLLERR) != 0) ready |= DY_POLL_ERROR;
    return ready;
}

static dy_status control(dy_poll *poll, int operation, int fd, uint64_t token, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u64 = token};
    return epoll_ctl(poll->epoll_fd, operation, fd, &event) == 0 ? DY_OK : -errno;
}

dy_status dy_poll_open(dy_poll *poll, dy_error *error)
{
    *poll = (dy_poll){.epoll_fd = -1, .wake_fd = -1};
    dy_status status = DY_OK;
    poll->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (poll->epoll_fd < 0) status = -errno;
    if (status == DY_OK) {
        poll->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (poll->wake_fd < 0) status = -errno;
    }
    if (status == DY_OK)
        status = control(poll, EPOLL_CTL_ADD, poll->wake_fd, DY_POLL_TOKEN_RESERVED, EPOLLIN | EPOLLET);
    if (status == DY_OK) return DY_OK;
    dy_poll_close(poll);
    return DY_FAIL(error, status, "an epoll instance and its eventfd can't be had");
}

void dy_poll_close(dy_poll *poll)
{
    if (poll->epoll_fd >= 0) close(poll->epoll_fd);
    if (poll->wake_fd >= 0) close(poll->wake_fd);
    poll->epoll_fd = poll->wake_fd = -1;
}

dy_status dy_poll_add(dy_poll *poll, int fd, uint64_t token, uint32_t interest)
{
    if (token == DY_POLL_TOKEN_RESERVED) return -EINVAL;
    return control(poll, EPOLL_CTL_ADD, fd, token, to_epoll(interest));
}

dy_status dy_poll_modify(dy_poll *poll, int fd, uint64_t token, uint32_t interest)
{
    if (token == DY_POLL_TOKEN_RESERVED) return -EINVAL;
    return control(poll, EPOLL_CTL_MOD, fd, token, to_epoll(interest));
}

dy_status dy_poll_remove(dy_poll *poll, int fd)
{
    return control(poll, EPOLL_CTL_DEL, fd, 0, 0);
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

/* For kernels before 5.11: whole milliseconds, rounded up so that a wait is never cut to a spin. */
static int wait_in_milliseconds(int fd, struct epoll_event *events, int capacity, uint64_t timeout_ns)
{
    uint64_t ms = timeout_ns / 1000000 + (timeout_ns % 1000000 != 0);
    return epoll_wait(fd, events, capacity, timeout_ns == UINT64_MAX ? -1 : ms > INT32_MAX ? INT32_MAX : (int)ms);
}

static int wait_once(int fd, struct epoll_event *events, int capacity, uint64_t timeout_ns)
{
    if (timeout_ns == 0 || timeout_ns == UINT64_MAX) return epoll_wait(fd, events, capacity, timeout_ns == 0 ? 0 : -1);
    struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / SECOND), .tv_nsec = (long)(timeout_ns % SECOND)};
    int count = epoll_pwait2(fd, events, capacity, &timeout, NULL);
    if (count < 0 && errno == ENOSYS) return wait_in_milliseconds(fd, events, capacity, timeout_ns);
    return count;
}

/* A signal does not end the wait: it goes on with what is left of its time. */
static int wait_through_signals(int fd, struct epoll_event *events, int capacity, uint64_t timeout_ns)
{
    bool limited = timeout_ns != 0 && timeout_ns != UINT64_MAX;
    uint64_t began = limited ? now_ns() : 0, left = timeout_ns;
    for (;;) {
        int count = wait_once(fd, events, capacity, left);
        if (count >= 0 || errno != EINTR) return count;
        if (limited) {
            uint64_t passed = now_ns() - began;
            left = passed < timeout_ns ? timeout_ns - passed : 0;
        }
    }
}

/* Announces a sleeper; false when there was a wake since the last wait. */
static bool fall_asleep(dy_poll *poll)
{
    uint32_t state = AWAKE;
    /* acq_rel: on failure it read NOTIFIED, and the acquire pairs with the release in dy_poll_wake. */
    return dy_u32_cas_acq_rel(&poll->waiter, &state, ASLEEP);
}

dy_status dy_poll_wait(dy_poll *poll, dy_poll_event *events, size_t capacity, uint64_t timeout_ns, size_t *count)
{
    struct epoll_event batch[BATCH];
    int most = capacity < BATCH ? (int)capacity : BATCH;
    *count = 0;
    if (timeout_ns != 0 && !fall_asleep(poll)) timeout_ns = 0;
    int found = wait_through_signals(poll->epoll_fd, batch, most, timeout_ns);
    dy_status status = found < 0 ? -errno : DY_OK;
    /* acq_rel: pairs with the release in dy_poll_wake; what the waker wrote is visible to our caller. The last wake
     * came before this exchange, and our caller looks after it, or it comes after it and finds us awake: then it is
     * kept for the next wait. Nothing is cleared that nobody looks at. */
    dy_u32_exchange_acq_rel(&poll->waiter, AWAKE);
    for (int i = 0; i < found; i++)
        if (batch[i].data.u64 != DY_POLL_TOKEN_RESERVED)
            events[(*count)++] = (dy_poll_event){.token = batch[i].data.u64, .ready = from_epoll(batch[i].events)};
    return status;
}

void dy_poll_wake(dy_poll *poll)
{
    /* acq_rel: the release pairs with the exchange and the compare-and-swap of the waiter and publishes what the caller
     * wrote; the acquire keeps the line of wakes in order, so that the waiter sees what each of several wakers wrote.
     */
    if (dy_u32_exchange_acq_rel(&poll->waiter, NOTIFIED) != ASLEEP) return;
    int saved = errno;
    /* Can't fail but for a signal: the counter would have to hold 2^64 - 1 wakes. */
    while (write(poll->wake_fd, &(uint64_t){1}, sizeof(uint64_t)) < 0 && errno == EINTR)
        continue;
    errno = saved;
}
