#include "dyno/mutex.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { THREADS = 4, ROUNDS = 50000 };

static dy_mutex lock = DY_MUTEX_INIT;
static uint64_t counter; /* plain on purpose: only the lock makes the sum come out */

static void *count_up(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        dy_mutex_lock(&lock);
        counter++;
        dy_mutex_unlock(&lock);
    }
    return NULL;
}

static void no_increment_is_lost(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_up, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(counter, (uint64_t)THREADS * ROUNDS);
    assert_int_equal(dy_u32_load_relaxed(&lock.state), 0);
}

static void try_lock_refuses_a_held_lock(void **state)
{
    (void)state;
    dy_mutex mutex = DY_MUTEX_INIT;
    assert_true(dy_mutex_try_lock(&mutex));
    assert_false(dy_mutex_try_lock(&mutex));
    dy_mutex_unlock(&mutex);
    assert_true(dy_mutex_try_lock(&mutex));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_increment_is_lost),
        cmocka_unit_test(try_lock_refuses_a_held_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
