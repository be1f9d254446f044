/* noise.h - what this machine does to a measurement: the clock's grain and cost, and how much a fixed amount of work
 * varies.
 */
#ifndef DYNO_NOISE_H
#define DYNO_NOISE_H

typedef struct dyno_clock_facts {
    double resolution_ns; /* smallest step seen between two readings that differ */
    double cost_ns;       /* median of one reading */
} dyno_clock_facts;

typedef struct dyno_noise {
    unsigned n;       /* repetitions of the same work */
    double median_ms; /* of one repetition */
    double variation; /* coefficient of variation */
    double worst;     /* slowest over median */
    double lost;      /* share of the time in gaps: readings of the clock in a row that are more than 5 us apart */
    double steal;     /* share of the time that the hypervisor took, summed over CPUs */
} dyno_noise;

dyno_clock_facts dyno_measure_clock(void);

/* Takes about `seconds`; the work is arithmetic in registers. */
dyno_noise dyno_measure_noise(double seconds);

#endif
