/*
 * ONC RPC messages (RFC 5531): reading the header of a call, writing replies and our own calls.
 * A written message begins with its record mark.
 */
#ifndef MRN_MESSAGE_H
#define MRN_MESSAGE_H

#include "marionette.h"

#define MRN_AUTH_NONE 0u
#define MRN_CREDENTIAL_MAX 400u
/* In an operation's reply, from the xid: the receipt's time. */
#define MRN_MICROSECONDS_AT 24u

enum mrn_accept_status {
    MRN_ACCEPT_SUCCESS = 0,
    MRN_ACCEPT_PROGRAM_UNAVAILABLE = 1,
    MRN_ACCEPT_PROGRAM_MISMATCH = 2,
    MRN_ACCEPT_PROCEDURE_UNAVAILABLE = 3,
    MRN_ACCEPT_GARBAGE = 4,
    MRN_ACCEPT_SYSTEM_ERROR = 5
};

struct mrn_message {
    uint32_t xid;
    uint32_t rpc_version;
    uint32_t program;
    uint32_t version;
    uint32_t procedure;
    uint32_t flavor;
    const uint8_t *credential;
    uint32_t credential_size;
    const uint8_t *arguments;
    size_t arguments_size;
};

/* NULL, or what is wrong with the record: then it is no call at all. */
const char *mrn_message_read(struct mrn_message *message, const uint8_t *bytes, size_t size);
struct mrn_operation_credential {
    uint64_t position;
    uint32_t attempt;
    uint64_t deadline; /* microseconds from now; 0: none */
};
/* The credential of an operation; false when it is not one. */
bool mrn_message_operation(const struct mrn_message *message,
                           struct mrn_operation_credential *credential);

/* Begins a message, and returns where: mrn_message_end completes its record mark. */
size_t mrn_message_begin(struct mrn_writer *out);
void mrn_message_end(struct mrn_writer *out, size_t begin);
/* Takes back all that was written since `begin`, and a fault. */
void mrn_message_take_back(struct mrn_writer *out, size_t begin);

void mrn_write_reply(struct mrn_writer *out, uint32_t xid, enum mrn_accept_status status);
/* A whole message, MSG_DENIED: RPC version 2 is the only one there is. */
void mrn_write_denied(struct mrn_writer *out, uint32_t xid);
void mrn_write_call(struct mrn_writer *out, uint32_t xid, uint32_t program, uint32_t version,
                    uint32_t procedure);

struct mrn_receipt {
    uint32_t worker;
    uint64_t microseconds;
    const char *failure; /* "" with a result */
};
/* Begins an operation's reply, as mrn_message_begin: its result follows. */
size_t mrn_result_begin(struct mrn_writer *out, uint32_t xid, uint32_t worker);
/* Says how long it took in the operation's reply that begins there, whose end is returned. */
size_t mrn_result_took(struct mrn_writer *out, size_t begin, uint64_t microseconds);
/* A whole message that carries no result. */
void mrn_write_operation_failure(struct mrn_writer *out, uint32_t xid,
                                 const struct mrn_receipt *receipt, enum mrn_accept_status status);

#endif
