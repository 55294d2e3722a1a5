#include "calls.h"

#include "identity.h"
#include "limits.h"
#include "port.h"
#include "state.h"

#include <string.h>

#define CHUNK_MAX 262144u /* SLAVE_CHUNK_MAX */
enum { MASTER_WORKER_STARTED = 1, MASTER_WORKER_ENDED = 2 };

bool mrn_read_hello(struct mrn_reader *in, struct mrn_hello *hello)
{
    return mrn_read_uint32(in, &hello->protocol) &&
           mrn_read_opaque(in, sizeof hello->interface_hash, hello->interface_hash) &&
           mrn_read_uint32(in, &hello->workers) && mrn_reader_finish(in);
}

/* A count and that many bytes, which stay where they are. */
static bool read_in_place(struct mrn_reader *in, uint32_t size_max, const uint8_t **bytes,
                          size_t *size)
{
    uint32_t count;
    if (!mrn_read_count(in, size_max, 1, &count))
        return false;
    const size_t padded = ((size_t)count + 3) / 4 * 4;
    if (padded != in->count - in->offset)
        return mrn_reader_fail(in, "%zu bytes where %zu belong", in->count - in->offset, padded);
    *bytes = in->bytes + in->offset;
    *size = count;
    in->offset = in->count;
    return true;
}

bool mrn_read_change(struct mrn_reader *in, const struct mrn_application *application,
                     struct mrn_change *change)
{
    uint32_t kind;
    uint32_t number;
    memset(change, 0, sizeof *change);
    if (!mrn_read_uint64(in, &change->position) || !mrn_read_uint32(in, &kind) ||
        !mrn_read_uint32(in, &number))
        return false;
    if (kind == 0) {
        const struct mrn_procedure *procedure = mrn_state_procedure(application, number);
        change->procedure = number;
        if (procedure == NULL || procedure->kind != MRN_CONTEXT)
            return mrn_reader_fail(in, "there is no context operation %lu", (unsigned long)number);
        return read_in_place(in, MRN_RECORD_MAX, &change->arguments, &change->size);
    }
    change->slot = number;
    if (kind != 1)
        return mrn_reader_fail(in, "%lu is no kind of update", (unsigned long)kind);
    if (number >= application->shared_count)
        return mrn_reader_fail(in, "there is no slot %lu", (unsigned long)number);
    if (!mrn_read_uint64(in, &change->version))
        return false;
    if (change->version == 0)
        return mrn_reader_fail(in, "versions count from 1");
    return mrn_reader_finish(in);
}

bool mrn_read_define(struct mrn_reader *in, const struct mrn_application *application,
                     struct mrn_define *define)
{
    if (!mrn_read_uint32(in, &define->slot) || !mrn_read_uint64(in, &define->version) ||
        !mrn_read_uint64(in, &define->size) || !mrn_reader_finish(in))
        return false;
    if (define->slot >= application->shared_count)
        return mrn_reader_fail(in, "there is no slot %lu", (unsigned long)define->slot);
    return true;
}

bool mrn_read_chunk(struct mrn_reader *in, struct mrn_chunk *chunk)
{
    return mrn_read_uint32(in, &chunk->slot) && mrn_read_uint64(in, &chunk->version) &&
           mrn_read_uint64(in, &chunk->offset) &&
           read_in_place(in, CHUNK_MAX, &chunk->bytes, &chunk->size);
}

void mrn_write_answer(struct mrn_writer *out, uint32_t xid, enum mrn_accept_status status)
{
    size_t begin = mrn_message_begin(out);
    mrn_write_reply(out, xid, status);
    mrn_message_end(out, begin);
}

void mrn_write_mismatch(struct mrn_writer *out, uint32_t xid, uint32_t version)
{
    size_t begin = mrn_message_begin(out);
    mrn_write_reply(out, xid, MRN_ACCEPT_PROGRAM_MISMATCH);
    mrn_write_uint32(out, version); /* the lowest and the highest that we serve */
    mrn_write_uint32(out, version);
    mrn_message_end(out, begin);
}

void mrn_write_identity(struct mrn_writer *out, uint32_t xid,
                        const struct mrn_application *application, uint32_t workers)
{
    size_t begin = mrn_message_begin(out);
    mrn_write_reply(out, xid, MRN_ACCEPT_SUCCESS);
    mrn_identity_write(out, application, workers);
    mrn_message_end(out, begin);
}

static void write_text(struct mrn_writer *out, const char *text)
{
    const uint32_t size = (uint32_t)strlen(text);
    mrn_write_uint32(out, size);
    mrn_write_opaque(out, size, (const uint8_t *)text);
}

void mrn_write_update_result(struct mrn_writer *out, uint32_t xid, const char *failure)
{
    size_t begin = mrn_message_begin(out);
    mrn_write_reply(out, xid, MRN_ACCEPT_SUCCESS);
    mrn_write_uint32(out, failure == NULL ? 0 : 1);
    if (failure != NULL)
        write_text(out, failure);
    mrn_message_end(out, begin);
}

void mrn_write_worker_started(struct mrn_writer *out, uint32_t xid, uint32_t worker, int process,
                              uint64_t position)
{
    size_t begin = mrn_message_begin(out);
    mrn_write_call(out, xid, MRN_MASTER_PROGRAM, 1, MASTER_WORKER_STARTED);
    mrn_write_uint32(out, worker);
    mrn_write_int32(out, process);
    mrn_write_uint64(out, position);
    mrn_message_end(out, begin);
}

void mrn_write_worker_ended(struct mrn_writer *out, uint32_t xid, const struct mrn_worker_end *end)
{
    char buffer[16];
    size_t begin = mrn_message_begin(out);
    mrn_write_call(out, xid, MRN_MASTER_PROGRAM, 1, MASTER_WORKER_ENDED);
    mrn_write_uint32(out, end->worker);
    mrn_write_int32(out, end->process);
    mrn_write_uint32(out, end->signalled ? 1 : 0);
    mrn_write_int32(out, end->code);
    write_text(out, end->signalled ? mrn_port_signal_name(end->code, buffer) : "");
    mrn_write_bool(out, end->blamed);
    if (end->blamed)
        mrn_write_uint32(out, end->xid);
    mrn_message_end(out, begin);
}
