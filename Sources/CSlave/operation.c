#include "operation.h"

#include "record.h"

#include <stdlib.h>
#include <string.h>

struct mrn_operation *mrn_operation_make(struct mrn_operations *all, uint8_t *kept,
                                         const uint8_t *bytes, size_t size)
{
    struct mrn_operation *operation = all->spare;
    if (operation != NULL) {
        all->spare = operation->next;
        all->spares--;
    } else {
        operation = malloc(sizeof *operation);
    }
    if (operation != NULL && kept == NULL && size > MRN_OPERATION_BLOCK) {
        kept = malloc(size);
        if (kept != NULL)
            memcpy(kept, bytes, size);
    } else if (operation != NULL && kept == NULL) {
        memcpy(operation->block, bytes, size);
    }
    if (operation == NULL || (kept == NULL && size > MRN_OPERATION_BLOCK)) {
        free(kept);
        free(operation);
        return NULL;
    }
    operation->next = NULL;
    operation->cancelled = false;
    operation->large = kept;
    operation->size = size;
    mrn_store32(operation->mark, 0x80000000u | (uint32_t)size);
    all->count++;
    all->bytes += size;
    return operation;
}

void mrn_operation_free(struct mrn_operations *all, struct mrn_operation *operation)
{
    all->count--;
    all->bytes -= operation->size;
    free(operation->large);
    if (all->spares == MRN_SPARE_BLOCKS_MAX) {
        free(operation);
        return;
    }
    operation->next = all->spare;
    all->spare = operation;
    all->spares++;
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
    queue->count--;
    operation->next = NULL;
    return operation;
}

struct mrn_operation *mrn_queue_take_first(struct mrn_queue *queue)
{
    return mrn_queue_take_after(queue, NULL);
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
