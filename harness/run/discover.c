/* Asks the programs on the worker path what they can do. */
#include "plan/catalogue.h"

#include "base/memory.h"
#include "run/lines.h"
#include "run/watch.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const double DESCRIBE_LIMIT = 5; /* seconds */

/* What one worker has said so far. */
typedef struct description {
    const char *program;
    dyno_lines lines;
    unsigned line;
    bool greeted, ended;
    char fault[512]; /* empty: none */
    char *worker;
    dyno_offer *contenders; /* contender, its about and preload only */
    size_t n_contenders;
    dyno_offer *workloads; /* workload, family, about, params, metrics only */
    size_t n_workloads;
    struct {
        char *contender, *workload;
        unsigned min, max;
    } * threads;
    size_t n_threads;
    struct {
        char *contender, *workload, *why;
    } * lacks;
    size_t n_lacks;
} description;

static bool __attribute__((format(printf, 2, 3))) fault(description *d, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(d->fault, sizeof d->fault, format, arguments);
    va_end(arguments);
    return false;
}

static dyno_offer *find_contender(description *d, const char *name)
{
    for (size_t i = 0; i < d->n_contenders; i++) {
        if (strcmp(d->contenders[i].contender, name) == 0) return &d->contenders[i];
    }
    return NULL;
}

static dyno_offer *find_workload(description *d, const char *name)
{
    for (size_t i = 0; i < d->n_workloads; i++) {
        if (strcmp(d->workloads[i].workload, name) == 0) return &d->workloads[i];
    }
    return NULL;
}

/* ---- One function per word; each returns false for a line that is none ---- */

static bool read_contender(description *d, char *rest)
{
    const char *name = dyno_field(&rest);
    if (name == NULL || rest == NULL || !dyno_is_name(name) || find_contender(d, name) != NULL) return false;
    d->contenders = dyno_extend(d->contenders, d->n_contenders, sizeof *d->contenders);
    d->contenders[d->n_contenders++] = (dyno_offer){.contender = dyno_copy(name), .contender_about = dyno_copy(rest)};
    return true;
}

static bool read_preload(description *d, char *rest)
{
    const char *name = dyno_field(&rest);
    dyno_offer *contender = name != NULL ? find_contender(d, name) : NULL;
    if (contender == NULL || rest == NULL || contender->preload != NULL) return false;
    contender->preload = dyno_copy(rest);
    return true;
}

static bool read_workload(description *d, char *rest)
{
    const char *name = dyno_field(&rest), *family = dyno_field(&rest);
    if (family == NULL || rest == NULL || !dyno_is_name(name) || !dyno_is_name(family)) return false;
    if (find_workload(d, name) != NULL) return false;
    d->workloads = dyno_extend(d->workloads, d->n_workloads, sizeof *d->workloads);
    d->workloads[d->n_workloads++] =
        (dyno_offer){.workload = dyno_copy(name), .family = dyno_copy(family), .workload_about = dyno_copy(rest)};
    return true;
}

static bool read_param(description *d, char *rest)
{
    const char *of = dyno_field(&rest), *name = dyno_field(&rest), *type = dyno_field(&rest);
    const char *initial = dyno_field(&rest), *accepted = dyno_field(&rest);
    if (accepted == NULL || rest == NULL || !dyno_is_name(name)) return false;
    dyno_offer *workload = find_workload(d, of);
    if (workload == NULL) return false;
    if (strcmp(type, "int") != 0 && strcmp(type, "size") != 0 && strcmp(type, "real") != 0 &&
        strcmp(type, "word") != 0) {
        return false;
    }
    for (size_t i = 0; i < workload->n_params; i++) {
        if (strcmp(workload->params[i].name, name) == 0) return false;
    }
    workload->params = dyno_extend(workload->params, workload->n_params, sizeof *workload->params);
    workload->params[workload->n_params++] = (dyno_param){.name = dyno_copy(name),
                                                          .type = dyno_copy(type),
                                                          .initial = dyno_copy(initial),
                                                          .accepted = dyno_copy(accepted),
                                                          .about = dyno_copy(rest)};
    return true;
}

