#include "dyno/waker.h"

static dy_waker none_clone(void *data)
{
    (void)data;
    return dy_waker_none();
}

static void nothing(void *data)
{
    (void)data;
}

dy_waker dy_waker_none(void)
{
    static const dy_waker_table table = {none_clone, nothing, nothing, nothing};
    return (dy_waker){.data = NULL, .table = &table};
}
