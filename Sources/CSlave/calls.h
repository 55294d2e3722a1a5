/*
 * The messages of Interfaces/slave.x that this side reads and writes. By hand, unlike everything
 * else in XDR here: bulk bytes stay where they are in the record, which generated code copies.
 */
#ifndef MRN_CALLS_H
#define MRN_CALLS_H

#include "message.h"

#define MRN_SLAVE_PROTOCOL 1u
#define MRN_SLAVE_PROGRAM 0x2000004du
#define MRN_MASTER_PROGRAM 0x2000004eu

enum mrn_slave_procedure {
    MRN_SLAVE_PING = 0,
    MRN_SLAVE_HELLO = 1,
    MRN_SLAVE_UPDATE = 2,
    MRN_SLAVE_DEFINE = 3,
    MRN_SLAVE_CHUNK = 4,
    MRN_SLAVE_RETIRE = 5,
    MRN_SLAVE_CANCEL = 6,
    MRN_SLAVE_GOODBYE = 7
};

struct mrn_hello {
    uint32_t protocol;
    uint8_t interface_hash[32];
    uint32_t workers;
};

struct mrn_change {
    uint64_t position;
    uint32_t procedure; /* 0: shared data */
    uint32_t slot;
    uint64_t version;
    const uint8_t *arguments; /* in the record */
    size_t size;
};

struct mrn_define {
    uint32_t slot;
    uint64_t version;
    uint64_t size;
};

struct mrn_chunk {
    uint32_t slot;
    uint64_t version;
    uint64_t offset;
    const uint8_t *bytes; /* in the record */
    size_t size;
};

bool mrn_read_hello(struct mrn_reader *in, struct mrn_hello *hello);
/* Also checks that the application has such a procedure or slot. */
bool mrn_read_change(struct mrn_reader *in, const struct mrn_application *application,
                     struct mrn_change *change);
bool mrn_read_define(struct mrn_reader *in, const struct mrn_application *application,
                     struct mrn_define *define);
bool mrn_read_chunk(struct mrn_reader *in, struct mrn_chunk *chunk);

/* Whole messages. */
void mrn_write_answer(struct mrn_writer *out, uint32_t xid, enum mrn_accept_status status);
void mrn_write_mismatch(struct mrn_writer *out, uint32_t xid, uint32_t version);
void mrn_write_identity(struct mrn_writer *out, uint32_t xid,
                        const struct mrn_application *application, uint32_t workers);
/* `failure` is NULL where the update was applied. */
void mrn_write_update_result(struct mrn_writer *out, uint32_t xid, const char *failure);

struct mrn_worker_end {
    uint32_t worker;
    int process;
    bool signalled;
    int code;
    bool blamed;
    uint32_t xid; /* of the call that is to blame */
};
void mrn_write_worker_started(struct mrn_writer *out, uint32_t xid, uint32_t worker, int process,
                              uint64_t position);
void mrn_write_worker_ended(struct mrn_writer *out, uint32_t xid, const struct mrn_worker_end *end);

#endif
