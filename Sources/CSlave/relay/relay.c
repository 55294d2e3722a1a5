#include "relay.h"

#include "../port/groups.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Before the replicas in the array that poll(2) gets; the workers come last. */
enum { AT_SIGNALS, AT_NEWS, AT_WIRE_IN, AT_WIRE_OUT, AT_OUTPUT, AT_REPLICAS = MRN_POLLED_FIXED };

/* A replica's end is known before its cause; it comes within this time or not at all. */
#define LOST_MICROSECONDS 5000000u

void mrn_relay_fail(struct mrn_relay *relay, int status, const char *format, ...)
{
    char text[MRN_TEXT_MAX];
    va_list arguments;
    if (relay->status >= 0)
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)fprintf(stderr, "slave: %s\n", text);
    relay->status = status;
}

void mrn_relay_send(struct mrn_relay *relay)
{
    if (relay->scratch.fault.raised ||
        !mrn_outgoing_add(&relay->out, relay->scratch.bytes, relay->scratch.count))
        mrn_relay_fail(relay, MRN_EXIT_SYSTEM, "no memory for a message to the master");
    mrn_writer_reset(&relay->scratch);
}

void mrn_relay_answer_failure(struct mrn_relay *relay, uint32_t xid, const char *format, ...)
{
    char text[MRN_FAILURE_MAX + 1];
    struct mrn_receipt receipt = {0, 0, text};
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    mrn_write_operation_failure(&relay->scratch, xid, &receipt, MRN_ACCEPT_SYSTEM_ERROR);
    mrn_relay_send(relay);
}

/* The master's bytes wait in its socket while we hold more than we should. */
static bool has_room(const struct mrn_relay *relay)
{
    return relay->operations.count < MRN_OPERATIONS_MAX &&
           relay->operations.bytes < MRN_OPERATIONS_BYTES_MAX &&
           relay->update_count < MRN_UPDATES_MAX && relay->update_bytes < MRN_UPDATES_BYTES_MAX &&
           relay->out.size < MRN_OUTGOING_MAX;
}

static void handle_records(struct mrn_relay *relay)
{
    struct mrn_record record;
    while (relay->status < 0 && has_room(relay)) {
        enum mrn_records_state state = mrn_records_next(&relay->in, &record);
        if (state == MRN_RECORD_INCOMPLETE)
            return;
        if (state == MRN_RECORD_NO_MEMORY)
            mrn_relay_fail(relay, MRN_EXIT_SYSTEM, "%s", relay->in.fault);
        else if (state == MRN_RECORD_FAULTY)
            mrn_relay_fail(relay, MRN_EXIT_PROTOCOL, "the master sent %s", relay->in.fault);
        else
            mrn_relay_handle(relay, &record);
    }
}

static void read_wire(struct mrn_relay *relay)
{
    ptrdiff_t count = mrn_records_fill(&relay->in, relay->wire_in);
    if (count > 0 || (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)))
        return;
    if (count == 0 && mrn_records_partial(&relay->in))
        mrn_relay_fail(relay, MRN_EXIT_PROTOCOL, "the master's stream ended within a record");
    else
        relay->status = MRN_EXIT_DONE; /* the master is gone: nobody is left to be told */
}

static void handle_signals(struct mrn_relay *relay)
{
    uint8_t noted[64];
    char name[16];
    ptrdiff_t count = mrn_port_read(relay->signals, noted, sizeof noted);
    for (ptrdiff_t i = 0; i < count; i++) {
        if (!mrn_port_is_child_signal(noted[i]))
            mrn_relay_fail(relay, MRN_EXIT_SIGNAL + noted[i], "ended by %s",
                           mrn_port_signal_name(noted[i], name));
    }
    mrn_relay_reap(relay);
}

/* Before the first there is nothing to poll; then not in each of many quick turns. */
static bool is_output_due(const struct mrn_relay *relay)
{
    return relay->out.size < MRN_OUTGOING_MAX &&
           relay->now - relay->output_polled >= MRN_OUTPUT_MICROSECONDS;
}

