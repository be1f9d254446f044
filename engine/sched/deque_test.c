#include "dyno/deque.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t random_state = 42;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void sizes_that_are_none_are_refused(void **state)
{
    (void)state;
    dy_deque deque;
    assert_int_equal(dy_deque_init(&deque, 0, dy_allocator_libc()), DY_E_CONFIG);
    assert_int_equal(dy_deque_init(&deque, (size_t)DY_DEQUE_SLOTS_MAX + 1, dy_allocator_libc()), DY_E_CONFIG);
}

/* A model of what may be stolen: jobs[0..n) are in the deque in this order, of which the first `public` are public. */
enum { MODEL_MAX = 64 };
typedef struct {
    dy_deque deque;
    dy_job jobs[MODEL_MAX];
    dy_head head;
    unsigned stolen; /* jobs at the bottom that a thief has taken */
} model;

static void model_push(model *m)
{
    if (m->head - m->deque.slots == MODEL_MAX) return;
    *m->head = &m->jobs[m->head - m->deque.slots];
    m->head++;
}

static void model_steal(model *m)
{
    dy_job *job = NULL;
    bool expected = dy_deque_has_public(&m->deque);
    dy_steal result = dy_deque_steal(&m->deque, &job);
    assert_int_equal(result, expected ? DY_STEAL_GOT : DY_STEAL_EMPTY);
    if (result != DY_STEAL_GOT) return;
    assert_ptr_equal(job, &m->jobs[m->stolen]); /* oldest first */
    m->stolen++;
}

static void model_publish(model *m)
{
    ptrdiff_t private_jobs = m->head - m->deque.split;
    unsigned published = dy_deque_publish(&m->deque, m->head);
    assert_int_equal(published, private_jobs > 0 ? (private_jobs + 1) / 2 : 0);
    assert_true(private_jobs <= 0 || dy_deque_has_public(&m->deque));
}

static void model_pop(model *m)
{
    if (m->head == m->deque.slots) return;
    dy_head slot = --m->head;
    bool is_stolen = (unsigned)(slot - m->deque.slots) < m->stolen;
    if (slot >= m->deque.split) {
        assert_false(is_stolen);
        return;
    }
    assert_int_equal(dy_deque_reclaim(&m->deque, slot), !is_stolen);
    if (is_stolen) {
        dy_deque_retire(&m->deque, slot);
        m->stolen = (unsigned)(slot - m->deque.slots);
    } else {
        assert_true(m->deque.split <= slot);
    }
}

static void random_operations_follow_the_model(void **state)
{
    (void)state;
    static model m;
    assert_int_equal(dy_deque_init(&m.deque, MODEL_MAX, dy_allocator_libc()), DY_OK);
    m.head = m.deque.slots;
    for (int i = 0; i < 200000; i++) {
        switch (next_random() % 8) {
        case 0:
        case 1:
        case 2:
            model_push(&m);
            break;
        case 3:
            model_publish(&m);
            break;
        case 4:
            model_steal(&m);
            break;
        default:
            model_pop(&m);
        }
    }
    dy_deque_free(&m.deque);
}

static void asking_raises_the_limit_to_the_end(void **state)
{
    (void)state;
    dy_deque deque;
    assert_int_equal(dy_deque_init(&deque, 8, dy_allocator_libc()), DY_OK);
    assert_false(dy_deque_is_hungry(&deque));
    dy_deque_ask(&deque);
    assert_true(dy_deque_is_hungry(&deque));
    assert_ptr_equal(dy_deque_limit(&deque), deque.slots + 8);
    dy_deque_free(&deque);
}

/* ---- Exactly once, with real thieves ---- */

enum { THIEVES = 2, DEPTH = 48, ROUNDS = 40000 };

typedef struct {
    dy_job job;
    dy_atomic_u32 taken;
} counted;

static dy_deque shared;
static dy_atomic_u32 over;
static dy_atomic_u64 thieves_took;

static void finish(dy_job *job)
{
    counted *c = (counted *)(void *)job;
    dy_u32_fetch_add_relaxed(&c->taken, 1);
    /* release: pairs with the acquire in wait_for. */
    dy_u32_store_release(&job->state, DY_JOB_DONE);
}

static void *thief(void *unused)
{
    (void)unused;
    uint64_t took = 0;
    while (dy_u32_load_acquire(&over) == 0) {
        dy_job *job;
        if (dy_deque_steal(&shared, &job) == DY_STEAL_GOT) {
            finish(job);
            took++;
        } else {
            dy_deque_ask(&shared);
        }
    }
    dy_u64_fetch_add_relaxed(&thieves_took, took);
    return NULL;
}

static void wait_for(const dy_job *job)
{
    while (dy_u32_load_acquire(&job->state) != DY_JOB_DONE)
        dy_cpu_relax();
}

/* Pushes a few jobs and joins them all, as nested forks do; each must have been run once when its join is over. */
static uint64_t push_and_join(counted *jobs, unsigned depth)
{
    uint64_t mine = 0;
    dy_head head = shared.slots;
    for (unsigned i = 0; i < depth; i++) {
        jobs[i] = (counted){0};
        *head++ = &jobs[i].job;
        if (dy_deque_is_hungry(&shared)) dy_deque_publish(&shared, head);
    }
    for (unsigned i = depth; i-- > 0;) {
        head--;
        if (head >= shared.split || dy_deque_reclaim(&shared, head)) {
            finish(&jobs[i].job);
            mine++;
        } else {
            wait_for(&jobs[i].job);
            dy_deque_retire(&shared, head);
        }
        assert_int_equal(dy_u32_load_relaxed(&jobs[i].taken), 1);
    }
    return mine;
}

static void every_job_is_taken_exactly_once(void **state)
{
    (void)state;
    static counted jobs[DEPTH];
    assert_int_equal(dy_deque_init(&shared, DEPTH, dy_allocator_libc()), DY_OK);
    dy_deque_ask(&shared);
    pthread_t threads[THIEVES];
    for (int i = 0; i < THIEVES; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, thief, NULL), 0);
    uint64_t mine = 0, pushed = 0;
    for (int round = 0; round < ROUNDS; round++) {
        unsigned depth = 1 + (unsigned)(next_random() % DEPTH);
        mine += push_and_join(jobs, depth);
        pushed += depth;
    }
    /* release: pairs with the acquire in thief. */
    dy_u32_store_release(&over, 1);
    for (int i = 0; i < THIEVES; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(mine + dy_u64_load_relaxed(&thieves_took), pushed);
    assert_false(dy_deque_has_public(&shared));
    dy_deque_free(&shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_that_are_none_are_refused),
        cmocka_unit_test(asking_raises_the_limit_to_the_end),
        cmocka_unit_test(random_operations_follow_the_model),
        cmocka_unit_test(every_job_is_taken_exactly_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
