#include "replicas.h"

#include "../port/port.h"
#include "channel.h"
#include "slots.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum phase { APPLYING, READY };

struct mrn_replica {
    uint64_t position;
    enum phase phase;
    bool is_retired;     /* no operation will come for it */
    uint32_t update_xid; /* the call that makes it */
    uint32_t update_procedure;
    int process;         /* 0: not yet told */
    uint32_t generation; /* a position that failed may be tried again */
    struct mrn_slots slots;
    struct mrn_queue waiting;
    struct mrn_channel channel;
};

struct mrn_replicas {
    const struct mrn_application *application;
    struct mrn_stop *stop;
    struct mrn_replica *items[MRN_REPLICAS_MAX];
    uint32_t count;
    uint32_t generation;
    uint64_t lost_since;
    struct mrn_versions versions;
    struct mrn_output output;
};

struct mrn_replicas *mrn_replicas_make(const struct mrn_application *application,
                                       struct mrn_stop *stop)
{
    struct mrn_replicas *replicas = calloc(1, sizeof *replicas);
    if (replicas == NULL)
        return NULL;
    replicas->application = application;
    replicas->stop = stop;
    mrn_output_init(&replicas->output, MRN_NO_WORKER);
    return replicas;
}

/* ---- The table ---- */

static struct mrn_replica *newest(const struct mrn_replicas *replicas)
{
    return replicas->items[replicas->count - 1];
}

/* An entry, with our end of its socket; *other is the replica's. */
static struct mrn_replica *enter(struct mrn_replicas *replicas, uint64_t position, int *other)
{
    struct mrn_replica *replica = calloc(1, sizeof *replica);
    if (replica == NULL || mrn_channel_open(&replica->channel, other) != 0) {
        mrn_stop_with(replicas->stop, MRN_EXIT_SYSTEM, "a replica cannot be made: %s",
                      strerror(errno));
        free(replica);
        return NULL;
    }
    replica->position = position;
    replica->generation = ++replicas->generation;
    replicas->items[replicas->count++] = replica;
    return replica;
}

bool mrn_replicas_begin(struct mrn_replicas *replicas, int *control, int *output)
{
    int ends[2];
    if (mrn_port_pipe(ends) != 0 || !mrn_output_begin(&replicas->output, ends[0])) {
        mrn_stop_with(replicas->stop, MRN_EXIT_SYSTEM, "pipe: %s", strerror(errno));
        return false;
    }
    struct mrn_replica *first = enter(replicas, 0, control);
    if (first == NULL)
        return false;
    first->phase = READY;
    *output = ends[1];
    return true;
}

void mrn_replicas_first_started(struct mrn_replicas *replicas, int process)
{
    if (replicas->items[0]->generation == 1)
        replicas->items[0]->process = process;
}

struct mrn_replica *mrn_replicas_at(const struct mrn_replicas *replicas, uint32_t index)
{
    return index < replicas->count ? replicas->items[index] : NULL;
}

struct mrn_replica *mrn_replicas_of_process(const struct mrn_replicas *replicas, int process)
{
    for (uint32_t i = 0; i < replicas->count; i++)
        if (replicas->items[i]->process == process)
            return replicas->items[i];
    return NULL;
}

static struct mrn_replica *of_position(const struct mrn_replicas *replicas, uint64_t position)
{
    for (uint32_t i = replicas->count; i > 0; i--)
        if (replicas->items[i - 1]->position == position)
            return replicas->items[i - 1];
    return NULL;
}

struct mrn_replica *mrn_replicas_reported(const struct mrn_replicas *replicas,
                                          const struct mrn_report *report)
{
    struct mrn_replica *replica = of_position(replicas, report->position);
    return replica != NULL && replica->generation == report->generation ? replica : NULL;
}

struct mrn_queue *mrn_replicas_waiting_at(const struct mrn_replicas *replicas, uint64_t position)
{
    struct mrn_replica *replica = of_position(replicas, position);
    return replica != NULL ? &replica->waiting : NULL;
}

bool mrn_replicas_cancel(struct mrn_replicas *replicas, struct mrn_operations *operations,
                         uint32_t xid)
{
    for (uint32_t i = 0; i < replicas->count; i++)
        if (mrn_queue_cancel(&replicas->items[i]->waiting, operations, xid))
            return true;
    return false;
}

