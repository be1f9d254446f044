/* answer.h - what a worker answers to `run`, line by line, strictly.
 *
 * Fills an attempt's samples, notes, bindings and verdict. The first line that is none of the protocol ends the
 * reading: outcome DYNO_MALFORMED or DYNO_BAD_VERSION, with the line in the detail.
 */
#ifndef DYNO_ANSWER_H
#define DYNO_ANSWER_H

#include "run/launch.h"
#include "run/lines.h"

typedef struct dyno_answer {
    const dyno_launch_request *request;
    dyno_attempt *attempt;
    dyno_lines lines;
    unsigned line;            /* number of the line, for the detail */
    bool greeted;             /* `dyno 1` was seen */
    bool judged;              /* a verdict was seen */
    bool ended;               /* `end` was seen */
    bool failed;              /* outcome and detail are set: nothing that follows is read */
    bool confined;            /* the kernel keeps the whole process on the CPUs of the placement */
    bool stray;               /* a thread is bound where nobody asked for it */
    int bound[DYNO_CPUS_MAX]; /* by thread: 1 + the CPU it says it is bound to, 0 for none yet */
} dyno_answer;

/* Takes bytes read from the worker. Returns false once nothing more is wanted. */
bool dyno_answer_feed(dyno_answer *answer, const char *bytes, size_t n);

/* After the process has ended well: whether the answer is complete. Sets outcome and detail if not, pinned and cpus. */
void dyno_answer_finish(dyno_answer *answer);

#endif
