#include "value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int64_t integer(kit_type type, const char *text)
{
    kit_value value;
    assert_true(kit_value_parse(type, text, &value));
    return value.integer;
}

static void refuses(kit_type type, const char *const *texts)
{
    kit_value value;
    for (; *texts != NULL; texts++)
        if (kit_value_parse(type, *texts, &value)) fail_msg("\"%s\" was taken for a value of type %d", *texts, type);
}

static void an_int_is_decimal_digits(void **state)
{
    (void)state;
    assert_int_equal(integer(KIT_INT, "0"), 0);
    assert_int_equal(integer(KIT_INT, "-17"), -17);
    assert_true(integer(KIT_INT, "9223372036854775807") == INT64_MAX);
    assert_true(integer(KIT_INT, "-9223372036854775808") == INT64_MIN);
    refuses(KIT_INT,
            (const char *const[]){"", "-", "+5", " 5", "5 ", "0x10", "1e3", "4K", "9223372036854775808", NULL});
}

static void a_size_may_have_a_binary_suffix(void **state)
{
    (void)state;
    assert_int_equal(integer(KIT_SIZE, "4096"), 4096);
    assert_int_equal(integer(KIT_SIZE, "4K"), 4096);
    assert_int_equal(integer(KIT_SIZE, "3M"), 3 << 20);
    assert_int_equal(integer(KIT_SIZE, "2G"), INT64_C(2) << 30);
    assert_true(integer(KIT_SIZE, "8589934591G") == INT64_C(8589934591) << 30);
    refuses(KIT_SIZE, (const char *const[]){"", "K", "-1", "4k", "4KB", "4KK", "4 K", "8589934592G", "1T", NULL});
}

static void a_real_is_finite_and_decimal(void **state)
{
    (void)state;
    kit_value value;
    assert_true(kit_value_parse(KIT_REAL, "-1.5e-3", &value));
    assert_true(value.real == -1.5e-3);
    assert_true(kit_value_parse(KIT_REAL, "7", &value));
    refuses(KIT_REAL, (const char *const[]){"", ".", "nan", "inf", "-inf", "1e999", "0x1p3", " 1", "1 ", "1,5", NULL});
}

static void a_word_is_one_field(void **state)
{
    (void)state;
    kit_value value;
    assert_true(kit_value_parse(KIT_WORD, "log-normal", &value));
    assert_string_equal(value.word, "log-normal");
    refuses(KIT_WORD, (const char *const[]){"", "two words", NULL});
}

static kit_accepted accepted(kit_type type, const char *text, const char *accepts)
{
    kit_value value;
    assert_true(kit_value_parse(type, text, &value));
    return kit_value_accepted(&value, accepts);
}

static void a_range_includes_its_ends(void **state)
{
    (void)state;
    assert_int_equal(accepted(KIT_INT, "1", "1..92"), KIT_ACCEPTED);
    assert_int_equal(accepted(KIT_INT, "92", "1..92"), KIT_ACCEPTED);
    assert_int_equal(accepted(KIT_INT, "0", "1..92"), KIT_OUTSIDE);
    assert_int_equal(accepted(KIT_INT, "93", "1..92"), KIT_OUTSIDE);
    assert_int_equal(accepted(KIT_INT, "-5", "-10..-1"), KIT_ACCEPTED);
    assert_int_equal(accepted(KIT_SIZE, "65536", "64..64K"), KIT_ACCEPTED);
    assert_int_equal(accepted(KIT_SIZE, "65537", "64..64K"), KIT_OUTSIDE);
    assert_int_equal(accepted(KIT_REAL, "0.25", "0.25..0.75"), KIT_ACCEPTED);
    assert_int_equal(accepted(KIT_REAL, "0.7501", "0.25..0.75"), KIT_OUTSIDE);
}

static void a_list_is_compared_by_value(void **state)
{
    (void)state;
    assert_int_equal(accepted(KIT_WORD, "uniform", "uniform|lognormal"), KIT_ACCEPTED);
    assert_int_equal(accepted(KIT_WORD, "uni", "uniform|lognormal"), KIT_OUTSIDE);
    assert_int_equal(accepted(KIT_SIZE, "1024", "1K|4K"), KIT_ACCEPTED);
    assert_int_equal(accepted(KIT_INT, "3", "1|2|4"), KIT_OUTSIDE);
    assert_int_equal(accepted(KIT_WORD, "whatever", "any"), KIT_ACCEPTED);
}

static void a_rule_that_is_none_is_noticed(void **state)
{
    (void)state;
    assert_int_equal(accepted(KIT_INT, "3", "5..1"), KIT_BAD_RULE);
    assert_int_equal(accepted(KIT_INT, "3", "low..high"), KIT_BAD_RULE);
    assert_int_equal(accepted(KIT_INT, "3", "1.."), KIT_BAD_RULE);
    assert_int_equal(accepted(KIT_WORD, "a", "a||b"), KIT_BAD_RULE);
    assert_int_equal(accepted(KIT_INT, "3", "1 .. 5"), KIT_BAD_RULE);
}

static void names_keep_to_their_characters(void **state)
{
    (void)state;
    char longest[65];
    memset(longest, 'a', sizeof longest);
    longest[63] = '\0';
    assert_true(kit_name_valid(longest));
    longest[63] = 'a';
    longest[64] = '\0';
    assert_false(kit_name_valid(longest));
    assert_true(kit_name_valid("fifo-fanin"));
    assert_true(kit_name_valid("9p99.9_a+b"));
    assert_false(kit_name_valid(""));
    assert_false(kit_name_valid("-x"));
    assert_false(kit_name_valid("Fib"));
    assert_false(kit_name_valid("a b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_int_is_decimal_digits),       cmocka_unit_test(a_size_may_have_a_binary_suffix),
        cmocka_unit_test(a_real_is_finite_and_decimal),   cmocka_unit_test(a_word_is_one_field),
        cmocka_unit_test(a_range_includes_its_ends),      cmocka_unit_test(a_list_is_compared_by_value),
        cmocka_unit_test(a_rule_that_is_none_is_noticed), cmocka_unit_test(names_keep_to_their_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
