/* tables.h - the worker's own tables of contenders, workloads, parameters and metrics: are they sound? */
#ifndef KIT_TABLES_H
#define KIT_TABLES_H

#include "kit.h"

enum { KIT_METRICS_MAX = 64 };

/* NULL, or one sentence on what is wrong with the tables: a mistake in the worker's source. */
const char *kit_worker_mistake(const kit_worker *worker);

size_t kit_count_params(const kit_workload *workload);

#endif
