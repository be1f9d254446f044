/* FIFOs made with mkfifo in a directory of their own. */
#include "dyno/fifo.h"

#include "dyno/executor.h"
#include "testing.h"

#include <errno.h>
#include <sys/resource.h>

typedef struct fixture {
    dy_executor *executor;
    dy_reactor *reactor;
    dy_fifo fifo;
    char *scratch;
    int descriptors;
} fixture;

static dy_waker none;

static int open_fixture(void **state)
{
    static fixture f;
    none = dy_waker_none();
    f.descriptors = open_descriptors();
    f.scratch = enter_scratch();
    assert_int_equal(mkfifo("one", 0600), 0);
    assert_int_equal(dy_executor_open(&f.executor, NULL, NULL), DY_OK);
    f.reactor = dy_executor_reactor(f.executor);
    f.fifo = (dy_fifo){.source.fd = -1};
    *state = &f;
    return 0;
}

static int close_fixture(void **state)
{
    fixture *f = *state;
    dy_executor_close(f->executor);
    leave_scratch(f->scratch);
    assert_int_equal(open_descriptors(), f->descriptors);
    return 0;
}

static void open_fifo(fixture *f, dy_fifo_mode mode, size_t buffer)
{
    dy_fifo_options options = DY_FIFO_OPTIONS(.mode = mode, .buffer = buffer);
    assert_int_equal(dy_fifo_open(&f->fifo, f->reactor, "one", &options, NULL), DY_OK);
}

/* Polls once, without a task. */
static dy_status step(dy_read_n *read)
{
    return dy_future_poll(&read->future, &(dy_context){.waker = &none, .budget = 100});
}

static void look(fixture *f)
{
    assert_int_equal(dy_reactor_wait(f->reactor, 0), DY_OK);
}

static void assert_read(const dy_read_n *read, const char *text)
{
    assert_int_equal(read->length, strlen(text));
    assert_memory_equal(read->data, text, strlen(text));
}

static void partial_writes_add_up(void **state)
{
    fixture *f = *state;
    open_fifo(f, DY_FIFO_UNTIL_EOF, 0);
    int writer = open_writer("one");
    dy_read_n read;
    dy_read_n_init(&read, &f->fifo, 10, DY_READ_EXACT);
    assert_int_equal(step(&read), DY_PENDING);
    for (int i = 0; i < 9; i++) {
        put(writer, "x");
        look(f);
        assert_int_equal(step(&read), DY_PENDING);
    }
    put(writer, "yz");
    look(f);
    assert_int_equal(step(&read), DY_OK);
    assert_read(&read, "xxxxxxxxxy");
    assert_int_equal(step(&read), DY_E_COMPLETED);
    dy_future_drop(&read.future);
    assert_int_equal(dy_fifo_buffered(&f->fifo), 1);
    close(writer);
    dy_fifo_close(&f->fifo);
    dy_fifo_close(&f->fifo);
}

static void data_may_be_there_at_the_first_poll(void **state)
{
    fixture *f = *state;
    open_fifo(f, DY_FIFO_UNTIL_EOF, 0);
    int writer = open_writer("one");
    put(writer, "abcdefgh");
    dy_read_n read;
    dy_read_n_init(&read, &f->fifo, 3, DY_READ_AT_LEAST);
    assert_int_equal(step(&read), DY_OK);
    assert_read(&read, "abcdefgh");
    dy_future_drop(&read.future);
    close(writer);
    dy_fifo_close(&f->fifo);
}

static void one_system_call_completes_hundreds(void **state)
{
    fixture *f = *state;
    open_fifo(f, DY_FIFO_UNTIL_EOF, 0);
    int writer = open_writer("one");
    char block[4000];
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (char)(i % 251);
    assert_int_equal(write(writer, block, sizeof block), sizeof block);
    for (size_t i = 0; i < 400; i++) {
        dy_read_n read;
        dy_read_n_init(&read, &f->fifo, 10, DY_READ_EXACT);
        assert_int_equal(step(&read), DY_OK);
        assert_memory_equal(read.data, block + 10 * i, 10);
        dy_future_drop(&read.future);
    }
    assert_int_equal(f->fifo.reads, 1);
    close(writer);
    dy_fifo_close(&f->fifo);
}

