#include "store/csv.h"
#include "store/file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/dyno-csv-XXXXXX";
static char path[64];

static int make_directory(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "%s/t.csv", mkdtemp(dir));
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

static void store(const char *text, size_t n)
{
    dyno_refusal refusal;
    assert_int_equal(dyno_file_replace(dir, "t.csv", text, n, &refusal), DYNO_GOOD);
}

static dyno_csv opened(const char *text)
{
    dyno_csv csv;
    dyno_refusal refusal;
    store(text, strlen(text));
    assert_int_equal(dyno_csv_open(&csv, path, &refusal), DYNO_GOOD);
    return csv;
}

static void reads_what_rfc_4180_shows(void **state)
{
    (void)state;
    dyno_refusal refusal;
    dyno_csv csv = opened("aaa,\"b\nbb\",ccc\nzzz,\"a \"\"quote\"\"\",\n\n\"\"\n");
    assert_int_equal(dyno_csv_next(&csv, &refusal), DYNO_CSV_RECORD);
    assert_int_equal(csv.n_fields, 3);
    assert_string_equal(csv.fields[1], "b\nbb");
    assert_string_equal(csv.fields[2], "ccc");
    assert_int_equal(dyno_csv_next(&csv, &refusal), DYNO_CSV_RECORD);
    assert_int_equal(csv.record_line, 3);
    assert_string_equal(csv.fields[1], "a \"quote\"");
    assert_string_equal(csv.fields[2], "");
    assert_int_equal(dyno_csv_next(&csv, &refusal), DYNO_CSV_RECORD);
    assert_int_equal(csv.n_fields, 1);
    assert_int_equal(dyno_csv_next(&csv, &refusal), DYNO_CSV_RECORD);
    assert_string_equal(csv.fields[0], "");
    assert_int_equal(dyno_csv_next(&csv, &refusal), DYNO_CSV_END);
    dyno_csv_close(&csv);
}

static void takes_a_spreadsheets_marks(void **state)
{
    (void)state;
    dyno_refusal refusal;
    dyno_csv csv = opened("\xef\xbb\xbf"
                          "a,\"b\"\r\nc,\r\n");
    assert_int_equal(dyno_csv_next(&csv, &refusal), DYNO_CSV_RECORD);
    assert_string_equal(csv.fields[0], "a");
    assert_string_equal(csv.fields[1], "b");
    assert_int_equal(dyno_csv_next(&csv, &refusal), DYNO_CSV_RECORD);
    assert_string_equal(csv.fields[1], "");
    dyno_csv_close(&csv);
}

static void refuses(const char *text, const char *place, const char *what)
{
    dyno_refusal refusal = {""};
    dyno_csv csv = opened(text);
    dyno_csv_got got;
    while ((got = dyno_csv_next(&csv, &refusal)) == DYNO_CSV_RECORD) {}
    assert_int_equal(got, DYNO_CSV_BAD);
    assert_non_null(strstr(refusal.sentence, path));
    assert_non_null(strstr(refusal.sentence, place));
    assert_non_null(strstr(refusal.sentence, what));
    dyno_csv_close(&csv);
}

static void refuses_with_path_and_line(void **state)
{
    (void)state;
    refuses("a,b\nc,d\"e\"\n", "line 2", "quote");
    refuses("a\n\"b\n\nc\"x,1\n", "line 4", "closing quote");
    refuses("a,b\nc,d\"e\nf,g\nh,i\n", "line 2", "quote");
    refuses("a\rb\n", "line 1", "carriage return");
    dyno_csv csv;
    dyno_refusal refusal;
    store("a\nb\0c\n", 6);
    assert_int_equal(dyno_csv_open(&csv, path, &refusal), DYNO_GOOD);
    assert_int_equal(dyno_csv_next(&csv, &refusal), DYNO_CSV_RECORD);
    assert_int_equal(dyno_csv_next(&csv, &refusal), DYNO_CSV_BAD);
    assert_non_null(strstr(refusal.sentence, "line 2"));
    dyno_csv_close(&csv);
    assert_int_equal(dyno_csv_open(&csv, "/nonexistent/x.csv", &refusal), DYNO_FAILED);
    assert_non_null(strstr(refusal.sentence, "/nonexistent/x.csv"));
}

static void numbers_read_back_exactly(void **state)
{
    (void)state;
    const double values[] = {0.1, 1e-300, 123456789.125, 2.0 / 3, -0.0, 4e18, 5e-324};
    dyno_csv_out out = {0};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        dyno_csv_number(&out, values[i]);
    dyno_csv_number(&out, NAN);
    dyno_csv_number(&out, INFINITY);
    dyno_csv_unsigned(&out, UINT64_MAX);
    dyno_csv_end(&out);
    store(out.text, out.n);
    dyno_csv csv;
    dyno_refusal refusal;
    assert_int_equal(dyno_csv_open(&csv, path, &refusal), DYNO_GOOD);
    assert_int_equal(dyno_csv_next(&csv, &refusal), DYNO_CSV_RECORD);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        assert_true(strtod(csv.fields[i], NULL) == values[i]);
    assert_string_equal(csv.fields[0], "0.1");
    assert_string_equal(csv.fields[7], "");
    assert_string_equal(csv.fields[8], "");
    assert_string_equal(csv.fields[9], "18446744073709551615");
    dyno_csv_close(&csv);
    dyno_csv_out_free(&out);
}

