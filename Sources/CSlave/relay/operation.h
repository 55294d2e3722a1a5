/* Calls of worker operations inside the relay: queued, or handed to a worker and not yet answered.
 */
#ifndef MRN_OPERATION_H
#define MRN_OPERATION_H

#include "../buffers/areas.h"
#include "../limits.h"
#include "marionette.h"

/* Memory of small records, in the order in which they came: those that go to one worker are one
 * span. It is used again when all of them are answered. */
struct mrn_pack;

struct mrn_operation {
    struct mrn_operation *next;
    const struct mrn_procedure *procedure;
    uint64_t deadline; /* as of mrn_port_microseconds; 0: none */
    size_t size;       /* of the record, without its mark */
    struct mrn_pack *pack;
    uint8_t *near; /* in it: the mark, and the record where it is small, or a reference to it */
    struct mrn_buffer far; /* a record in memory of its own, or none */
    size_t far_size;       /* what its worker is sent of `far`: nothing where `near` refers to it */
    uint32_t near_size;
    uint32_t xid;
    bool is_cancelled; /* handed over, and no longer wanted: its reply is dropped */
};

struct mrn_queue {
    struct mrn_operation *first;
    struct mrn_operation *last;
    uint32_t count;
};

struct mrn_operations {
    struct mrn_operation *spare;
    uint32_t spares;
    uint32_t count;        /* those in use */
    uint64_t bytes;        /* of memory for records */
    struct mrn_pack *pack; /* where there may be room */
    struct mrn_pack *spare_pack;
    uint32_t spare_packs;
};

/* `kept` holds the record and becomes the operation's, or is none: `bytes` are copied. NULL: no
 * memory; `kept` is given back then. */
struct mrn_operation *mrn_operation_make(struct mrn_operations *operations, struct mrn_buffer *kept,
                                         const uint8_t *bytes, size_t size);
/* Each operation is freed once, in the file that ends it. Its worker answered: worker_process; or
 * died of it: handed. No worker took it, since it was refused or late: workers; or since its
 * position was not reached: updates. It was cancelled while it waited: operation. */
void mrn_operation_free(struct mrn_operations *operations, struct mrn_operation *operation);
/* For one more of any size. */
static inline bool mrn_operations_have_room(const struct mrn_operations *operations)
{
    return operations->count < MRN_OPERATIONS_MAX && operations->bytes < MRN_OPERATIONS_BYTES_MAX;
}
static inline bool mrn_operations_are_none(const struct mrn_operations *operations)
{
    return operations->count == 0;
}
static inline bool mrn_operation_is_late(const struct mrn_operation *operation, uint64_t now)
{
    return operation->deadline != 0 && now >= operation->deadline;
}

void mrn_queue_append(struct mrn_queue *queue, struct mrn_operation *operation);
struct mrn_operation *mrn_queue_take_first(struct mrn_queue *queue);
/* Removes the one after `before`, or the first where that is NULL. */
struct mrn_operation *mrn_queue_take_after(struct mrn_queue *queue, struct mrn_operation *before);
/* Frees the one that is called so. False: there is none. */
bool mrn_queue_cancel(struct mrn_queue *queue, struct mrn_operations *operations, uint32_t xid);
/* All of `from`, in order, before those of `queue`. */
void mrn_queue_put_back(struct mrn_queue *queue, struct mrn_queue *from);

#endif
