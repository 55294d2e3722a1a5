#include "serial.h"

#include "calls.h"
#include "limits.h"
#include "port.h"
#include "record.h"
#include "relay.h"
#include "state.h"
#include "versions.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct serial {
    struct mrn_state state;
    struct mrn_versions versions;
    struct mrn_records in;
    struct mrn_writer out;
    int wire_in;
    int wire_out;
    int status; /* -1: going on */
    bool greeted;
    bool refused;
};

static void fail(struct serial *serial, int status, const char *format, ...) MRN_PRINTF(3, 4);

static void fail(struct serial *serial, int status, const char *format, ...)
{
    va_list arguments;
    if (serial->status >= 0)
        return;
    (void)fputs("slave: ", stderr);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
    serial->status = status;
}

static void undecodable(struct serial *serial, const char *what, const struct mrn_reader *in)
{
    char text[MRN_TEXT_MAX / 2];
    mrn_fault_text(&in->fault, text, sizeof text);
    fail(serial, MRN_EXIT_PROTOCOL, "the master sent %s that does not decode: %s", what, text);
}

static void hello(struct serial *serial, uint32_t xid, struct mrn_reader *in)
{
    const struct mrn_application *application = serial->state.application;
    slave_hello said;
    if (!slave_hello_decode(in, &said) || !mrn_reader_finish(in)) {
        undecodable(serial, "a hello", in);
        return;
    }
    serial->greeted = true;
    serial->refused = said.protocol != SLAVE_PROTOCOL ||
                      memcmp(said.interface_hash, application->interface_hash, 32) != 0;
    serial->in.limit = MRN_RECORD_MAX;
    mrn_write_identity(&serial->out, xid, application, 1);
    const slave_worker_start start = {0, mrn_port_process(), 0};
    if (!serial->refused)
        mrn_write_worker_started(&serial->out, 0, &start);
}

static void update(struct serial *serial, uint32_t xid, struct mrn_reader *in)
{
    struct mrn_state *state = &serial->state;
    struct mrn_change change;
    char text[MRN_TEXT_MAX];
    bool applied = true;
    if (!mrn_read_change(in, state->application, &change)) {
        undecodable(serial, "an update", in);
        return;
    }
    if (change.position <= state->position) {
        (void)snprintf(text, sizeof text, "update %llu does not follow position %llu",
                       (unsigned long long)change.position, (unsigned long long)state->position);
        applied = false;
    } else if (change.procedure == 0) {
        mrn_state_set_version(state, change.slot, change.version);
    } else {
        applied = mrn_state_apply(state, change.procedure, change.arguments, change.size, text);
    }
    if (applied)
        state->position = change.position;
    mrn_write_update_result(&serial->out, xid, applied ? NULL : text);
}

static bool is_current(void *context, const struct mrn_version *version)
{
    const struct mrn_state *state = context;
    return version->version >= state->held[version->slot].version;
}

static void shared(struct serial *serial, uint32_t procedure, struct mrn_reader *in)
{
    const char *fault;
    if (!mrn_take_shared(in, procedure, serial->state.application, &serial->versions, &fault))
        undecodable(serial, "shared data", in);
    else if (fault != NULL)
        fail(serial, errno != 0 ? MRN_EXIT_SYSTEM : MRN_EXIT_PROTOCOL, "shared data: %s", fault);
    else
        mrn_versions_prune(&serial->versions, is_current, &serial->state);
}

static bool load(struct serial *serial, uint64_t reads, char text[static MRN_TEXT_MAX])
{
    struct mrn_state *state = &serial->state;
    for (uint32_t slot = 0; slot < state->application->shared_count; slot++) {
        const struct mrn_held *held = &state->held[slot];
        if ((reads >> slot & 1) == 0 || held->decoded)
            continue;
        const struct mrn_version *version =
            mrn_versions_find(&serial->versions, slot, held->version);
        if (version == NULL || !mrn_version_is_whole(version)) {
            (void)snprintf(text, MRN_TEXT_MAX,
                           "'%s' was not sent before the operation that reads it",
                           state->application->shared[slot].name);
            return false;
        }
        const struct mrn_encoded encoded = {version->file, version->size, version->base != 0,
                                            version->checksum};
        if (!mrn_state_load(state, slot, held->version, &encoded, text))
            return false;
    }
    return true;
}

static void operate(struct serial *serial, const struct mrn_message *message)
{
    struct mrn_state *state = &serial->state;
    const struct mrn_procedure *procedure =
        mrn_state_procedure(state->application, message->procedure);
    uint64_t begun = mrn_port_microseconds();
    struct mrn_operation_credential credential;
    char text[MRN_TEXT_MAX];
    const struct mrn_receipt receipt = {0, 0, text};
    if (procedure == NULL || procedure->kind == MRN_CONTEXT) {
        mrn_write_answer(&serial->out, message->xid, MRN_ACCEPT_PROCEDURE_UNAVAILABLE);
        return;
    }
    if (!mrn_message_operation(message, &credential)) {
        fail(serial, MRN_EXIT_PROTOCOL, "the master sent '%s' without its credential",
             procedure->name);
        return;
    }
    if (credential.position != state->position)
        (void)snprintf(text, sizeof text, "'%s' is for position %llu, this slave is at %llu",
                       procedure->name, (unsigned long long)credential.position,
                       (unsigned long long)state->position);
    if (credential.position == state->position && load(serial, procedure->reads, text)) {
        size_t begin = serial->out.count;
        mrn_state_answer(state, message, 0, NULL, &serial->out);
        if (!serial->out.fault.raised)
            (void)mrn_result_took(&serial->out, begin, mrn_port_microseconds() - begun);
    } else {
        mrn_write_operation_failure(&serial->out, message->xid, &receipt, MRN_ACCEPT_SYSTEM_ERROR);
    }
}

