#include "tlsf.h"

enum { NEXT = 0, PREVIOUS = 1, PROBES = 16 };

typedef struct position {
    unsigned row, column;
} position;

static position class_of(size_t size)
{
    if (size < (size_t)1 << TLSF_LINEAR_BITS) return (position){0, (unsigned)(size / BLOCK_GRANULE)};
    unsigned log = 63U - (unsigned)__builtin_clzll(size);
    return (position){log - TLSF_LINEAR_BITS + 1, (unsigned)(size >> (log - TLSF_SPLIT_BITS)) & (TLSF_SPLIT - 1)};
}

/* The first class of which every block holds size. */
static position class_above(size_t size)
{
    if (size >= (size_t)1 << TLSF_LINEAR_BITS) {
        unsigned log = 63U - (unsigned)__builtin_clzll(size);
        size += ((size_t)1 << (log - TLSF_SPLIT_BITS)) - 1;
    }
    return class_of(size);
}

static void seal(tlsf *core, block *b, block_state state)
{
    block_set_owner(b, block_seal(b, core->secret, state));
}

static void link_free(tlsf *core, block *b, size_t size)
{
    position p = class_of(size);
    block *first = core->lists[p.row][p.column];
    block_set_link(b, NEXT, first);
    block_set_link(b, PREVIOUS, NULL);
    if (first != NULL) block_set_link(first, PREVIOUS, b);
    core->lists[p.row][p.column] = b;
    core->columns[p.row] |= 1U << p.column;
    core->rows |= 1U << p.row;
}

static void forget_list(tlsf *core, position p)
{
    core->columns[p.row] &= ~(1U << p.column);
    if (core->columns[p.row] == 0) core->rows &= ~(1U << p.row);
}

static void unlink_free(tlsf *core, block *b, size_t size)
{
    block *next = block_link(b, NEXT), *previous = block_link(b, PREVIOUS);
    if (next != NULL) block_set_link(next, PREVIOUS, previous);
    if (previous != NULL) {
        block_set_link(previous, NEXT, next);
        return;
    }
    position p = class_of(size);
    core->lists[p.row][p.column] = next;
    if (next == NULL) forget_list(core, p);
}

/* Writes every tag of a free block and puts it into its list. Its predecessor is not free. */
static void make_free(tlsf *core, block *b, size_t size)
{
    block_set_core(b, block_core_word(size, BLOCK_IS_FREE));
    seal(core, b, BLOCK_FREE);
    block_set_footer(b, size);
    block *after = block_at(b, size);
    block_set_core(after, block_core(after) | BLOCK_PREVIOUS_FREE);
    link_free(core, b, size);
}

block *tlsf_add(tlsf *core, const void *memory, size_t size, block **end)
{
    uintptr_t first_payload = ((uintptr_t)memory + BLOCK_HEADER + BLOCK_GRANULE - 1) & ~(uintptr_t)(BLOCK_GRANULE - 1);
    uintptr_t last_payload = ((uintptr_t)memory + size) & ~(uintptr_t)(BLOCK_GRANULE - 1);
    block *first = block_of((void *)first_payload);
    *end = block_of((void *)last_payload);
    block_set_core(*end, block_core_word(0, 0));
    seal(core, *end, BLOCK_END);
    make_free(core, first, last_payload - first_payload);
    return first;
}

static block *first_of(const tlsf *core, position p)
{
    if (p.row >= TLSF_ROWS) return NULL;
    uint32_t columns = core->columns[p.row] & (~0U << p.column);
    if (columns == 0) {
        uint32_t rows = p.row + 1 < TLSF_ROWS ? core->rows & (~0U << (p.row + 1)) : 0;
        if (rows == 0) return NULL;
        p.row = (unsigned)__builtin_ctz(rows);
        columns = core->columns[p.row];
    }
    return core->lists[p.row][__builtin_ctz(columns)];
}

