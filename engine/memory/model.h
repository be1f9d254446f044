/* model.h - what the tests of both allocators share: random numbers, and blocks whose bytes can be checked. */
#ifndef DYNO_MEMORY_MODEL_H
#define DYNO_MEMORY_MODEL_H

#include <stddef.h>
#include <stdint.h>

/* splitmix64 */
static inline uint64_t model_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* Log-uniform from 1 to 2^bits - 1. */
static inline size_t model_size(uint64_t *state, unsigned bits)
{
    unsigned top = 1 + (unsigned)(model_random(state) % bits);
    return (size_t)(model_random(state) & ((UINT64_C(1) << top) - 1)) | (size_t)1 << (top - 1);
}

static inline void model_fill(void *block, size_t size, uint64_t tag)
{
    unsigned char *bytes = block;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(tag + i * 7);
}

static inline int model_intact(const void *block, size_t size, uint64_t tag)
{
    const unsigned char *bytes = block;
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != (unsigned char)(tag + i * 7)) return 0;
    return 1;
}

#endif
