/* fifo.c - two futures on two FIFOs: the example of the asynchronous engine.
 *
 * Each of two named pipes is awaited by a task of its own; both run interleaved on the one thread of the program, which
 * sleeps in the kernel while there is nothing to read. A task ends when its pipe has brought so many characters, in as
 * many pieces and from as many writers as it takes. Read from `run` upwards.
 */
#include "dyno/fifo.h"
#include "dyno/executor.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_USAGE = 64, EXIT_INTERRUPTED = 130 };

static const long MOST_CHARS = 1000000000;

static const char usage[] =
    "usage: dyno demo fifo PIPE1 PIPE2 [--chars N]\n"
    "\n"
    "Waits until N characters or more (default 100) have been written into each of two FIFOs, and prints what came:\n"
    "    Future1 finished with TEXT\n"
    "    Future2 finished with TEXT\n"
    "in the order in which they finish. Any number of writers may come and go. A character is a byte.\n"
    "\n"
    "    mkfifo /tmp/pipe1 /tmp/pipe2\n"
    "    dyno demo fifo /tmp/pipe1 /tmp/pipe2 --chars 100\n"
    "and in another terminal, as often as it takes:\n"
    "    echo 'some text' > /tmp/pipe1\n"
    "\n"
    "Ends with 0 when both have finished, 1 when a FIFO can't be read, 64 for wrong arguments, 130 after Ctrl-C.\n";

typedef struct arguments {
    const char *path[2];
    size_t chars;
} arguments;

/* ---- A future of our own, made of one from the engine ---- */

typedef struct report {
    dy_future future; /* first, so that a pointer to it is a pointer to the report */
    dy_read_n read;
    int number;
} report;

static void print(const report *self)
{
    const char *text = self->read.data;
    size_t length = self->read.length;
    printf("Future%d finished with ", self->number);
    fwrite(text, 1, length, stdout);
    if (text[length - 1] != '\n') putchar('\n'); /* echo has brought one along */
    fflush(stdout);
}

/* Called by the executor once at the start and then each time the FIFO has something new. */
static dy_status report_poll(dy_future *future, dy_context *context)
{
    report *self = (report *)future;
    dy_status status = dy_future_poll(&self->read.future, context);
    if (status == DY_OK) print(self);
    return status; /* DY_PENDING: the read has kept our waker, and we will be called again */
}

/* Called once when the task is over, whether it finished or was cancelled. */
static void report_drop(dy_future *future)
{
    dy_future_drop(&((report *)future)->read.future);
}

static void report_init(report *self, int number, dy_fifo *fifo, size_t chars)
{
    static const dy_future_table table = {report_poll, report_drop};
    dy_future_init(&self->future, &table);
    dy_read_n_init(&self->read, fifo, chars, DY_READ_AT_LEAST);
    self->number = number;
}

/* ---- Two of them on an executor ---- */

/* Makes a task for each FIFO and runs both to the end. */
static dy_status report_both(dy_executor *executor, dy_fifo fifos[2], size_t chars, dy_error *error)
{
    report reports[2];
    dy_task *tasks[2] = {NULL, NULL};
    dy_status status = DY_OK;
    for (int i = 0; i < 2 && status == DY_OK; i++) {
        report_init(&reports[i], i + 1, &fifos[i], chars);
        status = dy_spawn(executor, &reports[i].future, &tasks[i], error);
    }
    if (status == DY_OK) {
        status = dy_executor_run(executor);
        if (status != DY_OK) DY_FAIL(error, status, "waiting for the FIFOs failed");
    }
    for (int i = 0; i < 2; i++) {
        if (tasks[i] == NULL) continue;
        dy_status ended = dy_task_status(tasks[i]);
        if (status == DY_OK && ended != DY_OK)
            status = DY_FAIL(error, ended, "future %d could not read its FIFO", i + 1);
        dy_task_release(tasks[i]);
    }
    return status;
}