static void what_is_no_utf8_is_replaced(void **state)
{
    (void)state;
    dyno_csv_out out = {0};
    dyno_csv_text(&out, "ok \xc3\xa4 \xff \xc0\xaf \xed\xa0\x80 \xe2\x82");
    dyno_csv_end(&out);
    dyno_csv_text(&out, NULL);
    dyno_csv_end(&out);
    const char bad[] = "\xef\xbf\xbd";
    char wanted[128];
    snprintf(wanted, sizeof wanted, "ok \xc3\xa4 %s %s%s %s%s%s %s%s\n\n", bad, bad, bad, bad, bad, bad, bad, bad);
    assert_int_equal(out.n, strlen(wanted));
    assert_memory_equal(out.text, wanted, out.n);
    dyno_csv_out_free(&out);
}

enum { RECORDS = 40, FIELDS = 6, LONGEST = 12 };

static void random_field(unsigned short seed[3], char *text)
{
    static const char *const letters[] = {"a", "\"", ",", "\n", "\r", " ", "\xc3\xa4", ";", "0"};
    size_t n = (size_t)(nrand48(seed) % LONGEST);
    for (size_t i = 0; i < n; i++)
        text = stpncpy(text, letters[(size_t)nrand48(seed) % (sizeof letters / sizeof *letters)], 2);
    *text = '\0';
}

static void anything_written_reads_back(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 100; round++) {
        static char wanted[RECORDS][FIELDS][2 * LONGEST + 1];
        unsigned short seed[3] = {(unsigned short)round, 17, 4};
        dyno_csv_out out = {0};
        for (int r = 0; r < RECORDS; r++) {
            for (int f = 0; f < FIELDS; f++) {
                random_field(seed, wanted[r][f]);
                dyno_csv_text(&out, wanted[r][f]);
            }
            dyno_csv_end(&out);
        }
        store(out.text, out.n);
        dyno_csv_out_free(&out);
        dyno_csv csv;
        dyno_refusal refusal;
        assert_int_equal(dyno_csv_open(&csv, path, &refusal), DYNO_GOOD);
        for (int r = 0; r < RECORDS; r++) {
            if (dyno_csv_next(&csv, &refusal) != DYNO_CSV_RECORD) fail_msg("round %u: %s", round, refusal.sentence);
            assert_int_equal(csv.n_fields, FIELDS);
            for (int f = 0; f < FIELDS; f++)
                assert_string_equal(csv.fields[f], wanted[r][f]);
        }
        assert_int_equal(dyno_csv_next(&csv, &refusal), DYNO_CSV_END);
        dyno_csv_close(&csv);
    }
}

/* Cut at every byte: what comes before the cut reads as it was, and the cut record is torn, never bad, never short. */
static void a_cut_file_is_torn_not_wrong(void **state)
{
    (void)state;
    const char whole[] = "a,\"b,\"\"c\"\"\nd\",e\nf,\"g\"\"\nh\",\"\"\n";
    const size_t ends[] = {16, sizeof whole - 1};
    for (size_t cut = 0; cut < sizeof whole; cut++) {
        store(whole, cut);
        dyno_csv csv;
        dyno_refusal refusal;
        assert_int_equal(dyno_csv_open(&csv, path, &refusal), DYNO_GOOD);
        size_t records = 0;
        dyno_csv_got got;
        while ((got = dyno_csv_next(&csv, &refusal)) == DYNO_CSV_RECORD) {
            assert_int_equal(csv.n_fields, 3);
            records++;
        }
        size_t complete = (cut >= ends[0]) + (size_t)(cut >= ends[1]);
        assert_int_equal(records, complete);
        size_t kept = complete == 0 ? 0 : ends[complete - 1];
        assert_int_equal(csv.at, kept);
        assert_int_equal(got, kept == cut ? DYNO_CSV_END : DYNO_CSV_TORN);
        dyno_csv_close(&csv);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_rfc_4180_shows),    cmocka_unit_test(takes_a_spreadsheets_marks),
        cmocka_unit_test(refuses_with_path_and_line),   cmocka_unit_test(numbers_read_back_exactly),
        cmocka_unit_test(what_is_no_utf8_is_replaced),  cmocka_unit_test(anything_written_reads_back),
        cmocka_unit_test(a_cut_file_is_torn_not_wrong),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
