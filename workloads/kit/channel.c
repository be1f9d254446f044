#include "channel.h"

#include "protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* -1 when the variable holds anything but a descriptor number. */
static int named_fd(const char *text)
{
    if (text == NULL) return DYNO_PROTOCOL_FD_DEFAULT;
    char *end = NULL;
    long fd = strtol(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && fd <= 1 << 20 ? (int)fd : -1;
}

int kit_channel_open(kit_channel *channel, const char *program)
{
    const char *text = getenv(DYNO_PROTOCOL_FD_ENV);
    int fd = named_fd(text);
    int flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) {
        fprintf(stderr, "%s: descriptor %s (%s) is not open for writing; by hand, try: %s describe %d>&1\n", program,
                text != NULL ? text : "3", text != NULL ? "from " DYNO_PROTOCOL_FD_ENV : "the default", program,
                fd < 0 ? DYNO_PROTOCOL_FD_DEFAULT : fd);
        return 64;
    }
    /* A program that the workload starts must not hold the harness's pipe open. */
    if (fd > STDERR_FILENO) (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    *channel = (kit_channel){.fd = fd, .lock = PTHREAD_MUTEX_INITIALIZER};
    return 0;
}

static bool write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, text, length);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        text += written;
        length -= (size_t)written;
    }
    return true;
}

/* Ends a cut line at a whole character: no UTF-8 sequence is left open. */
static size_t whole_characters(const char *text, size_t length)
{
    size_t start = length;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    return start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0xC0 ? start - 1 : length;
}

void kit_say(kit_channel *channel, const char *format, ...)
{
    char line[DYNO_PROTOCOL_LINE_MAX + 1];
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(line, DYNO_PROTOCOL_LINE_MAX, format, args);
    va_end(args);
    size_t length = strlen(line);
    if (wanted > (int)length) length = whole_characters(line, length);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7F) line[i] = ' ';
    line[length++] = '\n';
    pthread_mutex_lock(&channel->lock);
    if (!channel->broken) channel->broken = !write_all(channel->fd, line, length);
    pthread_mutex_unlock(&channel->lock);
}

bool kit_channel_broken(kit_channel *channel)
{
    pthread_mutex_lock(&channel->lock);
    bool broken = channel->broken;
    pthread_mutex_unlock(&channel->lock);
    return broken;
}

static kit_read bad(const char **why, const char *reason)
{
    *why = reason;
    return KIT_READ_BAD;
}

kit_read kit_read_line(kit_reader *reader, const char **why)
{
    if (reader->text == NULL) {
        reader->room = DYNO_PROTOCOL_LINE_MAX + 1;
        reader->text = malloc(reader->room);
        if (reader->text == NULL) return bad(why, "there is no memory for it");
    }
    size_t length = 0;
    reader->line++;
    for (int byte = fgetc(reader->in); byte != '\n'; byte = fgetc(reader->in)) {
        if (byte == EOF && length == 0) return KIT_READ_END;
        if (byte == EOF) return bad(why, "the request ends within it");
        if (byte == '\0') return bad(why, "it holds a NUL byte");
        if (length + 2 >= reader->room) return bad(why, "it is longer than 4096 bytes");
        reader->text[length++] = (char)byte;
    }
    reader->text[length] = '\0';
    return KIT_READ_LINE;
}

void kit_reader_free(kit_reader *reader)
{
    free(reader->text);
    reader->text = NULL;
}
