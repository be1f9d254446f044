#include "run/steal.h"

#include "run/facts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

double dyno_steal_seconds(void)
{
    enum { STEAL = 8 }; /* the eighth figure of the line "cpu  user nice system idle iowait irq softirq steal ..." */
    char *line = dyno_read_line("/proc/stat"), *rest = line, *word = NULL;
    for (int n = 0; n <= STEAL && (word = strsep(&rest, " ")) != NULL;)
        if (word[0] != '\0') n++;
    double ticks = dyno_leading_number(word);
    free(line);
    return ticks > 0 ? ticks / (double)sysconf(_SC_CLK_TCK) : 0;
}
