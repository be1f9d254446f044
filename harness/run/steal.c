#include "run/steal.h"

#include <stdio.h>
#include <unistd.h>

double dyno_steal_seconds(void)
{
    FILE *stat = fopen("/proc/stat", "re");
    if (stat == NULL) return 0;
    unsigned long long steal = 0;
    int got = fscanf(stat, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &steal);
    fclose(stat);
    return got == 1 ? (double)steal / (double)sysconf(_SC_CLK_TCK) : 0;
}
