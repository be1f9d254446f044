#include "dyno/status.h"

#include <errno.h>
#include <string.h>

typedef struct {
    dy_status status;
    dy_category category;
    const char *name;
    const char *text;
} status_row;

#define STATUS_ROW(name, value, category, text) {value, category, #name, text},
static const status_row own_rows[] = {DY_STATUS_LIST(STATUS_ROW)};
#undef STATUS_ROW

static const status_row *find_own(dy_status status)
{
    for (size_t i = 0; i < sizeof own_rows / sizeof own_rows[0]; i++) {
        if (own_rows[i].status == status) return &own_rows[i];
    }
    return NULL;
}

const char *dy_status_text(dy_status status)
{
    static _Thread_local char buffer[96];
    if (status == DY_OK) return "no error";
    const status_row *row = find_own(status);
    if (row != NULL) return row->text;
    if (status < 0 && status > -4096) return strerror_r(-status, buffer, sizeof buffer);
    return "unknown status";
}

const char *dy_status_name(dy_status status)
{
    if (status == DY_OK) return "DY_OK";
    const status_row *row = find_own(status);
    if (row != NULL) return row->name;
    const char *name = status < 0 && status > -4096 ? strerrorname_np(-status) : NULL;
    return name != NULL ? name : "unknown";
}

dy_category dy_status_category(dy_status status)
{
    const status_row *row = find_own(status);
    if (row != NULL) return row->category;
    switch (-status) {
    case 0:
        return DY_CATEGORY_NONE;
    case ENOMEM:
        return DY_CATEGORY_MEMORY;
    case ETIMEDOUT:
        return DY_CATEGORY_TIMEOUT;
    case ECANCELED:
        return DY_CATEGORY_CANCELLED;
    case EINVAL:
        return DY_CATEGORY_CONFIG;
    default:
        return DY_CATEGORY_IO;
    }
}

const char *dy_category_name(dy_category category)
{
    static const char *const names[] = {"none",          "thread pool", "memory",  "kernel", "I/O",
                                        "configuration", "cancelled",   "timeout", "plug-in"};
    return (size_t)category < sizeof names / sizeof names[0] ? names[category] : "unknown";
}
