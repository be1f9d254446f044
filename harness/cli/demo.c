/* demo.c - hands over to the demonstration programs; those know the engine, dyno does not. */
#include "base/memory.h"
#include "cli/cli.h"
#include "cli/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int dyno_cmd_demo(int argc, char **argv)
{
    static const char *const demos[] = {"fifo", NULL};
    dyno_refusal refusal;
    if (argc < 2) {
        dyno_refuse(&refusal, DYNO_USAGE, "demo: say which: dyno demo fifo PIPE1 PIPE2 [--chars N]");
        return dyno_complain(DYNO_USAGE, &refusal);
    }
    if (strcmp(argv[1], demos[0]) != 0) {
        const char *nearest = dyno_nearest(argv[1], demos);
        dyno_refuse(&refusal, DYNO_USAGE, "demo: unknown demonstration '%s'%s there is: fifo", argv[1],
                    nearest != NULL ? ", did you mean 'fifo'?" : ";");
        return dyno_complain(DYNO_USAGE, &refusal);
    }
    char *program = dyno_text("%s/dyno-demo-%s", dyno_path_demo(), argv[1]);
    execv(program, argv + 1);
    dyno_refuse(&refusal, DYNO_FAILED, "demo: %s could not be started: %s", program, strerror(errno));
    free(program);
    return dyno_complain(DYNO_FAILED, &refusal);
}
