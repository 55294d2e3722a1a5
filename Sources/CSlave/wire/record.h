/*
 * Record marking (RFC 5531, 11): a message is one or more fragments, each behind four bytes: the
 * top bit says "last", the others are its length. Bytes are hostile: a length is checked before
 * memory is taken, and memory grows only as bytes arrive.
 */
#ifndef MRN_RECORD_H
#define MRN_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mrn_areas;

struct mrn_records {
    struct mrn_areas *areas; /* large records are gathered there; NULL: in memory of their own */
    uint8_t *buffer;         /* what was read and is not yet consumed: [start, end) */
    size_t capacity;
    size_t start;
    size_t end;
    size_t limit;      /* bytes of one record */
    uint8_t *gathered; /* a record in several fragments, or one larger than the buffer likes */
    size_t gathered_size;
    size_t gathered_capacity;
    uint32_t fragment_left;
    uint32_t fragments;
    bool in_fragment;
    bool last_fragment;
    bool delivered; /* `gathered` was given to the caller by the last call */
    char fault[96]; /* what is faulty, or that there is no memory; empty: none */
};

enum mrn_records_state {
    MRN_RECORD_COMPLETE,
    MRN_RECORD_INCOMPLETE,
    MRN_RECORD_FAULTY,   /* the peer's doing */
    MRN_RECORD_NO_MEMORY /* ours */
};

struct mrn_record {
    const uint8_t *bytes; /* valid until the next call, unless it is kept */
    size_t size;
};

bool mrn_records_init(struct mrn_records *in, size_t capacity, size_t limit);
void mrn_records_free(struct mrn_records *in);
/* One read(2): its result. Call it only when mrn_records_next said "incomplete". */
ptrdiff_t mrn_records_fill(struct mrn_records *in, int fd);
enum mrn_records_state mrn_records_next(struct mrn_records *in, struct mrn_record *record);
/* The delivered record's memory becomes the caller's, for mrn_areas_free, where it has memory of
 * its own; else NULL, and the caller copies. */
uint8_t *mrn_records_keep(struct mrn_records *in);
/* A record has begun and is not complete. */
bool mrn_records_partial(const struct mrn_records *in);

static inline uint32_t mrn_load32(const uint8_t *from)
{
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

static inline uint64_t mrn_load64(const uint8_t *from)
{
    return (uint64_t)mrn_load32(from) << 32 | mrn_load32(from + 4);
}

static inline void mrn_store32(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)(value >> 24);
    to[1] = (uint8_t)(value >> 16);
    to[2] = (uint8_t)(value >> 8);
    to[3] = (uint8_t)value;
}

static inline void mrn_store64(uint8_t *to, uint64_t value)
{
    mrn_store32(to, (uint32_t)(value >> 32));
    mrn_store32(to + 4, (uint32_t)value);
}

#endif
