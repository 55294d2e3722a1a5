#include "worker_process.h"

#include "../port/port.h"
#include "../protocol/calls.h"
#include "../protocol/identity.h"
#include "replies.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void mrn_worker_init(struct mrn_worker *worker, const struct mrn_workers_base *base,
                     struct mrn_durations *durations, struct mrn_mark *mark,
                     struct mrn_crash *crash, uint32_t number)
{
    worker->base = base;
    worker->durations = durations;
    worker->mark = mark;
    worker->crash = crash;
    worker->number = number;
    worker->socket = -1;
    mrn_output_init(&worker->output, number);
}

/* ---- Processes ---- */

static void close_socket(struct mrn_worker *worker)
{
    mrn_port_close(worker->socket);
    mrn_records_free(&worker->in);
    worker->socket = -1;
}

static void reset_mark(struct mrn_worker *worker)
{
    memset(worker->mark, 0, sizeof *worker->mark);
    /* What the one before it said is perhaps still to be sent. */
    for (uint32_t i = 0; i < MRN_REPLY_AREAS; i++)
        worker->mark->lent[i] = mrn_sending_has_lent(worker->base->sending, &worker->mark->lent[i]);
}

static bool command(struct mrn_worker *worker, enum mrn_command_kind kind, int first, int second)
{
    struct mrn_command command;
    memset(&command, 0, sizeof command);
    command.kind = kind;
    command.worker = worker->number;
    command.generation = worker->generation;
    return mrn_replicas_command(worker->base->replicas, worker->replica, &command, first, second);
}

bool mrn_worker_fork(struct mrn_worker *worker, struct mrn_replica *replica)
{
    int ends[2];
    int output[2];
    mrn_worker_end_output(worker);
    close_socket(worker); /* an idle one of another replica ends by that */
    if (mrn_port_socket_pair(ends) != 0 || mrn_port_set_blocking(ends[0], false) != 0 ||
        !mrn_records_init(&worker->in, MRN_WORKER_BUFFER, MRN_RECORD_MAX) ||
        mrn_port_pipe(output) != 0 || !mrn_output_begin(&worker->output, output[0])) {
        mrn_stop_with(worker->base->stop, MRN_EXIT_SYSTEM, "no worker can be made: %s",
                      strerror(errno));
        return false;
    }
    worker->socket = ends[0];
    worker->phase = MRN_WORKER_LIVE;
    worker->is_killed = false;
    worker->is_held = false;
    worker->is_told = false;
    worker->process = 0;
    worker->generation++;
    worker->replica = replica;
    worker->decoded = mrn_replica_decoded(replica);
    mrn_handed_begin(&worker->handed);
    reset_mark(worker);
    bool told = command(worker, MRN_FORK_WORKER, ends[1], output[1]);
    mrn_port_close(ends[1]);
    mrn_port_close(output[1]);
    return told;
}

void mrn_worker_kill(struct mrn_worker *worker)
{
    worker->phase = MRN_WORKER_DYING;
    (void)command(worker, MRN_KILL_WORKER, -1, -1);
}

/* ---- Held for a debugger ---- */

void mrn_worker_hold(struct mrn_worker *worker)
{
    worker->is_held = true;
    (void)command(worker, MRN_STOP_WORKER, -1, -1);
}

void mrn_worker_hold_next(struct mrn_worker *worker)
{
    worker->is_held = true;
    worker->mark->stops_next = 1;
}

void mrn_worker_hold_crashed(struct mrn_worker *worker)
{
    worker->is_held = true;
}

void mrn_worker_let_go(struct mrn_worker *worker)
{
    worker->is_held = false;
    worker->mark->stops_next = 0;
    (void)command(worker, MRN_CONTINUE_WORKER, -1, -1);
    /* Cancelled meanwhile: whoever looked at it was not to be disturbed. */
    if (worker->phase == MRN_WORKER_LIVE &&
        mrn_handed_is_executed_cancelled(&worker->handed, worker->mark)) {
        worker->is_killed = true;
        mrn_worker_kill(worker);
    }
}

void mrn_worker_stop_in_crash(struct mrn_worker *worker, bool stops)
{
    worker->mark->signs.stops_in_crash = stops;
}

void mrn_worker_stopped(struct mrn_worker *worker, const struct mrn_report *report)
{
    /* It was to stand still for one who has left since. */
    if (report->code != 0 && worker->mark->signs.is_standing != 0) {
        (void)command(worker, MRN_CONTINUE_WORKER, -1, -1);
    } else if (report->code != 0 || worker->is_told) {
        worker->is_told = report->code != 0;
        mrn_port_tell_stop(NULL, report->process, report->code);
    }
}

