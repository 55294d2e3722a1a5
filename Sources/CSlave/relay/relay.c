#include "relay.h"

#include "../port/groups.h"
#include "../port/port.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Of what is polled: these, then each replica, each worker and, when that is due, what each worker
 * writes. */
enum { AT_SIGNALS, AT_NEWS, AT_WIRE_IN, AT_WIRE_OUT, AT_OUTPUT, AT_REPLICAS };

struct polled {
    struct pollfd entries[AT_REPLICAS + MRN_REPLICAS_MAX + 2 * MRN_WORKERS_MAX];
    size_t workers; /* where they begin, and the replicas end */
    size_t output;  /* what the workers write */
    size_t count;
};

/* ---- The master ---- */

/* Its bytes wait in its socket while we hold more than we should. */
static bool has_room(const struct mrn_relay *relay)
{
    return mrn_operations_have_room(&relay->operations) && mrn_updates_have_room(relay->updates) &&
           mrn_sending_has_room(&relay->sending);
}

static void handle_records(struct mrn_relay *relay)
{
    struct mrn_record record;
    while (!mrn_stop_is_set(&relay->stop) && has_room(relay)) {
        enum mrn_records_state state = mrn_records_next(&relay->in, &record);
        if (state == MRN_RECORD_INCOMPLETE)
            return;
        if (state == MRN_RECORD_NO_MEMORY)
            mrn_stop_with(&relay->stop, MRN_EXIT_SYSTEM, "%s", relay->in.fault);
        else if (state == MRN_RECORD_FAULTY)
            mrn_stop_with(&relay->stop, MRN_EXIT_PROTOCOL, "the master sent %s", relay->in.fault);
        else
            mrn_relay_handle(relay, &record);
    }
}

static void read_wire(struct mrn_relay *relay)
{
    ptrdiff_t count = mrn_records_fill(&relay->in, relay->wire);
    if (count > 0 || (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)))
        return;
    if (count == 0 && mrn_records_partial(&relay->in))
        mrn_stop_with(&relay->stop, MRN_EXIT_PROTOCOL, "the master's stream ended within a record");
    else /* the master is gone: nobody is left to be told */
        mrn_stop_silently(&relay->stop, MRN_EXIT_DONE);
}

static void handle_signals(struct mrn_relay *relay)
{
    uint8_t noted[64];
    char name[16];
    ptrdiff_t count = mrn_port_read(relay->signals, noted, sizeof noted);
    for (ptrdiff_t i = 0; i < count; i++) {
        if (!mrn_port_is_child_signal(noted[i]))
            mrn_stop_with(&relay->stop, MRN_EXIT_SIGNAL + noted[i], "ended by %s",
                          mrn_port_signal_name(noted[i], name));
    }
    mrn_relay_reap(relay);
}

/* ---- What user code writes ---- */

/* Nobody is author: user code of a replica runs outside of operations. */
static bool read_some(struct mrn_relay *relay, struct mrn_output *output)
{
    const struct mrn_author nobody = {0, false, 0};
    if (!mrn_output_fill(output, &relay->stop))
        return false;
    mrn_output_send(output, &relay->sending, nobody);
    return true;
}

static void read_output(struct mrn_relay *relay, const struct polled *polled)
{
    struct mrn_output *output = mrn_replicas_output(relay->replicas);
    if (polled->entries[AT_OUTPUT].revents != 0)
        for (int i = 0; i < MRN_OUTPUT_TURN_MAX && mrn_sending_has_room(&relay->sending); i++)
            if (!read_some(relay, output))
                break;
    if (polled->count > polled->output)
        mrn_workers_read_output(relay->workers, polled->entries + polled->output);
}

static void end_output(struct mrn_relay *relay)
{
    struct mrn_output *output = mrn_replicas_output(relay->replicas);
    for (int i = 0; i < MRN_OUTPUT_READS_MAX && read_some(relay, output); i++)
        continue;
    mrn_output_end(output, &relay->sending);
    mrn_workers_end_output(relay->workers);
}

/* ---- The loop ---- */

/* Before the first worker there is nothing to poll; then not in each of many quick turns. */
static bool is_output_due(const struct mrn_relay *relay)
{
    return mrn_sending_has_room(&relay->sending) &&
           relay->now - relay->output_polled >= MRN_OUTPUT_MICROSECONDS;
}

static void prepare(struct mrn_relay *relay, struct polled *polled)
{
    const struct pollfd signals = {relay->signals, POLLIN, 0};
    const struct pollfd news = {mrn_guardian_news(&relay->guardian), POLLIN, 0};
    const struct pollfd in = {has_room(relay) ? relay->wire : -1, POLLIN, 0};
    struct pollfd *entries = polled->entries;
    bool is_due = is_output_due(relay);
    entries[AT_SIGNALS] = signals;
    entries[AT_NEWS] = news;
    entries[AT_WIRE_IN] = in;
    entries[AT_WIRE_OUT] = mrn_sending_poll(&relay->sending);
    entries[AT_OUTPUT] = mrn_output_poll(mrn_replicas_output(relay->replicas), is_due);
    polled->workers = AT_REPLICAS + mrn_replicas_poll(relay->replicas, entries + AT_REPLICAS);
    polled->output = polled->workers + mrn_workers_poll(relay->workers, entries + polled->workers,
                                                        mrn_sending_has_room(&relay->sending));
    polled->count = polled->output;
    if (!is_due)
        return;
    relay->output_polled = relay->now;
    polled->count += mrn_workers_poll_output(relay->workers, entries + polled->output);
}

