#include "dyno/futex.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

dy_status dy_futex_wait(const dy_atomic_u32 *word, uint32_t expected, uint64_t timeout_ns)
{
    int saved = errno;
    struct timespec limit = {.tv_sec = (time_t)(timeout_ns / 1000000000u), .tv_nsec = (long)(timeout_ns % 1000000000u)};
    long result = syscall(SYS_futex, &word->value, FUTEX_WAIT_PRIVATE, expected,
                          timeout_ns == UINT64_MAX ? NULL : &limit, NULL, 0);
    bool timed_out = result < 0 && errno == ETIMEDOUT;
    errno = saved;
    return timed_out ? DY_E_TIMEOUT : DY_OK;
}

unsigned dy_futex_wake(const dy_atomic_u32 *word, unsigned count)
{
    int saved = errno;
    long woken = syscall(SYS_futex, &word->value, FUTEX_WAKE_PRIVATE, (int)count, NULL, NULL, 0);
    errno = saved;
    return woken > 0 ? (unsigned)woken : 0;
}
