#include "worker.h"

#include "port.h"
#include "record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Memory of a large result is given back: many workers stay idle for long. */
#define KEPT_RESULT_MEMORY ((size_t)8 * 1024 * 1024)

static void leave_with(const char *why)
{
    (void)fprintf(stderr, "worker: %s\n", why);
    mrn_port_leave(1);
}

static void flush(struct mrn_writer *out, int socket)
{
    if (out->count == 0)
        return;
    /* A relay that is gone needs no reply. */
    if (mrn_port_write_all(socket, out->bytes, out->count) != 0)
        mrn_port_leave(0);
    mrn_writer_reset(out);
    if (out->capacity > KEPT_RESULT_MEMORY)
        mrn_writer_free(out);
}

/* Replies are kept together while operations are short and more of them are here. */
static void execute_all(struct mrn_state *state, struct mrn_records *in, struct mrn_writer *out,
                        int socket, uint32_t worker, struct mrn_mark *mark)
{
    struct mrn_record record;
    struct mrn_message message;
    enum mrn_records_state found;
    uint64_t clock = mrn_port_microseconds();
    uint64_t oldest = clock;
    while ((found = mrn_records_next(in, &record)) == MRN_RECORD_COMPLETE) {
        const char *fault = mrn_message_read(&message, record.bytes, record.size);
        if (fault != NULL)
            leave_with(fault);
        mrn_state_answer(state, &message, worker, mark, out, &clock);
        /* A log line without its end is seen now, not when the next one comes. */
        (void)fflush(stdout);
        (void)fflush(stderr);
        if (out->count >= MRN_WORKER_BUFFER || clock - oldest >= MRN_REPLY_DELAY_MICROSECONDS) {
            flush(out, socket);
            oldest = clock;
        }
    }
    if (found != MRN_RECORD_INCOMPLETE)
        leave_with(in->fault);
    flush(out, socket);
}

void mrn_worker_run(struct mrn_state *state, int socket, uint32_t worker, struct mrn_mark *mark)
{
    struct mrn_records in;
    struct mrn_writer out;
    mrn_writer_init(&out, MRN_RECORD_MAX);
    if (!mrn_records_init(&in, MRN_WORKER_BUFFER, MRN_RECORD_MAX))
        leave_with("no memory");
    while (mrn_records_fill(&in, socket) > 0)
        execute_all(state, &in, &out, socket, worker, mark);
    mrn_port_leave(0);
}
