#include "channel.h"

#include "protocol.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { THREADS = 4, LINES = 500 };

static kit_channel channel_to(FILE *file)
{
    return (kit_channel){.fd = fileno(file), .lock = PTHREAD_MUTEX_INITIALIZER};
}

typedef struct speaker {
    kit_channel *channel;
    unsigned id;
} speaker;

static void *speak(void *argument)
{
    const speaker *me = argument;
    for (unsigned i = 0; i < LINES; i++)
        kit_say(me->channel, "note %u %u %0200d", me->id, i, 0);
    return NULL;
}

static unsigned number(char **text)
{
    return (unsigned)strtoul(*text, text, 10);
}

/* Every line of every thread arrives whole, once, and in the thread's order. */
static void lines_of_many_threads_stay_whole(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    kit_channel channel = channel_to(file);
    pthread_t threads[THREADS];
    speaker speakers[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        speakers[i] = (speaker){&channel, i};
        assert_int_equal(pthread_create(&threads[i], NULL, speak, &speakers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    rewind(file);
    kit_reader reader = {.in = file};
    const char *why = NULL;
    unsigned next[THREADS] = {0}, lines = 0;
    for (; kit_read_line(&reader, &why) == KIT_READ_LINE; lines++) {
        assert_int_equal(strncmp(reader.text, "note ", 5), 0);
        char *text = reader.text + 5;
        unsigned id = number(&text);
        assert_in_range(id, 0, THREADS - 1);
        assert_int_equal(number(&text), next[id]++);
        assert_int_equal(strlen(text), 201);
    }
    assert_null(why);
    assert_int_equal(lines, THREADS * LINES);
    assert_false(kit_channel_broken(&channel));
    kit_reader_free(&reader);
    fclose(file);
}

static void said(const char *text, char *line, size_t room)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    kit_channel channel = channel_to(file);
    kit_say(&channel, "%s", text);
    rewind(file);
    size_t n = fread(line, 1, room - 1, file);
    line[n] = '\0';
    fclose(file);
}

static void a_line_cannot_break_the_framing(void **state)
{
    (void)state;
    char line[64];
    said("a\nverdict ok\r\t\x7f\x1b", line, sizeof line);
    assert_string_equal(line, "a verdict ok    \n");
}

static void a_long_line_is_cut_at_a_whole_character(void **state)
{
    (void)state;
    char text[6001], line[8192];
    for (size_t i = 0; i < 3000; i++)
        memcpy(text + 2 * i, "\xc3\xa4", 2);
    text[6000] = '\0';
    said(text, line, sizeof line);
    size_t length = strlen(line);
    assert_in_range(length, DYNO_PROTOCOL_LINE_MAX - 2, DYNO_PROTOCOL_LINE_MAX);
    assert_int_equal(line[length - 1], '\n');
    assert_int_equal(length % 2, 1);
}

static void a_failed_write_is_remembered(void **state)
{
    (void)state;
    kit_channel channel = {.fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER};
    assert_false(kit_channel_broken(&channel));
    kit_say(&channel, "note");
    assert_true(kit_channel_broken(&channel));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_many_threads_stay_whole),
        cmocka_unit_test(a_line_cannot_break_the_framing),
        cmocka_unit_test(a_long_line_is_cut_at_a_whole_character),
        cmocka_unit_test(a_failed_write_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
