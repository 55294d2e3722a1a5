#include "relay.h"

#include "replica.h"
#include "state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUARDIAN_DEATHS_MAX 16u

static struct mrn_replica *newest_replica(struct mrn_relay *relay)
{
    return relay->replica_count == 0 ? NULL : relay->replicas[relay->replica_count - 1];
}

static struct mrn_replica *replica_at(struct mrn_relay *relay, uint64_t position)
{
    for (uint32_t i = relay->replica_count; i > 0; i--)
        if (relay->replicas[i - 1]->position == position)
            return relay->replicas[i - 1];
    return NULL;
}

struct mrn_queue *mrn_relay_queue_at(struct mrn_relay *relay, uint64_t position)
{
    struct mrn_replica *replica = replica_at(relay, position);
    if (replica != NULL)
        return &replica->waiting;
    if (relay->last_update != NULL && relay->last_update->change.position == position)
        return &relay->last_update->waiting;
    for (struct mrn_update *update = relay->first_update; update != NULL; update = update->next)
        if (update->change.position == position)
            return &update->waiting;
    return NULL;
}

bool mrn_relay_command(struct mrn_relay *relay, const struct mrn_replica *replica,
                       const struct mrn_command *command, int first, int second)
{
    const int fds[2] = {first, second};
    /* A replica that is gone is told of when its cause is known. */
    if (mrn_port_send(replica->control, command, sizeof *command, fds) == 0 || errno == EPIPE)
        return true;
    mrn_relay_fail(relay, MRN_EXIT_SYSTEM, "a replica cannot be reached: %s", strerror(errno));
    return false;
}

/* An entry in the table, with our end of its socket; *other is the replica's. */
static struct mrn_replica *enter(struct mrn_relay *relay, uint64_t position, int *other)
{
    int ends[2];
    struct mrn_replica *replica = calloc(1, sizeof *replica);
    if (replica == NULL || mrn_port_socket_pair(ends) != 0) {
        mrn_relay_fail(relay, MRN_EXIT_SYSTEM, "a replica cannot be made: %s", strerror(errno));
        free(replica);
        return NULL;
    }
    (void)mrn_port_set_blocking(ends[0], false);
    replica->position = position;
    replica->control = ends[0];
    *other = ends[1];
    relay->replicas[relay->replica_count++] = replica;
    return replica;
}

bool mrn_relay_start(struct mrn_relay *relay)
{
    int other;
    struct mrn_replica *replica = enter(relay, 0, &other);
    if (replica == NULL)
        return false;
    int process = mrn_port_fork();
    if (process == 0) {
        mrn_port_release_signals();
        mrn_port_close_others(other);
        if (mrn_port_join_group(0, relay->guardian.group) != 0)
            mrn_port_leave(MRN_EXIT_SYSTEM);
        mrn_replica_run(relay->application, other, relay->marks);
    }
    mrn_port_close(other);
    if (process < 0) {
        mrn_relay_fail(relay, MRN_EXIT_SYSTEM, "fork: %s", strerror(errno));
        return false;
    }
    replica->process = process;
    replica->phase = MRN_REPLICA_READY;
    return true;
}

static void remove_replica(struct mrn_relay *relay, struct mrn_replica *replica)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < relay->replica_count; i++)
        if (relay->replicas[i] != replica)
            relay->replicas[kept++] = relay->replicas[i];
    relay->replica_count = kept;
    mrn_port_close(replica->control);
    free(replica);
}

/* ---- Updates ---- */

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
    const struct mrn_replica *before = newest_replica(relay);
    struct mrn_command command;
    int other;
    int file = arguments_file(change);
    if (file == -2) {
        mrn_relay_fail(relay, MRN_EXIT_SYSTEM, "the arguments of an update, %zu bytes: %s",
                       change->size, strerror(errno));
        return;
    }
    struct mrn_replica *replica = enter(relay, change->position, &other);
    if (replica == NULL) {
        mrn_port_close(file);
        return;
    }
    memcpy(replica->versions, before->versions, sizeof replica->versions);
    if (change->procedure == 0)
        replica->versions[change->slot] = change->version;
    mrn_queue_put_back(&replica->waiting, &update->waiting);
    replica->update_xid = update->xid;
    replica->update_procedure = change->procedure;
    memset(&command, 0, sizeof command);
    command.kind = MRN_APPLY;
    command.position = change->position;
    command.procedure = change->procedure;
    command.slot = change->slot;
    command.version = change->version;
    command.size = change->size;
    (void)mrn_relay_command(relay, before, &command, other, file);
    mrn_port_close(other);
    mrn_port_close(file);
}

