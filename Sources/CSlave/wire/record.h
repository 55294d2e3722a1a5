/*
 * Record marking (RFC 5531, 11): a message is one or more fragments, each behind four bytes: the
 * top bit says "last", the others are its length. Bytes are hostile: a length is checked before
 * memory is taken, and memory grows only as bytes arrive.
 */
#ifndef MRN_RECORD_H
#define MRN_RECORD_H

#include "../buffers/buffer.h"
#include "../buffers/words.h"

struct mrn_records {
    struct mrn_areas *areas; /* large records are gathered there; NULL: in memory of their own */
    uint8_t *buffer;         /* what was read and is not yet consumed: [start, end) */
    size_t capacity;
    size_t start;
    size_t end;
    size_t limit;               /* bytes of one record */
    struct mrn_buffer gathered; /* for one in several fragments, or larger than `buffer` likes */
    size_t gathered_size;       /* bytes of it that have come */
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
    bool is_marked; /* its mark stands before the bytes, which came in one fragment */
};

bool mrn_records_init(struct mrn_records *in, size_t capacity, size_t limit);
void mrn_records_free(struct mrn_records *in);
/* From now on records may be that long; `areas`, if not NULL, is where large ones are gathered. */
void mrn_records_allow(struct mrn_records *in, size_t limit, struct mrn_areas *areas);
/* One read(2): its result. Call it only when mrn_records_next said "incomplete". */
ptrdiff_t mrn_records_fill(struct mrn_records *in, int fd);
enum mrn_records_state mrn_records_next(struct mrn_records *in, struct mrn_record *record);
/* The delivered record's memory becomes the caller's, where it has memory of its own; else there is
 * none, and the caller copies. */
static inline struct mrn_buffer mrn_records_keep(struct mrn_records *in)
{
    struct mrn_buffer kept = {NULL, 0, NULL, NULL};
    if (in->delivered && in->gathered.bytes != NULL) {
        kept = mrn_buffer_move(&in->gathered);
        in->gathered_size = 0;
    }
    return kept;
}
/* A record has begun and is not complete. */
bool mrn_records_partial(const struct mrn_records *in);

#endif