static void handle_slave_call(struct serial *serial, const struct mrn_message *message)
{
    struct mrn_reader in;
    mrn_reader_init(&in, message->arguments, message->arguments_size, NULL);
    switch (message->procedure) {
    case SLAVE_HELLO:
        hello(serial, message->xid, &in);
        break;
    case SLAVE_UPDATE:
        update(serial, message->xid, &in);
        break;
    case SLAVE_DEFINE:
    case SLAVE_CHUNK:
    case SLAVE_COPY:
        shared(serial, message->procedure, &in);
        break;
    case SLAVE_RETIRE:
    case SLAVE_CANCEL:
        break; /* there is one position, and what could be cancelled is over */
    case SLAVE_GOODBYE:
        serial->status = MRN_EXIT_DONE;
        mrn_write_answer(&serial->out, message->xid, MRN_ACCEPT_SUCCESS);
        break;
    default:
        mrn_write_answer(&serial->out, message->xid,
                         message->procedure == SLAVE_PING ? MRN_ACCEPT_SUCCESS
                                                          : MRN_ACCEPT_PROCEDURE_UNAVAILABLE);
        break;
    }
}

static void deny(struct serial *serial, const struct mrn_message *message)
{
    mrn_write_denied(&serial->out, message->xid);
    fail(serial, MRN_EXIT_PROTOCOL, "the master sent a call of RPC version %lu",
         (unsigned long)message->rpc_version);
}

static void handle(struct serial *serial, const struct mrn_record *record)
{
    const struct mrn_application *application = serial->state.application;
    struct mrn_message message;
    const char *fault = mrn_message_read(&message, record->bytes, record->size);
    if (fault != NULL)
        fail(serial, MRN_EXIT_PROTOCOL, "the master sent %s", fault);
    else if (message.rpc_version != 2)
        deny(serial, &message);
    else if (message.program == SLAVE_PROGRAM &&
             (message.procedure == SLAVE_PING || message.procedure == SLAVE_GOODBYE ||
              (message.procedure == SLAVE_HELLO) != serial->greeted) &&
             !serial->refused)
        handle_slave_call(serial, &message);
    else if (!serial->greeted || serial->refused)
        fail(serial, MRN_EXIT_PROTOCOL, "the master sent a call %s",
             serial->refused ? "after it was refused" : "before hello");
    else if (message.program == application->program && message.version == application->version)
        operate(serial, &message);
    else
        mrn_write_answer(&serial->out, message.xid, MRN_ACCEPT_PROGRAM_UNAVAILABLE);
    if (serial->out.count > 0 &&
        mrn_port_write_all(serial->wire_out, serial->out.bytes, serial->out.count) != 0)
        serial->status = MRN_EXIT_DONE;
    mrn_writer_reset(&serial->out);
}

int mrn_serial_serve(const struct mrn_application *application)
{
    static struct serial serial;
    struct mrn_record record;
    enum mrn_records_state found;
    mrn_port_unblock_signals();
    mrn_port_bound_resources();
    mrn_state_init(&serial.state, application);
    mrn_writer_init(&serial.out, MRN_RECORD_MAX);
    serial.status = -1;
    if (mrn_port_take_wire(&serial.wire_in, &serial.wire_out) != 0 ||
        !mrn_records_init(&serial.in, MRN_WIRE_BUFFER, MRN_RECORD_BEFORE_HELLO_MAX))
        return MRN_EXIT_SYSTEM;
    while (serial.status < 0) {
        while (serial.status < 0 &&
               (found = mrn_records_next(&serial.in, &record)) == MRN_RECORD_COMPLETE)
            handle(&serial, &record);
        if (serial.status < 0 && found == MRN_RECORD_NO_MEMORY)
            fail(&serial, MRN_EXIT_SYSTEM, "%s", serial.in.fault);
        if (serial.status < 0 && found == MRN_RECORD_FAULTY)
            fail(&serial, MRN_EXIT_PROTOCOL, "the master sent %s", serial.in.fault);
        if (serial.status >= 0 || mrn_records_fill(&serial.in, serial.wire_in) > 0)
            continue;
        if (mrn_records_partial(&serial.in))
            fail(&serial, MRN_EXIT_PROTOCOL, "the master's stream ended within a record");
        else
            serial.status = MRN_EXIT_DONE;
    }
    return serial.status;
}
