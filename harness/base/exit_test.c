#include "base/exit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_refusal_carries_sentence_and_code(void **state)
{
    (void)state;
    dyno_refusal refusal;
    assert_int_equal(dyno_refuse(&refusal, DYNO_USAGE, "%s:%d: unknown key '%s'", "a.ini", 3, "thraeds"), 64);
    assert_string_equal(refusal.sentence, "a.ini:3: unknown key 'thraeds'");
    assert_int_equal(dyno_refuse(NULL, DYNO_FAILED, "nobody reads this"), 1);
}

static void a_long_sentence_is_cut_visibly(void **state)
{
    (void)state;
    char huge[2000];
    memset(huge, 'x', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    dyno_refusal refusal;
    dyno_refuse(&refusal, DYNO_FAILED, "%s", huge);
    assert_string_equal(refusal.sentence + sizeof refusal.sentence - 4, "...");
}

static void the_nearest_name_is_found_and_a_far_one_is_not(void **state)
{
    (void)state;
    const char *const names[] = {"threads", "contender", "seed", "n", NULL};
    assert_string_equal(dyno_nearest("thraeds", names), "threads");
    assert_string_equal(dyno_nearest("contenders", names), "contender");
    assert_string_equal(dyno_nearest("seed", names), "seed");
    assert_null(dyno_nearest("bandwidth", names));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_carries_sentence_and_code),
        cmocka_unit_test(a_long_sentence_is_cut_visibly),
        cmocka_unit_test(the_nearest_name_is_found_and_a_far_one_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
