/* fifo.h - what the FIFO and its futures share. */
#ifndef DYNO_ASYNC_FIFO_H
#define DYNO_ASYNC_FIFO_H

#include "dyno/fifo.h"

/* The queue of futures that wait for bytes. */
void dy_fifo_link(dy_fifo *fifo, dy_read_n *read);
void dy_fifo_unlink(dy_fifo *fifo, dy_read_n *read);

#endif