/* What the workers write stands behind their sockets. */
static size_t prepare_output(struct mrn_relay *relay, size_t at)
{
    const struct pollfd replicas = {is_output_due(relay) ? relay->replica_output.pipe : -1, POLLIN,
                                    0};
    relay->polled[AT_OUTPUT] = replicas;
    if (!is_output_due(relay))
        return at;
    relay->output_polled = relay->now;
    for (uint32_t i = 0; i < relay->worker_count; i++) {
        const struct pollfd entry = {relay->workers[i].output.pipe, POLLIN, 0};
        relay->polled[at++] = entry;
    }
    return at;
}

static void read_output(struct mrn_relay *relay, size_t at, size_t count)
{
    if (relay->polled[AT_OUTPUT].revents != 0)
        mrn_output_read(relay, &relay->replica_output, MRN_NO_WORKER);
    for (uint32_t i = 0; at + i < count; i++)
        if (relay->polled[at + i].revents != 0)
            mrn_output_read(relay, &relay->workers[i].output, i);
}

static size_t prepare_poll(struct mrn_relay *relay)
{
    struct pollfd *polled = relay->polled;
    bool reading = relay->out.size < MRN_OUTGOING_MAX;
    const struct pollfd signals = {relay->signals, POLLIN, 0};
    const struct pollfd news = {relay->guardian.process != 0 ? relay->guardian.news : -1, POLLIN,
                                0};
    const struct pollfd in = {has_room(relay) ? relay->wire_in : -1, POLLIN, 0};
    const struct pollfd out = {relay->out.size > 0 ? relay->wire_out : -1, POLLOUT, 0};
    polled[AT_SIGNALS] = signals;
    polled[AT_NEWS] = news;
    polled[AT_WIRE_IN] = in;
    polled[AT_WIRE_OUT] = out;
    size_t at = AT_REPLICAS;
    for (uint32_t i = 0; i < relay->replica_count; i++) {
        const struct mrn_replica *replica = relay->replicas[i];
        const short wanted = replica->first_pending != NULL ? POLLIN | POLLOUT : POLLIN;
        const struct pollfd entry = {replica->gone ? -1 : replica->control, wanted, 0};
        polled[at++] = entry;
    }
    for (uint32_t i = 0; i < relay->worker_count; i++) {
        const struct mrn_worker *worker = &relay->workers[i];
        bool live = worker->phase == MRN_WORKER_LIVE;
        short wanted = (short)((reading ? POLLIN : 0) | (worker->sending != NULL ? POLLOUT : 0));
        const struct pollfd entry = {live && wanted != 0 ? worker->socket : -1, wanted, 0};
        polled[at++] = entry;
    }
    return at;
}

/* Workers first, so that a reply is taken before its worker's death is. */
static void handle_processes(struct mrn_relay *relay, uint32_t replica_count)
{
    const struct pollfd *replicas = relay->polled + AT_REPLICAS;
    const struct pollfd *workers = replicas + replica_count;
    for (uint32_t i = 0; i < relay->worker_count; i++)
        if ((workers[i].revents & ~POLLOUT) != 0)
            mrn_workers_read(relay, &relay->workers[i]);
    /* From the last: a report may remove the replica that it is about, which is a later one. */
    for (uint32_t i = replica_count; i > 0; i--)
        if ((replicas[i - 1].revents & ~POLLOUT) != 0 && i <= relay->replica_count)
            mrn_relay_read_reports(relay, relay->replicas[i - 1]);
}

/* No record is on its way. */
static bool is_idle(const struct mrn_relay *relay)
{
    return relay->operations.count == 0 && relay->out.size == 0 && !mrn_records_partial(&relay->in);
}

static int patience(const struct mrn_relay *relay, bool is_output_polled)
{
    if (!is_output_polled && relay->worker_count > 0 && relay->out.size < MRN_OUTGOING_MAX)
        return MRN_OUTPUT_MICROSECONDS / 1000u;
    if (relay->lost_since != 0)
        return 100;
    return is_idle(relay) && mrn_areas_can_clear(&relay->areas) ? MRN_AREAS_IDLE_MILLISECONDS : -1;
}

