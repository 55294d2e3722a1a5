/* A worker's reply: in its record, or behind a reference in the worker's memory. */
#ifndef MRN_REPLIES_H
#define MRN_REPLIES_H

#include "../buffers/areas.h"
#include "../wire/record.h"
#include "../worker/mark.h"
#include "sending.h"

/* Bytes of the shortest one. */
#define MRN_REPLY_MIN 36u

struct mrn_reply {
    struct mrn_record record;    /* as it came; of one that is referred to, its head */
    struct mrn_buffer rest;      /* in the worker's memory; none: all of it is in `record` */
    uint8_t head[MRN_REPLY_MIN]; /* of one that is there: no longer the worker's to change */
};

/* Takes the next record as a reply. */
static inline enum mrn_records_state mrn_reply_next(struct mrn_reply *reply, struct mrn_records *in)
{
    return mrn_records_next(in, &reply->record);
}
/* Finds what its record refers to, where that is a reference. False: it is no reply. */
bool mrn_reply_resolve(struct mrn_reply *reply, struct mrn_areas *areas, uint32_t worker,
                       struct mrn_mark *mark);
static inline uint32_t mrn_reply_xid(const struct mrn_reply *reply)
{
    return mrn_load32(reply->record.bytes);
}
static inline uint64_t mrn_reply_microseconds(const struct mrn_reply *reply)
{
    return mrn_load64(reply->record.bytes + MRN_MICROSECONDS_AT);
}
/* To the master. `in`: where its record was read. */
static inline void mrn_reply_forward(struct mrn_reply *reply, struct mrn_records *in,
                                     struct mrn_sending *sending)
{
    struct mrn_buffer kept = mrn_records_keep(in);
    mrn_sending_forward(sending, &reply->record, &kept, &reply->rest);
}
static inline void mrn_reply_drop(struct mrn_reply *reply)
{
    mrn_buffer_free(&reply->rest);
}

#endif
