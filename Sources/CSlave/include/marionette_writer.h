/*
 * The encoding part of marionette.h, which includes it where it belongs.
 */
#ifndef MARIONETTE_H
#include "marionette.h"
#endif
#ifndef MARIONETTE_WRITER_H
#define MARIONETTE_WRITER_H

/* Writes XDR into memory that grows by itself up to `limit` bytes. */
struct mrn_writer {
    uint8_t *bytes;
    size_t count;
    size_t capacity;
    size_t limit;
    uint32_t depth;
    bool is_borrowed; /* `bytes` are somebody else's */
    struct mrn_fault fault;
};

/* Takes no memory yet. */
void mrn_writer_init(struct mrn_writer *out, size_t limit);
/* Empties it and forgets the fault; keeps the memory. */
void mrn_writer_reset(struct mrn_writer *out);
void mrn_writer_free(struct mrn_writer *out);
/* Empties it; from now on it writes there, and moves to memory of its own where that is too small.
 */
void mrn_writer_borrow(struct mrn_writer *out, uint8_t *bytes, size_t capacity);
bool mrn_writer_fail(struct mrn_writer *out, const char *format, ...) MRN_PRINTF(2, 3);
bool mrn_writer_in_field(struct mrn_writer *out, const char *field);
bool mrn_writer_in_item(struct mrn_writer *out, uint32_t index);
bool mrn_writer_enter(struct mrn_writer *out);
void mrn_writer_leave(struct mrn_writer *out);
/* Room for `size` more bytes, or NULL with a fault. 64 bits: a sum of sizes can't overflow. */
uint8_t *mrn_writer_extend(struct mrn_writer *out, uint64_t size);

/* The same; inline, since it stands before every few bytes that are written. `size` is not 0. */
static inline uint8_t *mrn_writer_room(struct mrn_writer *out, uint64_t size)
{
    size_t offset = out->count;

    if (out->fault.raised || size > out->capacity - offset)
        return mrn_writer_extend(out, size);
    out->count = offset + (size_t)size;
    return out->bytes + offset;
}

/* What `count` bytes take with their padding. */
static inline uint64_t mrn_padded(uint32_t count)
{
    return ((uint64_t)count + 3) / 4 * 4;
}

/* These write into room that is there, and return where the next value goes; those that check
 * something return NULL, with a fault, where it is not so. */
static inline uint8_t *mrn_put_uint32(uint8_t *room, uint32_t value)
{
    room[0] = (uint8_t)(value >> 24);
    room[1] = (uint8_t)(value >> 16);
    room[2] = (uint8_t)(value >> 8);
    room[3] = (uint8_t)value;
    return room + 4;
}

static inline uint8_t *mrn_put_uint64(uint8_t *room, uint64_t value)
{
    mrn_put_uint32(room, (uint32_t)(value >> 32));
    return mrn_put_uint32(room + 4, (uint32_t)value);
}

static inline uint8_t *mrn_put_int32(uint8_t *room, int32_t value)
{
    return mrn_put_uint32(room, (uint32_t)value);
}

static inline uint8_t *mrn_put_int64(uint8_t *room, int64_t value)
{
    return mrn_put_uint64(room, (uint64_t)value);
}

static inline uint8_t *mrn_put_float(uint8_t *room, float value)
{
    uint32_t word;

    memcpy(&word, &value, sizeof word);
    return mrn_put_uint32(room, word);
}

static inline uint8_t *mrn_put_double(uint8_t *room, double value)
{
    uint64_t word;

    memcpy(&word, &value, sizeof word);
    return mrn_put_uint64(room, word);
}

static inline uint8_t *mrn_put_bool(uint8_t *room, bool value)
{
    return mrn_put_uint32(room, value ? 1 : 0);
}

uint8_t *mrn_put_opaque(uint8_t *room, uint32_t count, const uint8_t *bytes);
uint8_t *mrn_put_bytes(struct mrn_writer *out, uint8_t *room, uint32_t count_max,
                       const struct mrn_bytes *value);
uint8_t *mrn_put_string(struct mrn_writer *out, uint8_t *room, uint32_t count_max,
                        const struct mrn_string *value);

static inline bool mrn_write_int32(struct mrn_writer *out, int32_t value)
{
    uint8_t *room = mrn_writer_room(out, 4);

    if (room != NULL)
        mrn_put_int32(room, value);
    return room != NULL;
}

static inline bool mrn_write_uint32(struct mrn_writer *out, uint32_t value)
{
    uint8_t *room = mrn_writer_room(out, 4);

    if (room != NULL)
        mrn_put_uint32(room, value);
    return room != NULL;
}

static inline bool mrn_write_int64(struct mrn_writer *out, int64_t value)
{
    uint8_t *room = mrn_writer_room(out, 8);

    if (room != NULL)
        mrn_put_int64(room, value);
    return room != NULL;
}

static inline bool mrn_write_uint64(struct mrn_writer *out, uint64_t value)
{
    uint8_t *room = mrn_writer_room(out, 8);

    if (room != NULL)
        mrn_put_uint64(room, value);
    return room != NULL;
}

static inline bool mrn_write_float(struct mrn_writer *out, float value)
{
    uint8_t *room = mrn_writer_room(out, 4);

    if (room != NULL)
        mrn_put_float(room, value);
    return room != NULL;
}

static inline bool mrn_write_double(struct mrn_writer *out, double value)
{
    uint8_t *room = mrn_writer_room(out, 8);

    if (room != NULL)
        mrn_put_double(room, value);
    return room != NULL;
}

static inline bool mrn_write_bool(struct mrn_writer *out, bool value)
{
    uint8_t *room = mrn_writer_room(out, 4);

    if (room != NULL)
        mrn_put_bool(room, value);
    return room != NULL;
}

bool mrn_write_quadruple(struct mrn_writer *out, const mrn_quadruple *value);
bool mrn_write_opaque(struct mrn_writer *out, uint32_t count, const uint8_t *bytes);
bool mrn_write_bytes(struct mrn_writer *out, uint32_t count_max, const struct mrn_bytes *value);
bool mrn_write_string(struct mrn_writer *out, uint32_t count_max, const struct mrn_string *value);
bool mrn_write_count(struct mrn_writer *out, uint32_t count_max, uint32_t count);
bool mrn_write_items_int32_t(struct mrn_writer *out, uint32_t count, const int32_t *items);
bool mrn_write_items_uint32_t(struct mrn_writer *out, uint32_t count, const uint32_t *items);
bool mrn_write_items_int64_t(struct mrn_writer *out, uint32_t count, const int64_t *items);
bool mrn_write_items_uint64_t(struct mrn_writer *out, uint32_t count, const uint64_t *items);
bool mrn_write_items_float(struct mrn_writer *out, uint32_t count, const float *items);
bool mrn_write_items_double(struct mrn_writer *out, uint32_t count, const double *items);
bool mrn_write_array_int32_t(struct mrn_writer *out, uint32_t max,
                             const struct mrn_array_int32_t *value);
bool mrn_write_array_uint32_t(struct mrn_writer *out, uint32_t max,
                              const struct mrn_array_uint32_t *value);
bool mrn_write_array_int64_t(struct mrn_writer *out, uint32_t max,
                             const struct mrn_array_int64_t *value);
bool mrn_write_array_uint64_t(struct mrn_writer *out, uint32_t max,
                              const struct mrn_array_uint64_t *value);
bool mrn_write_array_float(struct mrn_writer *out, uint32_t max,
                           const struct mrn_array_float *value);
bool mrn_write_array_double(struct mrn_writer *out, uint32_t max,
                            const struct mrn_array_double *value);

#endif
