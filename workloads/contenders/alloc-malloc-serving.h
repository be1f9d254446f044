/* alloc-malloc-serving.h - which library serves malloc in this process, and whether it is the one that was meant. */
#ifndef ALLOC_MALLOC_SERVING_H
#define ALLOC_MALLOC_SERVING_H

#include "kit.h"

/* Why the contender can't run on this machine, or NULL: its library isn't there, or a sanitizer stands in for malloc.
 */
const char *malloc_lacks(const char *contender, const kit_workload *workload);

/* 0, or -1 with the verdict "unable": another library serves than the contender's. */
int malloc_check_serving(kit_run *run);

#endif
