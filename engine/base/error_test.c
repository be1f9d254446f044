#include "dyno/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void own_codes_lie_below_errno(void **state)
{
    (void)state;
#define BELOW(name, value, category, text) assert_true((value) < -4095);
    DY_STATUS_LIST(BELOW)
#undef BELOW
}

static void own_codes_have_distinct_names_and_texts(void **state)
{
    (void)state;
#define KNOWN(name, value, category_, text)            \
    assert_string_equal(dy_status_name(value), #name); \
    assert_string_equal(dy_status_text(value), text);  \
    assert_int_equal(dy_status_category(value), category_);
    DY_STATUS_LIST(KNOWN)
#undef KNOWN
    assert_string_equal(dy_status_name(-100000), "unknown");
    assert_string_equal(dy_status_text(-100000), "unknown status");
}

static void errno_is_converted(void **state)
{
    (void)state;
    assert_string_equal(dy_status_name(-ENOMEM), "ENOMEM");
    assert_string_equal(dy_status_text(-ENOENT), "No such file or directory");
    assert_int_equal(dy_status_category(-ENOMEM), DY_CATEGORY_MEMORY);
    assert_int_equal(dy_status_category(-ETIMEDOUT), DY_CATEGORY_TIMEOUT);
    assert_int_equal(dy_status_category(-ECANCELED), DY_CATEGORY_CANCELLED);
    assert_int_equal(dy_status_category(-EINVAL), DY_CATEGORY_CONFIG);
    assert_int_equal(dy_status_category(-EPIPE), DY_CATEGORY_IO);
    assert_int_equal(dy_status_category(DY_OK), DY_CATEGORY_NONE);
}

static void an_error_tells_place_message_and_cause(void **state)
{
    (void)state;
    dy_error error = DY_ERROR_INIT;
    int line = __LINE__ + 1;
    dy_status status = DY_FAIL_FROM(&error, DY_E_EXHAUSTED, -ENOMEM, "region of %d KiB", 64);
    assert_int_equal(status, DY_E_EXHAUSTED);
    assert_int_equal(error.line, line);
    char text[DY_ERROR_TEXT_MAX];
    dy_error_format(&error, text, sizeof text);
    assert_non_null(strstr(text, "memory: region of 64 KiB: the region has no room for the request"));
    assert_non_null(strstr(text, "because Cannot allocate memory"));
    assert_non_null(strstr(text, "error_test.c:"));
}

static void a_null_error_is_allowed(void **state)
{
    (void)state;
    assert_int_equal(DY_FAIL(NULL, -EIO, "no one listens"), -EIO);
}

static void long_text_is_cut_visibly(void **state)
{
    (void)state;
    char huge[400];
    memset(huge, 'x', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    dy_error error = DY_ERROR_INIT;
    DY_FAIL(&error, -EIO, "%s", huge);
    assert_int_equal(strlen(error.message), DY_ERROR_MESSAGE_MAX - 1);
    assert_string_equal(error.message + DY_ERROR_MESSAGE_MAX - 4, "...");
    char small[16];
    dy_error_format(&error, small, sizeof small);
    assert_string_equal(small + sizeof small - 4, "...");
}

static jmp_buf escape;
static char said[600];

static void remember_and_escape(const char *sentence)
{
    snprintf(said, sizeof said, "%s", sentence);
    longjmp(escape, 1);
}

static void a_panic_reaches_the_handler(void **state)
{
    (void)state;
    dy_panic_fn former = dy_set_panic_handler(remember_and_escape);
    if (setjmp(escape) == 0) dy_panic("frame %d joined twice", 7);
    assert_ptr_equal(dy_set_panic_handler(former), remember_and_escape);
    assert_string_equal(said, "frame 7 joined twice");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_codes_lie_below_errno),   cmocka_unit_test(own_codes_have_distinct_names_and_texts),
        cmocka_unit_test(errno_is_converted),          cmocka_unit_test(an_error_tells_place_message_and_cause),
        cmocka_unit_test(a_null_error_is_allowed),     cmocka_unit_test(long_text_is_cut_visibly),
        cmocka_unit_test(a_panic_reaches_the_handler),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
