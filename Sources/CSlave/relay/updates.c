#include "relay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void answer_update(struct mrn_relay *relay, uint32_t xid, const char *failure)
{
    mrn_write_update_result(&relay->scratch, xid, failure);
    mrn_relay_send(relay);
}

static void refuse_update(struct mrn_relay *relay, uint32_t xid, uint64_t position,
                          struct mrn_queue *waiting, const char *text)
{
    struct mrn_operation *operation;
    answer_update(relay, xid, text);
    while ((operation = mrn_queue_take_first(waiting)) != NULL) {
        mrn_relay_answer_failure(relay, operation->xid, "position %llu was not reached: %s",
                                 (unsigned long long)position, text);
        mrn_operation_free(&relay->operations, operation);
    }
}

/* A file with the arguments; -1 where there are none, -2 where there is no room. */
static int arguments_file(const struct mrn_change *change)
{
    if (change->size == 0)
        return -1;
    int file = mrn_port_temporary();
    if (file >= 0 && mrn_port_write_at(file, change->arguments, change->size, 0) == 0)
        return file;
    mrn_port_close(file);
    return -2;
}

static void begin_update(struct mrn_relay *relay, struct mrn_update *update)
{
    const struct mrn_change *change = &update->change;
    struct mrn_replica *before = mrn_replica_newest(relay);
    struct mrn_command command;
    int other;
    int file = arguments_file(change);
    if (file == -2) {
        mrn_relay_fail(relay, MRN_EXIT_SYSTEM, "the arguments of an update, %zu bytes: %s",
                       change->size, strerror(errno));
        return;
    }
    struct mrn_replica *replica = mrn_replica_enter(relay, change->position, &other);
    if (replica == NULL) {
        mrn_port_close(file);
        return;
    }
    memcpy(replica->versions, before->versions, sizeof replica->versions);
    if (change->procedure == 0)
        replica->versions[change->slot] = change->version;
    mrn_queue_put_back(&replica->waiting, &update->waiting);
    replica->retired = update->retired;
    replica->update_xid = update->xid;
    replica->update_procedure = change->procedure;
    memset(&command, 0, sizeof command);
    command.kind = MRN_APPLY;
    command.position = change->position;
    command.generation = replica->generation;
    command.procedure = change->procedure;
    command.slot = change->slot;
    command.version = change->version;
    command.size = change->size;
    (void)mrn_relay_command(relay, before, &command, other, file);
    mrn_port_close(other);
    mrn_port_close(file);
}

/* Positions have no gaps but where the retirement before the update named them: there the master
 * has left out what a later update replaces. */
static bool follows(const struct mrn_update *update, uint64_t newest)
{
    const uint64_t position = update->change.position;
    return position == newest + 1 || (position > newest && update->skippable.first <= newest + 1 &&
                                      position <= update->skippable.below);
}

void mrn_update_next(struct mrn_relay *relay)
{
    while (relay->first_update != NULL && relay->status < 0) {
        const struct mrn_replica *newest = mrn_replica_newest(relay);
        struct mrn_update *update = relay->first_update;
        char text[MRN_TEXT_MAX];
        if (newest->phase != MRN_REPLICA_READY || newest->gone)
            return;
        relay->first_update = update->next;
        if (relay->first_update == NULL)
            relay->last_update = NULL;
        relay->update_count--;
        relay->update_bytes -= update->change.size;
        text[0] = '\0';
        if (!follows(update, newest->position))
            (void)snprintf(text, sizeof text, "update %llu does not follow position %llu",
                           (unsigned long long)update->change.position,
                           (unsigned long long)newest->position);
        else if (relay->replica_count == MRN_REPLICAS_MAX)
            (void)snprintf(text, sizeof text, "%u positions are kept, which is the limit",
                           MRN_REPLICAS_MAX);
        if (text[0] != '\0')
            refuse_update(relay, update->xid, update->change.position, &update->waiting, text);
        else
            begin_update(relay, update);
        free(update);
    }
}

void mrn_relay_take_update(struct mrn_relay *relay, struct mrn_update *update)
{
    update->skippable = relay->retired;
    update->retired = mrn_span_has(&relay->retired, update->change.position);
    if (relay->last_update != NULL)
        relay->last_update->next = update;
    else
        relay->first_update = update;
    relay->last_update = update;
    relay->update_count++;
    relay->update_bytes += update->change.size;
    mrn_update_next(relay);
}

void mrn_update_failed(struct mrn_relay *relay, struct mrn_replica *replica, const char *text)
{
    refuse_update(relay, replica->update_xid, replica->position, &replica->waiting, text);
    mrn_replica_remove(relay, replica);
    mrn_update_next(relay);
}

void mrn_update_applied(struct mrn_relay *relay, struct mrn_replica *replica)
{
    replica->phase = MRN_REPLICA_READY;
    answer_update(relay, replica->update_xid, NULL);
    mrn_update_next(relay);
}
