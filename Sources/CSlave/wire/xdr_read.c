/* Decoding. */
#include "xdr_private.h"

#include <string.h>

bool mrn_reader_fail(struct mrn_reader *in, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    mrn_fault_raise(&in->fault, format, arguments);
    va_end(arguments);
    return false;
}

bool mrn_reader_in_field(struct mrn_reader *in, const char *field)
{
    return mrn_fault_in_field(&in->fault, field);
}

bool mrn_reader_in_item(struct mrn_reader *in, uint32_t index)
{
    return mrn_fault_in_item(&in->fault, index);
}

void mrn_reader_init(struct mrn_reader *in, const void *bytes, size_t count,
                     struct mrn_arena *arena)
{
    in->bytes = bytes;
    in->count = count;
    in->offset = 0;
    in->arena = arena;
    in->depth = 0;
    in->fault.raised = false;
    in->fault.path[0] = '\0';
    in->fault.reason[0] = '\0';
}

const uint8_t *mrn_reader_truncated(struct mrn_reader *in, size_t count)
{
    mrn_reader_fail(in, "%zu bytes needed at offset %zu, %zu present", count, in->offset,
                    in->count - in->offset);
    return NULL;
}

bool mrn_reader_not_bool(struct mrn_reader *in, uint32_t word)
{
    return mrn_reader_fail(in, "%lu is no bool", (unsigned long)word);
}

bool mrn_reader_finish(struct mrn_reader *in)
{
    if (in->fault.raised)
        return false;
    if (in->offset != in->count)
        return mrn_reader_fail(in, "%zu bytes are left over at offset %zu", in->count - in->offset,
                               in->offset);
    return true;
}

bool mrn_reader_enter(struct mrn_reader *in)
{
    if (in->depth == MRN_DEPTH_MAX)
        return mrn_reader_fail(in, "nested deeper than %d", (int)MRN_DEPTH_MAX);
    in->depth++;
    return true;
}

void mrn_reader_leave(struct mrn_reader *in)
{
    in->depth--;
}

/* For items that are all written: raises a fault where there is no memory. */
static void *take_unset(struct mrn_reader *in, size_t count, size_t size)
{
    void *items = in->fault.raised ? NULL : mrn_arena_take_unset(in->arena, count, size);

    if (items == NULL)
        mrn_reader_fail(in, "%zu items of %zu bytes exceed the memory of %zu bytes", count, size,
                        in->arena->limit);
    return items;
}

void *mrn_reader_take(struct mrn_reader *in, size_t count, size_t size)
{
    void *items = take_unset(in, count, size);

    if (items != NULL)
        memset(items, 0, count * size);
    return items;
}

static bool read_padding(struct mrn_reader *in, uint32_t count)
{
    const uint8_t *bytes = mrn_reader_next(in, mrn_padding(count));
    size_t i;

    if (bytes == NULL)
        return false;
    for (i = 0; i < mrn_padding(count); i++)
        if (bytes[i] != 0)
            return mrn_reader_fail(in, "the padding before offset %zu is not zero", in->offset);
    return true;
}

bool mrn_read_opaque(struct mrn_reader *in, uint32_t count, uint8_t *bytes)
{
    const uint8_t *from = mrn_reader_next(in, count);

    if (from == NULL)
        return false;
    if (count > 0)
        memcpy(bytes, from, count);
    return read_padding(in, count);
}

bool mrn_read_count(struct mrn_reader *in, uint32_t count_max, uint32_t item_min, uint32_t *count)
{
    uint32_t wanted;

    *count = 0;
    if (!mrn_read_uint32(in, &wanted))
        return false;
    if (wanted > count_max)
        return mrn_reader_fail(in, "%lu items exceed the bound of %lu", (unsigned long)wanted,
                               (unsigned long)count_max);
    if ((uint64_t)wanted * item_min > (uint64_t)(in->count - in->offset))
        return mrn_reader_fail(in, "%lu items need at least %llu bytes at offset %zu, %zu present",
                               (unsigned long)wanted, (unsigned long long)wanted * item_min,
                               in->offset, in->count - in->offset);
    *count = wanted;
    return true;
}

bool mrn_read_bytes(struct mrn_reader *in, uint32_t count_max, struct mrn_bytes *value)
{
    uint32_t count;

    value->count = 0;
    value->bytes = NULL;
    if (!mrn_read_count(in, count_max, 1, &count))
        return false;
    value->bytes = take_unset(in, count, 1);
    if (value->bytes == NULL)
        return false;
    value->count = count;
    return mrn_read_opaque(in, count, value->bytes);
}

bool mrn_read_string(struct mrn_reader *in, uint32_t count_max, struct mrn_string *value)
{
    uint32_t count;

    value->count = 0;
    value->bytes = NULL;
    if (!mrn_read_count(in, count_max, 1, &count))
        return false;
    value->bytes = take_unset(in, (size_t)count + 1, 1);
    if (value->bytes == NULL)
        return false;
    value->bytes[count] = '\0';
    value->count = count;
    return mrn_read_opaque(in, count, (uint8_t *)value->bytes);
}

/* The product is below 2^35: only a 32-bit address space can be too small for it. */
static bool read_numbers(struct mrn_reader *in, uint32_t count, size_t size, void *items)
{
    const uint8_t *bytes;

    if (count > SIZE_MAX / size)
        return mrn_reader_fail(in, "%lu items exceed the address space", (unsigned long)count);
    bytes = mrn_reader_next(in, count * size);
    if (bytes == NULL)
        return false;
    if (size == 4)
        mrn_convert32(items, bytes, count);
    else
        mrn_convert64(items, bytes, count);
    return true;
}

#define READ_NUMBERS(type)                                                                         \
    bool mrn_read_items_##type(struct mrn_reader *in, uint32_t count, type *items)                 \
    {                                                                                              \
        return read_numbers(in, count, sizeof(type), items);                                       \
    }                                                                                              \
                                                                                                   \
    bool mrn_read_array_##type(struct mrn_reader *in, uint32_t max,                                \
                               struct mrn_array_##type *value)                                     \
    {                                                                                              \
        uint32_t count;                                                                            \
                                                                                                   \
        value->count = 0;                                                                          \
        value->items = NULL;                                                                       \
        if (!mrn_read_count(in, max, (uint32_t)sizeof(type), &count))                              \
            return false;                                                                          \
        value->items = take_unset(in, count, sizeof(type));                                        \
        if (value->items == NULL)                                                                  \
            return false;                                                                          \
        value->count = count;                                                                      \
        return read_numbers(in, count, sizeof(type), value->items);                                \
    }

READ_NUMBERS(int32_t)
READ_NUMBERS(uint32_t)
READ_NUMBERS(int64_t)
READ_NUMBERS(uint64_t)
READ_NUMBERS(float)
READ_NUMBERS(double)

bool mrn_read_quadruple(struct mrn_reader *in, mrn_quadruple *value)
{
    return mrn_read_opaque(in, sizeof value->bytes, value->bytes);
}
