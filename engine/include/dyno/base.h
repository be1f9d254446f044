/* dyno/base.h - the handful of words every other header needs.
 *
 * What it is      Export, inlining and branch hints; the version; cache-line size; checks of a checked build.
 * Contract        Nothing here has state. Usable from C17 and C++.
 */
#ifndef DYNO_BASE_H
#define DYNO_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DY_VERSION_MAJOR 0
#define DY_VERSION_MINOR 1
#define DY_VERSION_PATCH 0

#ifdef __cplusplus
#define DY_BEGIN_DECLS extern "C" {
#define DY_END_DECLS   }
#else
#define DY_BEGIN_DECLS
#define DY_END_DECLS
#endif

/* Symbols are hidden unless they carry this mark; a test compares the exported names with the headers. */
#define DY_API __attribute__((visibility("default")))

#define DY_INLINE       static inline __attribute__((always_inline))
#define DY_COLD         __attribute__((cold, noinline))
#define DY_LIKELY(x)    __builtin_expect(!!(x), 1)
#define DY_ALIGNED(n)   __attribute__((aligned(n)))
#define DY_UNLIKELY(x)  __builtin_expect(!!(x), 0)
#define DY_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Two lines of 64 bytes: the adjacent-line prefetcher of common x86-64 processors pulls lines in pairs, so data that
 * different threads write stays this far apart. */
#define DY_CACHE_LINE 128

/* A checked build catches misuse by the caller (a frame joined twice, a moved pinned value, a block freed twice) and
 * calls the panic handler. Release builds contain none of these checks unless a header says otherwise. */
#ifndef DY_CHECKED
#define DY_CHECKED 0
#endif

DY_BEGIN_DECLS

/* Called with one sentence when misuse is caught; must not return. The default writes the sentence to stderr and
 * aborts: the one place where the engine ends a process, and only because going on would corrupt the caller's data. */
typedef void (*dy_panic_fn)(const char *sentence);

/* Installs a panic handler, NULL for the default; returns the former one. Thread-safe. */
DY_API dy_panic_fn dy_set_panic_handler(dy_panic_fn handler);

/* Reports misuse (printf-style, cut at 511 bytes). Does not return. */
DY_API __attribute__((noreturn, cold)) void dy_panic(const char *format, ...) DY_PRINTF(1, 2);

DY_END_DECLS

#define DY_CHECK(condition, ...)                                            \
    do {                                                                    \
        if (DY_CHECKED && DY_UNLIKELY(!(condition))) dy_panic(__VA_ARGS__); \
    } while (0)

#endif
