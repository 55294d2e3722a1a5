/*
 * Reading of single values, for marionette.h, which includes it where it belongs. Inline: a call
 * for each of them would cost more than what it does.
 */
#ifndef MARIONETTE_H
#include "marionette.h"
#endif
#ifndef MARIONETTE_READER_H
#define MARIONETTE_READER_H

/* Raises a fault: there are no `count` bytes. Always NULL. */
const uint8_t *mrn_reader_truncated(struct mrn_reader *in, size_t count);
/* Raises a fault: `word` is neither 0 nor 1. Always false. */
bool mrn_reader_not_bool(struct mrn_reader *in, uint32_t word);

/* The next `count` bytes, or NULL with a fault. */
static inline const uint8_t *mrn_reader_next(struct mrn_reader *in, size_t count)
{
    size_t offset = in->offset;

    if (in->fault.raised || count > in->count - offset)
        return mrn_reader_truncated(in, count);
    in->offset = offset + count;
    return in->bytes + offset;
}

static inline uint32_t mrn_get_uint32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
           (uint32_t)bytes[3];
}

static inline bool mrn_read_uint32(struct mrn_reader *in, uint32_t *value)
{
    const uint8_t *bytes = mrn_reader_next(in, 4);

    *value = bytes != NULL ? mrn_get_uint32(bytes) : 0;
    return bytes != NULL;
}

static inline bool mrn_read_uint64(struct mrn_reader *in, uint64_t *value)
{
    const uint8_t *bytes = mrn_reader_next(in, 8);

    *value = bytes != NULL ? (uint64_t)mrn_get_uint32(bytes) << 32 | mrn_get_uint32(bytes + 4) : 0;
    return bytes != NULL;
}

static inline bool mrn_read_int32(struct mrn_reader *in, int32_t *value)
{
    uint32_t word;
    bool done = mrn_read_uint32(in, &word);

    memcpy(value, &word, sizeof word);
    return done;
}

static inline bool mrn_read_int64(struct mrn_reader *in, int64_t *value)
{
    uint64_t word;
    bool done = mrn_read_uint64(in, &word);

    memcpy(value, &word, sizeof word);
    return done;
}

static inline bool mrn_read_float(struct mrn_reader *in, float *value)
{
    uint32_t word;
    bool done = mrn_read_uint32(in, &word);

    memcpy(value, &word, sizeof word);
    return done;
}

static inline bool mrn_read_double(struct mrn_reader *in, double *value)
{
    uint64_t word;
    bool done = mrn_read_uint64(in, &word);

    memcpy(value, &word, sizeof word);
    return done;
}

static inline bool mrn_read_bool(struct mrn_reader *in, bool *value)
{
    uint32_t word;

    *value = false;
    if (!mrn_read_uint32(in, &word))
        return false;
    if (word > 1)
        return mrn_reader_not_bool(in, word);
    *value = word == 1;
    return true;
}

bool mrn_read_quadruple(struct mrn_reader *in, mrn_quadruple *value);

#endif