void mrn_replicas_remove(struct mrn_replicas *replicas, struct mrn_replica *replica)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < replicas->count; i++)
        if (replicas->items[i] != replica)
            replicas->items[kept++] = replicas->items[i];
    replicas->count = kept;
    mrn_channel_close(&replica->channel);
    free(replica);
}

void mrn_replicas_retire(struct mrn_replicas *replicas, const struct mrn_span *span)
{
    for (uint32_t i = 0; i < replicas->count; i++)
        if (mrn_span_has(span, replicas->items[i]->position))
            replicas->items[i]->is_retired = true;
}

bool mrn_replicas_may_end(const struct mrn_replicas *replicas, uint32_t index)
{
    const struct mrn_replica *replica = replicas->items[index];
    /* The parent of one that is being made tells how that ends. */
    return index + 1 < replicas->count && replica->is_retired &&
           !mrn_channel_is_gone(&replica->channel) && replica->waiting.count == 0 &&
           replicas->items[index + 1]->phase != APPLYING;
}

/* ---- Positions ---- */

uint64_t mrn_replicas_newest(const struct mrn_replicas *replicas)
{
    return newest(replicas)->position;
}

bool mrn_replicas_can_grow(const struct mrn_replicas *replicas)
{
    return mrn_replica_is_ready(newest(replicas));
}

