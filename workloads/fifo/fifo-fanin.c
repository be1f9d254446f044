/* fifo-fanin.c - one consumer of many FIFOs, whose messages come in pieces.
 *
 * A sample is one transfer: the contender opens the FIFOs, another process opens them too, and from its start signal to
 * the last message that is complete the clock runs. Every byte is checked against what the seed says it must be.
 */
#include "fanin.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const uint64_t CHECKSUM_START = UINT64_C(0xcbf29ce484222325);

bool fanin_complete(fanin *f, unsigned fifo, const char *message)
{
    fanin_stream *stream = &f->streams[fifo];
    if (stream->completed >= f->messages) {
        stream->completed++;
        return false;
    }
    size_t at = fifo * f->messages + stream->completed;
    /* acquire: pairs with the release in the writer's stamp. */
    uint64_t now = kit_now_ns();
    f->latency_ns[at] = (double)(now - __atomic_load_n(&f->written_ns[at], __ATOMIC_ACQUIRE));
    stream->checksum = fanin_checksum(stream->checksum, message, f->n);
    if (++stream->completed < f->messages) return true;
    /* acq_rel: pairs with the other streams' ends; the one that counts last writes the time, and the reader's join or
     * its being the same thread brings that to `sample`. */
    if (__atomic_add_fetch(&f->finished, 1, __ATOMIC_ACQ_REL) == f->fifos) f->finished_ns = now;
    return false;
}

void fanin_opened(fanin *f)
{
    /* release: pairs with the acquire in release_reader. */
    __atomic_fetch_add(&f->opened, 1, __ATOMIC_RELEASE);
}

/* ---- Set-up ---- */

static void remove_fifos(fanin *f)
{
    for (unsigned i = 0; f->paths != NULL && i < f->fifos; i++) {
        if (f->paths[i] == NULL) break;
        unlink(f->paths[i]);
        free(f->paths[i]);
    }
    free(f->paths);
    f->paths = NULL;
}

static int make_fifos(fanin *f)
{
    f->paths = calloc(f->fifos, sizeof *f->paths);
    for (unsigned i = 0; f->paths != NULL && i < f->fifos; i++) {
        if (asprintf(&f->paths[i], "fanin-%d-%u", (int)getpid(), i) < 0) f->paths[i] = NULL;
        if (f->paths[i] == NULL || mkfifo(f->paths[i], 0600) != 0)
            return kit_unable(f->run, "FIFO %u of %u could not be made: %s", i + 1, f->fifos, strerror(errno));
    }
    return f->paths != NULL ? 0 : kit_unable(f->run, "no memory for the names of %u FIFOs", f->fifos);
}

/* Both sides have a descriptor for each FIFO, and a few more. */
static int allow_descriptors(fanin *f)
{
    struct rlimit limit;
    rlim_t wanted = f->fifos + 64;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return 0;
    if (limit.rlim_max < wanted)
        return kit_unable(f->run, "%u FIFOs need %llu descriptors, the limit is %llu", f->fifos,
                          (unsigned long long)wanted, (unsigned long long)limit.rlim_max);
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? 0 : kit_unable(f->run, "the limit of descriptors stays too low");
}