void mrn_worker_describe(const struct mrn_worker *worker, uint32_t calls[static MRN_AHEAD_MAX],
                         slave_holding *told)
{
    told->worker = worker->number;
    told->process = worker->process;
    told->calls.count = mrn_handed_calls(&worker->handed, worker->mark, calls, &told->executing);
    told->calls.items = calls;
}

void mrn_worker_release(struct mrn_worker *worker)
{
    mrn_worker_end_output(worker);
    close_socket(worker);
    worker->phase = MRN_WORKER_NONE;
    worker->replica = NULL;
}

/* ---- What it is handed ---- */

void mrn_worker_give(struct mrn_worker *worker, struct mrn_queue *waiting, uint32_t count,
                     uint32_t depth_max, uint64_t now)
{
    mrn_handed_add(&worker->handed, waiting, count, depth_max, now);
}

void mrn_worker_write(struct mrn_worker *worker)
{
    if (worker->phase == MRN_WORKER_LIVE && mrn_handed_is_unwritten(&worker->handed))
        mrn_handed_write(&worker->handed, worker->socket);
}

bool mrn_worker_cancel(struct mrn_worker *worker, uint32_t xid)
{
    bool is_executed;
    if (!mrn_handed_cancel(&worker->handed, xid, worker->mark, &is_executed))
        return false;
    if (is_executed && worker->phase == MRN_WORKER_LIVE && !worker->is_held) {
        worker->is_killed = true;
        mrn_worker_kill(worker);
    }
    return true;
}

/* ---- What it writes ---- */

static bool read_some(struct mrn_worker *worker)
{
    if (!mrn_output_fill(&worker->output, worker->base->stop))
        return false;
    mrn_output_send(&worker->output, worker->base->sending,
                    mrn_handed_author(&worker->handed, worker->mark));
    return true;
}

void mrn_worker_read_output(struct mrn_worker *worker)
{
    for (int i = 0; i < MRN_OUTPUT_TURN_MAX && mrn_sending_has_room(worker->base->sending); i++)
        if (!read_some(worker))
            return;
}

void mrn_worker_end_output(struct mrn_worker *worker)
{
    /* A pipe holds little: all of it, also when the master takes nothing. */
    for (int i = 0; i < MRN_OUTPUT_READS_MAX && read_some(worker); i++)
        continue;
    mrn_output_end(&worker->output, worker->base->sending);
}

/* ---- Replies ---- */

static void take_reply(struct mrn_worker *worker, struct mrn_reply *reply)
{
    struct mrn_operation *operation = mrn_handed_take_answered(&worker->handed);
    mrn_durations_learn(worker->durations, operation->procedure, mrn_reply_microseconds(reply));
    if (!operation->is_cancelled)
        mrn_reply_forward(reply, &worker->in, worker->base->sending);
    else
        mrn_reply_drop(reply);
    mrn_operation_free(worker->base->operations, operation);
}

/* False: nothing more can come. */
static bool take_replies(struct mrn_worker *worker)
{
    struct mrn_reply reply;
    enum mrn_records_state state;
    while ((state = mrn_reply_next(&reply, &worker->in)) == MRN_RECORD_COMPLETE) {
        if (!mrn_reply_resolve(&reply, worker->base->areas, worker->number, worker->mark) ||
            !mrn_handed_is_answered_by(&worker->handed, mrn_reply_xid(&reply))) {
            (void)fprintf(stderr, "slave: worker %d wrote what is no reply; it is ended\n",
                          worker->process);
            return false;
        }
        take_reply(worker, &reply);
    }
    /* It is the relay that has none: whoever worked is not to blame. */
    if (state == MRN_RECORD_NO_MEMORY)
        mrn_stop_with(worker->base->stop, MRN_EXIT_SYSTEM, "%s", worker->in.fault);
    if (state == MRN_RECORD_FAULTY)
        (void)fprintf(stderr, "slave: worker %d sent %s; it is ended\n", worker->process,
                      worker->in.fault);
    return state == MRN_RECORD_INCOMPLETE;
}

