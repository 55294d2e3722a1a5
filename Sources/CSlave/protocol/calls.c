#include "calls.h"

#include "../limits.h"
#include "../port/port.h"
#include "../wire/xdr_private.h"
#include "identity.h"

#include <errno.h>
#include <string.h>

const struct mrn_procedure *mrn_find_procedure(const struct mrn_application *application,
                                               uint32_t number)
{
    const struct mrn_procedure *procedures = application->procedures;
    /* Generated numbers count from 1. */
    if (number > 0 && number <= application->procedure_count &&
        procedures[number - 1].number == number)
        return &procedures[number - 1];
    for (uint32_t i = 0; i < application->procedure_count; i++)
        if (procedures[i].number == number)
            return &procedures[i];
    return NULL;
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
    if (kind == SLAVE_CONTEXT) {
        const struct mrn_procedure *procedure = mrn_find_procedure(application, number);
        change->procedure = number;
        if (procedure == NULL || procedure->kind != MRN_CONTEXT)
            return mrn_reader_fail(in, "there is no context operation %lu", (unsigned long)number);
        return read_in_place(in, MRN_RECORD_MAX, &change->arguments, &change->size);
    }
    change->slot = number;
    if (kind != SLAVE_SHARED)
        return mrn_reader_fail(in, "%lu is no kind of update", (unsigned long)kind);
    if (number >= application->shared_count)
        return mrn_reader_fail(in, "there is no slot %lu", (unsigned long)number);
    if (!mrn_read_uint64(in, &change->version))
        return false;
    if (change->version == 0)
        return mrn_reader_fail(in, "versions count from 1");
    return mrn_reader_finish(in);
}

static bool define(struct mrn_reader *in, const struct mrn_application *application,
                   struct mrn_versions *versions, const char **fault)
{
    slave_define said;
    if (!slave_define_decode(in, &said) || !mrn_reader_finish(in))
        return false;
    if (said.slot >= application->shared_count)
        return mrn_reader_fail(in, "there is no slot %lu", (unsigned long)said.slot);
    const struct mrn_version version = {
        said.slot, said.version, said.size, said.base, said.checksum, 0, -1};
    *fault = mrn_versions_define(versions, &version);
    return true;
}

static bool read_place(struct mrn_reader *in, struct mrn_place *place)
{
    return mrn_read_uint32(in, &place->slot) && mrn_read_uint64(in, &place->version) &&
           mrn_read_uint64(in, &place->offset);
}

static bool chunk(struct mrn_reader *in, struct mrn_versions *versions, const char **fault)
{
    struct mrn_place place;
    const uint8_t *bytes;
    size_t size;
    if (!read_place(in, &place) || !read_in_place(in, SLAVE_CHUNK_MAX, &bytes, &size))
        return false;
    *fault = mrn_versions_append(versions, &place, bytes, size);
    return true;
}

/* The bytes of a step stay where they are as well. */
static bool step(struct mrn_reader *in, struct mrn_versions *versions, struct mrn_place *place,
                 uint32_t *room, const char **fault)
{
    uint64_t from;
    uint32_t size;
    uint32_t count;
    if (!mrn_read_uint64(in, &from) || !mrn_read_uint32(in, &size))
        return false;
    if (size > *room)
        return mrn_reader_fail(in, "copies of more than %lu bytes", (unsigned long)SLAVE_COPY_MAX);
    *room -= size;
    if (!mrn_read_count(in, SLAVE_PIECE_MAX, 1, &count))
        return false;
    const uint8_t *bytes = mrn_reader_next(in, (size_t)count + mrn_padding(count));
    if (bytes == NULL)
        return false;
    if (size > 0)
        *fault = mrn_versions_copy(versions, place, from, size);
    place->offset += size;
    if (*fault == NULL && count > 0)
        *fault = mrn_versions_append(versions, place, bytes, count);
    place->offset += count;
    return true;
}

static bool patch(struct mrn_reader *in, struct mrn_versions *versions, const char **fault)
{
    struct mrn_place place;
    uint32_t count;
    uint32_t room = SLAVE_COPY_MAX;
    if (!read_place(in, &place) || !mrn_read_count(in, SLAVE_STEPS_MAX, 16, &count))
        return false;
    for (uint32_t i = 0; i < count && *fault == NULL; i++)
        if (!step(in, versions, &place, &room, fault))
            return false;
    return *fault != NULL || mrn_reader_finish(in);
}

bool mrn_take_shared(struct mrn_reader *in, uint32_t procedure,
                     const struct mrn_application *application, struct mrn_versions *versions,
                     const char **fault)
{
    errno = 0;
    *fault = NULL;
    if (procedure == SLAVE_DEFINE)
        return define(in, application, versions, fault);
    return procedure == SLAVE_CHUNK ? chunk(in, versions, fault) : patch(in, versions, fault);
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
    slave_identity identity;
    struct mrn_host_names names;
    mrn_identity(&identity, &names, application);
    identity.workers = workers;
    size_t begin = mrn_message_begin(out);
    mrn_write_reply(out, xid, MRN_ACCEPT_SUCCESS);
    slave_identity_encode(out, &identity);
    mrn_message_end(out, begin);
}

void mrn_write_update_result(struct mrn_writer *out, uint32_t xid, const char *failure)
{
    slave_update_result result;
    memset(&result, 0, sizeof result);
    if (failure != NULL) {
        result.status = SLAVE_FAILED;
        result.u.failure = mrn_borrowed(failure, SLAVE_TEXT_MAX);
    }
    size_t begin = mrn_message_begin(out);
    mrn_write_reply(out, xid, MRN_ACCEPT_SUCCESS);
    slave_update_result_encode(out, &result);
    mrn_message_end(out, begin);
}

void mrn_write_hold_result(struct mrn_writer *out, uint32_t xid, const slave_hold_result *result)
{
    size_t begin = mrn_message_begin(out);
    mrn_write_reply(out, xid, MRN_ACCEPT_SUCCESS);
    slave_hold_result_encode(out, result);
    mrn_message_end(out, begin);
}

void mrn_write_worker_started(struct mrn_writer *out, uint32_t xid, const slave_worker_start *start)
{
    size_t begin = mrn_message_begin(out);
    mrn_write_call(out, xid, MASTER_PROGRAM, MASTER_VERSION, MASTER_WORKER_STARTED);
    slave_worker_start_encode(out, start);
    mrn_message_end(out, begin);
}

void mrn_write_worker_ended(struct mrn_writer *out, uint32_t xid, const slave_worker_end *end)
{
    size_t begin = mrn_message_begin(out);
    mrn_write_call(out, xid, MASTER_PROGRAM, MASTER_VERSION, MASTER_WORKER_ENDED);
    slave_worker_end_encode(out, end);
    mrn_message_end(out, begin);
}

void mrn_write_output(struct mrn_writer *out, uint32_t xid, const slave_output *output)
{
    size_t begin = mrn_message_begin(out);
    mrn_write_call(out, xid, MASTER_PROGRAM, MASTER_VERSION, MASTER_OUTPUT);
    slave_output_encode(out, output);
    mrn_message_end(out, begin);
}

void mrn_write_worker_crashed(struct mrn_writer *out, uint32_t xid, const slave_crash *crash)
{
    size_t begin = mrn_message_begin(out);
    mrn_write_call(out, xid, MASTER_PROGRAM, MASTER_VERSION, MASTER_WORKER_CRASHED);
    slave_crash_encode(out, crash);
    mrn_message_end(out, begin);
}
