#include "contenders/alloc-malloc-serving.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct library {
    const char *contender;
    const char *file; /* what its file name begins with */
    const char *preload;
    const char *symbol; /* that only this library has */
} library;

static const library libraries[] = {
    {"malloc", "libc.so", NULL, NULL},
    {"jemalloc", "libjemalloc.so", "libjemalloc.so.2", "mallctl"},
    {"mimalloc", "libmimalloc.so", "libmimalloc.so.2", "mi_version"},
    {"tcmalloc", "libtcmalloc_minimal.so", "libtcmalloc_minimal.so.4", "MallocExtension_GetNumericProperty"},
};

static const library *library_of(const char *contender)
{
    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++)
        if (strcmp(libraries[i].contender, contender) == 0) return &libraries[i];
    return NULL;
}

/* Whether the loader finds the library. Asked in a child: an allocator that is loaded late may fail for want of static
 * thread-local storage, which a preloaded one has, and it can never be unloaded. */
static bool can_be_loaded(const char *file)
{
    pid_t child = fork();
    if (child == 0) {
        bool found = dlopen(file, RTLD_LAZY | RTLD_LOCAL) != NULL;
        const char *problem = found ? NULL : dlerror();
        _exit(found || (problem != NULL && strstr(problem, "static TLS") != NULL) ? 0 : 1);
    }
    int status = 1;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

const char *malloc_lacks(const char *contender, const kit_workload *workload)
{
    static char text[200];
    (void)workload;
    if (MALLOC_IS_SANITIZERS) return "this build has a sanitizer, which brings a malloc of its own";
    const library *wanted = library_of(contender);
    if (wanted == NULL || wanted->preload == NULL || can_be_loaded(wanted->preload)) return NULL;
    snprintf(text, sizeof text, "%s is not installed", wanted->preload);
    return text;
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* The file that the address of a function lies in; "" if none is known. */
static const char *file_of(uintptr_t function)
{
    Dl_info info;
    return dladdr((void *)function, &info) != 0 && info.dli_fname != NULL ? info.dli_fname : "";
}

/* jemalloc counts what this thread has allocated: the count must grow with an allocation of ours. */
static bool jemalloc_counts(void)
{
    union {
        void *pointer;
        int (*function)(const char *, void *, size_t *, void *, size_t);
    } mallctl = {.pointer = dlsym(RTLD_DEFAULT, "mallctl")};
    uint64_t before = 0, after = 0;
    size_t size = sizeof before;
    if (mallctl.pointer == NULL || mallctl.function("thread.allocated", &before, &size, NULL, 0) != 0) return false;
    void *block = malloc(5000);
    kit_keep(block);
    bool read = mallctl.function("thread.allocated", &after, &size, NULL, 0) == 0;
    free(block);
    return read && after >= before + 5000;
}

int malloc_check_serving(kit_run *run)
{
    const char *contender = kit_contender_name(run);
    const library *wanted = library_of(contender);
    if (wanted == NULL) return kit_unable(run, "the contender %s is in no table of libraries", contender);
    const uintptr_t functions[] = {(uintptr_t)malloc, (uintptr_t)free};
    for (size_t i = 0; i < 2; i++) {
        const char *file = file_of(functions[i]);
        if (strncmp(file_name(file), wanted->file, strlen(wanted->file)) != 0)
            return kit_unable(run, "%s is served by %s, not by %s*", i == 0 ? "malloc" : "free", file, wanted->file);
    }
    if (wanted->symbol != NULL && dlsym(RTLD_DEFAULT, wanted->symbol) == NULL)
        return kit_unable(run, "the library that serves has no %s", wanted->symbol);
    if (strcmp(contender, "jemalloc") == 0 && !jemalloc_counts())
        return kit_unable(run, "jemalloc is loaded but doesn't count our allocations: it is not the one serving");
    return kit_note(run, "malloc is served by %s", file_of(functions[0]));
}
