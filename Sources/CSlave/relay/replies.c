#include "relay.h"

#include "../protocol/identity.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads of one socket in a turn, so that no worker keeps the others waiting. */
#define READS_MAX 8
#define REPLY_MIN 36u

static struct mrn_worker *find(struct mrn_relay *relay, const struct mrn_report *report)
{
    struct mrn_worker *worker =
        report->worker < relay->worker_count ? &relay->workers[report->worker] : NULL;
    /* A process that was replaced on purpose is no longer anybody's. */
    if (worker == NULL || worker->phase == MRN_WORKER_NONE ||
        worker->generation != report->generation)
        return NULL;
    return worker;
}

/* ---- Replies ---- */

/* An average that forgets: an eighth of each new figure. */
static void learn(struct mrn_relay *relay, const struct mrn_procedure *procedure,
                  uint64_t microseconds)
{
    uint32_t *average = &relay->averages[procedure - relay->application->procedures];
    uint32_t figure = microseconds > 1000000u ? 16000000u : (uint32_t)microseconds * 16u;
    *average = *average == UINT32_MAX ? figure : *average - *average / 8 + figure / 8;
}

struct reply {
    struct mrn_record record;
    struct mrn_buffer rest;  /* in the worker's memory; none: all of it is in `record` */
    uint8_t head[REPLY_MIN]; /* of one that is there: no longer the worker's to change */
};

static void forward(struct mrn_relay *relay, struct mrn_worker *worker, struct reply *reply)
{
    uint8_t mark[4];
    const struct mrn_record *record = &reply->record;
    struct mrn_buffer kept = mrn_records_keep(&worker->in);
    size_t size = record->size + reply->rest.size;
    mrn_store32(mark, 0x80000000u | (uint32_t)size);
    bool done = mrn_outgoing_add(&relay->out, mark, sizeof mark);
    if (kept.bytes != NULL)
        done = mrn_outgoing_take(&relay->out, &kept, record->size) && done;
    else
        done = done && mrn_outgoing_add(&relay->out, record->bytes, record->size);
    if (reply->rest.bytes != NULL)
        done = mrn_outgoing_take(&relay->out, &reply->rest, reply->rest.size) && done;
    if (!done)
        mrn_relay_fail(relay, MRN_EXIT_SYSTEM, "no memory for a reply of %zu bytes", size);
}

/* A reference leads to the reply. False: to none. */
static bool resolve(struct mrn_relay *relay, const struct mrn_worker *worker, struct reply *reply)
{
    uint32_t number = (uint32_t)(worker - relay->workers);
    memset(&reply->rest, 0, sizeof reply->rest);
    if (reply->record.size != MRN_REFERENCE_SIZE)
        return true;
    reply->rest = mrn_areas_replied(&relay->areas, number, reply->record.bytes,
                                    relay->marks[number].lent);
    if (reply->rest.bytes == NULL || reply->rest.size <= REPLY_MIN)
        return false;
    memcpy(reply->head, reply->rest.bytes, REPLY_MIN);
    reply->record.bytes = reply->head;
    reply->record.size = REPLY_MIN;
    reply->rest.bytes += REPLY_MIN;
    reply->rest.size -= REPLY_MIN;
    return true;
}

/* User code can write over everything in its process: a reply is believed only if it answers what
 * was asked first. */
static bool answers(const struct mrn_worker *worker, const struct mrn_record *record)
{
    const struct mrn_operation *first = worker->given.first;
    return first != NULL && first != worker->sending && record->size >= REPLY_MIN &&
           mrn_load32(record->bytes) == first->xid;
}

static void take_reply(struct mrn_relay *relay, struct mrn_worker *worker, struct reply *reply)
{
    struct mrn_operation *operation = mrn_queue_take_first(&worker->given);
    worker->answered++;
    worker->last = operation->procedure;
    worker->given_bytes -= operation->size;
    if (worker->given.first == NULL)
        worker->closed = false;
    relay->idle_deaths = 0;
    learn(relay, operation->procedure, mrn_load64(reply->record.bytes + MRN_MICROSECONDS_AT));
    if (!operation->cancelled)
        forward(relay, worker, reply);
    else
        mrn_buffer_free(&reply->rest);
    mrn_operation_free(&relay->operations, operation);
}

/* False: nothing more can come. */
static bool take_replies(struct mrn_relay *relay, struct mrn_worker *worker)
{
    struct reply reply;
    enum mrn_records_state state;
    while ((state = mrn_records_next(&worker->in, &reply.record)) == MRN_RECORD_COMPLETE) {
        if (!resolve(relay, worker, &reply) || !answers(worker, &reply.record)) {
            (void)fprintf(stderr, "slave: worker %d wrote what is no reply; it is ended\n",
                          worker->process);
            return false;
        }
        take_reply(relay, worker, &reply);
    }
    /* It is the relay that has none: whoever worked is not to blame. */
    if (state == MRN_RECORD_NO_MEMORY)
        mrn_relay_fail(relay, MRN_EXIT_SYSTEM, "%s", worker->in.fault);
    if (state == MRN_RECORD_FAULTY)
        (void)fprintf(stderr, "slave: worker %d sent %s; it is ended\n", worker->process,
                      worker->in.fault);
    return state == MRN_RECORD_INCOMPLETE;
}

