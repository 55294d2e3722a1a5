/*
 * The messages of Interfaces/slave.x that this side reads and writes. Generated code does it, but
 * for updates, chunks and patches: their bulk bytes stay where they are in the record.
 */
#ifndef MRN_CALLS_H
#define MRN_CALLS_H

#include "../wire/message.h"
#include "slave_protocol.h"
#include "versions.h"

struct mrn_change {
    uint64_t position;
    uint32_t procedure; /* 0: shared data */
    uint32_t slot;
    uint64_t version;
    const uint8_t *arguments; /* in the record */
    size_t size;
};

/* NULL: the application has no such operation. */
const struct mrn_procedure *mrn_find_procedure(const struct mrn_application *application,
                                               uint32_t number);
/* Also checks that the application has such a procedure or slot. */
bool mrn_read_change(struct mrn_reader *in, const struct mrn_application *application,
                     struct mrn_change *change);
/* Takes what follows a SLAVE_DEFINE, SLAVE_CHUNK or SLAVE_PATCH. False: it does not decode; else
 * `fault` is NULL or tells why it cannot be done, with errno where the system says so. */
bool mrn_take_shared(struct mrn_reader *in, uint32_t procedure,
                     const struct mrn_application *application, struct mrn_versions *versions,
                     const char **fault);

/* Whole messages. */
void mrn_write_answer(struct mrn_writer *out, uint32_t xid, enum mrn_accept_status status);
void mrn_write_mismatch(struct mrn_writer *out, uint32_t xid, uint32_t version);
void mrn_write_identity(struct mrn_writer *out, uint32_t xid,
                        const struct mrn_application *application, uint32_t workers);
/* `failure` is NULL where the update was applied. */
void mrn_write_update_result(struct mrn_writer *out, uint32_t xid, const char *failure);

void mrn_write_hold_result(struct mrn_writer *out, uint32_t xid, const slave_hold_result *result);

void mrn_write_worker_started(struct mrn_writer *out, uint32_t xid,
                              const slave_worker_start *start);
void mrn_write_worker_ended(struct mrn_writer *out, uint32_t xid, const slave_worker_end *end);
void mrn_write_worker_crashed(struct mrn_writer *out, uint32_t xid, const slave_crash *crash);
void mrn_write_output(struct mrn_writer *out, uint32_t xid, const slave_output *output);

#endif