static bool read_metric(description *d, char *rest)
{
    static const char *const words[] = {[DYNO_LOWER] = "lower", [DYNO_HIGHER] = "higher", [DYNO_NEITHER] = "none"};
    const char *of = dyno_field(&rest), *name = dyno_field(&rest), *unit = dyno_field(&rest);
    const char *better = dyno_field(&rest);
    if (better == NULL || rest == NULL || !dyno_is_name(name)) return false;
    dyno_offer *workload = find_workload(d, of);
    if (workload != NULL && dyno_find_metric(workload, name) != NULL) return false;
    for (int i = 0; workload != NULL && i < 3; i++) {
        if (strcmp(better, words[i]) != 0) continue;
        workload->metrics = dyno_extend(workload->metrics, workload->n_metrics, sizeof *workload->metrics);
        workload->metrics[workload->n_metrics++] = (dyno_metric){
            .name = dyno_copy(name), .unit = dyno_copy(unit), .better = (dyno_better)i, .about = dyno_copy(rest)};
        return true;
    }
    return false;
}

static bool read_threads(description *d, char *rest)
{
    const char *contender = dyno_field(&rest), *workload = dyno_field(&rest);
    unsigned long min, max;
    if (workload == NULL || find_contender(d, contender) == NULL || find_workload(d, workload) == NULL) return false;
    if (!dyno_is_count(dyno_field(&rest), 1u << 20, &min) || !dyno_is_count(rest, 1u << 20, &max)) return false;
    if (min == 0 || (max != 0 && max < min)) return false;
    d->threads = dyno_extend(d->threads, d->n_threads, sizeof *d->threads);
    d->threads[d->n_threads].contender = dyno_copy(contender);
    d->threads[d->n_threads].workload = dyno_copy(workload);
    d->threads[d->n_threads].min = (unsigned)min;
    d->threads[d->n_threads++].max = (unsigned)max;
    return true;
}

static bool read_lacks(description *d, char *rest)
{
    const char *contender = dyno_field(&rest), *workload = dyno_field(&rest);
    if (workload == NULL || rest == NULL || find_contender(d, contender) == NULL) return false;
    if (strcmp(workload, "*") != 0 && find_workload(d, workload) == NULL) return false;
    d->lacks = dyno_extend(d->lacks, d->n_lacks, sizeof *d->lacks);
    d->lacks[d->n_lacks].contender = dyno_copy(contender);
    d->lacks[d->n_lacks].workload = dyno_copy(workload);
    d->lacks[d->n_lacks++].why = dyno_copy(rest);
    return true;
}

static bool read_worker(description *d, char *rest)
{
    if (rest == NULL || d->worker != NULL) return false;
    char *whole = dyno_copy(rest);
    const char *name = dyno_field(&rest), *version = dyno_field(&rest);
    bool right = version != NULL && rest == NULL && dyno_is_name(name);
    if (right)
        d->worker = whole;
    else
        free(whole);
    return right;
}

static bool read_known(description *d, char *text)
{
    static const struct {
        const char *word;
        bool (*read)(description *d, char *rest);
    } words[] = {{"worker", read_worker},     {"contender", read_contender}, {"preload", read_preload},
                 {"workload", read_workload}, {"param", read_param},         {"metric", read_metric},
                 {"threads", read_threads},   {"lacks", read_lacks}};
    char *rest = text;
    const char *word = dyno_field(&rest);
    if (word == NULL || d->ended) return false;
    if (!d->greeted) {
        unsigned long version;
        if (strcmp(word, "dyno") != 0 || !dyno_is_count(rest, ~0ul, &version)) return false;
        if (version != DYNO_PROTOCOL_VERSION) {
            return fault(d, "speaks version %lu of the protocol, dyno speaks %d", version, DYNO_PROTOCOL_VERSION);
        }
        return d->greeted = true;
    }
    if (strcmp(word, "end") == 0) return d->ended = rest == NULL;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(word, words[i].word) == 0) return words[i].read(d, rest);
    }
    return false;
}

static bool read_line(void *context, char *text)
{
    description *d = context;
    char shown[160];
    snprintf(shown, sizeof shown, "%s", text);
    d->line++;
    if (read_known(d, text)) return true;
    if (d->fault[0] == '\0') fault(d, "line %u of its description is none of the protocol: '%s'", d->line, shown);
    return false;
}

/* ---- Asking ---- */

static bool hear(void *context, const char *bytes, size_t n)
{
    description *d = context;
    if (dyno_lines_feed(&d->lines, bytes, n, read_line, d)) return true;
    return d->fault[0] != '\0' ? false : fault(d, "line %u of its description is too long", d->line + 1);
}

