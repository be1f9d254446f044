/* fifo-futures.c - the contender futures: dyno's reactor, one task for each FIFO, a future for each message. */
#include "fifo/fanin.h"

#include "dyno/executor.h"
#include "dyno/fifo.h"

#include <stdlib.h>

const char fanin_contender_name[] = "futures";
const char fanin_contender_about[] = "dyno's futures: one thread, a task for each FIFO, a future for each message";

typedef struct {
    dy_future future;
    fanin *f;
    unsigned index;
    dy_fifo fifo;
    dy_read_n read;
} consumer;

typedef struct {
    dy_executor *executor;
    consumer *consumers;
    unsigned open; /* consumers whose FIFO is open */
} reader;

/* Awaits message after message; ends with the last one, or with the status that a read ended with. */
static dy_status consume(dy_future *future, dy_context *context)
{
    consumer *c = (consumer *)(void *)future;
    for (;;) {
        dy_status status = dy_future_poll(&c->read.future, context);
        if (status != DY_OK) return status;
        bool more = fanin_complete(c->f, c->index, c->read.data);
        dy_future_drop(&c->read.future);
        if (!more) return DY_OK;
        dy_read_n_init(&c->read, &c->fifo, c->f->n, DY_READ_EXACT);
    }
}

static void stop_consuming(dy_future *future)
{
    dy_future_drop(&((consumer *)(void *)future)->read.future);
}

static int close_all(reader *r, int result)
{
    for (unsigned i = 0; i < r->open; i++)
        dy_fifo_close(&r->consumers[i].fifo);
    if (r->executor != NULL) dy_executor_close(r->executor);
    free(r->consumers);
    free(r);
    return result;
}

static int open_all(fanin *f, reader *r, dy_error *error)
{
    static const dy_future_table table = {consume, stop_consuming};
    if (dy_executor_open(&r->executor, NULL, error) != DY_OK) return -1;
    for (unsigned i = 0; i < f->fifos; i++) {
        consumer *c = &r->consumers[i];
        c->f = f;
        c->index = i;
        if (dy_fifo_open(&c->fifo, dy_executor_reactor(r->executor), f->paths[i], NULL, error) != DY_OK) return -1;
        r->open++;
        fanin_opened(f);
        dy_future_init(&c->future, &table);
        dy_read_n_init(&c->read, &c->fifo, f->n, DY_READ_EXACT);
        if (dy_spawn(r->executor, &c->future, NULL, error) != DY_OK) return -1;
    }
    return 0;
}

int fanin_reader_start(fanin *f)
{
    dy_error error = DY_ERROR_INIT;
    reader *r = calloc(1, sizeof *r);
    if (r != NULL) r->consumers = calloc(f->fifos, sizeof *r->consumers);
    if (r == NULL || r->consumers == NULL) {
        free(r);
        return kit_unable(f->run, "no memory for %u consumers", f->fifos);
    }
    f->reader = r;
    if (open_all(f, r, &error) == 0) return 0;
    char text[DY_ERROR_TEXT_MAX];
    return close_all(r, kit_unable(f->run, "%s", dy_error_format(&error, text, sizeof text)));
}

int fanin_reader_finish(fanin *f)
{
    reader *r = f->reader;
    dy_status status = dy_executor_run(r->executor);
    return close_all(r, status == DY_OK ? 0 : kit_unable(f->run, "the executor stopped: %s", dy_status_text(status)));
}
