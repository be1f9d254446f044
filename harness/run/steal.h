/* steal.h - time that the hypervisor took from this machine's CPUs, summed over them, in seconds since boot. 0 where
 * the kernel does not tell. */
#ifndef DYNO_STEAL_H
#define DYNO_STEAL_H

double dyno_steal_seconds(void);

#endif
