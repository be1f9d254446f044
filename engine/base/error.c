#include "dyno/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void mark_cut(char *text, size_t size, int wanted)
{
    if (wanted >= (int)size && size > 3) memcpy(text + size - 4, "...", 4);
}

dy_status dy_error_set(dy_error *error, dy_status status, dy_status cause, const char *file, int line,
                       const char *format, ...)
{
    if (error == NULL) return status;
    *error = (dy_error){.status = status, .cause = cause, .file = file, .line = line};
    va_list arguments;
    va_start(arguments, format);
    int wanted = vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    mark_cut(error->message, sizeof error->message, wanted);
    return status;
}

const char *dy_error_format(const dy_error *error, char *text, size_t size)
{
    if (error->status == DY_OK) {
        snprintf(text, size, "no error");
        return text;
    }
    /* dy_status_text may use one buffer per thread for both: copy the first. */
    char what[96];
    snprintf(what, sizeof what, "%s", dy_status_text(error->status));
    bool caused = error->cause != DY_OK;
    int wanted = snprintf(text, size, "%s: %s: %s%s%s%s [%s:%d]", dy_category_name(dy_status_category(error->status)),
                          error->message, what, caused ? " (because " : "", caused ? dy_status_text(error->cause) : "",
                          caused ? ")" : "", error->file != NULL ? error->file : "?", error->line);
    mark_cut(text, size, wanted);
    return text;
}
