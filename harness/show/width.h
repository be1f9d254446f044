/* width.h - text on a terminal: how many columns UTF-8 takes, without asking the locale (logs and C locales must line
 * up too), and text made safe and short enough to print. */
#ifndef DYNO_WIDTH_H
#define DYNO_WIDTH_H

#include <stddef.h>
#include <stdio.h>

/* Columns of text: combining characters take none, East Asian wide ones two. */
size_t dyno_width(const char *text);

/* Prints text in columns places, padded on the left if right is not 0, else on the right; not cut when it is longer. */
void dyno_put_padded(FILE *out, const char *text, size_t columns, int right);

/* Prints at most columns places of text, with an ellipsis when it was cut. Control characters become spaces, so that
 * what a worker wrote can't steer the terminal. */
void dyno_put_cut(FILE *out, const char *text, size_t columns);

#endif
