#include "message.h"

#include "../limits.h"
#include "record.h"

#include <string.h>

#define CALL 0u
#define REPLY 1u
#define RPC_VERSION 2u
#define FLAVOR_OPERATION 0x4d524e01u /* SLAVE_AUTH_OPERATION: "MRN\1" */
#define OPERATION_SIZE 20u

/* A flavour and at most 400 opaque bytes; the size that it takes, or 0. */
static size_t read_authentication(const uint8_t *bytes, size_t size, uint32_t *flavor,
                                  const uint8_t **body, uint32_t *body_size)
{
    if (size < 8)
        return 0;
    *flavor = mrn_load32(bytes);
    *body_size = mrn_load32(bytes + 4);
    *body = bytes + 8;
    if (*body_size > MRN_CREDENTIAL_MAX)
        return 0;
    size_t padded = ((size_t)*body_size + 3) / 4 * 4;
    return padded <= size - 8 ? padded + 8 : 0;
}

const char *mrn_message_read(struct mrn_message *message, const uint8_t *bytes, size_t size)
{
    uint32_t flavor;
    uint32_t verifier_size;
    const uint8_t *verifier;
    if (size < 24)
        return "a record too short for a call";
    if (mrn_load32(bytes + 4) != CALL)
        return mrn_load32(bytes + 4) == REPLY ? "a reply to a call that was never made"
                                              : "a record that is neither a call nor a reply";
    message->xid = mrn_load32(bytes);
    message->rpc_version = mrn_load32(bytes + 8);
    message->program = mrn_load32(bytes + 12);
    message->version = mrn_load32(bytes + 16);
    message->procedure = mrn_load32(bytes + 20);
    size_t offset = 24;
    size_t count = read_authentication(bytes + offset, size - offset, &message->flavor,
                                       &message->credential, &message->credential_size);
    if (count == 0)
        return "a call whose credential is cut short or longer than 400 bytes";
    offset += count;
    count = read_authentication(bytes + offset, size - offset, &flavor, &verifier, &verifier_size);
    if (count == 0)
        return "a call whose verifier is cut short or longer than 400 bytes";
    offset += count;
    message->arguments = bytes + offset;
    message->arguments_size = size - offset;
    return NULL;
}

bool mrn_message_operation(const struct mrn_message *message,
                           struct mrn_operation_credential *credential)
{
    if (message->flavor != FLAVOR_OPERATION || message->credential_size != OPERATION_SIZE)
        return false;
    credential->position = mrn_load64(message->credential);
    credential->attempt = mrn_load32(message->credential + 8);
    credential->deadline = mrn_load64(message->credential + 12);
    return true;
}

size_t mrn_message_begin(struct mrn_writer *out)
{
    size_t begin = out->count;
    mrn_write_uint32(out, 0);
    return begin;
}

void mrn_message_end(struct mrn_writer *out, size_t begin)
{
    if (!out->fault.raised)
        mrn_store32(out->bytes + begin, 0x80000000u | (uint32_t)(out->count - begin - 4));
}

void mrn_message_take_back(struct mrn_writer *out, size_t begin)
{
    mrn_writer_reset(out);
    out->count = begin;
}

void mrn_write_reply(struct mrn_writer *out, uint32_t xid, enum mrn_accept_status status)
{
    const uint32_t words[] = {xid, REPLY, 0, MRN_AUTH_NONE, 0, (uint32_t)status};
    mrn_write_items_uint32_t(out, 6, words);
}

void mrn_write_denied(struct mrn_writer *out, uint32_t xid)
{
    const uint32_t words[] = {xid, REPLY, 1, 0, RPC_VERSION, RPC_VERSION};
    size_t begin = mrn_message_begin(out);
    mrn_write_items_uint32_t(out, 6, words);
    mrn_message_end(out, begin);
}

void mrn_write_call(struct mrn_writer *out, uint32_t xid, uint32_t program, uint32_t version,
                    uint32_t procedure)
{
    const uint32_t words[] = {xid,       CALL,          RPC_VERSION, program,       version,
                              procedure, MRN_AUTH_NONE, 0,           MRN_AUTH_NONE, 0};
    mrn_write_items_uint32_t(out, 10, words);
}

size_t mrn_result_begin(struct mrn_writer *out, uint32_t xid, uint32_t worker)
{
    size_t begin = out->count;
    uint8_t *room = mrn_writer_room(out, 44);
    if (room == NULL)
        return begin;
    room = mrn_put_uint32(room + 4, xid);
    room = mrn_put_uint32(room, REPLY);
    room = mrn_put_uint32(room, 0);
    room = mrn_put_uint32(room, FLAVOR_OPERATION);
    room = mrn_put_uint32(room, 16);
    room = mrn_put_uint32(room, worker);
    room = mrn_put_uint64(room, 0); /* until it is known */
    room = mrn_put_uint32(room, 0);
    (void)mrn_put_uint32(room, MRN_ACCEPT_SUCCESS);
    return begin;
}

size_t mrn_result_took(struct mrn_writer *out, size_t begin, uint64_t microseconds)
{
    uint8_t *reply = out->bytes + begin;
    mrn_store64(reply + 4 + MRN_MICROSECONDS_AT, microseconds);
    return begin + 4 + (mrn_load32(reply) & 0x7fffffffu);
}

static void write_failure(struct mrn_writer *out, uint32_t xid, const struct mrn_receipt *receipt,
                          enum mrn_accept_status status)
{
    uint32_t length = (uint32_t)strlen(receipt->failure);
    if (length > MRN_FAILURE_MAX)
        length = MRN_FAILURE_MAX;
    const uint32_t verifier_size = 16 + (length + 3) / 4 * 4;
    const uint32_t words[] = {xid,
                              REPLY,
                              0,
                              FLAVOR_OPERATION,
                              verifier_size,
                              receipt->worker,
                              (uint32_t)(receipt->microseconds >> 32),
                              (uint32_t)receipt->microseconds,
                              length};
    mrn_write_items_uint32_t(out, 9, words);
    if (length > 0)
        mrn_write_opaque(out, length, (const uint8_t *)receipt->failure);
    mrn_write_uint32(out, (uint32_t)status);
}

void mrn_write_operation_failure(struct mrn_writer *out, uint32_t xid,
                                 const struct mrn_receipt *receipt, enum mrn_accept_status status)
{
    size_t begin = mrn_message_begin(out);
    write_failure(out, xid, receipt, status);
    mrn_message_end(out, begin);
}