static void a_dropped_future_loses_no_byte(void **state)
{
    fixture *f = *state;
    open_fifo(f, DY_FIFO_UNTIL_EOF, 0);
    int writer = open_writer("one");
    dy_read_n first, second;
    dy_read_n_init(&first, &f->fifo, 10, DY_READ_EXACT);
    dy_read_n_init(&second, &f->fifo, 4, DY_READ_EXACT);
    put(writer, "abc");
    assert_int_equal(step(&first), DY_PENDING);
    assert_int_equal(step(&second), DY_PENDING);
    put(writer, "def");
    look(f);
    assert_int_equal(step(&second), DY_PENDING); /* not its turn */
    assert_int_equal(step(&first), DY_PENDING);
    dy_future_drop(&first.future);
    assert_int_equal(step(&second), DY_OK);
    assert_read(&second, "abcd");
    dy_future_drop(&second.future);
    assert_int_equal(dy_fifo_buffered(&f->fifo), 2);
    close(writer);
    dy_fifo_close(&f->fifo);
}

static void before_the_first_writer_there_is_no_end(void **state)
{
    fixture *f = *state;
    open_fifo(f, DY_FIFO_UNTIL_EOF, 0);
    dy_read_n read;
    dy_read_n_init(&read, &f->fifo, 2, DY_READ_EXACT);
    assert_int_equal(step(&read), DY_PENDING);
    look(f);
    assert_int_equal(step(&read), DY_PENDING);
    int writer = open_writer("one");
    assert_int_equal(step(&read), DY_PENDING);
    close(writer); /* came and wrote nothing: that is an end */
    look(f);
    assert_int_equal(step(&read), DY_E_EOF);
    dy_future_drop(&read.future);
    dy_fifo_close(&f->fifo);
}

static void the_end_keeps_the_bytes_and_a_writer_may_come_back(void **state)
{
    fixture *f = *state;
    open_fifo(f, DY_FIFO_UNTIL_EOF, 0);
    int writer = open_writer("one");
    put(writer, "abc");
    close(writer);
    dy_read_n read;
    for (int i = 0; i < 2; i++) {
        look(f);
        dy_read_n_init(&read, &f->fifo, 4, DY_READ_EXACT);
        assert_int_equal(step(&read), DY_E_EOF);
        dy_future_drop(&read.future);
    }
    assert_int_equal(f->fifo.ends, 1);
    writer = open_writer("one");
    put(writer, "d");
    look(f);
    dy_read_n_init(&read, &f->fifo, 4, DY_READ_EXACT);
    assert_int_equal(step(&read), DY_OK);
    assert_read(&read, "abcd");
    dy_future_drop(&read.future);
    close(writer);
    dy_fifo_close(&f->fifo);
}

/* Each writer is gone before the next one comes, with and without a look between. */
static void waiting_for_writers_sees_no_end(void **state)
{
    fixture *f = *state;
    open_fifo(f, DY_FIFO_WAIT_FOR_WRITERS, 0);
    dy_read_n read;
    dy_read_n_init(&read, &f->fifo, 6, DY_READ_EXACT);
    for (int i = 0; i < 5; i++) {
        int writer = open_writer("one");
        put(writer, "x");
        close(writer);
        if (i % 2 == 0) look(f);
        assert_int_equal(step(&read), DY_PENDING);
        if (i % 2 == 1) look(f);
    }
    int writer = open_writer("one");
    assert_int_equal(step(&read), DY_PENDING); /* HANGUP was reported, and now there is a writer: no endless loop */
    put(writer, "y");
    look(f);
    assert_int_equal(step(&read), DY_OK);
    assert_read(&read, "xxxxxy");
    assert_true(f->fifo.ends > 0);
    dy_future_drop(&read.future);
    close(writer);
    dy_fifo_close(&f->fifo);
}

static void read_write_never_ends(void **state)
{
    fixture *f = *state;
    open_fifo(f, DY_FIFO_READ_WRITE, 0);
    dy_read_n read;
    dy_read_n_init(&read, &f->fifo, 2, DY_READ_EXACT);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(step(&read), DY_PENDING);
        int writer = open_writer("one");
        put(writer, "x");
        close(writer);
        look(f);
    }
    assert_int_equal(step(&read), DY_OK);
    assert_int_equal(f->fifo.ends, 0);
    dy_future_drop(&read.future);
    dy_fifo_close(&f->fifo);
}

