/* clang-format off: the sections and the example below are laid out by hand */
/* dyno/poison.h - tells AddressSanitizer which memory of ours the user may touch.
 *
 * What it is        Two functions that do nothing in a build without AddressSanitizer.
 * Contract          Any thread; the caller owns the bytes.
 * AddressSanitizer  keeps one state for each eight bytes, so the poison begins at the next multiple of eight.
 * Units             Bytes.
 * Source            compiler-rt, sanitizer/asan_interface.h, "manual poisoning".
 *
 *     dy_poison(block, size);     // a read or write of it is reported from here on
 *     dy_unpoison(block, size);
 */
/* clang-format on */
#ifndef DYNO_POISON_H
#define DYNO_POISON_H

#include "dyno/base.h"

#if defined(__SANITIZE_ADDRESS__)
#define DY_WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DY_WITH_ASAN 1
#endif
#endif

#ifdef DY_WITH_ASAN
#include <sanitizer/asan_interface.h>
/* For the few functions that must read an allocator's own words inside poisoned memory. */
#define DY_NO_ASAN __attribute__((no_sanitize_address))
#else
#define DY_NO_ASAN
#endif

DY_INLINE void dy_poison(const void *memory, size_t size)
{
#ifdef DY_WITH_ASAN
    __asan_poison_memory_region(memory, size);
#else
    (void)memory;
    (void)size;
#endif
}

DY_INLINE void dy_unpoison(const void *memory, size_t size)
{
#ifdef DY_WITH_ASAN
    __asan_unpoison_memory_region(memory, size);
#else
    (void)memory;
    (void)size;
#endif
}

#endif