void mrn_worker_read(struct mrn_worker *worker)
{
    if (worker->phase != MRN_WORKER_LIVE)
        return;
    for (int i = 0; i < MRN_REPLIES_TURN_MAX; i++) {
        ptrdiff_t count = mrn_records_fill(&worker->in, worker->socket);
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        /* While its reply is not read an operation counts as the one that writes. */
        mrn_worker_read_output(worker);
        /* It is dead, or has closed its socket and must die; its replica tells of what. */
        if (count <= 0 || !take_replies(worker)) {
            mrn_worker_kill(worker);
            return;
        }
        if ((size_t)count < MRN_WORKER_BUFFER / 2)
            break;
    }
    /* Cancelled while others were before it. */
    if (mrn_handed_is_first_cancelled(&worker->handed) && !worker->is_held) {
        worker->is_killed = true;
        mrn_worker_kill(worker);
    }
}

/* ---- Starts and ends ---- */

bool mrn_worker_is(const struct mrn_worker *worker, const struct mrn_report *report)
{
    return worker->phase != MRN_WORKER_NONE && worker->generation == report->generation;
}

void mrn_worker_started(struct mrn_worker *worker, const struct mrn_report *report)
{
    struct mrn_sending *sending = worker->base->sending;
    const slave_worker_start start = {report->worker, report->process, report->position};
    worker->process = report->process;
    mrn_write_worker_started(mrn_sending_message(sending), mrn_sending_xid(sending), &start);
    mrn_sending_queue(sending);
}

static uint32_t bounded(uint32_t count, uint32_t max)
{
    return count < max ? count : max;
}

/* The process is dead, and user code could write there: all is bounded again. */
static void tell_crash(struct mrn_worker *worker, const struct mrn_report *report)
{
    char buffer[16];
    struct mrn_sending *sending = worker->base->sending;
    const struct mrn_crash *crash = worker->crash;
    if (worker->mark->signs.has_crashed == 0 || report->signalled == 0 ||
        crash->signal != report->code)
        return;
    uint64_t fault = crash->fault;
    const char *name = mrn_port_signal_name(report->code, buffer);
    const slave_crash told = {
        report->worker,
        report->process,
        mrn_borrowed(name, SLAVE_NAME_MAX),
        crash->has_fault != 0 ? &fault : NULL,
        crash->pc,
        crash->bias,
        {bounded(crash->register_count, SLAVE_REGISTERS_MAX),
         (uint64_t *)(uintptr_t)crash->registers},
        crash->stack_begin,
        {bounded(crash->stack_size, SLAVE_STACK_MAX), (uint8_t *)(uintptr_t)crash->stack},
        {bounded(crash->build_id_size, MRN_CRASH_BUILD_ID), (uint8_t *)(uintptr_t)crash->build_id}};
    mrn_write_worker_crashed(mrn_sending_message(sending), mrn_sending_xid(sending), &told);
    mrn_sending_queue(sending);
}

static void tell_end(struct mrn_sending *sending, const struct mrn_report *report, uint32_t *blamed)
{
    char buffer[16];
    bool signalled = report->signalled != 0;
    const char *name = signalled ? mrn_port_signal_name(report->code, buffer) : "";
    const slave_worker_end end = {report->worker,
                                  report->process,
                                  signalled ? SLAVE_SIGNALLED : SLAVE_EXITED,
                                  report->code,
                                  mrn_borrowed(name, SLAVE_NAME_MAX),
                                  blamed};
    mrn_write_worker_ended(mrn_sending_message(sending), mrn_sending_xid(sending), &end);
    mrn_sending_queue(sending);
}

/* It died right after its last write: what it said still counts. */
static void read_rest(struct mrn_worker *worker)
{
    ptrdiff_t count = 1;
    while (count > 0 && !mrn_stop_is_set(worker->base->stop)) {
        if (!take_replies(worker))
            return;
        count = mrn_records_fill(&worker->in, worker->socket);
    }
}

struct mrn_replica *mrn_worker_ended(struct mrn_worker *worker, const struct mrn_report *report,
                                     bool *is_fruitless)
{
    struct mrn_replica *replica = worker->replica;
    uint32_t xid = 0;
    read_rest(worker);
    mrn_worker_end_output(worker);
    /* Whoever was executed when we killed it is not to blame. */
    uint32_t number = worker->is_killed ? 0 : mrn_handed_executing(&worker->handed, worker->mark);
    bool is_blamed = mrn_handed_take_back(&worker->handed, worker->base->operations, number,
                                          mrn_replica_waiting(replica), &xid);
    if (!worker->is_killed)
        tell_crash(worker, report);
    if (!worker->is_killed)
        tell_end(worker->base->sending, report, is_blamed ? &xid : NULL);
    *is_fruitless = mrn_handed_has_no_answer(&worker->handed) && !is_blamed && !worker->is_killed;
    worker->phase = MRN_WORKER_NONE;
    worker->is_held = false;
    worker->replica = NULL;
    return replica;
}