void mrn_workers_read(struct mrn_relay *relay, struct mrn_worker *worker)
{
    if (worker->phase != MRN_WORKER_LIVE)
        return;
    for (int i = 0; i < READS_MAX; i++) {
        ptrdiff_t count = mrn_records_fill(&worker->in, worker->socket);
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        /* While its reply is not read an operation counts as the one that writes. */
        mrn_output_read(relay, &worker->output, (uint32_t)(worker - relay->workers));
        /* It is dead, or has closed its socket and must die; its replica tells of what. */
        if (count <= 0 || !take_replies(relay, worker)) {
            mrn_workers_kill(relay, worker);
            return;
        }
        if ((size_t)count < MRN_WORKER_BUFFER / 2)
            break;
    }
    /* Cancelled while others were before it. */
    if (worker->given.first != NULL && worker->given.first->cancelled) {
        worker->killed = true;
        mrn_workers_kill(relay, worker);
    }
}

/* ---- Starts and ends ---- */

void mrn_workers_started(struct mrn_relay *relay, const struct mrn_report *report)
{
    struct mrn_worker *worker = find(relay, report);
    if (worker == NULL)
        return;
    worker->process = report->process;
    const slave_worker_start start = {report->worker, report->process, report->position};
    mrn_write_worker_started(&relay->scratch, relay->next_xid++, &start);
    mrn_relay_send(relay);
}

uint32_t mrn_workers_executing(const struct mrn_relay *relay, const struct mrn_worker *worker)
{
    const struct mrn_mark *mark = &relay->marks[worker - relay->workers];
    uint32_t begun = mark->begun - worker->answered;
    uint32_t done = mark->done - worker->answered;
    const struct mrn_operation *first = worker->given.first;
    if (first == NULL)
        return 0;
    /* Executed, and its reply is lost: what happens at most once must not be begun again. */
    if (first->procedure->kind == MRN_WORKER_ONCE && begun == 1)
        return 1;
    if (begun == done && begun <= worker->given.count)
        return 0;
    if (begun == done + 1 && begun <= worker->given.count)
        return begun;
    return 1; /* user code has written over the mark: blame the first */
}

/* Sorts what the worker held: the one that was being executed ends with it, others are executed
 * elsewhere. True, and its xid, if one is to blame. */
static bool take_back(struct mrn_relay *relay, struct mrn_worker *worker, uint32_t *xid)
{
    struct mrn_queue again = {NULL, NULL, 0};
    struct mrn_operation *operation;
    uint32_t number = mrn_workers_executing(relay, worker);
    bool blamed = false;
    for (uint32_t i = 1; (operation = mrn_queue_take_first(&worker->given)) != NULL; i++) {
        if (i == number && !worker->killed) {
            *xid = operation->xid;
            blamed = !operation->cancelled;
        } else if (!operation->cancelled) {
            mrn_queue_append(&again, operation);
            continue;
        }
        mrn_operation_free(&relay->operations, operation);
    }
    worker->given_bytes = 0;
    worker->sending = NULL;
    mrn_queue_put_back(&worker->replica->waiting, &again);
    return blamed;
}

static void tell_end(struct mrn_relay *relay, const struct mrn_report *report, uint32_t *blamed)
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
    mrn_write_worker_ended(&relay->scratch, relay->next_xid++, &end);
    mrn_relay_send(relay);
}

/* It died right after its last write: what it said still counts. */
static void read_rest(struct mrn_relay *relay, struct mrn_worker *worker)
{
    ptrdiff_t count = 1;
    while (count > 0 && relay->status < 0) {
        if (!take_replies(relay, worker))
            return;
        count = mrn_records_fill(&worker->in, worker->socket);
    }
}

void mrn_workers_ended(struct mrn_relay *relay, const struct mrn_report *report)
{
    struct mrn_worker *worker = find(relay, report);
    uint32_t xid = 0;
    if (worker == NULL)
        return;
    read_rest(relay, worker);
    mrn_output_end(relay, &worker->output, report->worker);
    bool fruitless = worker->answered == 0;
    bool blamed = take_back(relay, worker, &xid);
    if (!worker->killed)
        tell_end(relay, report, blamed ? &xid : NULL);
    if (fruitless && !blamed && !worker->killed && ++relay->idle_deaths > MRN_IDLE_DEATHS_MAX) {
        mrn_relay_fail(relay, MRN_EXIT_LOST, "%u workers in a row ended before any work",
                       MRN_IDLE_DEATHS_MAX);
        return;
    }
    struct mrn_replica *replica = worker->replica;
    worker->phase = MRN_WORKER_NONE;
    worker->replica = NULL;
    if (replica->waiting.count > 0 || !replica->retired)
        (void)mrn_workers_fork(relay, worker, replica);
}
