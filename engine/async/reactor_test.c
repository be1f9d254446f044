#include "dyno/reactor.h"

#include "testing.h"

#include <errno.h>

enum { SOURCES = 40 };

typedef struct probe {
    dy_source source;
    int write_end;
    int notified;
    dy_reactor *reactor;
    struct probe *removes; /* removed by this one's notification */
} probe;

static void notified(dy_source *source)
{
    probe *self = (probe *)source;
    self->notified++;
    if (self->removes == NULL || self->removes->source.fd < 0) return;
    dy_reactor_remove(self->reactor, &self->removes->source);
    close(self->removes->source.fd);
    self->removes->source.fd = -1;
}

static void open_probe(dy_reactor *reactor, probe *p)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    *p = (probe){.source = {.fd = ends[0], .notify = notified}, .write_end = ends[1], .reactor = reactor};
    assert_int_equal(dy_reactor_add(reactor, &p->source, DY_POLL_READ), DY_OK);
    assert_int_equal(p->source.ready, DY_POLL_READ);
    p->source.ready = 0;
}

static void close_probe(probe *p)
{
    if (p->source.fd >= 0) {
        dy_reactor_remove(p->reactor, &p->source);
        close(p->source.fd);
    }
    close(p->write_end);
}

static void many_sources_are_told_apart(void **state)
{
    (void)state;
    int descriptors = open_descriptors();
    dy_reactor reactor;
    probe p[SOURCES];
    assert_int_equal(dy_reactor_open(&reactor, dy_allocator_libc(), NULL), DY_OK);
    for (int i = 0; i < SOURCES; i++)
        open_probe(&reactor, &p[i]);
    for (int i = 0; i < SOURCES; i += 3)
        put(p[i].write_end, "x");
    assert_int_equal(dy_reactor_wait(&reactor, 0), DY_OK);
    for (int i = 0; i < SOURCES; i++) {
        assert_int_equal(p[i].notified, i % 3 == 0);
        assert_int_equal(p[i].source.ready, i % 3 == 0 ? DY_POLL_READ : 0);
    }
    assert_int_equal(dy_reactor_wait(&reactor, 0), DY_OK); /* an edge is told once */
    assert_int_equal(p[0].notified, 1);
    put(p[0].write_end, "y");
    assert_int_equal(dy_reactor_wait(&reactor, 0), DY_OK); /* and stays registered */
    assert_int_equal(p[0].notified, 2);
    for (int i = 0; i < SOURCES; i++)
        close_probe(&p[i]);
    dy_reactor_close(&reactor);
    assert_int_equal(open_descriptors(), descriptors);
}

/* Both events are in one batch; whoever comes first removes the other, whose event must not reach anybody: not the
 * removed source, nor a new one in the same slot with the same descriptor number. */
static void an_event_of_a_removed_source_is_dropped(void **state)
{
    (void)state;
    dy_reactor reactor;
    probe p[2], heir;
    assert_int_equal(dy_reactor_open(&reactor, dy_allocator_libc(), NULL), DY_OK);
    for (int i = 0; i < 2; i++)
        open_probe(&reactor, &p[i]);
    for (int i = 0; i < 2; i++) {
        p[i].removes = &p[1 - i];
        put(p[i].write_end, "x");
    }
    assert_int_equal(dy_reactor_wait(&reactor, 0), DY_OK);
    assert_int_equal(p[0].notified + p[1].notified, 1);
    assert_int_equal(reactor.stale, 1);
    assert_int_equal(reactor.sources, 1);
    open_probe(&reactor, &heir);
    assert_int_equal(dy_reactor_wait(&reactor, 0), DY_OK);
    assert_int_equal(heir.notified, 0);
    close_probe(&heir);
    for (int i = 0; i < 2; i++)
        close_probe(&p[i]);
    dy_reactor_close(&reactor);
}

static void what_epoll_refuses_is_not_registered(void **state)
{
    (void)state;
    dy_reactor reactor;
    assert_int_equal(dy_reactor_open(&reactor, dy_allocator_libc(), NULL), DY_OK);
    FILE *regular = tmpfile();
    dy_source source = {.fd = fileno(regular), .notify = notified};
    assert_int_equal(dy_reactor_add(&reactor, &source, DY_POLL_READ), -EPERM);
    assert_int_equal(reactor.sources, 0);
    fclose(regular);
    dy_reactor_close(&reactor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_sources_are_told_apart),
        cmocka_unit_test(an_event_of_a_removed_source_is_dropped),
        cmocka_unit_test(what_epoll_refuses_is_not_registered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