/* A read that fills the buffer to the last byte says nothing about what is behind it. */
static void a_buffer_filled_exactly_is_read_again(void **state)
{
    fixture *f = *state;
    open_fifo(f, DY_FIFO_UNTIL_EOF, 8);
    int writer = open_writer("one");
    put(writer, "0123456789abcdef");
    dy_read_n read;
    look(f);
    for (size_t i = 0; i < 4; i++) {
        dy_read_n_init(&read, &f->fifo, 4, DY_READ_EXACT);
        assert_int_equal(step(&read), DY_OK);
        assert_memory_equal(read.data, &"0123456789abcdef"[4 * i], 4);
        dy_future_drop(&read.future);
    }
    dy_read_n_init(&read, &f->fifo, 100, DY_READ_EXACT); /* more than the buffer: it grows */
    assert_int_equal(step(&read), DY_PENDING);
    char text[101];
    memset(text, 'z', 100);
    text[100] = '\0';
    put(writer, text);
    look(f);
    assert_int_equal(step(&read), DY_OK);
    assert_read(&read, text);
    dy_future_drop(&read.future);
    close(writer);
    dy_fifo_close(&f->fifo);
}

static void a_closed_fifo_completes_its_futures(void **state)
{
    fixture *f = *state;
    open_fifo(f, DY_FIFO_UNTIL_EOF, 0);
    dy_read_n pending, fresh;
    dy_read_n_init(&pending, &f->fifo, 4, DY_READ_EXACT);
    dy_read_n_init(&fresh, &f->fifo, 4, DY_READ_EXACT);
    assert_int_equal(step(&pending), DY_PENDING);
    dy_fifo_close(&f->fifo);
    assert_int_equal(step(&pending), DY_E_CLOSED);
    assert_int_equal(step(&fresh), DY_E_CLOSED);
    dy_future_drop(&pending.future);
    dy_future_drop(&fresh.future);
}

/* ---- Opening what can't be opened ---- */

static void assert_refused(fixture *f, const char *path, const dy_fifo_options *options, dy_status status,
                           const char *word)
{
    dy_error error = DY_ERROR_INIT;
    int before = open_descriptors();
    assert_int_equal(dy_fifo_open(&f->fifo, f->reactor, path, options, &error), status);
    assert_int_equal(error.status, status);
    assert_non_null(strstr(error.message, word));
    assert_int_equal(open_descriptors(), before);
    dy_fifo_close(&f->fifo); /* harmless */
}