/* Positions have no gaps but below the floor: there the master may have left out what a later
 * update replaces. */
static bool follows(const struct mrn_relay *relay, uint64_t newest, uint64_t position)
{
    return position == newest + 1 || (position > newest && position <= relay->floor);
}

static void next_update(struct mrn_relay *relay)
{
    while (relay->first_update != NULL && relay->status < 0) {
        const struct mrn_replica *newest = newest_replica(relay);
        struct mrn_update *update = relay->first_update;
        char text[MRN_TEXT_MAX];
        if (newest->phase != MRN_REPLICA_READY || newest->gone)
            return;
        relay->first_update = update->next;
        if (relay->first_update == NULL)
            relay->last_update = NULL;
        relay->update_count--;
        text[0] = '\0';
        if (!follows(relay, newest->position, update->change.position))
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
    if (relay->last_update != NULL)
        relay->last_update->next = update;
    else
        relay->first_update = update;
    relay->last_update = update;
    relay->update_count++;
    next_update(relay);
}

static void update_failed(struct mrn_relay *relay, struct mrn_replica *replica, const char *text)
{
    refuse_update(relay, replica->update_xid, replica->position, &replica->waiting, text);
    remove_replica(relay, replica);
    next_update(relay);
}

/* ---- Shared data ---- */

static bool load_slot(struct mrn_relay *relay, struct mrn_replica *replica, uint32_t slot,
                      char text[static MRN_TEXT_MAX])
{
    const char *name = relay->application->shared[slot].name;
    uint64_t number = replica->versions[slot];
    const struct mrn_version *version = mrn_versions_find(&relay->versions, slot, number);
    struct mrn_command command;
    if ((replica->broken >> slot & 1) != 0) {
        (void)snprintf(text, MRN_TEXT_MAX, "%s", replica->failure);
        return false;
    }
    if (number == 0 || version == NULL || version->received < version->size) {
        (void)snprintf(text, MRN_TEXT_MAX, "'%s' was not sent before the operation that reads it",
                       name);
        return false;
    }
    memset(&command, 0, sizeof command);
    command.kind = MRN_LOAD;
    command.slot = slot;
    command.version = number;
    command.size = version->size;
    replica->loading |= UINT64_C(1) << slot;
    return mrn_relay_command(relay, replica, &command, version->file, -1);
}

bool mrn_relay_load(struct mrn_relay *relay, struct mrn_replica *replica, uint64_t slots,
                    char text[static MRN_TEXT_MAX])
{
    for (uint32_t slot = 0; slot < relay->application->shared_count; slot++)
        if (((slots & ~replica->loading) >> slot & 1) != 0 &&
            !load_slot(relay, replica, slot, text))
            return false;
    return true;
}

static void loaded(struct mrn_replica *replica, const struct mrn_report *report)
{
    const uint64_t bit = UINT64_C(1) << report->slot;
    replica->loading &= ~bit;
    if (report->text[0] == '\0') {
        replica->loaded |= bit;
        return;
    }
    replica->broken |= bit;
    (void)snprintf(replica->failure, sizeof replica->failure, "%.300s", report->text);
}

/* ---- What replicas report ---- */

static void replica_ended(struct mrn_relay *relay, struct mrn_replica *replica, bool signalled,
                          int code)
{
    char name[16];
    char text[MRN_TEXT_MAX];
    const struct mrn_procedure *procedure =
        mrn_state_procedure(relay->application, replica->update_procedure);
    char end[64];
    if (signalled)
        (void)snprintf(end, sizeof end, "was ended by %s", mrn_port_signal_name(code, name));
    else
        (void)snprintf(end, sizeof end, "exited with status %d", code);
    if (replica->phase == MRN_REPLICA_APPLYING) {
        (void)snprintf(text, sizeof text, "'%s' %s",
                       procedure != NULL ? procedure->name : "the change of shared data", end);
        relay->lost_since = 0;
        update_failed(relay, replica, text);
        return;
    }
    mrn_relay_fail(relay, MRN_EXIT_LOST, "the replica of position %llu %s",
                   (unsigned long long)replica->position, end);
}

static void handle_report(struct mrn_relay *relay, struct mrn_replica *replica,
                          const struct mrn_report *report)
{
    struct mrn_replica *child;
    switch (report->kind) {
    case MRN_WORKER_STARTED:
        mrn_workers_started(relay, report);
        break;
    case MRN_WORKER_ENDED:
        mrn_workers_ended(relay, report);
        break;
    case MRN_LOADED:
        if (report->slot < MRN_SHARED_MAX)
            loaded(replica, report);
        break;
    case MRN_APPLIED:
        replica->phase = MRN_REPLICA_READY;
        replica->process = report->process;
        replica->loaded = report->version;
        answer_update(relay, replica->update_xid, NULL);
        next_update(relay);
        break;
    case MRN_REFUSED:
        update_failed(relay, replica, report->text);
        break;
    case MRN_REPLICA_ENDED:
        child = replica_at(relay, report->position);
        /* What it still had to say comes first. */
        if (child != NULL && child != replica)
            mrn_relay_read_reports(relay, child);
        child = replica_at(relay, report->position);
        if (child != NULL && (child->process == 0 || child->process == report->process))
            replica_ended(relay, child, report->signalled != 0, report->code);
        break;
    default:
        mrn_relay_fail(relay, MRN_EXIT_SYSTEM, "a process cannot be made: %s", report->text);
        break;
    }
}

void mrn_relay_read_reports(struct mrn_relay *relay, struct mrn_replica *replica)
{
    while (relay->status < 0 && !replica->gone) {
        uint8_t *to = (uint8_t *)&replica->report + replica->report_size;
        ptrdiff_t count =
            mrn_port_read(replica->control, to, sizeof replica->report - replica->report_size);
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (count <= 0) {
            replica->gone = true;
            relay->lost_since = mrn_port_microseconds();
            return;
        }
        replica->report_size += (size_t)count;
        if (replica->report_size < sizeof replica->report)
            continue;
        const struct mrn_report report = replica->report;
        replica->report_size = 0;
        handle_report(relay, replica, &report);
        if (report.kind == MRN_REFUSED)
            return; /* it is freed */
    }
}

/* ---- The end of replicas ---- */

static bool is_held(void *context, const struct mrn_version *version)
{
    struct mrn_relay *relay = context;
    for (uint32_t i = 0; i < relay->replica_count; i++)
        if (relay->replicas[i]->versions[version->slot] == version->version)
            return true;
    /* Sent ahead of the update that introduces it. */
    return version->version > newest_replica(relay)->versions[version->slot];
}

void mrn_relay_retire(struct mrn_relay *relay, uint64_t floor)
{
    if (floor > relay->floor)
        relay->floor = floor;
}

void mrn_relay_settle(struct mrn_relay *relay)
{
    bool removed = false;
    for (uint32_t i = 0; i + 1 < relay->replica_count;) {
        struct mrn_replica *replica = relay->replicas[i];
        if (replica->position >= relay->floor)
            break;
        /* The parent of one that is being made tells how that ends. */
        if (replica->gone || replica->waiting.count > 0 ||
            relay->replicas[i + 1]->phase == MRN_REPLICA_APPLYING ||
            mrn_workers_busy(relay, replica)) {
            i++;
            continue;
        }
        mrn_workers_release(relay, replica);
        remove_replica(relay, replica);
        removed = true;
    }
    if (removed)
        mrn_versions_prune(&relay->versions, is_held, relay);
}

static void restore_guardian(struct mrn_relay *relay)
{
    int group = relay->replica_count > 0 ? relay->guardian.group : 0;
    mrn_port_close(relay->guardian.lifeline);
    if (++relay->guardian_deaths > GUARDIAN_DEATHS_MAX ||
        mrn_guardian_start(&relay->guardian, group) != 0)
        mrn_relay_fail(relay, MRN_EXIT_SYSTEM, "the guardian ends again and again");
}

void mrn_relay_reap(struct mrn_relay *relay)
{
    struct mrn_ending ending;
    while (mrn_port_reap(&ending)) {
        if (ending.process == relay->guardian.process) {
            restore_guardian(relay);
            continue;
        }
        for (uint32_t i = 0; i < relay->replica_count; i++) {
            struct mrn_replica *replica = relay->replicas[i];
            if (replica->process != ending.process)
                continue;
            replica_ended(relay, replica, ending.signalled, ending.code);
            break;
        }
    }
}
