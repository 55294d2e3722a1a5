#include "relay.h"

#include "../port/invariant.h"
#include "../port/port.h"
#include "../protocol/calls.h"
#include "../replica/replica.h"

#include <errno.h>
#include <string.h>

static void answer(struct mrn_relay *relay, uint32_t xid, enum mrn_accept_status status)
{
    mrn_write_answer(mrn_sending_message(&relay->sending), xid, status);
    mrn_sending_queue(&relay->sending);
}

static void undecodable(struct mrn_relay *relay, const char *what, const struct mrn_reader *in)
{
    char text[MRN_TEXT_MAX];
    mrn_rules_undecodable(what, in, text);
    mrn_stop_with(&relay->stop, MRN_EXIT_PROTOCOL, "%s", text);
}

/* ---- Hello ---- */

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
    mrn_stop_with(&relay->stop, MRN_EXIT_SYSTEM,
                  "%lu workers need %lu open files, the limit on this host is %lu: ulimit -n %lu",
                  (unsigned long)workers, needed, limit, needed);
    return false;
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
    mrn_replica_run(relay->application, first->control, mrn_workers_marks(relay->workers),
                    mrn_workers_crashes(relay->workers), &relay->areas);
}

/* The processes that all others descend from. False: the slave ends. */
static bool start_processes(struct mrn_relay *relay)
{
    struct first first = {relay, -1, -1};
    if (!mrn_replicas_begin(relay->replicas, &first.control, &first.output))
        return false;
    int started = mrn_guardian_start(&relay->guardian, relay->wire, run_first, &first);
    mrn_port_close(first.control);
    mrn_port_close(first.output);
    if (started == 0)
        return true;
    mrn_stop_with(&relay->stop, MRN_EXIT_SYSTEM, "fork: %s", strerror(errno));
    return false;
}

static bool start(struct mrn_relay *relay, uint32_t workers)
{
    if (!has_descriptors(relay, workers) || !mrn_workers_begin(relay->workers, workers))
        return false;
    mrn_areas_make(&relay->areas, workers);
    if (!start_processes(relay))
        return false;
    mrn_records_allow(&relay->in, MRN_RECORD_MAX, &relay->areas);
    return true;
}

static void hello(struct mrn_relay *relay, uint32_t xid, struct mrn_reader *in)
{
    slave_hello said;
    char text[MRN_TEXT_MAX];
    if (!mrn_rules_hello(relay->application, &relay->greeting, in, &said, text)) {
        mrn_stop_with(&relay->stop, MRN_EXIT_PROTOCOL, "%s", text);
        return;
    }
    uint32_t workers = said.workers == 0 ? mrn_port_cores() : said.workers;
    if (workers > MRN_WORKERS_MAX)
        workers = MRN_WORKERS_MAX;
    if (!relay->greeting.refused && !start(relay, workers))
        return;
    mrn_write_identity(mrn_sending_message(&relay->sending), xid, relay->application, workers);
    mrn_sending_queue(&relay->sending);
}

/* ---- State ---- */

static void update(struct mrn_relay *relay, uint32_t xid, struct mrn_reader *in)
{
    struct mrn_change change;
    if (mrn_read_change(in, relay->application, &change))
        mrn_updates_take(relay->updates, xid, &change);
    else
        undecodable(relay, "an update", in);
}

static void take_shared(struct mrn_relay *relay, uint32_t procedure, struct mrn_reader *in)
{
    const char *fault;
    if (!mrn_replicas_take_shared(relay->replicas, in, procedure, &fault))
        undecodable(relay, "shared data", in);
    else if (fault != NULL)
        mrn_stop_with(&relay->stop, errno != 0 ? MRN_EXIT_SYSTEM : MRN_EXIT_PROTOCOL,
                      "shared data: %s", fault);
}

static void retire(struct mrn_relay *relay, struct mrn_reader *in)
{
    struct mrn_span span;
    if (!mrn_read_uint64(in, &span.first) || !mrn_read_uint64(in, &span.below) ||
        !mrn_reader_finish(in)) {
        undecodable(relay, "a retirement", in);
        return;
    }
    mrn_replicas_retire(relay->replicas, &span);
    mrn_updates_retire(relay->updates, &span);
}