static void open_says_what_is_wrong(void **state)
{
    fixture *f = *state;
    dy_fifo_options too_big = DY_FIFO_OPTIONS(.buffer = SIZE_MAX), no_mode = DY_FIFO_OPTIONS(.mode = (dy_fifo_mode)9);
    close(open("file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    mkfifo("secret", 0);
    assert_refused(f, "missing", NULL, -ENOENT, "'missing'");
    assert_refused(f, "file", NULL, -EINVAL, "'file' is a regular file");
    assert_refused(f, ".", NULL, -EINVAL, "a directory");
    assert_refused(f, "/dev/null", NULL, -EINVAL, "a character device");
    assert_refused(f, "one", &too_big, DY_E_CONFIG, "buffer");
    assert_refused(f, "one", &no_mode, DY_E_CONFIG, "mode");
    if (geteuid() != 0) assert_refused(f, "secret", NULL, -EACCES, "permission");
}

static void no_descriptor_left_is_an_error(void **state)
{
    fixture *f = *state;
    struct rlimit limit, low;
    getrlimit(RLIMIT_NOFILE, &limit);
    low = limit;
    int next = dup(0);
    close(next);
    dy_error error = DY_ERROR_INIT;
    low.rlim_cur = (rlim_t)next;
    setrlimit(RLIMIT_NOFILE, &low);
    dy_status status = dy_fifo_open(&f->fifo, f->reactor, "one", NULL, &error);
    dy_executor *executor;
    dy_status second = dy_executor_open(&executor, NULL, NULL);
    setrlimit(RLIMIT_NOFILE, &limit);
    assert_int_equal(status, -EMFILE);
    assert_non_null(strstr(error.message, "no descriptor left"));
    assert_int_equal(second, -EMFILE);
}

/* ---- Whole tasks ---- */

typedef struct two_reads {
    dy_future future;
    dy_fifo *fifo[2];
    size_t n;
    dy_read_n read;
    int step;
    char got[2][16];
} two_reads;

static dy_status poll_two_reads(dy_future *future, dy_context *context)
{
    two_reads *self = (two_reads *)future;
    while (self->step < 2) {
        dy_status status = dy_future_poll(&self->read.future, context);
        if (status != DY_OK) return status;
        memcpy(self->got[self->step], self->read.data, self->read.length);
        self->step++;
        dy_future_drop(&self->read.future);
        if (self->step < 2) dy_read_n_init(&self->read, self->fifo[self->step], self->n, DY_READ_EXACT);
    }
    return DY_OK;
}

static void drop_two_reads(dy_future *future)
{
    dy_future_drop(&((two_reads *)future)->read.future);
}

static void init_two_reads(two_reads *self, dy_fifo *first, dy_fifo *second, size_t n)
{
    static const dy_future_table table = {poll_two_reads, drop_two_reads};
    *self = (two_reads){.fifo = {first, second}, .n = n};
    dy_read_n_init(&self->read, first, n, DY_READ_EXACT);
    dy_future_init(&self->future, &table);
}

/* Two tasks, each awaiting two FIFOs in turn; what comes on the second while the first is awaited is kept. */
static void two_tasks_run_interleaved(void **state)
{
    fixture *f = *state;
    static const char *const names[] = {"f1", "f2", "f3", "f4"};
    dy_fifo fifos[4];
    int writers[4];
    for (int i = 0; i < 4; i++) {
        assert_int_equal(mkfifo(names[i], 0600), 0);
        assert_int_equal(dy_fifo_open(&fifos[i], f->reactor, names[i], NULL, NULL), DY_OK);
        writers[i] = open_writer(names[i]);
    }
    two_reads ten, four;
    init_two_reads(&ten, &fifos[0], &fifos[1], 10);
    init_two_reads(&four, &fifos[2], &fifos[3], 4);
    dy_task *tasks[2];
    dy_spawn(f->executor, &ten.future, &tasks[0], NULL);
    dy_spawn(f->executor, &four.future, &tasks[1], NULL);
    put(writers[1], "second");
    put(writers[3], "wxyz");
    for (int i = 0; i < 3; i++)
        dy_executor_turn(f->executor, 0);
    assert_int_equal(ten.step + four.step, 0);
    put(writers[2], "abcd");
    dy_executor_turn(f->executor, 0);
    dy_executor_turn(f->executor, 0);
    assert_int_equal(dy_task_status(tasks[1]), DY_OK); /* the second task ends while the first waits */
    assert_int_equal(dy_task_status(tasks[0]), DY_PENDING);
    put(writers[0], "first");
    put(writers[0], "-more");
    put(writers[1], "+end");
    assert_int_equal(dy_executor_run(f->executor), DY_OK);
    assert_memory_equal(ten.got[0], "first-more", 10);
    assert_memory_equal(ten.got[1], "second+end", 10);
    assert_memory_equal(four.got[0], "abcd", 4);
    assert_memory_equal(four.got[1], "wxyz", 4);
    for (int i = 0; i < 4; i++) {
        if (i < 2) dy_task_release(tasks[i]);
        close(writers[i]);
        dy_fifo_close(&fifos[i]);
    }
}

static void cancelled_reads_leave_the_queue(void **state)
{
    fixture *f = *state;
    open_fifo(f, DY_FIFO_UNTIL_EOF, 0);
    two_reads reads[3];
    dy_task *tasks[3];
    for (int i = 0; i < 3; i++) {
        init_two_reads(&reads[i], &f->fifo, &f->fifo, 4);
        dy_spawn(f->executor, &reads[i].future, &tasks[i], NULL);
    }
    dy_executor_turn(f->executor, 0);
    assert_ptr_equal(f->fifo.first, &reads[0].read);
    int writer = open_writer("one");
    put(writer, "abcd"); /* wakes the first, which is cancelled before it can look: the second must be woken instead */
    dy_task_cancel(tasks[0]);
    dy_task_cancel(tasks[2]);
    put(writer, "efgh");
    while (dy_task_status(tasks[1]) == DY_PENDING)
        assert_int_equal(dy_executor_turn(f->executor, UINT64_MAX), DY_OK);
    assert_memory_equal(reads[1].got[0], "abcd", 4);
    assert_memory_equal(reads[1].got[1], "efgh", 4);
    assert_null(f->fifo.first);
    assert_int_equal(dy_task_status(tasks[0]), DY_E_CANCELLED);
    for (int i = 0; i < 3; i++)
        dy_task_release(tasks[i]);
    close(writer);
    dy_fifo_close(&f->fifo);
}

static void closing_with_pending_reads_leaves_nothing(void **state)
{
    fixture *f = *state;
    open_fifo(f, DY_FIFO_UNTIL_EOF, 0);
    two_reads reads[3];
    for (int i = 0; i < 3; i++) {
        init_two_reads(&reads[i], &f->fifo, &f->fifo, 4);
        dy_spawn(f->executor, &reads[i].future, NULL, NULL);
    }
    dy_executor_turn(f->executor, 0);
    dy_fifo_close(&f->fifo);
    assert_null(f->fifo.first);
    dy_executor_close(f->executor);
    f->executor = NULL;
    for (int i = 0; i < 3; i++)
        assert_int_equal(reads[i].read.future.state, DY_FUTURE_DROPPED);
}

/* Reads for ever from a writer that always has more; the other task must get its turn all the same. */
typedef struct hog {
    dy_future future;
    dy_read_n read;
    dy_fifo *fifo;
    int writer;
    const bool *other_is_done;
} hog;

static dy_status poll_hog(dy_future *future, dy_context *context)
{
    hog *self = (hog *)future;
    for (;;) {
        if (*self->other_is_done) return DY_OK;
        put(self->writer, "xxxxxxxx");
        self->fifo->source.ready |= DY_POLL_READ; /* as if the event had come at once */
        dy_status status = dy_future_poll(&self->read.future, context);
        if (status != DY_OK) return status;
        dy_future_drop(&self->read.future);
        dy_read_n_init(&self->read, self->fifo, 8, DY_READ_EXACT);
    }
}

static void drop_hog(dy_future *future)
{
    dy_future_drop(&((hog *)future)->read.future);
}

typedef struct setter {
    dy_future future;
    bool done;
} setter;

static dy_status poll_setter(dy_future *future, dy_context *context)
{
    (void)context;
    ((setter *)future)->done = true;
    return DY_OK;
}

static void a_hot_writer_starves_nobody(void **state)
{
    fixture *f = *state;
    static const dy_future_table hog_table = {poll_hog, drop_hog}, setter_table = {poll_setter, NULL};
    open_fifo(f, DY_FIFO_UNTIL_EOF, 0);
    setter other = {.done = false};
    hog greedy = {.fifo = &f->fifo, .writer = open_writer("one"), .other_is_done = &other.done};
    dy_future_init(&greedy.future, &hog_table);
    dy_future_init(&other.future, &setter_table);
    dy_read_n_init(&greedy.read, &f->fifo, 8, DY_READ_EXACT);
    dy_spawn(f->executor, &greedy.future, NULL, NULL);
    dy_spawn(f->executor, &other.future, NULL, NULL);
    assert_int_equal(dy_executor_run(f->executor), DY_OK);
    assert_true(f->fifo.reads <= 64);
    close(greedy.writer);
    dy_fifo_close(&f->fifo);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(partial_writes_add_up),
        TEST(data_may_be_there_at_the_first_poll),
        TEST(one_system_call_completes_hundreds),
        TEST(a_dropped_future_loses_no_byte),
        TEST(before_the_first_writer_there_is_no_end),
        TEST(the_end_keeps_the_bytes_and_a_writer_may_come_back),
        TEST(waiting_for_writers_sees_no_end),
        TEST(read_write_never_ends),
        TEST(a_buffer_filled_exactly_is_read_again),
        TEST(a_closed_fifo_completes_its_futures),
        TEST(open_says_what_is_wrong),
        TEST(no_descriptor_left_is_an_error),
        TEST(two_tasks_run_interleaved),
        TEST(cancelled_reads_leave_the_queue),
        TEST(closing_with_pending_reads_leaves_nothing),
        TEST(a_hot_writer_starves_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
