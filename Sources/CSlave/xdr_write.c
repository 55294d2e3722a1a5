/* Encoding. */
#include "xdr_private.h"

#include <stdlib.h>
#include <string.h>

static void store32(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)(value >> 24);
    to[1] = (uint8_t)(value >> 16);
    to[2] = (uint8_t)(value >> 8);
    to[3] = (uint8_t)value;
}

static void store64(uint8_t *to, uint64_t value)
{
    store32(to, (uint32_t)(value >> 32));
    store32(to + 4, (uint32_t)value);
}

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
    free(out->bytes);
    mrn_writer_init(out, out->limit);
}

/* Room for `count` more bytes, or NULL with a fault. */
static uint8_t *extend(struct mrn_writer *out, size_t count)
{
    uint8_t *room;

    if (out->fault.raised)
        return NULL;
    if (count > out->limit - out->count) {
        mrn_writer_fail(out, "%zu bytes at offset %zu exceed the limit of %zu", count, out->count,
                        out->limit);
        return NULL;
    }
    if (count > out->capacity - out->count || out->bytes == NULL) {
        size_t wanted = out->count + count;
        size_t capacity = out->capacity < 512 ? 1024 : out->capacity;
        uint8_t *bytes;

        while (capacity < wanted)
            capacity = capacity <= SIZE_MAX / 2 ? capacity * 2 : wanted;
        if (capacity > out->limit && wanted <= out->limit)
            capacity = out->limit > 0 ? out->limit : 1;
        bytes = realloc(out->bytes, capacity);
        if (bytes == NULL) {
            mrn_writer_fail(out, "no memory for %zu bytes", capacity);
            return NULL;
        }
        out->bytes = bytes;
        out->capacity = capacity;
    }
    room = out->bytes + out->count;
    out->count += count;
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

bool mrn_write_uint32(struct mrn_writer *out, uint32_t value)
{
    uint8_t *room = extend(out, 4);

    if (room != NULL)
        store32(room, value);
    return room != NULL;
}

bool mrn_write_int32(struct mrn_writer *out, int32_t value)
{
    return mrn_write_uint32(out, (uint32_t)value);
}

bool mrn_write_uint64(struct mrn_writer *out, uint64_t value)
{
    uint8_t *room = extend(out, 8);

    if (room != NULL)
        store64(room, value);
    return room != NULL;
}

bool mrn_write_int64(struct mrn_writer *out, int64_t value)
{
    return mrn_write_uint64(out, (uint64_t)value);
}

bool mrn_write_float(struct mrn_writer *out, float value)
{
    uint32_t word;

    memcpy(&word, &value, sizeof word);
    return mrn_write_uint32(out, word);
}

bool mrn_write_double(struct mrn_writer *out, double value)
{
    uint64_t word;

    memcpy(&word, &value, sizeof word);
    return mrn_write_uint64(out, word);
}

bool mrn_write_bool(struct mrn_writer *out, bool value)
{
    return mrn_write_uint32(out, value ? 1 : 0);
}

bool mrn_write_opaque(struct mrn_writer *out, uint32_t count, const uint8_t *bytes)
{
    size_t padding = mrn_padding(count);
    uint8_t *room;

    /* In two steps: on 32 bits the sum could be beyond size_t. */
    if (extend(out, count) == NULL || extend(out, padding) == NULL)
        return false;
    room = out->bytes + (out->count - padding - count);
    if (count > 0)
        memcpy(room, bytes, count);
    memset(room + count, 0, padding);
    return true;
}

bool mrn_write_count(struct mrn_writer *out, uint32_t count_max, uint32_t count)
{
    if (count > count_max)
        return mrn_writer_fail(out, "%lu items exceed the bound of %lu", (unsigned long)count,
                               (unsigned long)count_max);
    return mrn_write_uint32(out, count);
}

bool mrn_write_bytes(struct mrn_writer *out, uint32_t count_max, const struct mrn_bytes *value)
{
    return mrn_write_count(out, count_max, value->count) &&
           mrn_write_opaque(out, value->count, value->bytes);
}

bool mrn_write_string(struct mrn_writer *out, uint32_t count_max, const struct mrn_string *value)
{
    return mrn_write_count(out, count_max, value->count) &&
           mrn_write_opaque(out, value->count, (const uint8_t *)value->bytes);
}

static bool write_numbers(struct mrn_writer *out, uint32_t count, size_t size, const void *items)
{
    uint8_t *room;

    if (count > SIZE_MAX / size)
        return mrn_writer_fail(out, "%lu items exceed the address space", (unsigned long)count);
    room = extend(out, count * size);
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
