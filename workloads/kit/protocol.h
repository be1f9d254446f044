/* clang-format off: the line forms below are a table */
/* protocol.h - the worker protocol, version 1, as names and limits. PROTOCOL.md beside this file is the page to read.
 *
 * A worker is any executable. dyno starts it as
 *     WORKER describe        and reads what it can do,
 *     WORKER run             writes one request to its stdin, and reads samples and a verdict.
 * Answers go to the descriptor that the environment variable DYNO_FD names (3 when it is unset); stdout and stderr stay
 * free for the worker's own words. Everything is lines of UTF-8 text that end in \n; fields are separated by one space;
 * the last field of a line that says TEXT runs to the end of the line and is never empty. The first line either way is
 * `dyno 1`.
 *
 * describe, worker to dyno:
 *     dyno 1
 *     worker NAME VERSION
 *     contender NAME TEXT                              one or more
 *     preload CONTENDER LIBRARY                        dyno starts it with LD_PRELOAD=LIBRARY
 *     workload NAME FAMILY TEXT                        one or more; FAMILY is compute, fifo, alloc, ...
 *     param WORKLOAD NAME TYPE DEFAULT ACCEPTED TEXT   TYPE int|size|real|word; ACCEPTED LOW..HIGH, a|b|c or any
 *     metric WORKLOAD NAME UNIT BETTER TEXT            BETTER lower|higher|none; the first one is the primary one
 *     threads CONTENDER WORKLOAD MIN MAX               without the line: 1 1; MAX 0: any number
 *     lacks CONTENDER WORKLOAD TEXT                    WORKLOAD * for every workload: it can't run here, and why
 *     end
 *
 * run, dyno to worker on stdin:
 *     dyno 1
 *     contender NAME
 *     workload NAME
 *     param NAME VALUE                                 every parameter, plain decimal values (4K comes as 4096)
 *     threads N
 *     seed N                                           unsigned 64-bit
 *     cpu N                                            0 or more lines: the CPU for thread 0, 1, ... to bind to
 *     warmup SECONDS
 *     time SECONDS                                     aim for this much measured time in all samples together
 *     samples N                                        at most this many
 *     go
 *
 * run, worker to dyno:
 *     dyno 1
 *     bound THREAD CPU                                 the binding of a thread was asked for and verified
 *     sample INDEX METRIC VALUE                        INDEX 0, 1, ...; a finite decimal number
 *     counter NAME VALUE                               once a process, for the curious: steals, parks, ...
 *     note TEXT                                        something a reader of the results should know
 *     verdict ok|wrong|unable TEXT                     exactly once; wrong: an answer failed its check;
 *                                                      unable: could not run, TEXT says why
 *     end
 * and then exit status 0. A worker that is silent for longer than the time limit of its cell is killed.
 */
/* clang-format on */
#ifndef DYNO_PROTOCOL_H
#define DYNO_PROTOCOL_H

#define DYNO_PROTOCOL_VERSION    1
#define DYNO_PROTOCOL_FD_ENV     "DYNO_FD"
#define DYNO_PROTOCOL_FD_DEFAULT 3
/* Bytes in a line, its \n included; a longer one is malformed. */
#define DYNO_PROTOCOL_LINE_MAX 4096
/* Names of workers, contenders, workloads, parameters, metrics: [a-z0-9][a-z0-9._+-]*, at most this long. */
#define DYNO_PROTOCOL_NAME_MAX 63

#endif
