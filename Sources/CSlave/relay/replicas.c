#include "relay.h"

#include "../port/groups.h"
#include "../replica/replica.h"
#include "../replica/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUARDIAN_DEATHS_MAX 16u

struct mrn_replica *mrn_replica_newest(struct mrn_relay *relay)
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

struct mrn_replica *mrn_replica_enter(struct mrn_relay *relay, uint64_t position, int *other)
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
    replica->generation = ++relay->replica_generation;
    replica->control = ends[0];
    *other = ends[1];
    relay->replicas[relay->replica_count++] = replica;
    return replica;
}

struct first {
    const struct mrn_relay *relay;
    int control;
    int output;
};

static void run_first(void *context)
{
    const struct first *first = context;
    const struct mrn_relay *relay = first->relay;
    if (mrn_port_take_output(first->output) != 0)
        mrn_port_leave(MRN_EXIT_SYSTEM);
    mrn_port_close_others(&first->control, 1);
    mrn_replica_run(relay->application, first->control, relay->marks, &relay->areas);
}

bool mrn_relay_start(struct mrn_relay *relay)
{
    int output[2];
    if (mrn_port_pipe(output) != 0 || !mrn_output_begin(&relay->replica_output, output[0])) {
        mrn_relay_fail(relay, MRN_EXIT_SYSTEM, "pipe: %s", strerror(errno));
        return false;
    }
    struct first first = {relay, -1, output[1]};
    struct mrn_replica *replica = mrn_replica_enter(relay, 0, &first.control);
    if (replica == NULL)
        return false;
    int started = mrn_guardian_start(&relay->guardian, relay->wire_in, run_first, &first);
    mrn_port_close(first.control);
    mrn_port_close(output[1]);
    if (started != 0) {
        mrn_relay_fail(relay, MRN_EXIT_SYSTEM, "fork: %s", strerror(errno));
        return false;
    }
    replica->phase = MRN_REPLICA_READY;
    return true;
}

void mrn_replica_remove(struct mrn_relay *relay, struct mrn_replica *replica)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < relay->replica_count; i++)
        if (relay->replicas[i] != replica)
            relay->replicas[kept++] = relay->replicas[i];
    relay->replica_count = kept;
    mrn_relay_drop_pending(replica);
    mrn_port_close(replica->control);
    free(replica);
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
    if (number == 0 || version == NULL || !mrn_version_is_whole(version)) {
        (void)snprintf(text, MRN_TEXT_MAX, "'%s' was not sent before the operation that reads it",
                       name);
        return false;
    }
    memset(&command, 0, sizeof command);
    command.kind = MRN_LOAD;
    command.slot = slot;
    command.version = number;
    command.size = version->size;
    command.is_composed = version->base != 0;
    command.checksum = version->checksum;
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
    /* No user code runs for a change of shared data, and SIGKILL comes from elsewhere: that is no
     * failure of the update, which would end the run. */
    bool is_updates_own = procedure != NULL && !(signalled && mrn_port_is_kill_signal(code));
    if (replica->phase == MRN_REPLICA_APPLYING && is_updates_own) {
        (void)snprintf(text, sizeof text, "'%s' %s", procedure->name, end);
        relay->lost_since = 0;
        mrn_update_failed(relay, replica, text);
        return;
    }
    mrn_relay_fail(relay, MRN_EXIT_LOST, "the replica of position %llu %s",
                   (unsigned long long)replica->position, end);
}

/* The replica whose end is reported; NULL when it was retired or refused its update. */
static struct mrn_replica *made_by(struct mrn_relay *relay, const struct mrn_report *report)
{
    struct mrn_replica *replica = replica_at(relay, report->position);
    return replica != NULL && replica->generation == report->generation ? replica : NULL;
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
        replica->process = report->process;
        replica->loaded = report->version;
        mrn_update_applied(relay, replica);
        break;
    case MRN_REFUSED:
        mrn_update_failed(relay, replica, report->text);
        break;
    case MRN_REPLICA_ENDED:
        child = made_by(relay, report);
        /* What it still had to say comes first. */
        if (child != NULL && child != replica)
            mrn_relay_read_reports(relay, child);
        child = made_by(relay, report);
        if (child != NULL)
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
            relay->lost_since = relay->now;
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
    return version->version > mrn_replica_newest(relay)->versions[version->slot];
}

void mrn_relay_forget_versions(struct mrn_relay *relay)
{
    mrn_versions_prune(&relay->versions, is_held, relay);
}

bool mrn_span_has(const struct mrn_span *span, uint64_t position)
{
    return position >= span->first && position < span->below;
}

void mrn_relay_retire(struct mrn_relay *relay, const struct mrn_span *span)
{
    relay->retired = *span;
    for (uint32_t i = 0; i < relay->replica_count; i++)
        if (mrn_span_has(span, relay->replicas[i]->position))
            relay->replicas[i]->retired = true;
    for (struct mrn_update *update = relay->first_update; update != NULL; update = update->next)
        if (mrn_span_has(span, update->change.position))
            update->retired = true;
}

void mrn_relay_settle(struct mrn_relay *relay)
{
    bool removed = false;
    for (uint32_t i = 0; i + 1 < relay->replica_count;) {
        struct mrn_replica *replica = relay->replicas[i];
        /* The parent of one that is being made tells how that ends. */
        if (!replica->retired || replica->gone || replica->waiting.count > 0 ||
            relay->replicas[i + 1]->phase == MRN_REPLICA_APPLYING ||
            mrn_workers_busy(relay, replica)) {
            i++;
            continue;
        }
        mrn_workers_release(relay, replica);
        mrn_replica_remove(relay, replica);
        removed = true;
    }
    if (removed)
        mrn_relay_forget_versions(relay);
}

static void child_ended(struct mrn_relay *relay, int process, bool signalled, int code)
{
    for (uint32_t i = 0; i < relay->replica_count; i++) {
        struct mrn_replica *replica = relay->replicas[i];
        if (replica->process != process)
            continue;
        replica_ended(relay, replica, signalled, code);
        return;
    }
}

void mrn_relay_read_news(struct mrn_relay *relay)
{
    struct mrn_news news;
    while (relay->status < 0 && mrn_guardian_read(&relay->guardian, &news)) {
        struct mrn_replica *first = relay->replicas[0];
        /* It may be retired by now. */
        if (news.kind == MRN_CHILD_STARTED && first->generation == 1)
            first->process = news.process;
        else if (news.kind != MRN_CHILD_STARTED)
            child_ended(relay, news.process, news.kind == MRN_CHILD_SIGNALLED, news.code);
    }
}

static void restore_guardian(struct mrn_relay *relay)
{
    mrn_relay_read_news(relay);
    mrn_port_close(relay->guardian.lifeline);
    mrn_port_close(relay->guardian.news);
    relay->guardian.process = 0;
    if (++relay->guardian_deaths > GUARDIAN_DEATHS_MAX ||
        mrn_guardian_start(&relay->guardian, relay->wire_in, NULL, NULL) != 0)
        mrn_relay_fail(relay, MRN_EXIT_SYSTEM, "the guardian ends again and again");
}

/* Our children are the guardian and, where one was killed, what it had below it. */
void mrn_relay_reap(struct mrn_relay *relay)
{
    struct mrn_ending ending;
    while (mrn_groups_reap(&ending)) {
        if (ending.process == relay->guardian.process)
            restore_guardian(relay);
        else
            child_ended(relay, ending.process, ending.signalled, ending.code);
    }
}