/* Workers first, so that a reply is taken before its worker's death is. */
static void handle_processes(struct mrn_relay *relay, const struct polled *polled)
{
    mrn_workers_read(relay->workers, polled->entries + polled->workers);
    /* From the last: a report may remove the replica that it is about, which is a later one. */
    for (size_t i = polled->workers; i > AT_REPLICAS; i--) {
        struct mrn_replica *replica =
            mrn_replicas_at(relay->replicas, (uint32_t)(i - 1 - AT_REPLICAS));
        if ((polled->entries[i - 1].revents & ~POLLOUT) != 0 && replica != NULL)
            mrn_relay_read_reports(relay, replica);
    }
}

/* No record is on its way, and large ones have been. */
static bool can_clear_areas(const struct mrn_relay *relay)
{
    return mrn_areas_can_clear(&relay->areas) && mrn_operations_are_none(&relay->operations) &&
           mrn_sending_is_empty(&relay->sending) && !mrn_records_partial(&relay->in);
}

static int patience(const struct mrn_relay *relay, bool is_output_polled)
{
    if (!is_output_polled && mrn_workers_count(relay->workers) > 0 &&
        mrn_sending_has_room(&relay->sending))
        return MRN_OUTPUT_MICROSECONDS / 1000u;
    if (mrn_workers_are_sought(relay->workers))
        return MRN_HOLD_MILLISECONDS;
    if (mrn_replicas_lost_since(relay->replicas) != 0)
        return 100;
    return can_clear_areas(relay) ? MRN_AREAS_IDLE_MILLISECONDS : -1;
}

static void handle_loss(struct mrn_relay *relay)
{
    const uint64_t since = mrn_replicas_lost_since(relay->replicas);
    if (since != 0 && relay->now - since > MRN_LOST_MICROSECONDS)
        mrn_stop_with(&relay->stop, MRN_EXIT_LOST,
                      "a replica ended, and the system does not tell why");
}

static void turn(struct mrn_relay *relay, struct polled *polled)
{
    prepare(relay, polled);
    const bool is_output_polled = polled->count > polled->output;
    int ready = mrn_port_poll(polled->entries, polled->count, patience(relay, is_output_polled));
    if (ready < 0) {
        mrn_stop_with(&relay->stop, MRN_EXIT_SYSTEM, "poll: %s", strerror(errno));
        return;
    }
    relay->now = mrn_port_microseconds();
    if (ready == 0 && is_output_polled && can_clear_areas(relay))
        mrn_areas_clear(&relay->areas);
    /* Before the replies: what an operation wrote comes before its result. */
    read_output(relay, polled);
    handle_processes(relay, polled);
    if (polled->entries[AT_NEWS].revents != 0)
        mrn_relay_read_news(relay);
    if (polled->entries[AT_SIGNALS].revents != 0)
        handle_signals(relay);
    if (polled->entries[AT_WIRE_IN].revents != 0)
        read_wire(relay);
    handle_records(relay);
    mrn_relay_settle(relay);
    mrn_workers_assign(relay->workers, relay->now);
    mrn_workers_write(relay->workers);
    mrn_workers_seek(relay->workers, relay->now);
    mrn_replicas_flush(relay->replicas);
    mrn_sending_flush(&relay->sending);
    handle_loss(relay);
}

/* ---- Begin and end ---- */

static bool make_parts(struct mrn_relay *relay)
{
    relay->replicas = mrn_replicas_make(relay->application, &relay->stop);
    relay->updates =
        mrn_updates_make(&relay->stop, &relay->sending, &relay->operations, relay->replicas);
    const struct mrn_workers_base base = {relay->application, &relay->stop,  &relay->sending,
                                          &relay->operations, &relay->areas, relay->replicas};
    relay->workers = mrn_workers_make(&base);
    return relay->replicas != NULL && relay->updates != NULL && relay->workers != NULL;
}

static bool set_up(struct mrn_relay *relay, const struct mrn_application *application)
{
    int out;
    relay->application = application;
    mrn_port_unblock_signals();
    mrn_port_bound_resources();
    if (mrn_port_take_wire(&relay->wire, &out) != 0) {
        (void)fprintf(stderr, "slave: standard input and output: %s\n", strerror(errno));
        return false;
    }
    mrn_port_adopt_orphans();
    mrn_sending_init(&relay->sending, &relay->stop, out);
    if (!mrn_groups_make() || (relay->signals = mrn_port_catch(mrn_port_relay_signals, 3)) < 0 ||
        mrn_port_set_blocking(relay->wire, false) != 0 || mrn_port_set_blocking(out, false) != 0 ||
        !mrn_records_init(&relay->in, MRN_WIRE_BUFFER, MRN_RECORD_BEFORE_HELLO_MAX) ||
        !make_parts(relay)) {
        (void)fprintf(stderr, "slave: cannot start: %s\n", strerror(errno));
        return false;
    }
    return true;
}

int mrn_relay_serve(const struct mrn_application *application)
{
    static struct mrn_relay relay;
    static struct polled polled;
    if (!set_up(&relay, application))
        return MRN_EXIT_SYSTEM;
    while (!mrn_stop_is_set(&relay.stop))
        turn(&relay, &polled);
    end_output(&relay);
    mrn_sending_drain(&relay.sending);
    mrn_guardian_end(&relay.guardian);
    return mrn_stop_status(&relay.stop);
}
