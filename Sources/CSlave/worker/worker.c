#include "worker.h"

#include "../exits.h"
#include "../port/port.h"
#include "../wire/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARK 4u

/* Calls of one procedure whose time is read at once: reading it for each would cost as much as they
 * do. */
struct group {
    uint32_t procedure;
    uint32_t count;
    uint32_t count_max; /* 1, unless they were quick of late */
    size_t begin;       /* of the first one's reply */
    uint64_t since;
    uint64_t tick; /* when it began */
};

struct worker {
    struct mrn_state *state;
    const struct mrn_worker_place *place;
    struct mrn_records in;
    struct mrn_writer out;
    size_t last;   /* where in `out` the latest reply begins */
    uint32_t area; /* of `out`, where that is borrowed */
    struct group group;
    uint64_t oldest; /* the time of what is oldest in `out` */
    bool is_proven;  /* a reply went to the relay */
};

static void leave_with(const char *why)
{
    (void)fprintf(stderr, "worker: %s\n", why);
    mrn_port_leave(MRN_EXIT_WORKER);
}

/* User code may have closed it, or put another file in its place. */
static void check_connection(const struct worker *worker)
{
    if (!mrn_port_is_stream(worker->place->socket))
        leave_with("an operation took the connection to the relay away");
}

/* A relay that is gone needs no reply. */
static void send_bytes(const struct worker *worker, const uint8_t *bytes, size_t size)
{
    if (mrn_port_write_all(worker->place->socket, bytes, size) == 0)
        return;
    check_connection(worker);
    mrn_port_leave(MRN_EXIT_DONE);
}

/* Replies are written where the relay can send them from, if one of those places is free. */
static void find_room(struct worker *worker)
{
    const struct mrn_worker_place *place = worker->place;
    for (uint32_t i = 0; place->areas->base != NULL && i < MRN_REPLY_AREAS; i++) {
        if (__atomic_load_n(&place->mark->lent[i], __ATOMIC_ACQUIRE) != 0)
            continue;
        mrn_writer_borrow(&worker->out, mrn_areas_reply(place->areas, place->number, i), MRN_AREA);
        worker->area = i;
        return;
    }
}

static void lend_last(struct worker *worker)
{
    uint8_t message[MARK + MRN_REFERENCE_SIZE];
    const struct mrn_worker_place *place = worker->place;
    size_t begin = worker->last + MARK;
    mrn_store32(message, 0x80000000u | MRN_REFERENCE_SIZE);
    mrn_areas_refer(place->areas, worker->out.bytes + begin, worker->out.count - begin,
                    message + MARK);
    place->mark->lent[worker->area] = 1;
    send_bytes(worker, message, sizeof message);
    mrn_writer_free(&worker->out);
}

static void flush(struct worker *worker)
{
    struct mrn_writer *out = &worker->out;
    if (out->count == 0)
        return;
    bool is_lent = out->is_borrowed && out->count - worker->last >= MRN_LARGE;
    size_t size = is_lent ? worker->last : out->count;
    if (size > 0)
        send_bytes(worker, out->bytes, size);
    if (is_lent)
        lend_last(worker);
    mrn_writer_reset(out);
    if (out->capacity > MRN_KEPT_RESULT_MAX)
        mrn_writer_free(out);
    worker->oldest = worker->group.since;
}

/* Shares the time that has passed among them. */
static void end_group(struct worker *worker)
{
    struct group *group = &worker->group;
    if (group->count == 0)
        return;
    uint64_t now = mrn_port_microseconds();
    uint64_t span = now - group->since;
    uint64_t each = span / group->count;
    size_t at = group->begin;
    for (uint32_t i = 0; i < group->count; i++)
        at = mrn_result_took(&worker->out, at, each + (i < span % group->count));
    if (each > MRN_QUICK_MICROSECONDS)
        group->count_max = 1;
    else if (group->count_max < MRN_GROUP_MAX)
        group->count_max *= 2;
    group->count = 0;
    group->since = now;
}

static void execute(struct worker *worker, struct mrn_record record)
{
    struct group *group = &worker->group;
    const struct mrn_worker_place *place = worker->place;
    struct mrn_message message;
    if (record.size == MRN_REFERENCE_SIZE)
        record.bytes = mrn_areas_call(place->areas, record.bytes, &record.size);
    const char *fault = mrn_message_read(&message, record.bytes, record.size);
    if (fault != NULL)
        leave_with(fault);
    if (message.procedure != group->procedure)
        end_group(worker);
    if (group->count++ == 0) {
        group->procedure = message.procedure;
        group->begin = worker->out.count;
        group->tick = mrn_port_tick();
    }
    if (worker->out.count == 0 && !worker->out.is_borrowed)
        find_room(worker);
    worker->last = worker->out.count;
    mrn_state_answer(worker->state, &message, place->number, place->mark, &worker->out);
    if (worker->out.fault.raised)
        leave_with("no memory for a reply");
}

/* The first reply goes at once: where its operation has taken the connection away, only that one is
 * without a reply, and to blame. */
static void prove(struct worker *worker)
{
    end_group(worker);
    flush(worker);
    check_connection(worker);
    worker->is_proven = true;
}

/* Replies are kept together while operations are short and more of them are here. */
static void execute_all(struct worker *worker)
{
    struct mrn_record record;
    struct group *group = &worker->group;
    enum mrn_records_state found;
    worker->oldest = group->since = mrn_port_microseconds();
    while ((found = mrn_records_next(&worker->in, &record)) == MRN_RECORD_COMPLETE) {
        execute(worker, record);
        if (!worker->is_proven) {
            prove(worker);
            continue;
        }
        /* One that is slow all at once is answered before the next one is begun. */
        if (group->count < group->count_max && worker->out.count < MRN_WORKER_BUFFER &&
            mrn_port_tick() == group->tick)
            continue;
        end_group(worker);
        if (worker->out.count >= MRN_WORKER_BUFFER ||
            group->since - worker->oldest >= MRN_REPLY_DELAY_MICROSECONDS)
            flush(worker);
    }
    if (found != MRN_RECORD_INCOMPLETE)
        leave_with(worker->in.fault);
    end_group(worker);
    flush(worker);
}

void mrn_worker_run(struct mrn_state *state, const struct mrn_worker_place *place)
{
    /* A read that waits would also be woken when the relay has read what was written here. */
    struct pollfd wait = {place->socket, POLLIN, 0};
    struct worker worker;
    memset(&worker, 0, sizeof worker);
    worker.state = state;
    worker.place = place;
    worker.group.count_max = 1;
    mrn_writer_init(&worker.out, MRN_RECORD_MAX);
    mrn_areas_enter(place->areas, place->number);
    mrn_port_notice_forks();
    mrn_crash_catch(place->crash, &place->mark->signs, &worker);
    if (!mrn_records_init(&worker.in, MRN_WORKER_BUFFER, MRN_RECORD_MAX))
        leave_with("no memory");
    while (mrn_port_poll(&wait, 1, -1) >= 0 && mrn_records_fill(&worker.in, place->socket) > 0)
        execute_all(&worker);
    check_connection(&worker);
    mrn_port_leave(MRN_EXIT_DONE);
}
