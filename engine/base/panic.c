#include "dyno/atomic.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void write_and_abort(const char *sentence)
{
    char line[600];
    int length = snprintf(line, sizeof line, "dyno: %s\n", sentence);
    /* write(2) and not stdio: the caller's heap or locks may be what is broken. */
    if (length > 0 && write(STDERR_FILENO, line, (size_t)length) < 0) {
        /* Nothing is left to report to. */
    }
    abort();
}

static dy_atomic_ptr panic_handler = DY_ATOMIC_INIT(NULL);

/* ISO C keeps function and data pointers apart; POSIX lets them share a representation, and a union says so plainly. */
typedef union {
    dy_panic_fn function;
    void *pointer;
} handler_slot;

dy_panic_fn dy_set_panic_handler(dy_panic_fn handler)
{
    handler_slot slot = {.function = handler};
    /* acq_rel: pairs with the acquire in dy_panic; what the handler relies on is visible to the thread that panics. */
    slot.pointer = dy_ptr_exchange_acq_rel(&panic_handler, slot.pointer);
    return slot.function;
}

void dy_panic(const char *format, ...)
{
    char sentence[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    /* acquire: pairs with the exchange in dy_set_panic_handler. */
    handler_slot slot = {.pointer = dy_ptr_load_acquire(&panic_handler)};
    if (slot.function != NULL) slot.function(sentence);
    write_and_abort(sentence);
    abort();
}
