/* quantity.h - numbers as people write them: 4K, 1..92, 2m30s. Each returns false and leaves *out alone when the text,
 * all of it, is no such quantity. */
#ifndef DYNO_QUANTITY_H
#define DYNO_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal, with an optional suffix K, M, G or T for powers of 1024: "-3", "4K". */
bool dyno_parse_int(const char *text, int64_t *out);
bool dyno_parse_uint64(const char *text, uint64_t *out);
bool dyno_parse_real(const char *text, double *out); /* finite */

/* Seconds, or parts with units in falling order: "90", "0.5", "250ms", "1.5m", "2m30s", "1h". Never negative. */
bool dyno_parse_duration(const char *text, double *seconds);

#endif