bool mrn_replicas_are_full(const struct mrn_replicas *replicas)
{
    return replicas->count == MRN_REPLICAS_MAX;
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

struct mrn_replica *mrn_replicas_grow(struct mrn_replicas *replicas, uint32_t xid,
                                      const struct mrn_change *change, bool is_retired)
{
    struct mrn_replica *before = newest(replicas);
    struct mrn_command command;
    int other;
    int file = arguments_file(change);
    if (file == -2) {
        mrn_stop_with(replicas->stop, MRN_EXIT_SYSTEM, "the arguments of an update, %zu bytes: %s",
                      change->size, strerror(errno));
        return NULL;
    }
    struct mrn_replica *replica = enter(replicas, change->position, &other);
    if (replica == NULL) {
        mrn_port_close(file);
        return NULL;
    }
    mrn_slots_inherit(&replica->slots, &before->slots);
    if (change->procedure == 0)
        mrn_slots_set(&replica->slots, change->slot, change->version);
    replica->is_retired = is_retired;
    replica->update_xid = xid;
    replica->update_procedure = change->procedure;
    memset(&command, 0, sizeof command);
    command.kind = MRN_APPLY;
    command.position = change->position;
    command.generation = replica->generation;
    command.procedure = change->procedure;
    command.slot = change->slot;
    command.version = change->version;
    command.size = change->size;
    (void)mrn_replicas_command(replicas, before, &command, other, file);
    mrn_port_close(other);
    mrn_port_close(file);
    return replica;
}

void mrn_replica_applied(struct mrn_replica *replica, const struct mrn_report *report)
{
    replica->process = report->process;
    mrn_slots_set_decoded(&replica->slots, report->version);
    replica->phase = READY;
}

/* ---- Shared data ---- */

static bool is_held(void *context, const struct mrn_version *version)
{
    const struct mrn_replicas *replicas = context;
    for (uint32_t i = 0; i < replicas->count; i++)
        if (mrn_slots_hold(&replicas->items[i]->slots, version))
            return true;
    /* Sent ahead of the update that introduces it. */
    return mrn_slots_are_before(&newest(replicas)->slots, version);
}

void mrn_replicas_prune(struct mrn_replicas *replicas)
{
    mrn_versions_prune(&replicas->versions, is_held, replicas);
}

bool mrn_replicas_take_shared(struct mrn_replicas *replicas, struct mrn_reader *in,
                              uint32_t procedure, const char **fault)
{
    if (!mrn_take_shared(in, procedure, replicas->application, &replicas->versions, fault))
        return false;
    if (*fault == NULL)
        mrn_replicas_prune(replicas);
    return true;
}

bool mrn_replicas_load(struct mrn_replicas *replicas, struct mrn_replica *replica, uint64_t slots,
                       char text[static MRN_TEXT_MAX])
{
    const uint64_t wanted = mrn_slots_unasked(&replica->slots, slots);
    for (uint32_t slot = 0; slot < replicas->application->shared_count; slot++) {
        struct mrn_command command;
        if ((wanted >> slot & 1) == 0)
            continue;
        const struct mrn_version *version = mrn_slots_load(
            &replica->slots, &replicas->versions, replicas->application, slot, &command, text);
        if (version == NULL ||
            !mrn_replicas_command(replicas, replica, &command, version->file, -1))
            return false;
    }
    return true;
}

void mrn_replica_loaded(struct mrn_replica *replica, const struct mrn_report *report)
{
    mrn_slots_loaded(&replica->slots, report);
}

/* ---- One replica ---- */

uint64_t mrn_replica_position(const struct mrn_replica *replica)
{
    return replica->position;
}

uint32_t mrn_replica_update(const struct mrn_replica *replica)
{
    return replica->update_xid;
}

struct mrn_queue *mrn_replica_waiting(struct mrn_replica *replica)
{
    return &replica->waiting;
}

uint64_t mrn_replica_decoded(const struct mrn_replica *replica)
{
    return mrn_slots_decoded(&replica->slots);
}

bool mrn_replica_is_ready(const struct mrn_replica *replica)
{
    return replica->phase == READY && !mrn_channel_is_gone(&replica->channel);
}

bool mrn_replica_is_retired(const struct mrn_replica *replica)
{
    return replica->is_retired;
}

/* ---- What is said to them, and by them ---- */

bool mrn_replicas_command(struct mrn_replicas *replicas, struct mrn_replica *replica,
                          const struct mrn_command *command, int first, int second)
{
    return mrn_channel_send(&replica->channel, replicas->stop, command, first, second);
}

void mrn_replicas_flush(struct mrn_replicas *replicas)
{
    for (uint32_t i = 0; i < replicas->count; i++)
        mrn_channel_flush(&replicas->items[i]->channel, replicas->stop);
}

size_t mrn_replicas_poll(const struct mrn_replicas *replicas, struct pollfd *polled)
{
    for (uint32_t i = 0; i < replicas->count; i++)
        polled[i] = mrn_channel_poll(&replicas->items[i]->channel);
    return replicas->count;
}

bool mrn_replicas_read(struct mrn_replicas *replicas, struct mrn_replica *replica, uint64_t now,
                       struct mrn_report *report)
{
    if (mrn_channel_is_gone(&replica->channel))
        return false;
    if (mrn_channel_read(&replica->channel, report))
        return true;
    if (mrn_channel_is_gone(&replica->channel))
        replicas->lost_since = now;
    return false;
}

bool mrn_replicas_ended(struct mrn_replicas *replicas, const struct mrn_replica *replica,
                        bool is_signalled, int code, char text[static MRN_TEXT_MAX])
{
    char name[16];
    char end[64];
    const struct mrn_procedure *procedure =
        mrn_find_procedure(replicas->application, replica->update_procedure);
    if (is_signalled)
        (void)snprintf(end, sizeof end, "was ended by %s", mrn_port_signal_name(code, name));
    else
        (void)snprintf(end, sizeof end, "ended itself by exit(%d)", code);
    /* No user code runs for a change of shared data, and SIGKILL comes from elsewhere: that is no
     * failure of the update, which would end the run. */
    bool is_updates_own = procedure != NULL && !(is_signalled && mrn_port_is_kill_signal(code));
    if (replica->phase != APPLYING || !is_updates_own) {
        bool is_applying = replica->phase == APPLYING && procedure != NULL;
        mrn_stop_with(replicas->stop, MRN_EXIT_LOST, "the replica of position %llu %s%s%s%s",
                      (unsigned long long)replica->position, end, is_applying ? " in '" : "",
                      is_applying ? procedure->name : "", is_applying ? "'" : "");
        return false;
    }
    (void)snprintf(text, MRN_TEXT_MAX, "'%s' %s", procedure->name, end);
    replicas->lost_since = 0;
    return true;
}

uint64_t mrn_replicas_lost_since(const struct mrn_replicas *replicas)
{
    return replicas->lost_since;
}

struct mrn_output *mrn_replicas_output(struct mrn_replicas *replicas)
{
    return &replicas->output;
}
