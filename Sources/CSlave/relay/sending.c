#include "sending.h"

#include "../buffers/words.h"
#include "../port/port.h"

#include <stdarg.h>
#include <stdio.h>

#define MARK 4u

void mrn_sending_init(struct mrn_sending *sending, struct mrn_stop *stop, int wire)
{
    sending->stop = stop;
    sending->wire = wire;
    mrn_writer_init(&sending->scratch, MRN_RECORD_MAX);
}

void mrn_sending_queue(struct mrn_sending *sending)
{
    const struct mrn_writer *message = &sending->scratch;
    if (message->count == 0 && !message->fault.raised)
        return;
    if (message->fault.raised || !mrn_outgoing_add(&sending->out, message->bytes, message->count))
        mrn_stop_with(sending->stop, MRN_EXIT_SYSTEM, "no memory for a message to the master");
    mrn_writer_reset(&sending->scratch);
}

uint32_t mrn_sending_xid(struct mrn_sending *sending)
{
    return sending->next_xid++;
}

void mrn_sending_fail(struct mrn_sending *sending, uint32_t xid, const char *format, ...)
{
    char text[MRN_FAILURE_MAX + 1];
    const struct mrn_receipt receipt = {0, 0, text};
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    mrn_sending_receipt(sending, xid, &receipt);
}

void mrn_sending_receipt(struct mrn_sending *sending, uint32_t xid,
                         const struct mrn_receipt *receipt)
{
    mrn_write_operation_failure(&sending->scratch, xid, receipt, MRN_ACCEPT_SYSTEM_ERROR);
    mrn_sending_queue(sending);
}

static bool forward(struct mrn_outgoing *out, const struct mrn_record *record,
                    struct mrn_buffer *kept, struct mrn_buffer *rest)
{
    uint8_t mark[MARK];
    /* Most are small, and go with the mark that they came with. */
    if (record->is_marked)
        return mrn_outgoing_add(out, record->bytes - MARK, record->size + MARK);
    mrn_store32(mark, 0x80000000u | (uint32_t)(record->size + rest->size));
    bool done = mrn_outgoing_add(out, mark, sizeof mark);
    if (kept->bytes != NULL)
        done = mrn_outgoing_take(out, kept, record->size) && done;
    else
        done = done && mrn_outgoing_add(out, record->bytes, record->size);
    if (rest->bytes != NULL)
        done = mrn_outgoing_take(out, rest, rest->size) && done;
    return done;
}

void mrn_sending_forward(struct mrn_sending *sending, const struct mrn_record *record,
                         struct mrn_buffer *kept, struct mrn_buffer *rest)
{
    const size_t size = record->size + rest->size;
    if (!forward(&sending->out, record, kept, rest))
        mrn_stop_with(sending->stop, MRN_EXIT_SYSTEM, "no memory for a reply of %zu bytes", size);
}

bool mrn_sending_has_lent(const struct mrn_sending *sending, const uint32_t *lent)
{
    return mrn_outgoing_has(&sending->out, lent);
}

struct pollfd mrn_sending_poll(const struct mrn_sending *sending)
{
    const struct pollfd entry = {mrn_sending_is_empty(sending) ? -1 : sending->wire, POLLOUT, 0};
    return entry;
}

void mrn_sending_flush(struct mrn_sending *sending)
{
    if (!mrn_outgoing_flush(&sending->out, sending->wire))
        mrn_stop_silently(sending->stop, MRN_EXIT_DONE); /* the master is gone */
}

void mrn_sending_drain(struct mrn_sending *sending)
{
    uint64_t until = mrn_port_microseconds() + MRN_END_MILLISECONDS * 1000u;
    while (!mrn_sending_is_empty(sending) && mrn_port_microseconds() < until) {
        struct pollfd out = {sending->wire, POLLOUT, 0};
        if (mrn_port_poll(&out, 1, MRN_END_MILLISECONDS) < 0 || (out.revents & ~POLLOUT) != 0 ||
            !mrn_outgoing_flush(&sending->out, sending->wire))
            return;
    }
}
