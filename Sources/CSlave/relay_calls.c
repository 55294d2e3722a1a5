#include "relay.h"

#include "calls.h"
#include "state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void answer(struct mrn_relay *relay, uint32_t xid, enum mrn_accept_status status)
{
    mrn_write_answer(&relay->scratch, xid, status);
    mrn_relay_send(relay);
}

static void undecodable(struct mrn_relay *relay, const char *what, const struct mrn_reader *in)
{
    char text[MRN_TEXT_MAX / 2];
    mrn_fault_text(&in->fault, text, sizeof text);
    mrn_relay_fail(relay, MRN_EXIT_PROTOCOL, "the master sent %s that does not decode: %s", what,
                   text);
}

static bool is_ours(struct mrn_relay *relay, const slave_hello *hello)
{
    if (hello->protocol != SLAVE_PROTOCOL) {
        (void)fprintf(stderr, "slave: the master speaks protocol %lu, this slave speaks %d\n",
                      (unsigned long)hello->protocol, SLAVE_PROTOCOL);
        return false;
    }
    if (memcmp(hello->interface_hash, relay->application->interface_hash,
               sizeof hello->interface_hash) == 0)
        return true;
    (void)fprintf(stderr, "slave: the master's interface is not that of this slave of '%s'\n",
                  relay->application->name);
    return false;
}

static void hello(struct mrn_relay *relay, uint32_t xid, struct mrn_reader *in)
{
    slave_hello said;
    if (relay->greeted) {
        mrn_relay_fail(relay, MRN_EXIT_PROTOCOL, "the master said hello twice");
        return;
    }
    if (!slave_hello_decode(in, &said) || !mrn_reader_finish(in)) {
        undecodable(relay, "a hello", in);
        return;
    }
    uint32_t workers = said.workers == 0 ? mrn_port_cores() : said.workers;
    if (workers > MRN_WORKERS_MAX)
        workers = MRN_WORKERS_MAX;
    relay->greeted = true;
    relay->refused = !is_ours(relay, &said);
    if (!relay->refused) {
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
    case SLAVE_COPY:
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
        answer(relay, message->xid, MRN_ACCEPT_PROCEDURE_UNAVAILABLE);
        break;
    }
}

static uint64_t after(uint64_t now, uint64_t span)
{
    return span > UINT64_MAX - now ? UINT64_MAX : now + span;
}

static void handle_operation(struct mrn_relay *relay, const struct mrn_message *message,
                             const struct mrn_record *record)
{
    struct mrn_operation_credential credential;
    const struct mrn_procedure *procedure =
        mrn_state_procedure(relay->application, message->procedure);
    if (procedure == NULL || procedure->kind == MRN_CONTEXT) {
        answer(relay, message->xid, MRN_ACCEPT_PROCEDURE_UNAVAILABLE);
        return;
    }
    if (!mrn_message_operation(message, &credential)) {
        mrn_relay_fail(relay, MRN_EXIT_PROTOCOL, "the master sent '%s' without its credential",
                       procedure->name);
        return;
    }
    struct mrn_queue *queue = mrn_relay_queue_at(relay, credential.position);
    if (queue == NULL) {
        mrn_relay_answer_failure(relay, message->xid,
                                 "'%s' is for position %llu, which this slave does not hold",
                                 procedure->name, (unsigned long long)credential.position);
        return;
    }
    struct mrn_operation *operation = mrn_operation_make(
        &relay->operations, mrn_records_keep(&relay->in), record->bytes, record->size);
    if (operation == NULL) {
        mrn_relay_fail(relay, MRN_EXIT_SYSTEM, "no memory for a call of %zu bytes", record->size);
        return;
    }
    operation->procedure = procedure;
    operation->xid = message->xid;
    operation->deadline = credential.deadline == 0 ? 0 : after(relay->now, credential.deadline);
    mrn_queue_append(queue, operation);
}

static bool is_allowed(const struct mrn_relay *relay, const struct mrn_message *message)
{
    if (relay->greeted && !relay->refused)
        return true;
    return message->program == SLAVE_PROGRAM &&
           (message->procedure == SLAVE_PING || message->procedure == SLAVE_HELLO ||
            message->procedure == SLAVE_GOODBYE);
}

static void deny(struct mrn_relay *relay, const struct mrn_message *message)
{
    mrn_write_denied(&relay->scratch, message->xid);
    mrn_relay_send(relay);
    mrn_relay_fail(relay, MRN_EXIT_PROTOCOL, "the master sent a call of RPC version %lu",
                   (unsigned long)message->rpc_version);
}

static void refuse_call(struct mrn_relay *relay, const struct mrn_message *message)
{
    if (message->program == SLAVE_PROGRAM)
        mrn_write_mismatch(&relay->scratch, message->xid, 1);
    else if (message->program == relay->application->program)
        mrn_write_mismatch(&relay->scratch, message->xid, relay->application->version);
    else
        mrn_write_answer(&relay->scratch, message->xid, MRN_ACCEPT_PROGRAM_UNAVAILABLE);
    mrn_relay_send(relay);
}

void mrn_relay_handle(struct mrn_relay *relay, const struct mrn_record *record)
{
    struct mrn_message message;
    const char *fault = mrn_message_read(&message, record->bytes, record->size);
    if (fault != NULL)
        mrn_relay_fail(relay, MRN_EXIT_PROTOCOL, "the master sent %s", fault);
    else if (message.rpc_version != 2)
        deny(relay, &message);
    else if (!is_allowed(relay, &message))
        mrn_relay_fail(relay, MRN_EXIT_PROTOCOL, "the master sent a call %s",
                       relay->refused ? "after it was refused" : "before hello");
    else if (message.program == SLAVE_PROGRAM && message.version == 1)
        handle_slave_call(relay, &message);
    else if (message.program == relay->application->program &&
             message.version == relay->application->version)
        handle_operation(relay, &message, record);
    else
        refuse_call(relay, &message);
}
