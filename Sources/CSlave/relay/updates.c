#include "updates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One that waits for its predecessors, and the operations that wait for it. */
struct update {
    struct update *next;
    struct mrn_span skippable; /* what the last retirement before it named */
    bool is_retired;
    struct mrn_queue waiting;
    uint32_t xid;
    struct mrn_change change;
    uint8_t arguments[];
};

struct mrn_updates {
    struct mrn_stop *stop;
    struct mrn_sending *sending;
    struct mrn_operations *operations;
    struct mrn_replicas *replicas;
    struct update *first;
    struct update *last;
    uint32_t count;
    uint64_t bytes;
    struct mrn_span retired; /* by the last retirement */
};

struct mrn_updates *mrn_updates_make(struct mrn_stop *stop, struct mrn_sending *sending,
                                     struct mrn_operations *operations,
                                     struct mrn_replicas *replicas)
{
    struct mrn_updates *updates = calloc(1, sizeof *updates);
    if (updates == NULL)
        return NULL;
    updates->stop = stop;
    updates->sending = sending;
    updates->operations = operations;
    updates->replicas = replicas;
    return updates;
}

bool mrn_updates_have_room(const struct mrn_updates *updates)
{
    return updates->count < MRN_UPDATES_MAX && updates->bytes < MRN_UPDATES_BYTES_MAX;
}

/* ---- Answers ---- */

static void answer(struct mrn_updates *updates, uint32_t xid, const char *failure)
{
    mrn_write_update_result(mrn_sending_message(updates->sending), xid, failure);
    mrn_sending_queue(updates->sending);
}

static void refuse(struct mrn_updates *updates, uint32_t xid, uint64_t position,
                   struct mrn_queue *waiting, const char *text)
{
    struct mrn_operation *operation;
    answer(updates, xid, text);
    while ((operation = mrn_queue_take_first(waiting)) != NULL) {
        mrn_sending_fail(updates->sending, operation->xid, "position %llu was not reached: %s",
                         (unsigned long long)position, text);
        mrn_operation_free(updates->operations, operation);
    }
}

/* ---- The one that is due ---- */

static struct update *take_first(struct mrn_updates *updates)
{
    struct update *update = updates->first;
    updates->first = update->next;
    if (updates->first == NULL)
        updates->last = NULL;
    updates->count--;
    updates->bytes -= update->change.size;
    return update;
}

/* Positions have no gaps but where the retirement before the update named them: there the master
 * has left out what a later update replaces. */
static bool follows(const struct update *update, uint64_t newest)
{
    const uint64_t position = update->change.position;
    return position == newest + 1 || (position > newest && update->skippable.first <= newest + 1 &&
                                      position <= update->skippable.below);
}

static void begin(struct mrn_updates *updates, struct update *update)
{
    const uint64_t position = update->change.position;
    const uint64_t newest = mrn_replicas_newest(updates->replicas);
    char text[MRN_TEXT_MAX];
    if (!follows(update, newest)) {
        (void)snprintf(text, sizeof text, "update %llu does not follow position %llu",
                       (unsigned long long)position, (unsigned long long)newest);
        refuse(updates, update->xid, position, &update->waiting, text);
        return;
    }
    if (mrn_replicas_are_full(updates->replicas)) {
        (void)snprintf(text, sizeof text, "%u positions are kept, which is the limit",
                       MRN_REPLICAS_MAX);
        refuse(updates, update->xid, position, &update->waiting, text);
        return;
    }
    struct mrn_replica *replica =
        mrn_replicas_grow(updates->replicas, update->xid, &update->change, update->is_retired);
    if (replica != NULL)
        mrn_queue_put_back(mrn_replica_waiting(replica), &update->waiting);
}

/* Begins the one that is due, when the newest replica stands. */
static void begin_next(struct mrn_updates *updates)
{
    while (updates->first != NULL && !mrn_stop_is_set(updates->stop) &&
           mrn_replicas_can_grow(updates->replicas)) {
        struct update *update = take_first(updates);
        begin(updates, update);
        free(update);
    }
}

void mrn_updates_take(struct mrn_updates *updates, uint32_t xid, const struct mrn_change *change)
{
    struct update *update = malloc(sizeof *update + change->size);
    if (update == NULL) {
        mrn_stop_with(updates->stop, MRN_EXIT_SYSTEM, "no memory for an update of %zu bytes",
                      change->size);
        return;
    }
    memset(update, 0, sizeof *update);
    update->xid = xid;
    update->change = *change;
    update->change.arguments = update->arguments;
    if (change->size > 0)
        memcpy(update->arguments, change->arguments, change->size);
    update->skippable = updates->retired;
    update->is_retired = mrn_span_has(&updates->retired, change->position);
    if (updates->last != NULL)
        updates->last->next = update;
    else
        updates->first = update;
    updates->last = update;
    updates->count++;
    updates->bytes += change->size;
    begin_next(updates);
}

/* ---- Those that wait ---- */

struct mrn_queue *mrn_updates_waiting_at(const struct mrn_updates *updates, uint64_t position)
{
    if (updates->last != NULL && updates->last->change.position == position)
        return &updates->last->waiting;
    for (struct update *update = updates->first; update != NULL; update = update->next)
        if (update->change.position == position)
            return &update->waiting;
    return NULL;
}

bool mrn_updates_cancel(struct mrn_updates *updates, uint32_t xid)
{
    for (struct update *update = updates->first; update != NULL; update = update->next)
        if (mrn_queue_cancel(&update->waiting, updates->operations, xid))
            return true;
    return false;
}

void mrn_updates_retire(struct mrn_updates *updates, const struct mrn_span *span)
{
    updates->retired = *span;
    for (struct update *update = updates->first; update != NULL; update = update->next)
        if (mrn_span_has(span, update->change.position))
            update->is_retired = true;
}

/* ---- How it went ---- */

void mrn_updates_applied(struct mrn_updates *updates, struct mrn_replica *replica,
                         const struct mrn_report *report)
{
    mrn_replica_applied(replica, report);
    answer(updates, mrn_replica_update(replica), NULL);
    begin_next(updates);
}

void mrn_updates_failed(struct mrn_updates *updates, struct mrn_replica *replica, const char *text)
{
    refuse(updates, mrn_replica_update(replica), mrn_replica_position(replica),
           mrn_replica_waiting(replica), text);
    mrn_replicas_remove(updates->replicas, replica);
    begin_next(updates);
}
