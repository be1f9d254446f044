#include "show/table.h"
#include "show/width.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void formats(double value, const char *unit, const char *wanted)
{
    char text[64];
    assert_string_equal(dyno_format_value(value, unit, text, sizeof text), wanted);
}

static void values_take_a_readable_prefix(void **state)
{
    (void)state;
    formats(0.0123, "s", "12.3 ms");
    formats(1.5, "s", "1.50 s");
    formats(123.4, "s", "123 s");
    formats(2.5e-7, "s", "250 ns");
    formats(12345, "ns", "12.3 \xc2\xb5s");
    formats(18.25, "ns/op", "18.2 ns/op");
    formats(2100, "ns/op", "2.10 \xc2\xb5s/op");
    formats(1536, "B", "1.50 KiB");
    formats(3, "B", "3.00 B");
    formats(1.25e9, "B/s", "1.25 GB/s");
    formats(12345678, "op/s", "12.3 Mop/s");
    formats(1234, "count", "1.23 k");
    formats(7, "count", "7.00");
    formats(0, "count", "0");
    formats(0, "s", "0 s");
    formats(1.75, "ratio", "1.75");
    formats(12.5, "%", "12.5 %");
    formats(NAN, "s", "-");
    formats(-0.002, "s", "-2.00 ms");
    formats(0.5, "op/s", "0.50 op/s");
    formats(250, "samples", "250 samples");
}

/* Nothing prints as 1000 of a prefix whose next one is there. */
static void rounding_does_not_cross_a_prefix(void **state)
{
    (void)state;
    formats(0.9999, "s", "1.00 s");
    formats(999.9e-6, "s", "1.00 ms");
    formats(999.4e-6, "s", "999 \xc2\xb5s");
    formats(9.999, "s", "10.0 s");
    formats(99.99, "s", "100 s");
}

static void widths_are_columns(void **state)
{
    (void)state;
    assert_int_equal(dyno_width("abc"), 3);
    assert_int_equal(dyno_width("\xc2\xb5s"), 2);
    assert_int_equal(dyno_width("\xe6\xbc\xa2\xe5\xad\x97"), 4);
    assert_int_equal(dyno_width("e\xcc\x81"), 1);
    assert_int_equal(dyno_width("\xff\xfe"), 2);
    assert_int_equal(dyno_width(""), 0);
}

static void cut(const char *text, size_t columns, const char *wanted)
{
    char *got = NULL;
    size_t n;
    FILE *out = open_memstream(&got, &n);
    dyno_put_cut(out, text, columns);
    fclose(out);
    assert_string_equal(got, wanted);
    free(got);
}

static void cutting_keeps_characters_whole(void **state)
{
    (void)state;
    cut("abcdef", 6, "abcdef");
    cut("abcdef", 4, "abc\xe2\x80\xa6");
    cut("\xe6\xbc\xa2\xe5\xad\x97", 3, "\xe6\xbc\xa2\xe2\x80\xa6");
    cut("a\033[31mb\nc", 20, "a [31mb c");
    cut("abc", 0, "");
}

static char *print(dyno_row *rows, size_t n, bool all, bool colour)
{
    static char fib[] = "fib", compute[] = "compute", params[] = "n=30", pin[] = "core", time[] = "time", s[] = "s",
                ok[] = "ok", none[] = "";
    for (size_t i = 0; i < n; i++) {
        rows[i].workload = fib;
        rows[i].family = compute;
        rows[i].params = params;
        rows[i].pin = pin;
        if (!rows[i].metric) rows[i].metric = time;
        rows[i].unit = s;
        if (!rows[i].status) rows[i].status = ok;
        if (!rows[i].detail) rows[i].detail = none;
    }
    dyno_summary summary = {.rows = rows, .n_rows = n};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    dyno_table_print(out, &summary, all, colour);
    fclose(out);
    return text;
}

static dyno_row figure(const char *contender, unsigned threads, double median)
{
    dyno_row made = {.contender = (char *)contender, .threads = threads, .median = median};
    made.better = DYNO_LOWER;
    made.primary = true;
    made.ci_low = median * 0.98;
    made.ci_high = median * 1.01;
    return made;
}

static void ratios_are_against_serial(void **state)
{
    (void)state;
    char engine[] = "engine", openmp[] = "openmp", serial[] = "serial", broken[] = "broken", wrong[] = "wrong",
         detail[] = "1 of 3 processes: fib(30) came as 3";
    dyno_row rows[] = {figure(openmp, 2, 0.02), figure(engine, 2, 0.005), figure(serial, 1, 0.01),
                       figure(broken, 2, NAN)};
    rows[3].status = wrong;
    rows[3].detail = detail;
    char *text = print(rows, 4, false, false);
    assert_string_equal(text,
                        "fib  n=30\n"
                        "  contender  threads     median       \xc2\xb1  vs serial  time, lower is better, pin core\n"
                        "  serial           1    10.0 ms  \xc2\xb1"
                        "2.0 %      1.00x\n"
                        "* engine           2    5.00 ms  \xc2\xb1"
                        "2.0 %      2.00x\n"
                        "  openmp           2    20.0 ms  \xc2\xb1"
                        "2.0 %      0.50x\n"
                        "  broken           2  wrong: 1 of 3 processes: fib(30) came as 3\n"
                        "\n* dyno's own engine\n");
    free(text);
}

static void without_serial_the_best_is_the_reference(void **state)
{
    (void)state;
    char a[] = "malloc", b[] = "jemalloc";
    dyno_row rows[] = {figure(a, 2, 100), figure(b, 2, 150)};
    rows[0].better = rows[1].better = DYNO_HIGHER;
    rows[0].ci_low = rows[0].ci_high = NAN;
    char *text = print(rows, 2, false, false);
    assert_non_null(strstr(text, "vs best"));
    assert_non_null(strstr(text, "higher is better"));
    assert_non_null(strstr(text, "jemalloc         2      150 s"));
    assert_non_null(strstr(text, "0.67x"));
    assert_true(strstr(text, "jemalloc") < strstr(text, " malloc"));
    assert_null(strstr(text, "nan"));
    free(text);
}

static void colour_only_when_asked(void **state)
{
    (void)state;
    char engine[] = "engine", wall[] = "process_wall";
    dyno_row rows[] = {figure(engine, 2, 1), figure(engine, 2, 2)};
    rows[1].metric = wall;
    rows[1].primary = false;
    char *text = print(rows, 2, false, true);
    assert_non_null(strchr(text, '\033'));
    free(text);
    rows[0].metric = NULL;
    text = print(rows, 2, false, false);
    assert_null(strchr(text, '\033'));
    assert_null(strstr(text, "process_wall"));
    free(text);
    text = print(rows, 2, true, false);
    assert_non_null(strstr(text, "process_wall"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_take_a_readable_prefix),
        cmocka_unit_test(rounding_does_not_cross_a_prefix),
        cmocka_unit_test(widths_are_columns),
        cmocka_unit_test(cutting_keeps_characters_whole),
        cmocka_unit_test(ratios_are_against_serial),
        cmocka_unit_test(without_serial_the_best_is_the_reference),
        cmocka_unit_test(colour_only_when_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