static void turn(struct mrn_relay *relay)
{
    uint32_t replica_count = relay->replica_count;
    size_t output_at = prepare_poll(relay);
    size_t count = prepare_output(relay, output_at);
    int ready = mrn_port_poll(relay->polled, count, patience(relay, count > output_at));
    if (ready < 0) {
        mrn_relay_fail(relay, MRN_EXIT_SYSTEM, "poll: %s", strerror(errno));
        return;
    }
    relay->now = mrn_port_microseconds();
    if (ready == 0 && count > output_at && is_idle(relay) && mrn_areas_can_clear(&relay->areas))
        mrn_areas_clear(&relay->areas);
    /* Before the replies: what an operation wrote comes before its result. */
    read_output(relay, output_at, count);
    handle_processes(relay, replica_count);
    if (relay->polled[AT_NEWS].revents != 0)
        mrn_relay_read_news(relay);
    if (relay->polled[AT_SIGNALS].revents != 0)
        handle_signals(relay);
    if (relay->polled[AT_WIRE_IN].revents != 0)
        read_wire(relay);
    handle_records(relay);
    mrn_relay_settle(relay);
    mrn_workers_assign(relay);
    mrn_workers_write(relay);
    mrn_relay_send_pending(relay);
    if (!mrn_outgoing_flush(&relay->out, relay->wire_out) && relay->status < 0)
        relay->status = MRN_EXIT_DONE;
    if (relay->lost_since != 0 && relay->now - relay->lost_since > LOST_MICROSECONDS)
        mrn_relay_fail(relay, MRN_EXIT_LOST, "a replica ended, and the system does not tell why");
}

static bool set_up(struct mrn_relay *relay, const struct mrn_application *application)
{
    relay->application = application;
    relay->status = -1;
    relay->replica_output.pipe = -1;
    mrn_port_unblock_signals();
    mrn_port_bound_resources();
    if (mrn_port_take_wire(&relay->wire_in, &relay->wire_out) != 0) {
        (void)fprintf(stderr, "slave: standard input and output: %s\n", strerror(errno));
        return false;
    }
    mrn_port_adopt_orphans();
    mrn_writer_init(&relay->scratch, MRN_RECORD_MAX);
    if (!mrn_groups_make() || (relay->signals = mrn_port_catch(mrn_port_relay_signals, 3)) < 0 ||
        mrn_port_set_blocking(relay->wire_in, false) != 0 ||
        mrn_port_set_blocking(relay->wire_out, false) != 0 ||
        !mrn_records_init(&relay->in, MRN_WIRE_BUFFER, MRN_RECORD_BEFORE_HELLO_MAX)) {
        (void)fprintf(stderr, "slave: cannot start: %s\n", strerror(errno));
        return false;
    }
    relay->polled = malloc((MRN_POLLED_FIXED + MRN_REPLICAS_MAX) * sizeof *relay->polled);
    return relay->polled != NULL;
}

/* What was answered before the end still reaches a master that reads. */
static void drain(struct mrn_relay *relay)
{
    uint64_t until = mrn_port_microseconds() + MRN_END_MILLISECONDS * 1000u;
    while (relay->out.size > 0 && mrn_port_microseconds() < until) {
        struct pollfd out = {relay->wire_out, POLLOUT, 0};
        if (mrn_port_poll(&out, 1, MRN_END_MILLISECONDS) < 0 || (out.revents & ~POLLOUT) != 0 ||
            !mrn_outgoing_flush(&relay->out, relay->wire_out))
            return;
    }
}

int mrn_relay_serve(const struct mrn_application *application)
{
    static struct mrn_relay relay;
    if (!set_up(&relay, application))
        return MRN_EXIT_SYSTEM;
    while (relay.status < 0)
        turn(&relay);
    mrn_output_end_all(&relay);
    drain(&relay);
    mrn_guardian_end(&relay.guardian);
    return relay.status;
}
