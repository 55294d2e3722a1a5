/* Encoding. */
#include "xdr_private.h"

#include <stdlib.h>
#include <string.h>

bool mrn_writer_fail(struct mrn_writer *out, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    mrn_fault_raise(&out->fault, format, arguments);
    va_end(arguments);
    return false;
}

bool mrn_writer_in_field(struct mrn_writer *out, const char *field)
{
    return mrn_fault_in_field(&out->fault, field);
}

bool mrn_writer_in_item(struct mrn_writer *out, uint32_t index)
{
    return mrn_fault_in_item(&out->fault, index);
}

void mrn_writer_init(struct mrn_writer *out, size_t limit)
{
    out->bytes = NULL;
    out->is_borrowed = false;
    out->capacity = 0;
    out->limit = limit;
    mrn_writer_reset(out);
}

void mrn_writer_reset(struct mrn_writer *out)
{
    out->count = 0;
    out->depth = 0;
    out->fault.raised = false;
    out->fault.path[0] = '\0';
    out->fault.reason[0] = '\0';
}

void mrn_writer_free(struct mrn_writer *out)
{
    if (!out->is_borrowed)
        free(out->bytes);
    mrn_writer_init(out, out->limit);
}

void mrn_writer_borrow(struct mrn_writer *out, uint8_t *bytes, size_t capacity)
{
    mrn_writer_free(out);
    out->bytes = bytes;
    out->capacity = capacity;
    out->is_borrowed = true;
}

static uint8_t *with_capacity(const struct mrn_writer *out, size_t capacity)
{
    uint8_t *bytes = realloc(out->is_borrowed ? NULL : out->bytes, capacity);

    if (bytes != NULL && out->is_borrowed)
        memcpy(bytes, out->bytes, out->count);
    return bytes;
}

uint8_t *mrn_writer_extend(struct mrn_writer *out, uint64_t size)
{
    uint8_t *room;

    if (out->fault.raised)
        return NULL;
    if (size > out->limit - out->count) {
        mrn_writer_fail(out, "%llu bytes at offset %zu exceed the limit of %zu",
                        (unsigned long long)size, out->count, out->limit);
        return NULL;
    }
    if (size > out->capacity - out->count || out->bytes == NULL) {
        size_t wanted = out->count + (size_t)size;
        size_t capacity = out->capacity < 512 ? 1024 : out->capacity;
        uint8_t *bytes;

        while (capacity < wanted)
            capacity = capacity <= SIZE_MAX / 2 ? capacity * 2 : wanted;
        if (capacity > out->limit && wanted <= out->limit)
            capacity = out->limit > 0 ? out->limit : 1;
        bytes = with_capacity(out, capacity);
        if (bytes == NULL) {
            mrn_writer_fail(out, "no memory for %zu bytes", capacity);
            return NULL;
        }
        out->bytes = bytes;
        out->is_borrowed = false;
        out->capacity = capacity;
    }
    room = out->bytes + out->count;
    out->count += (size_t)size;
    return room;
}

bool mrn_writer_enter(struct mrn_writer *out)
{
    if (out->depth == MRN_DEPTH_MAX)
        return mrn_writer_fail(out, "nested deeper than %d", (int)MRN_DEPTH_MAX);
    out->depth++;
    return true;
}

void mrn_writer_leave(struct mrn_writer *out)
{
    out->depth--;
}

uint8_t *mrn_put_opaque(uint8_t *room, uint32_t count, const uint8_t *bytes)
{
    size_t padded = (size_t)mrn_padded(count);

    if (count == 0)
        return room;
    /* The last word first: what of it is no padding is written again. */
    memset(room + (padded - 4), 0, 4);
    memcpy(room, bytes, count);
    return room + padded;
}

bool mrn_write_opaque(struct mrn_writer *out, uint32_t count, const uint8_t *bytes)
{
    uint8_t *room = mrn_writer_extend(out, mrn_padded(count));

    if (room != NULL)
        mrn_put_opaque(room, count, bytes);
    return room != NULL;
}

static bool fits(struct mrn_writer *out, uint32_t count_max, uint32_t count)
{
    if (count > count_max)
        return mrn_writer_fail(out, "%lu items exceed the bound of %lu", (unsigned long)count,
                               (unsigned long)count_max);
    return true;
}

static uint8_t *put_counted(uint8_t *room, uint32_t count, const void *bytes)
{
    return mrn_put_opaque(mrn_put_uint32(room, count), count, bytes);
}

uint8_t *mrn_put_bytes(struct mrn_writer *out, uint8_t *room, uint32_t count_max,
                       const struct mrn_bytes *value)
{
    return fits(out, count_max, value->count) ? put_counted(room, value->count, value->bytes)
                                              : NULL;
}

uint8_t *mrn_put_string(struct mrn_writer *out, uint8_t *room, uint32_t count_max,
                        const struct mrn_string *value)
{
    return fits(out, count_max, value->count) ? put_counted(room, value->count, value->bytes)
                                              : NULL;
}

static bool write_counted(struct mrn_writer *out, uint32_t count_max, uint32_t count,
                          const void *bytes)
{
    uint8_t *room;

    if (!fits(out, count_max, count))
        return false;
    room = mrn_writer_room(out, 4 + mrn_padded(count));
    if (room != NULL)
        put_counted(room, count, bytes);
    return room != NULL;
}

bool mrn_write_count(struct mrn_writer *out, uint32_t count_max, uint32_t count)
{
    return fits(out, count_max, count) && mrn_write_uint32(out, count);
}

bool mrn_write_bytes(struct mrn_writer *out, uint32_t count_max, const struct mrn_bytes *value)
{
    return write_counted(out, count_max, value->count, value->bytes);
}

bool mrn_write_string(struct mrn_writer *out, uint32_t count_max, const struct mrn_string *value)
{
    return write_counted(out, count_max, value->count, value->bytes);
}

static bool write_numbers(struct mrn_writer *out, uint32_t count, size_t size, const void *items)
{
    uint8_t *room;

    room = mrn_writer_extend(out, (uint64_t)count * size);
    if (room == NULL)
        return false;
    if (size == 4)
        mrn_convert32(room, items, count);
    else
        mrn_convert64(room, items, count);
    return true;
}

#define WRITE_NUMBERS(type)                                                                        \
    bool mrn_write_items_##type(struct mrn_writer *out, uint32_t count, const type *items)         \
    {                                                                                              \
        return write_numbers(out, count, sizeof(type), items);                                     \
    }                                                                                              \
                                                                                                   \
    bool mrn_write_array_##type(struct mrn_writer *out, uint32_t max,                              \
                                const struct mrn_array_##type *value)                              \
    {                                                                                              \
        return mrn_write_count(out, max, value->count) &&                                          \
               write_numbers(out, value->count, sizeof(type), value->items);                       \
    }

WRITE_NUMBERS(int32_t)
WRITE_NUMBERS(uint32_t)
WRITE_NUMBERS(int64_t)
WRITE_NUMBERS(uint64_t)
WRITE_NUMBERS(float)
WRITE_NUMBERS(double)

bool mrn_write_quadruple(struct mrn_writer *out, const mrn_quadruple *value)
{
    return mrn_write_opaque(out, sizeof value->bytes, value->bytes);
}
