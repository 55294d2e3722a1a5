#include "operation.h"

#include "../buffers/words.h"
#include "../port/invariant.h"

#include <stdlib.h>
#include <string.h>

#define MARK 4u

struct mrn_pack {
    struct mrn_pack *next;
    uint32_t users; /* operations */
    uint32_t used;  /* bytes */
    uint8_t bytes[MRN_PACK];
};

static struct mrn_pack *fresh_pack(struct mrn_operations *operations)
{
    struct mrn_pack *pack = operations->spare_pack;
    if (pack != NULL) {
        operations->spare_pack = pack->next;
        operations->spare_packs--;
    } else {
        pack = malloc(sizeof *pack);
        if (pack == NULL)
            return NULL;
        operations->bytes += MRN_PACK;
    }
    pack->users = pack->used = 0;
    return pack;
}

/* Room for that many bytes; false: no memory. */
static bool take_room(struct mrn_operations *operations, struct mrn_operation *operation,
                      uint32_t size)
{
    if (operations->pack == NULL || size > MRN_PACK - operations->pack->used) {
        struct mrn_pack *pack = fresh_pack(operations);
        if (pack == NULL)
            return false;
        operations->pack = pack;
    }
    operation->pack = operations->pack;
    operation->near = operations->pack->bytes + operations->pack->used;
    operation->near_size = size;
    operations->pack->users++;
    operations->pack->used += size;
    return true;
}

static void leave_room(struct mrn_operations *operations, struct mrn_pack *pack)
{
    MRN_INVARIANT(pack->users > 0);
    if (--pack->users > 0)
        return;
    if (pack == operations->pack) {
        pack->used = 0;
    } else if (operations->spare_packs < MRN_SPARE_PACKS_MAX) {
        pack->next = operations->spare_pack;
        operations->spare_pack = pack;
        operations->spare_packs++;
    } else {
        free(pack);
        operations->bytes -= MRN_PACK;
    }
}

/* `far` becomes the operation's, or is none: then the record is small. */
static struct mrn_operation *make(struct mrn_operations *operations, struct mrn_buffer *far,
                                  const uint8_t *bytes, size_t size)
{
    struct mrn_operation *operation = operations->spare;
    uint8_t reference[MRN_REFERENCE_SIZE];
    bool is_referred = far->areas != NULL;
    size_t far_size = far->bytes == NULL || is_referred ? 0 : size;
    size_t near = is_referred ? sizeof reference : size - far_size;
    if (is_referred) {
        mrn_areas_refer(far->areas, far->bytes, size, reference);
        bytes = reference;
    }
    if (operation != NULL) {
        operations->spare = operation->next;
        operations->spares--;
    } else {
        operation = malloc(sizeof *operation);
    }
    if (operation == NULL || !take_room(operations, operation, MARK + (uint32_t)near)) {
        free(operation);
        return NULL;
    }
    mrn_store32(operation->near, 0x80000000u | (uint32_t)(near + far_size));
    memcpy(operation->near + MARK, bytes, near);
    operation->next = NULL;
    operation->is_cancelled = false;
    operation->far = mrn_buffer_move(far);
    operation->far_size = far_size;
    operation->size = size;
    operations->count++;
    operations->bytes += operation->far.bytes != NULL ? size : 0;
    return operation;
}

struct mrn_operation *mrn_operation_make(struct mrn_operations *operations, struct mrn_buffer *kept,
                                         const uint8_t *bytes, size_t size)
{
    if (kept->bytes == NULL && size > MRN_PACKED_MAX) {
        if (!mrn_buffer_grow(kept, size))
            return NULL;
        memcpy(kept->bytes, bytes, size);
    }
    struct mrn_operation *operation = make(operations, kept, bytes, size);
    if (operation == NULL)
        mrn_buffer_free(kept);
    return operation;
}

void mrn_operation_free(struct mrn_operations *operations, struct mrn_operation *operation)
{
    MRN_INVARIANT(operations->count > 0 &&
                  (operation->far.bytes == NULL || operations->bytes >= operation->size));
    operations->count--;
    if (operation->far.bytes != NULL) {
        operations->bytes -= operation->size;
        mrn_buffer_free(&operation->far);
    }
    leave_room(operations, operation->pack);
    if (operations->spares == MRN_SPARE_OPERATIONS_MAX) {
        free(operation);
        return;
    }
    operation->next = operations->spare;
    operations->spare = operation;
    operations->spares++;
}

void mrn_queue_append(struct mrn_queue *queue, struct mrn_operation *operation)
{
    operation->next = NULL;
    if (queue->last != NULL)
        queue->last->next = operation;
    else
        queue->first = operation;
    queue->last = operation;
    queue->count++;
}

struct mrn_operation *mrn_queue_take_after(struct mrn_queue *queue, struct mrn_operation *before)
{
    struct mrn_operation *operation = before == NULL ? queue->first : before->next;
    if (operation == NULL)
        return NULL;
    if (before == NULL)
        queue->first = operation->next;
    else
        before->next = operation->next;
    if (queue->last == operation)
        queue->last = before;
    MRN_INVARIANT(queue->count > 0 && (queue->first == NULL) == (queue->count == 1));
    queue->count--;
    operation->next = NULL;
    return operation;
}

struct mrn_operation *mrn_queue_take_first(struct mrn_queue *queue)
{
    return mrn_queue_take_after(queue, NULL);
}

bool mrn_queue_cancel(struct mrn_queue *queue, struct mrn_operations *operations, uint32_t xid)
{
    struct mrn_operation *before = NULL;
    for (struct mrn_operation *o = queue->first; o != NULL; before = o, o = o->next) {
        if (o->xid != xid)
            continue;
        mrn_operation_free(operations, mrn_queue_take_after(queue, before));
        return true;
    }
    return false;
}

void mrn_queue_put_back(struct mrn_queue *queue, struct mrn_queue *from)
{
    if (from->first == NULL)
        return;
    from->last->next = queue->first;
    queue->first = from->first;
    if (queue->last == NULL)
        queue->last = from->last;
    queue->count += from->count;
    memset(from, 0, sizeof *from);
}
