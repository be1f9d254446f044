/* bind.c - a thread bound to its CPU: asked for, then verified, then told. */
#include "run.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

/* 0 once the calling thread may run on that CPU only and does, else an errno. */
static int bind_here(int cpu)
{
    cpu_set_t wanted, now;
    if (cpu >= CPU_SETSIZE) return EINVAL;
    CPU_ZERO(&wanted);
    CPU_SET((size_t)cpu, &wanted);
    if (sched_setaffinity(0, sizeof wanted, &wanted) != 0 || sched_getaffinity(0, sizeof now, &now) != 0) return errno;
    return CPU_EQUAL(&wanted, &now) && sched_getcpu() == cpu ? 0 : EBUSY;
}

bool kit_bind_thread(kit_run *run, unsigned index)
{
    if (index >= run->request->n_cpus) return false;
    int cpu = run->request->cpus[index];
    int error = bind_here(cpu);
    pthread_mutex_lock(&run->lock);
    bool told = run->bound[index];
    run->bound[index] = true;
    pthread_mutex_unlock(&run->lock);
    if (told) return error == 0;
    if (error == 0)
        kit_say(run->channel, "bound %u %d", index, cpu);
    else
        kit_note(run, "thread %u could not be bound to CPU %d: %s", index, cpu, strerrordesc_np(error));
    return error == 0;
}
