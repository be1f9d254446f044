/* alloc-malloc-serving.h - which library serves malloc in this process, and whether it is the one that was meant. */
#ifndef ALLOC_MALLOC_SERVING_H
#define ALLOC_MALLOC_SERVING_H

#include "kit.h"

/* A sanitizer brings a malloc of its own, and can't bear that another library is loaded before it. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MALLOC_IS_SANITIZERS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MALLOC_IS_SANITIZERS 1
#endif
#endif
#ifndef MALLOC_IS_SANITIZERS
#define MALLOC_IS_SANITIZERS 0
#endif
#define MALLOC_PRELOAD(library) (MALLOC_IS_SANITIZERS ? NULL : (library))

/* Why the contender can't run on this machine, or NULL: its library isn't there, or a sanitizer stands in for malloc.
 */
const char *malloc_lacks(const char *contender, const kit_workload *workload);

/* 0, or -1 with the verdict "unable": another library serves than the contender's. */
int malloc_check_serving(kit_run *run);

#endif
