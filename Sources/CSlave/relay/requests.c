#include "relay.h"

#include "../port/invariant.h"
#include "../protocol/calls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void answer(struct mrn_relay *relay, uint32_t xid, enum mrn_accept_status status)
{
    mrn_write_answer(&relay->scratch, xid, status);
    mrn_relay_send(relay);
}

static void undecodable(struct mrn_relay *relay, const char *what, const struct mrn_reader *in)
{
    char text[MRN_TEXT_MAX];
    mrn_rules_undecodable(what, in, text);
    mrn_relay_fail(relay, MRN_EXIT_PROTOCOL, "%s", text);
}

/* Said now, and not when a worker is wanted and no socket is left for it. */
static bool has_descriptors(struct mrn_relay *relay, uint32_t workers)
{
    unsigned long open;
    unsigned long limit = mrn_port_descriptors(&open);
    unsigned long needed = open + MRN_DESCRIPTORS_BESIDE + MRN_DESCRIPTORS_WORKER * workers;
    if (limit < needed)
        limit = mrn_port_raise_descriptors(needed);
    if (limit >= needed)
        return true;
    mrn_relay_fail(relay, MRN_EXIT_SYSTEM,
                   "%lu workers need %lu open files, the limit on this host is %lu: ulimit -n %lu",
                   (unsigned long)workers, needed, limit, needed);
    return false;
}

static void hello(struct mrn_relay *relay, uint32_t xid, struct mrn_reader *in)
{
    slave_hello said;
    char text[MRN_TEXT_MAX];
    if (!mrn_rules_hello(relay->application, &relay->greeting, in, &said, text)) {
        mrn_relay_fail(relay, MRN_EXIT_PROTOCOL, "%s", text);
        return;
    }
    uint32_t workers = said.workers == 0 ? mrn_port_cores() : said.workers;
    if (workers > MRN_WORKERS_MAX)
        workers = MRN_WORKERS_MAX;
    if (!relay->greeting.refused) {
        if (!has_descriptors(relay, workers))
            return;
        if (!mrn_workers_make(relay, workers) || !mrn_relay_start(relay))
            return;
        relay->in.limit = MRN_RECORD_MAX;
    }
    mrn_write_identity(&relay->scratch, xid, relay->application, workers);
    mrn_relay_send(relay);
}

static void update(struct mrn_relay *relay, uint32_t xid, struct mrn_reader *in)
{
    struct mrn_change change;
    if (!mrn_read_change(in, relay->application, &change)) {
        undecodable(relay, "an update", in);
        return;
    }
    struct mrn_update *update = malloc(sizeof *update + change.size);
    if (update == NULL) {
        mrn_relay_fail(relay, MRN_EXIT_SYSTEM, "no memory for an update of %zu bytes", change.size);
        return;
    }
    memset(update, 0, sizeof *update);
    update->xid = xid;
    update->change = change;
    update->change.arguments = update->arguments;
    if (change.size > 0)
        memcpy(update->arguments, change.arguments, change.size);
    mrn_relay_take_update(relay, update);
}

static void take_shared(struct mrn_relay *relay, uint32_t procedure, struct mrn_reader *in)
{
    const char *fault;
    if (!mrn_take_shared(in, procedure, relay->application, &relay->versions, &fault))
        undecodable(relay, "shared data", in);
    else if (fault != NULL)
        mrn_relay_fail(relay, errno != 0 ? MRN_EXIT_SYSTEM : MRN_EXIT_PROTOCOL, "shared data: %s",
                       fault);
    else
        mrn_relay_forget_versions(relay);
}

static void retire(struct mrn_relay *relay, struct mrn_reader *in)
{
    struct mrn_span span;
    if (mrn_read_uint64(in, &span.first) && mrn_read_uint64(in, &span.below) &&
        mrn_reader_finish(in))
        mrn_relay_retire(relay, &span);
    else
        undecodable(relay, "a retirement", in);
}

static void cancel(struct mrn_relay *relay, struct mrn_reader *in)
{
    uint32_t xid;
    if (mrn_read_uint32(in, &xid) && mrn_reader_finish(in))
        mrn_workers_cancel(relay, xid);
    else
        undecodable(relay, "a cancellation", in);
}

static void handle_slave_call(struct mrn_relay *relay, const struct mrn_message *message)
{
    struct mrn_reader in;
    mrn_reader_init(&in, message->arguments, message->arguments_size, NULL);
    switch (message->procedure) {
    case SLAVE_PING:
        answer(relay, message->xid, MRN_ACCEPT_SUCCESS);
        break;
    case SLAVE_HELLO:
        hello(relay, message->xid, &in);
        break;
    case SLAVE_UPDATE:
        update(relay, message->xid, &in);
        break;
    case SLAVE_DEFINE:
    case SLAVE_CHUNK:
    case SLAVE_PATCH:
        take_shared(relay, message->procedure, &in);
        break;
    case SLAVE_RETIRE:
        retire(relay, &in);
        break;
    case SLAVE_CANCEL:
        cancel(relay, &in);
        break;
    case SLAVE_GOODBYE:
        answer(relay, message->xid, MRN_ACCEPT_SUCCESS);
        relay->status = MRN_EXIT_DONE;
        break;
    default:
        MRN_INVARIANT(false && "a procedure that the rules let pass");
        break;
    }
}

static uint64_t after(uint64_t now, uint64_t span)
{
    return span > UINT64_MAX - now ? UINT64_MAX : now + span;
}

static void handle_operation(struct mrn_relay *relay, const struct mrn_judged *judged,
                             const struct mrn_record *record)
{
    const uint32_t xid = judged->message.xid;
    const uint64_t position = judged->credential.position;
    const uint64_t deadline = judged->credential.deadline;
    struct mrn_queue *queue = mrn_relay_queue_at(relay, position);
    if (queue == NULL) {
        mrn_relay_answer_failure(relay, xid,
                                 "'%s' is for position %llu, which this slave does not hold",
                                 judged->procedure->name, (unsigned long long)position);
        return;
    }
    struct mrn_buffer kept = mrn_records_keep(&relay->in);
    struct mrn_operation *operation =
        mrn_operation_make(&relay->operations, &kept, record->bytes, record->size);
    if (operation == NULL) {
        mrn_relay_fail(relay, MRN_EXIT_SYSTEM, "no memory for a call of %zu bytes", record->size);
        return;
    }
    operation->procedure = judged->procedure;
    operation->xid = xid;
    operation->deadline = deadline == 0 ? 0 : after(relay->now, deadline);
    mrn_queue_append(queue, operation);
}

void mrn_relay_handle(struct mrn_relay *relay, const struct mrn_record *record)
{
    static struct mrn_judged judged;
    enum mrn_verdict verdict = mrn_rules_judge(relay->application, &relay->greeting, record->bytes,
                                               record->size, &judged, &relay->scratch);
    if (relay->scratch.count > 0)
        mrn_relay_send(relay);
    switch (verdict) {
    case MRN_SLAVE_CALL:
        handle_slave_call(relay, &judged.message);
        break;
    case MRN_OPERATION:
        handle_operation(relay, &judged, record);
        break;
    case MRN_ANSWERED:
        break;
    case MRN_VIOLATION:
        mrn_relay_fail(relay, MRN_EXIT_PROTOCOL, "%s", judged.text);
        break;
    }
}