/* What there is to say against how it ended. */
static void judge(description *d, dyno_watch_end end, int failure, int status)
{
    if (end == DYNO_WATCH_REFUSED) return;
    if (end == DYNO_WATCH_ENDED && !d->ended) {
        fault(d, "ended its description after %u lines without 'end'", d->line);
    } else if (end == DYNO_WATCH_ENDED && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
        fault(d, "described itself and then did not end with exit status 0");
    } else if (end == DYNO_WATCH_SILENT) {
        fault(d, d->ended ? "described itself and did not end within %g s" : "did not describe itself within %g s",
              DESCRIBE_LIMIT);
    } else if (end != DYNO_WATCH_ENDED) {
        fault(d, "its descriptor could not be watched: %s", strerror(failure));
    }
}

static void ask(description *d)
{
    dyno_start start = {.program = d->program, .mode = "describe"};
    dyno_process process;
    const char *what;
    int failure = dyno_process_start(&start, &process, &what);
    if (failure != 0) {
        fault(d, "%s failed: %s", what, strerror(failure));
        return;
    }
    dyno_watch watch = {.limit = DESCRIBE_LIMIT, .in_all = true, .say = hear, .context = d};
    dyno_watch_end end = dyno_watch_process(&process, &watch);
    failure = errno;
    char words[160];
    dyno_process_last_words(&process, words, sizeof words);
    judge(d, end, failure, dyno_process_end(&process, NULL));
    size_t used = strlen(d->fault);
    if (used > 0 && words[0] != '\0') {
        snprintf(d->fault + used, sizeof d->fault - used, "; its last words: %s", words);
    }
    dyno_make_printable(d->fault);
}

/* ---- From a description to offers ---- */

static dyno_param *copy_params(const dyno_offer *of)
{
    dyno_param *copy = dyno_allocate(of->n_params + 1, sizeof *copy);
    for (size_t i = 0; i < of->n_params; i++) {
        const dyno_param *p = &of->params[i];
        copy[i] = (dyno_param){dyno_copy(p->name), dyno_copy(p->type), dyno_copy(p->initial), dyno_copy(p->accepted),
                               dyno_copy(p->about)};
    }
    return copy;
}

static dyno_metric *copy_metrics(const dyno_offer *of)
{
    dyno_metric *copy = dyno_allocate(of->n_metrics + 1, sizeof *copy);
    for (size_t i = 0; i < of->n_metrics; i++) {
        const dyno_metric *m = &of->metrics[i];
        copy[i] = (dyno_metric){dyno_copy(m->name), dyno_copy(m->unit), m->better, dyno_copy(m->about)};
    }
    return copy;
}

static void find_threads(const description *d, dyno_offer *offer)
{
    offer->min_threads = offer->max_threads = 1;
    for (size_t i = 0; i < d->n_threads; i++) {
        if (strcmp(d->threads[i].contender, offer->contender) != 0) continue;
        if (strcmp(d->threads[i].workload, offer->workload) != 0) continue;
        offer->min_threads = d->threads[i].min;
        offer->max_threads = d->threads[i].max;
    }
}

static char *find_lack(const description *d, const dyno_offer *offer)
{
    for (size_t i = 0; i < d->n_lacks; i++) {
        if (strcmp(d->lacks[i].contender, offer->contender) != 0) continue;
        if (strcmp(d->lacks[i].workload, "*") != 0 && strcmp(d->lacks[i].workload, offer->workload) != 0) continue;
        return dyno_copy(d->lacks[i].why);
    }
    return NULL;
}

static dyno_offer make_offer(const description *d, const dyno_offer *contender, const dyno_offer *workload)
{
    dyno_offer offer = {
        .program = dyno_copy(d->program),
        .worker = dyno_copy(d->worker),
        .contender = dyno_copy(contender->contender),
        .contender_about = dyno_copy(contender->contender_about),
        .preload = contender->preload != NULL ? dyno_copy(contender->preload) : NULL,
        .workload = dyno_copy(workload->workload),
        .family = dyno_copy(workload->family),
        .workload_about = dyno_copy(workload->workload_about),
        .params = copy_params(workload),
        .n_params = workload->n_params,
        .metrics = copy_metrics(workload),
        .n_metrics = workload->n_metrics,
    };
    find_threads(d, &offer);
    offer.lacks = find_lack(d, &offer);
    return offer;
}

static void warn(dyno_catalogue *catalogue, char *sentence)
{
    catalogue->warnings = dyno_extend(catalogue->warnings, catalogue->n_warnings, sizeof *catalogue->warnings);
    catalogue->warnings[catalogue->n_warnings++] = sentence;
}

