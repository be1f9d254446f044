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

const dy_waker_table dy_waker_none_table = {none_clone, nothing, nothing, nothing};