static dy_status open_and_report(dy_executor *executor, const arguments *given, dy_error *error)
{
    dy_reactor *reactor = dy_executor_reactor(executor);
    dy_fifo_options options = DY_FIFO_OPTIONS(.mode = DY_FIFO_WAIT_FOR_WRITERS);
    dy_fifo fifos[2];
    dy_status status = dy_fifo_open(&fifos[0], reactor, given->path[0], &options, error);
    if (status != DY_OK) return status;
    status = dy_fifo_open(&fifos[1], reactor, given->path[1], &options, error);
    if (status == DY_OK) {
        if (isatty(STDERR_FILENO))
            fprintf(stderr, "Waiting for %zu characters in each FIFO. In another terminal: echo 'some text' > %s\n",
                    given->chars, given->path[0]);
        status = report_both(executor, fifos, given->chars, error);
        dy_fifo_close(&fifos[1]);
    }
    dy_fifo_close(&fifos[0]);
    return status;
}

static dy_status run(const arguments *given, dy_error *error)
{
    dy_executor *executor;
    dy_status status = dy_executor_open(&executor, NULL, error);
    if (status != DY_OK) return status;
    status = open_and_report(executor, given, error);
    dy_executor_close(executor);
    return status;
}

/* ---- The command line ---- */

static int refuse(const char *format, const char *what)
{
    fputs("dyno demo fifo: ", stderr);
    fprintf(stderr, format, what);
    fputs("\n", stderr);
    return EXIT_USAGE;
}

static int parse_chars(const char *text, size_t *chars)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    bool number = end != text && *end == '\0' && errno == 0 && text[0] >= '0' && text[0] <= '9';
    if (!number || value < 1 || value > MOST_CHARS)
        return refuse("--chars is '%s'; a whole number from 1 to 1000000000 is accepted", text);
    *chars = (size_t)value;
    return 0;
}

static int parse_options(int argc, char **argv, arguments *given)
{
    static const struct option known[] = {
        {"chars", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":h", known, NULL)) != -1;) {
        if (option == 'h') {
            fputs(usage, stdout);
            exit(EXIT_SUCCESS);
        }
        if (option == ':') return refuse("%s needs a value, as in --chars 100", argv[optind - 1]);
        if (option != 'c') return refuse("'%s' is no option; --chars N and --help are", argv[optind - 1]);
        if (parse_chars(optarg, &given->chars) != 0) return EXIT_USAGE;
    }
    return 0;
}

/* Two readers of one FIFO would each get some of the bytes, nobody could say which. */
static bool same_file(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

static int parse(int argc, char **argv, arguments *given)
{
    if (parse_options(argc, argv, given) != 0) return EXIT_USAGE;
    int paths = argc - optind;
    if (paths < 2)
        return refuse("%s missing; usage: dyno demo fifo PIPE1 PIPE2 [--chars N]",
                      paths == 0 ? "the two FIFOs are" : "the second FIFO is");
    if (paths > 2) return refuse("'%s' is one argument too many; two FIFOs are accepted", argv[optind + 2]);
    given->path[0] = argv[optind];
    given->path[1] = argv[optind + 1];
    if (same_file(given->path[0], given->path[1]))
        return refuse("PIPE1 and PIPE2 are the same FIFO '%s'; two different ones are needed", given->path[0]);
    return 0;
}

/* What was printed is printed: stdout is flushed after every line. */
static void interrupted(int number)
{
    (void)number;
    _exit(EXIT_INTERRUPTED);
}

int main(int argc, char **argv)
{
    arguments given = {.chars = 100};
    if (parse(argc, argv, &given) != 0) return EXIT_USAGE;
    sigaction(SIGINT, &(struct sigaction){.sa_handler = interrupted}, NULL);
    dy_error error = DY_ERROR_INIT;
    dy_status status = run(&given, &error);
    if (status != DY_OK) {
        fprintf(stderr, "dyno demo fifo: %s: %s\n", error.message, dy_status_text(status));
        return EXIT_FAILURE;
    }
    if (ferror(stdout) != 0) {
        fprintf(stderr, "dyno demo fifo: the text can't be written to standard output\n");
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
