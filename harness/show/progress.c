#include "show/progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const double seconds_between_lines = 15;

const char *dyno_format_duration(double seconds, char *text, size_t size)
{
    long whole = lround(fmax(0, fmin(seconds, 1e9)));
    if (whole < 60)
        snprintf(text, size, "%lds", whole);
    else if (whole < 3600)
        snprintf(text, size, "%ldm%02lds", whole / 60, whole % 60);
    else
        snprintf(text, size, "%ldh%02ldm", whole / 3600, whole / 60 % 60);
    return text;
}

void dyno_progress_open(dyno_progress *progress, FILE *out, int quiet)
{
    *progress = (dyno_progress){.out = quiet ? NULL : out, .last_line = -INFINITY};
    progress->terminal = isatty(fileno(out));
    const char *term = getenv("TERM");
    if (term != NULL && strcmp(term, "dumb") == 0) progress->terminal = 0;
}

static size_t terminal_width(FILE *out)
{
    struct winsize size;
    return ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void dyno_progress_update(dyno_progress *progress, double elapsed, double left, const char *doing)
{
    if (progress->out == NULL) return;
    char line[512], time_left[32];
    double whole = elapsed + left;
    int percent = whole > 0 ? (int)fmin(100, 100 * elapsed / whole) : 100;
    snprintf(line, sizeof line, "%3d %%  %s left  %s", percent, dyno_format_duration(left, time_left, sizeof time_left),
             doing);
    if (!progress->terminal) {
        if (elapsed - progress->last_line < seconds_between_lines) return;
        progress->last_line = elapsed;
        fprintf(progress->out, "%s\n", line);
        return;
    }
    /* A line that wraps could not be written over. */
    size_t width = terminal_width(progress->out);
    if (width < sizeof line) line[width > 1 ? width - 1 : 1] = '\0';
    fprintf(progress->out, "\r%s\033[K", line);
    fflush(progress->out);
    progress->shown = 1;
}

void dyno_progress_clear(dyno_progress *progress)
{
    if (progress->out == NULL || !progress->shown) return;
    fputs("\r\033[K", progress->out);
    fflush(progress->out);
    progress->shown = 0;
}
