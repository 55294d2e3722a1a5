#include "serial.h"

#include "../limits.h"
#include "../port/invariant.h"
#include "../port/port.h"
#include "../protocol/calls.h"
#include "../protocol/identity.h"
#include "../protocol/rules.h"
#include "../protocol/stop.h"
#include "../protocol/versions.h"
#include "../wire/record.h"
#include "../worker/state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct serial {
    struct mrn_state state;
    struct mrn_versions versions;
    struct mrn_records in;
    struct mrn_writer out;
    int wire_in;
    int wire_out;
    struct mrn_stop stop;
    struct mrn_greeting greeting;
};

static void undecodable(struct serial *serial, const char *what, const struct mrn_reader *in)
{
    char text[MRN_TEXT_MAX];
    mrn_rules_undecodable(what, in, text);
    mrn_stop_with(&serial->stop, MRN_EXIT_PROTOCOL, "%s", text);
}

static void hello(struct serial *serial, uint32_t xid, struct mrn_reader *in)
{
    const struct mrn_application *application = serial->state.application;
    slave_hello said;
    char text[MRN_TEXT_MAX];
    if (!mrn_rules_hello(application, &serial->greeting, in, &said, text)) {
        mrn_stop_with(&serial->stop, MRN_EXIT_PROTOCOL, "%s", text);
        return;
    }
    if (!serial->greeting.refused)
        mrn_records_allow(&serial->in, MRN_RECORD_MAX, NULL);
    mrn_write_identity(&serial->out, xid, application, 1);
    const slave_worker_start start = {0, mrn_port_process(), 0};
    if (!serial->greeting.refused)
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
        mrn_stop_with(&serial->stop, errno != 0 ? MRN_EXIT_SYSTEM : MRN_EXIT_PROTOCOL,
                      "shared data: %s", fault);
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

static void operate(struct serial *serial, const struct mrn_judged *judged)
{
    struct mrn_state *state = &serial->state;
    const struct mrn_procedure *procedure = judged->procedure;
    const uint64_t position = judged->credential.position;
    uint64_t begun = mrn_port_microseconds();
    char text[MRN_TEXT_MAX];
    const struct mrn_receipt receipt = {0, 0, text};
    if (position != state->position)
        (void)snprintf(text, sizeof text, "'%s' is for position %llu, this slave is at %llu",
                       procedure->name, (unsigned long long)position,
                       (unsigned long long)state->position);
    if (position == state->position && load(serial, procedure->reads, text)) {
        size_t begin = serial->out.count;
        mrn_state_answer(state, &judged->message, 0, NULL, &serial->out);
        if (!serial->out.fault.raised)
            (void)mrn_result_took(&serial->out, begin, mrn_port_microseconds() - begun);
    } else {
        mrn_write_operation_failure(&serial->out, judged->message.xid, &receipt,
                                    MRN_ACCEPT_SYSTEM_ERROR);
    }
}

static void retire(struct serial *serial, struct mrn_reader *in)
{
    uint64_t first;
    uint64_t below;
    /* Without effect: there is one position. */
    if (!mrn_read_uint64(in, &first) || !mrn_read_uint64(in, &below) || !mrn_reader_finish(in))
        undecodable(serial, "a retirement", in);
}

static void cancel(struct serial *serial, struct mrn_reader *in)
{
    uint32_t xid;
    /* Without effect: what could be cancelled is over. */
    if (!mrn_read_uint32(in, &xid) || !mrn_reader_finish(in))
        undecodable(serial, "a cancellation", in);
}

/* Whoever wants to look at the only process attaches to that. */
static void hold(struct serial *serial, uint32_t xid, struct mrn_reader *in)
{
    slave_hold asked;
    slave_hold_result result;
    if (!slave_hold_decode(in, &asked) || !mrn_reader_finish(in)) {
        undecodable(serial, "a hold", in);
        return;
    }
    memset(&result, 0, sizeof result);
    result.status = SLAVE_NOT_HELD;
    result.u.failure = mrn_borrowed("a serial slave holds nothing", SLAVE_TEXT_MAX);
    mrn_write_hold_result(&serial->out, xid, &result);
}

static void handle_slave_call(struct serial *serial, const struct mrn_message *message)
{
    struct mrn_reader in;
    mrn_reader_init(&in, message->arguments, message->arguments_size, NULL);
    switch (message->procedure) {
    case SLAVE_PING:
        mrn_write_answer(&serial->out, message->xid, MRN_ACCEPT_SUCCESS);
        break;
    case SLAVE_HELLO:
        hello(serial, message->xid, &in);
        break;
    case SLAVE_UPDATE:
        update(serial, message->xid, &in);
        break;
    case SLAVE_DEFINE:
    case SLAVE_CHUNK:
    case SLAVE_PATCH:
        shared(serial, message->procedure, &in);
        break;
    case SLAVE_RETIRE:
        retire(serial, &in);
        break;
    case SLAVE_CANCEL:
    case SLAVE_RELEASE:
        cancel(serial, &in);
        break;
    case SLAVE_HOLD:
        hold(serial, message->xid, &in);
        break;
    case SLAVE_GOODBYE:
        mrn_stop_silently(&serial->stop, MRN_EXIT_DONE);
        mrn_write_answer(&serial->out, message->xid, MRN_ACCEPT_SUCCESS);
        break;
    default:
        MRN_INVARIANT(false && "a procedure that the rules let pass");
        break;
    }
}

static void handle(struct serial *serial, const struct mrn_record *record)
{
    static struct mrn_judged judged;
    switch (mrn_rules_judge(serial->state.application, &serial->greeting, record->bytes,
                            record->size, &judged, &serial->out)) {
    case MRN_SLAVE_CALL:
        handle_slave_call(serial, &judged.message);
        break;
    case MRN_OPERATION:
        operate(serial, &judged);
        break;
    case MRN_ANSWERED:
        break;
    case MRN_VIOLATION:
        mrn_stop_with(&serial->stop, MRN_EXIT_PROTOCOL, "%s", judged.text);
        break;
    }
    if (serial->out.count > 0 &&
        mrn_port_write_all(serial->wire_out, serial->out.bytes, serial->out.count) != 0)
        mrn_stop_silently(&serial->stop, MRN_EXIT_DONE);
    mrn_writer_reset(&serial->out);
}

int mrn_serial_serve(const struct mrn_application *application)
{
    static struct serial serial;
    struct mrn_record record;
    enum mrn_records_state found = MRN_RECORD_INCOMPLETE;
    mrn_port_unblock_signals();
    mrn_port_bound_resources();
    mrn_port_adopt_orphans();
    mrn_port_notice_forks();
    mrn_state_init(&serial.state, application);
    mrn_writer_init(&serial.out, MRN_RECORD_MAX);
    /* What an operation printed shall outlive it here as well. */
    if (mrn_port_take_wire(&serial.wire_in, &serial.wire_out) != 0 ||
        mrn_port_take_output(2) != 0 ||
        !mrn_records_init(&serial.in, MRN_WIRE_BUFFER, MRN_RECORD_BEFORE_HELLO_MAX))
        return MRN_EXIT_SYSTEM;
    while (!mrn_stop_is_set(&serial.stop)) {
        while (!mrn_stop_is_set(&serial.stop) &&
               (found = mrn_records_next(&serial.in, &record)) == MRN_RECORD_COMPLETE)
            handle(&serial, &record);
        if (mrn_stop_is_set(&serial.stop))
            break;
        if (found == MRN_RECORD_NO_MEMORY)
            mrn_stop_with(&serial.stop, MRN_EXIT_SYSTEM, "%s", serial.in.fault);
        else if (found == MRN_RECORD_FAULTY)
            mrn_stop_with(&serial.stop, MRN_EXIT_PROTOCOL, "the master sent %s", serial.in.fault);
        else if (mrn_records_fill(&serial.in, serial.wire_in) > 0)
            continue;
        else if (mrn_records_partial(&serial.in))
            mrn_stop_with(&serial.stop, MRN_EXIT_PROTOCOL,
                          "the master's stream ended within a record");
        else
            mrn_stop_silently(&serial.stop, MRN_EXIT_DONE);
    }
    /* What operations left behind ends with them, as it does with workers. */
    mrn_port_end_children(MRN_END_MILLISECONDS);
    return mrn_stop_status(&serial.stop);
}
