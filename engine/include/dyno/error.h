/* dyno/error.h - a failure with its story: category, message, place and cause.
 *
 * What it is      The optional last argument of cold-path functions. A status says what; an error says what, where,
 * with which values, and because of what. Contract        A value type without pointers to heap: copy it, send it
 * through a channel, drop it. Not shared between threads without synchronisation of the caller's. Errors Filling an
 * error can't fail; text that is too long is cut and ends in "...".
 *
 *     dy_error error = DY_ERROR_INIT;
 *     if (dy_fifo_open(&fifo, reactor, path, &error) != DY_OK) {
 *         char text[DY_ERROR_TEXT_MAX];
 *         fprintf(stderr, "%s\n", dy_error_format(&error, text, sizeof text));
 *     }
 */
#ifndef DYNO_ERROR_H
#define DYNO_ERROR_H

#include "dyno/status.h"

DY_BEGIN_DECLS

#define DY_ERROR_MESSAGE_MAX 160
#define DY_ERROR_TEXT_MAX    512

typedef struct dy_error {
    dy_status status; /* DY_OK: nothing has gone wrong */
    dy_status cause;  /* the status underneath, DY_OK if there is none */
    const char *file; /* source place where it was noticed; static storage, NULL if unset */
    int line;
    char message[DY_ERROR_MESSAGE_MAX]; /* names the thing and the value, no trailing full stop */
} dy_error;

#define DY_ERROR_INIT             \
    {                             \
        DY_OK, DY_OK, NULL, 0, "" \
    }

/* Fills *error (which may be NULL) and returns status, so that a failing path is one statement:
 *     return DY_FAIL(error, DY_E_CONFIG, "workers is %u, at most %u can be had", n, max);
 * DY_FAIL_FROM also records the status that caused it. */
#define DY_FAIL(error, status, ...) dy_error_set((error), (status), DY_OK, __FILE__, __LINE__, __VA_ARGS__)
#define DY_FAIL_FROM(error, status, cause, ...) \
    dy_error_set((error), (status), (cause), __FILE__, __LINE__, __VA_ARGS__)

DY_API DY_COLD dy_status dy_error_set(dy_error *error, dy_status status, dy_status cause, const char *file, int line,
                                      const char *format, ...) DY_PRINTF(6, 7);

/* Writes "thread pool: MESSAGE: STATUS TEXT (because CAUSE TEXT) [file:line]" into text and returns text. */
DY_API const char *dy_error_format(const dy_error *error, char *text, size_t size);

DY_END_DECLS

#endif
