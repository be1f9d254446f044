/* csv.h - RFC 4180, written and strictly read. Records end in \n; a field that holds a comma, a quote, \n or \r is
 * quoted.
 *
 * The reader takes \r\n line ends and a byte-order mark too (spreadsheets leave them), refuses everything else that is
 * no CSV with path and line, and tells a last record without its \n (a torn write) from a bad one.
 */
#ifndef DYNO_CSV_H
#define DYNO_CSV_H

#include "base/exit.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Writing: records gather in memory ---- */
typedef struct dyno_csv_out {
    char *text;
    size_t n, room;
    bool field_open; /* the record under way has a field already */
    bool failed;     /* out of memory; everything after is ignored */
} dyno_csv_out;

/* NULL is an empty field. Bytes that are no UTF-8 become U+FFFD, so that the file is what it says it is. */
void dyno_csv_text(dyno_csv_out *out, const char *text);
/* The shortest decimal form that reads back as the same double; an empty field for NAN and infinities. */
void dyno_csv_number(dyno_csv_out *out, double value);
void dyno_csv_unsigned(dyno_csv_out *out, uint64_t value);
void dyno_csv_end(dyno_csv_out *out);
void dyno_csv_out_free(dyno_csv_out *out);

/* ---- Reading ---- */
typedef struct dyno_csv {
    char *path;
    char *text; /* the file; fields are unquoted in place and stay valid until dyno_csv_close */
    size_t n, at;
    unsigned long line;        /* where the next record begins, from 1 */
    unsigned long record_line; /* where the present one began */
    char **fields;
    size_t n_fields, room;
} dyno_csv;

typedef enum dyno_csv_got {
    DYNO_CSV_RECORD, /* fields are filled; at is the offset behind it */
    DYNO_CSV_END,
    DYNO_CSV_TORN, /* the file ends within a record; at stays where that began */
    DYNO_CSV_BAD,  /* refused */
} dyno_csv_got;

int dyno_csv_open(dyno_csv *csv, const char *path, dyno_refusal *refusal);
dyno_csv_got dyno_csv_next(dyno_csv *csv, dyno_refusal *refusal);
void dyno_csv_close(dyno_csv *csv);

#endif
