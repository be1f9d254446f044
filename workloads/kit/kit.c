/* kit.c - a worker's main: which of the two questions is asked. */
#include "kit.h"

#include "protocol.h"
#include "run.h"
#include "tables.h"

#include <stdlib.h>
#include <string.h>

enum { EXIT_WRONG_ARGUMENTS = 64 };

static void help(FILE *out, const char *program)
{
    fprintf(out,
            "%s is a worker program of dyno; `dyno run` starts it. By hand:\n"
            "    %s describe 3>&1            what it offers\n"
            "    %s run 3>&1 <request        runs one cell; the request is lines of text:\n"
            "        dyno 1\n"
            "        contender NAME\n"
            "        workload NAME\n"
            "        param NAME VALUE        0 or more; also threads N, seed N, time SECONDS, samples N\n"
            "        go\n",
            program, program, program);
}

static int broken_pipe(const char *program)
{
    fprintf(stderr, "%s: the answers could not be written: nobody reads them any more\n", program);
    return 1;
}

static int answer_run(kit_channel *channel, const kit_worker *worker, const char *program)
{
    kit_request request;
    const char *wrong = kit_request_read(stdin, worker, &request);
    if (wrong != NULL) {
        fprintf(stderr, "%s: %s\n", program, wrong);
        return 1;
    }
    kit_say(channel, "dyno %d", DYNO_PROTOCOL_VERSION);
    kit_run_request(channel, &request);
    kit_say(channel, "end");
    kit_request_free(&request);
    return 0;
}

static int answer_describe(kit_channel *channel, const kit_worker *worker)
{
    kit_say(channel, "dyno %d", DYNO_PROTOCOL_VERSION);
    kit_describe(channel, worker);
    kit_say(channel, "end");
    return 0;
}

int kit_main(int argc, char **argv, const kit_worker *worker)
{
    const char *program = argc > 0 ? argv[0] : worker->name;
    const char *mistake = kit_worker_mistake(worker);
    if (mistake != NULL) {
        fprintf(stderr, "%s: %s; this is a mistake in the worker's source\n", program, mistake);
        abort();
    }
    const char *asked = argc == 2 ? argv[1] : "";
    if (strcmp(asked, "--help") == 0 || strcmp(asked, "-h") == 0) {
        help(stdout, program);
        return 0;
    }
    bool describe = strcmp(asked, "describe") == 0;
    if (!describe && strcmp(asked, "run") != 0) {
        fprintf(stderr, "%s: a worker program of dyno takes one argument, \"describe\" or \"run\"; --help says more\n",
                program);
        return EXIT_WRONG_ARGUMENTS;
    }
    kit_channel channel;
    int status = kit_channel_open(&channel, program);
    if (status == 0) status = describe ? answer_describe(&channel, worker) : answer_run(&channel, worker, program);
    return status == 0 && kit_channel_broken(&channel) ? broken_pipe(program) : status;
}
