#include "show/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void durations_read_as_people_say_them(void **state)
{
    (void)state;
    const struct {
        double seconds;
        const char *text;
    } cases[] = {{0, "0s"},     {-3, "0s"},      {59.4, "59s"},  {59.6, "1m00s"},
                 {65, "1m05s"}, {3600, "1h00m"}, {7384, "2h03m"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[32];
        assert_string_equal(dyno_format_duration(cases[i].seconds, text, sizeof text), cases[i].text);
    }
}

/* What updates each second from 0 to 40 leave in a file. */
static char *written(int quiet)
{
    char *text = NULL;
    FILE *file = tmpfile();
    assert_non_null(file);
    dyno_progress progress;
    dyno_progress_open(&progress, file, quiet);
    for (int second = 0; second <= 40; second++)
        dyno_progress_update(&progress, second, 40 - second, "fib by engine");
    dyno_progress_clear(&progress);
    size_t room = 0;
    rewind(file);
    ssize_t length = getdelim(&text, &room, '\0', file);
    (void)fclose(file);
    if (length >= 0) return text;
    free(text);
    return NULL;
}

static void a_log_gets_a_plain_line_now_and_then(void **state)
{
    (void)state;
    char *text = written(0);
    assert_string_equal(text, "  0 %  40s left  fib by engine\n"
                              " 37 %  25s left  fib by engine\n"
                              " 75 %  10s left  fib by engine\n");
    free(text);
}

static void quiet_writes_nothing(void **state)
{
    (void)state;
    assert_null(written(1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_read_as_people_say_them),
        cmocka_unit_test(a_log_gets_a_plain_line_now_and_then),
        cmocka_unit_test(quiet_writes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