static int make_room(fanin *f)
{
    size_t total = f->fifos * f->messages;
    f->streams = calloc(f->fifos, sizeof *f->streams);
    f->latency_ns = calloc(total, sizeof *f->latency_ns);
    void *shared = mmap(NULL, total * sizeof *f->written_ns, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    f->written_ns = shared != MAP_FAILED ? shared : NULL;
    char *bytes = malloc(f->n * f->messages);
    bool good = f->streams != NULL && f->latency_ns != NULL && f->written_ns != NULL && bytes != NULL;
    for (unsigned i = 0; good && i < f->fifos; i++) {
        fanin_fill(f, i, bytes);
        f->streams[i].expected = CHECKSUM_START;
        for (size_t m = 0; m < f->messages; m++)
            f->streams[i].expected = fanin_checksum(f->streams[i].expected, bytes + m * f->n, f->n);
    }
    free(bytes);
    return good ? 0 : kit_unable(f->run, "no memory for %zu messages", total);
}

static void tear_down(kit_run *run, void *state)
{
    (void)run;
    fanin *f = state;
    remove_fifos(f);
    if (f->written_ns != NULL) munmap(f->written_ns, f->fifos * f->messages * sizeof *f->written_ns);
    free(f->streams);
    free(f->latency_ns);
    free(f);
}

static int set_up(kit_run *run, void **state)
{
    fanin *f = calloc(1, sizeof *f);
    if (f == NULL) return kit_unable(run, "no memory");
    *f = (fanin){.run = run,
                 .fifos = (unsigned)kit_int(run, "fifos"),
                 .n = (size_t)kit_int(run, "n"),
                 .messages = (size_t)kit_int(run, "messages"),
                 .write_max = (size_t)kit_int(run, "write_max"),
                 .seed = kit_seed(run)};
    kit_bind_thread(run, 0);
    signal(SIGPIPE, SIG_IGN); /* that the writer has died is seen by what a call returns */
    if (allow_descriptors(f) != 0 || make_room(f) != 0 || make_fifos(f) != 0) {
        tear_down(run, f);
        return -1;
    }
    *state = f;
    return 0;
}

/* ---- One transfer ---- */

/* The writer died before it had opened everything: opens the FIFOs in its place, so that nobody waits for it, and
 * closes them again once the reading side has them all. */
static void release_reader(fanin *f)
{
    int *ends = calloc(f->fifos, sizeof *ends);
    for (unsigned i = 0; ends != NULL && i < f->fifos; i++)
        ends[i] = open(f->paths[i], O_RDWR | O_NONBLOCK | O_CLOEXEC);
    while (__atomic_load_n(&f->opened, __ATOMIC_ACQUIRE) < f->fifos)
        usleep(1000);
    for (unsigned i = 0; ends != NULL && i < f->fifos; i++)
        if (ends[i] >= 0) close(ends[i]);
    free(ends);
}

static int check(const fanin *f, int writer_status)
{
    uint64_t completed = 0;
    for (unsigned i = 0; i < f->fifos; i++)
        completed += f->streams[i].completed;
    int ended = WIFEXITED(writer_status) ? WEXITSTATUS(writer_status) : -1;
    if (completed < f->fifos * f->messages && ended != 0 && ended != FANIN_NO_READER)
        return kit_unable(f->run, "the writer died; %llu of %zu messages had come", (unsigned long long)completed,
                          f->fifos * f->messages);
    for (unsigned i = 0; i < f->fifos; i++) {
        const fanin_stream *stream = &f->streams[i];
        if (stream->completed != f->messages)
            return kit_wrong(f->run, "FIFO %u: %llu of %zu messages were completed", i,
                             (unsigned long long)stream->completed, f->messages);
        if (stream->checksum != stream->expected)
            return kit_wrong(f->run, "FIFO %u: the bytes that were read are not those that were written", i);
    }
    return 0;
}

static int start_writer(fanin *f, fanin_writer *writer)
{
    /* The writer inherits its CPU; then this thread goes back to its own. */
    kit_bind_thread(f->run, 1);
    int status = fanin_writer_start(f, writer);
    kit_bind_thread(f->run, 0);
    f->writer = writer->pid;
    return status;
}

static int transfer(fanin *f, uint64_t *started_ns)
{
    /* First of all: a writer that inherited the reading ends would keep them open, so that it would wait for ever for a
     * reader that has given up, and a process is best forked before it has threads. */
    fanin_writer writer;
    if (start_writer(f, &writer) != 0) return -1;
    if (fanin_reader_start(f) != 0) {
        fanin_writer_end(&writer, true);
        return -1;
    }
    bool ready = fanin_writer_is_ready(&writer);
    if (!ready) release_reader(f);
    kit_start(f->run);
    *started_ns = kit_now_ns();
    if (ready) fanin_writer_go(&writer);
    int finished = fanin_reader_finish(f);
    kit_stop(f->run);
    int status = fanin_writer_end(&writer, finished != 0);
    return finished != 0 ? -1 : check(f, status);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int sample(kit_run *run, void *state, uint64_t repeats)
{
    (void)repeats;
    fanin *f = state;
    size_t total = f->fifos * f->messages;
    f->opened = f->finished = 0;
    for (unsigned i = 0; i < f->fifos; i++) {
        f->streams[i].checksum = CHECKSUM_START;
        f->streams[i].completed = 0;
    }
    uint64_t started_ns = 0;
    if (transfer(f, &started_ns) != 0) return -1;
    /* To the last completion: what a reader takes to close and to join is not the question. */
    double elapsed = (double)(f->finished_ns - started_ns) * 1e-9;
    qsort(f->latency_ns, total, sizeof *f->latency_ns, ascending);
    kit_sample(run, "throughput", (double)total / elapsed);
    kit_sample(run, "time_per_message", elapsed * 1e9 / (double)total);
    kit_sample(run, "latency_p50", f->latency_ns[total / 2]);
    kit_sample(run, "latency_p99", f->latency_ns[total - 1 - total / 100]);
    return kit_sample(run, "latency_p999", f->latency_ns[total - 1 - total / 1000]);
}

static const kit_param params[] = {
    {"n", "int", "100", "1..65536", "bytes of a message: a future completes after so many"},
    {"fifos", "int", "64", "1..4096", "FIFOs"},
    {"messages", "int", "1000", "1..1000000", "messages on each FIFO"},
    {"write_max", "size", "4096", "1..1048576", "largest piece the writer writes at once, in bytes"},
    {0},
};

static const kit_metric metrics[] = {
    {"throughput", "msg/s", "higher", "messages completed in a second"},
    {"time_per_message", "ns", "lower", "time of the transfer over its messages"},
    {"latency_p50", "ns", "lower", "median time from the write of a message's last byte to its completion"},
    {"latency_p99", "ns", "lower", "99th percentile of it"},
    {"latency_p999", "ns", "lower", "99.9th percentile of it"},
    {0},
};

extern const kit_workload workload_fifo_fanin;
const kit_workload workload_fifo_fanin = {
    .name = "fifo-fanin",
    .family = "fifo",
    .about = "one process writes to many FIFOs in pieces, another completes a message after every n bytes; 2 threads: "
             "reader, writer",
    .params = params,
    .metrics = metrics,
    .min_threads = 2,
    .max_threads = 2,
    .setup = set_up,
    .sample = sample,
    .teardown = tear_down,
    .fixed_length = true,
};
