/* What the relay has for the master, in the order in which it was queued. */
#ifndef MRN_SENDING_H
#define MRN_SENDING_H

#include "../buffers/outgoing.h"
#include "../limits.h"
#include "../protocol/stop.h"
#include "../wire/message.h"
#include "../wire/record.h"

#include <poll.h>

struct mrn_sending {
    struct mrn_stop *stop;
    int wire;
    struct mrn_outgoing out;
    struct mrn_writer scratch; /* one small message at a time */
    uint32_t next_xid;         /* of a call that the relay makes */
};

void mrn_sending_init(struct mrn_sending *sending, struct mrn_stop *stop, int wire);

/* One small message: written there, and queued by mrn_sending_queue. Where nothing was written,
 * nothing is queued. */
static inline struct mrn_writer *mrn_sending_message(struct mrn_sending *sending)
{
    return &sending->scratch;
}
void mrn_sending_queue(struct mrn_sending *sending);
uint32_t mrn_sending_xid(struct mrn_sending *sending);
/* The reply of an operation that no worker executed. */
void mrn_sending_fail(struct mrn_sending *sending, uint32_t xid, const char *format, ...)
    MRN_PRINTF(3, 4);
void mrn_sending_receipt(struct mrn_sending *sending, uint32_t xid,
                         const struct mrn_receipt *receipt);
/* A reply as a worker wrote it: `kept` holds its bytes, or none does and they are copied; `rest`
 * follows them, or is none. Takes both over. */
void mrn_sending_forward(struct mrn_sending *sending, const struct mrn_record *record,
                         struct mrn_buffer *kept, struct mrn_buffer *rest);
/* What was lent so still waits. */
bool mrn_sending_has_lent(const struct mrn_sending *sending, const uint32_t *lent);

/* Writes what the master takes now. */
void mrn_sending_flush(struct mrn_sending *sending);
/* At the slave's end: what was answered before still reaches a master that reads. */
void mrn_sending_drain(struct mrn_sending *sending);

/* To be polled. */
struct pollfd mrn_sending_poll(const struct mrn_sending *sending);
static inline bool mrn_sending_is_empty(const struct mrn_sending *sending)
{
    return sending->out.size == 0;
}
/* Else nothing more is read of what would have to be sent. */
static inline bool mrn_sending_has_room(const struct mrn_sending *sending)
{
    return sending->out.size < MRN_OUTGOING_MAX;
}

#endif
