#include "relay.h"

#include "../port/groups.h"
#include "../port/port.h"

static void replica_ended(struct mrn_relay *relay, struct mrn_replica *replica, bool is_signalled,
                          int code)
{
    char text[MRN_TEXT_MAX];
    if (mrn_replicas_ended(relay->replicas, replica, is_signalled, code, text))
        mrn_updates_failed(relay->updates, replica, text);
}

/* Its parent says so. What it still had to say comes first, and may be why it ended. */
static void child_replica_ended(struct mrn_relay *relay, const struct mrn_replica *parent,
                                const struct mrn_report *report)
{
    struct mrn_replica *child = mrn_replicas_reported(relay->replicas, report);
    if (child != NULL && child != parent)
        mrn_relay_read_reports(relay, child);
    child = mrn_replicas_reported(relay->replicas, report);
    if (child != NULL)
        replica_ended(relay, child, report->signalled != 0, report->code);
}

static void handle_report(struct mrn_relay *relay, struct mrn_replica *replica,
                          const struct mrn_report *report)
{
    switch (report->kind) {
    case MRN_WORKER_STARTED:
        mrn_workers_started(relay->workers, report);
        break;
    case MRN_WORKER_STOPPED:
        mrn_workers_stopped(relay->workers, report, relay->now);
        break;
    case MRN_WORKER_ENDED:
        mrn_workers_ended(relay->workers, report);
        break;
    case MRN_LOADED:
        mrn_replica_loaded(replica, report);
        break;
    case MRN_APPLIED:
        mrn_updates_applied(relay->updates, replica, report);
        break;
    case MRN_REFUSED:
        mrn_updates_failed(relay->updates, replica, report->text);
        break;
    case MRN_REPLICA_ENDED:
        child_replica_ended(relay, replica, report);
        break;
    default:
        mrn_stop_with(&relay->stop, MRN_EXIT_SYSTEM, "a process cannot be made: %s", report->text);
        break;
    }
}

void mrn_relay_read_reports(struct mrn_relay *relay, struct mrn_replica *replica)
{
    struct mrn_report report;
    while (!mrn_stop_is_set(&relay->stop) &&
           mrn_replicas_read(relay->replicas, replica, relay->now, &report)) {
        handle_report(relay, replica, &report);
        if (report.kind == MRN_REFUSED)
            return; /* it is freed */
    }
}

void mrn_relay_settle(struct mrn_relay *relay)
{
    struct mrn_replica *replica;
    bool is_one_removed = false;
    for (uint32_t i = 0; (replica = mrn_replicas_at(relay->replicas, i)) != NULL;) {
        if (!mrn_replicas_may_end(relay->replicas, i) ||
            mrn_workers_are_busy(relay->workers, replica)) {
            i++;
            continue;
        }
        mrn_workers_release(relay->workers, replica);
        mrn_replicas_remove(relay->replicas, replica);
        is_one_removed = true;
    }
    if (is_one_removed)
        mrn_replicas_prune(relay->replicas);
}

static void child_ended(struct mrn_relay *relay, int process, bool is_signalled, int code)
{
    struct mrn_replica *replica = mrn_replicas_of_process(relay->replicas, process);
    if (replica != NULL)
        replica_ended(relay, replica, is_signalled, code);
}

void mrn_relay_read_news(struct mrn_relay *relay)
{
    struct mrn_news news;
    while (!mrn_stop_is_set(&relay->stop) && mrn_guardian_read(&relay->guardian, &news)) {
        if (news.kind == MRN_CHILD_STARTED)
            mrn_replicas_first_started(relay->replicas, news.process);
        else
            child_ended(relay, news.process, news.kind == MRN_CHILD_SIGNALLED, news.code);
    }
}

/* Our children are the guardian and, where one was killed, what it had below it. */
void mrn_relay_reap(struct mrn_relay *relay)
{
    struct mrn_ending ending;
    while (mrn_groups_reap(&ending, mrn_port_tell_stop, NULL)) {
        if (!mrn_guardian_is(&relay->guardian, ending.process)) {
            child_ended(relay, ending.process, ending.signalled, ending.code);
            continue;
        }
        mrn_relay_read_news(relay);
        if (!mrn_guardian_restart(&relay->guardian, relay->wire))
            mrn_stop_with(&relay->stop, MRN_EXIT_SYSTEM, "the guardian ends again and again");
    }
}
