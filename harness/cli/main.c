/* main.c - the program dyno: which subcommand, and what is common to all. */
#include "cli/cli.h"
#include "cli/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: dyno COMMAND [arguments]\n"
    "\n"
    "A dynamometer for task engines, futures and allocators: how fast, how it scales, how sure that is.\n"
    "\n"
    "  list      what can be run here: workloads, contenders, suites\n"
    "  run       measure a suite or workloads\n"
    "  plot      draw the plots of a result directory\n"
    "  doctor    check the machine for what would spoil measurements\n"
    "  demo      two futures that wait on FIFOs, to try by hand\n"
    "  help      help for a command: dyno help run\n"
    "\n"
    "  --version, --help\n"
    "\n"
    "Start with: dyno run quick\n";

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"list", dyno_cmd_list},     {"run", dyno_cmd_run},   {"plot", dyno_cmd_plot},
    {"doctor", dyno_cmd_doctor}, {"demo", dyno_cmd_demo},
};

enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

static int refuse_command(const char *word)
{
    const char *names[N_COMMANDS + 2] = {NULL};
    for (int i = 0; i < N_COMMANDS; i++)
        names[i] = commands[i].name;
    names[N_COMMANDS] = "help";
    const char *nearest = dyno_nearest(word, names);
    dyno_refusal refusal;
    const char *kind = word[0] == '-' ? "option" : "command";
    if (nearest != NULL)
        dyno_refuse(&refusal, DYNO_USAGE, "unknown %s '%s', did you mean '%s'?", kind, word, nearest);
    else
        dyno_refuse(&refusal, DYNO_USAGE, "unknown %s '%s'; there are list, run, plot, doctor, demo and help", kind,
                    word);
    return dyno_complain(DYNO_USAGE, &refusal);
}

static int help(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "help") == 0) {
        fputs(usage, stdout);
        return DYNO_GOOD;
    }
    if (dyno_print_help(argv[1])) return DYNO_GOOD;
    char flag[] = "--help";
    char *own[] = {argv[1], flag, NULL};
    for (int i = 0; i < N_COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0) return commands[i].run(2, own);
    return refuse_command(argv[1]);
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) return true;
    return false;
}

static int dispatch(int argc, char **argv)
{
    const char *word = argv[0];
    if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) return help(argc, argv);
    if (strcmp(word, "--version") == 0) {
        puts("dyno " DYNO_VERSION);
        return DYNO_GOOD;
    }
    for (int i = 0; i < N_COMMANDS; i++) {
        if (strcmp(word, commands[i].name) != 0) continue;
        if (asks_for_help(argc, argv) && dyno_print_help(word)) return DYNO_GOOD;
        return commands[i].run(argc, argv);
    }
    return refuse_command(word);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fputs(usage, stderr);
        return DYNO_USAGE;
    }
    int code = dispatch(argc - 1, argv + 1);
    errno = 0;
    bool unwritten = fflush(stdout) != 0 || ferror(stdout);
    /* `dyno run ... | head` has what it wanted. */
    if (unwritten && errno != EPIPE && code == DYNO_GOOD) {
        dyno_refusal refusal;
        dyno_refuse(&refusal, DYNO_FAILED, "standard output could not be written");
        return dyno_complain(DYNO_FAILED, &refusal);
    }
    return code;
}