/* How many bytes before the block's aligned payload: 0, or enough for a free block of their own. */
static size_t gap_before(const block *b, size_t alignment)
{
    uintptr_t payload = (uintptr_t)block_payload(b);
    size_t gap = (0 - payload) & (alignment - 1);
    while (gap != 0 && gap < BLOCK_MIN)
        gap += alignment;
    return gap;
}

static block *probe_own_class(const tlsf *core, size_t size, size_t alignment)
{
    position p = class_of(size);
    block *b = core->lists[p.row][p.column];
    for (int i = 0; b != NULL && i < PROBES; i++, b = block_link(b, NEXT))
        if (block_size(b) >= size + gap_before(b, alignment)) return b;
    return NULL;
}

static block *find(const tlsf *core, size_t size, size_t alignment)
{
    size_t certain = alignment > BLOCK_GRANULE ? size + alignment + BLOCK_MIN : size;
    block *b = first_of(core, class_above(certain));
    if (b != NULL) return b;
    if (certain != size) b = first_of(core, class_above(size));
    if (b != NULL && block_size(b) >= size + gap_before(b, alignment)) return b;
    return probe_own_class(core, size, alignment);
}

/* Cuts off what the block doesn't need and frees it. The block is out of its list and not marked free. */
static void trim_tail(tlsf *core, block *b, size_t size)
{
    size_t whole = block_size(b), rest = whole - size;
    if (rest < BLOCK_MIN) return;
    block *tail = block_at(b, size);
    block_set_core(b, block_core_word(size, block_core(b) & BLOCK_PREVIOUS_FREE));
    block *after = block_at(b, whole);
    if (block_is_free(after)) {
        size_t more = block_size(after);
        unlink_free(core, after, more);
        block_set_owner(after, 0);
        rest += more;
    }
    make_free(core, tail, rest);
}

/* The first gap bytes of a block that was just taken from its list become a free block again. */
static block *trim_front(tlsf *core, block *b, size_t gap)
{
    size_t whole = block_size(b);
    block *aligned = block_at(b, gap);
    block_set_core(aligned, block_core_word(whole - gap, 0));
    make_free(core, b, gap);
    return aligned;
}

block *tlsf_allocate(tlsf *core, size_t size, size_t alignment, block_state state)
{
    block *b = find(core, size, alignment);
    if (b == NULL) return NULL;
    size_t whole = block_size(b), gap = gap_before(b, alignment);
    unlink_free(core, b, whole);
    block *after = block_at(b, whole);
    block_set_core(after, block_core(after) & ~(uint32_t)BLOCK_PREVIOUS_FREE);
    block_set_core(b, block_core_word(whole, 0));
    if (gap != 0) b = trim_front(core, b, gap);
    trim_tail(core, b, size);
    seal(core, b, state);
    core->used_bytes += block_size(b);
    return b;
}

void tlsf_free(tlsf *core, block *b)
{
    size_t size = block_size(b);
    core->used_bytes -= size;
    block *after = block_at(b, size);
    if (block_is_free(after)) {
        size_t more = block_size(after);
        unlink_free(core, after, more);
        block_set_owner(after, 0);
        size += more;
    }
    if (block_previous_is_free(b)) {
        size_t before = block_footer_before(b);
        block_set_owner(b, 0);
        b = block_at(b, 0 - before);
        unlink_free(core, b, before);
        size += before;
    }
    make_free(core, b, size);
}

bool tlsf_resize(tlsf *core, block *b, size_t size)
{
    size_t old = block_size(b);
    if (size > old) {
        block *after = block_at(b, old);
        if (!block_is_free(after) || old + block_size(after) < size) return false;
        size_t more = block_size(after);
        unlink_free(core, after, more);
        block_set_owner(after, 0);
        block *next = block_at(after, more);
        block_set_core(next, block_core(next) & ~(uint32_t)BLOCK_PREVIOUS_FREE);
        block_set_core(b, block_core_word(old + more, block_core(b) & BLOCK_PREVIOUS_FREE));
    }
    trim_tail(core, b, size);
    core->used_bytes += block_size(b) - old;
    return true;
}
