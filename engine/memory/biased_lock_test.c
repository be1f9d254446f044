#include "biased_lock.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { OWNER_ROUNDS = 400000, CLAIMS = 300 };

static biased_lock lock;
static bool asymmetric;
static uint64_t guarded, entered; /* guarded is plain on purpose: only the lock makes the sum come out */

static void *own(void *unused)
{
    (void)unused;
    for (int i = 0; i < OWNER_ROUNDS; i++) {
        if (!biased_lock_enter(&lock, asymmetric)) continue;
        guarded++;
        entered++;
        biased_lock_leave(&lock);
    }
    return NULL;
}

static void owner_and_claimant_exclude_each_other(bool with_membarrier)
{
    lock = (biased_lock){DY_ATOMIC_INIT(0), DY_ATOMIC_INIT(0)};
    asymmetric = with_membarrier;
    guarded = entered = 0;
    pthread_t owner;
    assert_int_equal(pthread_create(&owner, NULL, own, NULL), 0);
    for (int i = 0; i < CLAIMS; i++) {
        biased_lock_claim(&lock, asymmetric);
        guarded++;
        biased_lock_unclaim(&lock);
    }
    pthread_join(owner, NULL);
    assert_int_equal(guarded, entered + CLAIMS);
}

static void with_the_kernels_help(void **state)
{
    (void)state;
    if (!biased_lock_asymmetric()) skip();
    for (int i = 0; i < 5; i++)
        owner_and_claimant_exclude_each_other(true);
}

static void without_it(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        owner_and_claimant_exclude_each_other(false);
}

static void an_owner_is_turned_away_while_the_lock_is_claimed(void **state)
{
    (void)state;
    biased_lock_claim(&lock, false);
    assert_false(biased_lock_enter(&lock, false));
    biased_lock_unclaim(&lock);
    assert_true(biased_lock_enter(&lock, false));
    biased_lock_leave(&lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_the_kernels_help),
        cmocka_unit_test(without_it),
        cmocka_unit_test(an_owner_is_turned_away_while_the_lock_is_claimed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