static void add_offers(dyno_catalogue *catalogue, const description *d)
{
    for (size_t c = 0; c < d->n_contenders; c++) {
        for (size_t w = 0; w < d->n_workloads; w++) {
            const dyno_offer *contender = &d->contenders[c], *workload = &d->workloads[w];
            const dyno_offer *earlier = dyno_find_offer(catalogue, workload->workload, contender->contender);
            if (earlier != NULL) {
                warn(catalogue, dyno_text("%s: offers %s for %s, which %s offers already and keeps", d->program,
                                          contender->contender, workload->workload, earlier->program));
                continue;
            }
            catalogue->offers = dyno_extend(catalogue->offers, catalogue->n_offers, sizeof *catalogue->offers);
            catalogue->offers[catalogue->n_offers++] = make_offer(d, contender, workload);
        }
    }
}

static bool is_complete(description *d)
{
    if (d->worker == NULL) return fault(d, "does not say its name with the word 'worker'");
    if (d->n_contenders == 0) return fault(d, "describes no contender");
    if (d->n_workloads == 0) return fault(d, "describes no workload");
    for (size_t i = 0; i < d->n_workloads; i++) {
        if (d->workloads[i].n_metrics == 0) return fault(d, "describes no metric of %s", d->workloads[i].workload);
    }
    return true;
}

static void free_description(description *d)
{
    free(d->worker);
    dyno_catalogue parts = {.offers = d->contenders, .n_offers = d->n_contenders};
    dyno_catalogue_free(&parts);
    parts = (dyno_catalogue){.offers = d->workloads, .n_offers = d->n_workloads};
    dyno_catalogue_free(&parts);
    for (size_t i = 0; i < d->n_threads; i++) {
        free(d->threads[i].contender);
        free(d->threads[i].workload);
    }
    for (size_t i = 0; i < d->n_lacks; i++) {
        free(d->lacks[i].contender);
        free(d->lacks[i].workload);
        free(d->lacks[i].why);
    }
    free(d->threads);
    free(d->lacks);
}

static void try_program(dyno_catalogue *catalogue, const char *program)
{
    struct stat status;
    if (stat(program, &status) != 0 || !S_ISREG(status.st_mode) || access(program, X_OK) != 0) return;
    description *d = dyno_allocate(1, sizeof *d);
    d->program = program;
    ask(d);
    if (d->fault[0] == '\0' && is_complete(d)) {
        add_offers(catalogue, d);
    } else {
        warn(catalogue, dyno_text("%s: %s", program, d->fault));
    }
    free_description(d);
    free(d);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void try_directory(dyno_catalogue *catalogue, const char *directory)
{
    struct dirent **entries;
    char *absolute = realpath(directory, NULL);
    int n = absolute != NULL ? scandir(absolute, &entries, NULL, by_name) : -1;
    if (n < 0) {
        warn(catalogue, dyno_text("worker path: %s: %s", directory, strerror(errno)));
        free(absolute);
        return;
    }
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.') {
            char *program = dyno_text("%s/%s", absolute, entries[i]->d_name);
            try_program(catalogue, program);
            free(program);
        }
        free(entries[i]);
    }
    free(entries);
    free(absolute);
}

static int by_place(const void *a, const void *b)
{
    const dyno_offer *x = a, *y = b;
    int order = strcmp(x->family, y->family);
    if (order == 0) order = strcmp(x->workload, y->workload);
    return order != 0 ? order : strcmp(x->contender, y->contender);
}

int dyno_discover(const char *path, dyno_catalogue *catalogue, dyno_refusal *refusal)
{
    *catalogue = (dyno_catalogue){0};
    char *copy = dyno_copy(path), *rest = copy, *directory;
    while ((directory = strsep(&rest, ":")) != NULL) {
        if (directory[0] != '\0') try_directory(catalogue, directory);
    }
    free(copy);
    if (catalogue->n_offers == 0) {
        int code = dyno_refuse(
            refusal, DYNO_FAILED, "no worker that describes itself was found on the worker path %s%s%s", path,
            catalogue->n_warnings > 0 ? ": " : "", catalogue->n_warnings > 0 ? catalogue->warnings[0] : "");
        dyno_catalogue_free(catalogue);
        return code;
    }
    qsort(catalogue->offers, catalogue->n_offers, sizeof *catalogue->offers, by_place);
    return DYNO_GOOD;
}