/* ---- Operations ---- */

static void cancel(struct mrn_relay *relay, struct mrn_reader *in)
{
    struct mrn_receipt receipt = {SLAVE_NO_WORKER, 0, "cancelled"};
    uint32_t xid;
    if (!mrn_read_uint32(in, &xid) || !mrn_reader_finish(in))
        undecodable(relay, "a cancellation", in);
    /* Wherever it is; or it is answered already. */
    else if (mrn_replicas_cancel(relay->replicas, &relay->operations, xid) ||
             mrn_updates_cancel(relay->updates, xid) ||
             mrn_workers_cancel(relay->workers, xid, &receipt.worker))
        mrn_sending_receipt(&relay->sending, xid, &receipt);
}

static void hold(struct mrn_relay *relay, uint32_t xid, struct mrn_reader *in)
{
    slave_hold asked;
    if (slave_hold_decode(in, &asked) && mrn_reader_finish(in))
        mrn_workers_hold(relay->workers, xid, &asked, relay->now);
    else
        undecodable(relay, "a hold", in);
}

static void release(struct mrn_relay *relay, struct mrn_reader *in)
{
    uint32_t xid;
    if (mrn_read_uint32(in, &xid) && mrn_reader_finish(in))
        mrn_workers_let_go(relay->workers, xid);
    else
        undecodable(relay, "a release", in);
}

static uint64_t after(uint64_t now, uint64_t span)
{
    return span > UINT64_MAX - now ? UINT64_MAX : now + span;
}

static void operate(struct mrn_relay *relay, const struct mrn_judged *judged,
                    const struct mrn_record *record)
{
    const uint32_t xid = judged->message.xid;
    const uint64_t position = judged->credential.position;
    const uint64_t deadline = judged->credential.deadline;
    struct mrn_queue *queue = mrn_replicas_waiting_at(relay->replicas, position);
    if (queue == NULL)
        queue = mrn_updates_waiting_at(relay->updates, position);
    if (queue == NULL) {
        mrn_sending_fail(&relay->sending, xid,
                         "'%s' is for position %llu, which this slave does not hold",
                         judged->procedure->name, (unsigned long long)position);
        return;
    }
    struct mrn_buffer kept = mrn_records_keep(&relay->in);
    struct mrn_operation *operation =
        mrn_operation_make(&relay->operations, &kept, record->bytes, record->size);
    if (operation == NULL) {
        mrn_stop_with(&relay->stop, MRN_EXIT_SYSTEM, "no memory for a call of %zu bytes",
                      record->size);
        return;
    }
    operation->procedure = judged->procedure;
    operation->xid = xid;
    operation->deadline = deadline == 0 ? 0 : after(relay->now, deadline);
    mrn_queue_append(queue, operation);
}

/* ---- Which it is ---- */

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
    case SLAVE_HOLD:
        hold(relay, message->xid, &in);
        break;
    case SLAVE_RELEASE:
        release(relay, &in);
        break;
    case SLAVE_GOODBYE:
        answer(relay, message->xid, MRN_ACCEPT_SUCCESS);
        mrn_stop_silently(&relay->stop, MRN_EXIT_DONE);
        break;
    default:
        MRN_INVARIANT(false && "a procedure that the rules let pass");
        break;
    }
}

void mrn_relay_handle(struct mrn_relay *relay, const struct mrn_record *record)
{
    static struct mrn_judged judged;
    enum mrn_verdict verdict =
        mrn_rules_judge(relay->application, &relay->greeting, record->bytes, record->size, &judged,
                        mrn_sending_message(&relay->sending));
    switch (verdict) {
    case MRN_SLAVE_CALL:
        handle_slave_call(relay, &judged.message);
        break;
    case MRN_OPERATION:
        operate(relay, &judged, record);
        break;
    case MRN_ANSWERED:
        mrn_sending_queue(&relay->sending);
        break;
    case MRN_VIOLATION:
        mrn_sending_queue(&relay->sending);
        mrn_stop_with(&relay->stop, MRN_EXIT_PROTOCOL, "%s", judged.text);
        break;
    }
}
