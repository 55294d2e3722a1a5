#include "relay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool mrn_workers_make(struct mrn_relay *relay, uint32_t count)
{
    uint32_t procedures = relay->application->procedure_count;
    struct pollfd *polled = realloc(
        relay->polled, (MRN_POLLED_FIXED + MRN_REPLICAS_MAX + 2 * count) * sizeof *relay->polled);
    relay->polled = polled != NULL ? polled : relay->polled;
    relay->workers = calloc(count, sizeof *relay->workers);
    relay->averages = malloc((procedures + 1) * sizeof *relay->averages);
    relay->marks = mrn_port_map_shared(count * sizeof *relay->marks);
    if (polled == NULL || relay->workers == NULL || relay->averages == NULL ||
        relay->marks == NULL) {
        mrn_relay_fail(relay, MRN_EXIT_SYSTEM, "no memory for %lu workers", (unsigned long)count);
        return false;
    }
    for (uint32_t i = 0; i < procedures; i++)
        relay->averages[i] = UINT32_MAX;
    for (uint32_t i = 0; i < count; i++)
        relay->workers[i].socket = relay->workers[i].output.pipe = -1;
    relay->worker_count = count;
    mrn_areas_make(&relay->areas, count);
    relay->in.areas = &relay->areas;
    return true;
}

/* ---- Processes ---- */

static void close_socket(struct mrn_worker *worker)
{
    mrn_port_close(worker->socket);
    mrn_records_free(&worker->in);
    worker->socket = -1;
}

bool mrn_workers_fork(struct mrn_relay *relay, struct mrn_worker *worker,
                      struct mrn_replica *replica)
{
    struct mrn_command command;
    int ends[2];
    int output[2];
    uint32_t number = (uint32_t)(worker - relay->workers);
    mrn_output_end(relay, &worker->output, number);
    close_socket(worker); /* an idle one of another replica ends by that */
    if (mrn_port_socket_pair(ends) != 0 || mrn_port_set_blocking(ends[0], false) != 0 ||
        !mrn_records_init(&worker->in, MRN_WORKER_BUFFER, MRN_RECORD_MAX) ||
        mrn_port_pipe(output) != 0 || !mrn_output_begin(&worker->output, output[0])) {
        mrn_relay_fail(relay, MRN_EXIT_SYSTEM, "no worker can be made: %s", strerror(errno));
        return false;
    }
    worker->socket = ends[0];
    worker->phase = MRN_WORKER_LIVE;
    worker->killed = worker->closed = false;
    worker->process = 0;
    worker->generation++;
    worker->answered = 0;
    worker->last = NULL;
    worker->replica = replica;
    worker->loaded = replica->loaded;
    worker->sending = NULL;
    worker->sent = 0;
    memset(&relay->marks[number], 0, sizeof relay->marks[number]);
    /* What the one before it said is perhaps still to be sent. */
    for (uint32_t i = 0; i < MRN_REPLY_AREAS; i++)
        relay->marks[number].lent[i] = mrn_outgoing_has(&relay->out, &relay->marks[number].lent[i]);
    memset(&command, 0, sizeof command);
    command.kind = MRN_FORK_WORKER;
    command.worker = number;
    command.generation = worker->generation;
    bool told = mrn_relay_command(relay, replica, &command, ends[1], output[1]);
    mrn_port_close(ends[1]);
    mrn_port_close(output[1]);
    return told;
}

void mrn_workers_kill(struct mrn_relay *relay, struct mrn_worker *worker)
{
    struct mrn_command command;
    memset(&command, 0, sizeof command);
    command.kind = MRN_KILL_WORKER;
    command.worker = (uint32_t)(worker - relay->workers);
    command.generation = worker->generation;
    worker->phase = MRN_WORKER_DYING;
    (void)mrn_relay_command(relay, worker->replica, &command, -1, -1);
}

bool mrn_workers_busy(const struct mrn_relay *relay, const struct mrn_replica *replica)
{
    for (uint32_t i = 0; i < relay->worker_count; i++) {
        const struct mrn_worker *worker = &relay->workers[i];
        if (worker->replica == replica &&
            (worker->given.count > 0 || worker->phase == MRN_WORKER_DYING))
            return true;
    }
    return false;
}

void mrn_workers_release(struct mrn_relay *relay, const struct mrn_replica *replica)
{
    for (uint32_t i = 0; i < relay->worker_count; i++) {
        struct mrn_worker *worker = &relay->workers[i];
        if (worker->replica != replica)
            continue;
        mrn_output_end(relay, &worker->output, i);
        close_socket(worker);
        worker->phase = MRN_WORKER_NONE;
        worker->replica = NULL;
    }
}

/* ---- Assignment ---- */

/* How many operations of this procedure a worker may hold: 1, unless they are known to be short. */
static uint32_t depth(const struct mrn_relay *relay, const struct mrn_procedure *procedure)
{
    uint32_t average = relay->averages[procedure - relay->application->procedures];
    /* At most once: nothing may be lost or begun with it. */
    if (average == UINT32_MAX || procedure->kind == MRN_WORKER_ONCE)
        return 1;
    uint32_t count = MRN_AHEAD_MICROSECONDS * 16u / (average + 1u);
    return count < 1 ? 1 : count > MRN_AHEAD_MAX ? MRN_AHEAD_MAX : count;
}

static bool may_queue(const struct mrn_worker *worker, uint32_t depth_max, size_t size)
{
    return !worker->closed && worker->given.count < depth_max &&
           worker->given_bytes + size <= MRN_AHEAD_BYTES_MAX;
}

static bool is_idle(const struct mrn_worker *worker)
{
    return worker->phase == MRN_WORKER_LIVE && worker->given.count == 0;
}

/* In this order: an idle worker of that state; a new process; one instead of an idle worker of
 * another state; behind short operations. NULL: none now. */
static struct mrn_worker *choose(struct mrn_relay *relay, struct mrn_replica *replica,
                                 const struct mrn_operation *operation)
{
    struct mrn_worker *unused = NULL;
    struct mrn_worker *least = NULL;
    uint64_t reads = operation->procedure->reads;
    uint32_t depth_max = depth(relay, operation->procedure);
    for (uint32_t i = 0; i < relay->worker_count; i++) {
        struct mrn_worker *worker = &relay->workers[(relay->next_worker + i) % relay->worker_count];
        bool fits = worker->replica == replica && (worker->loaded & reads) == reads;
        if (worker->phase == MRN_WORKER_LIVE && fits) {
            if (worker->given.count == 0)
                return worker;
            if (may_queue(worker, depth_max, operation->size) &&
                (least == NULL || worker->given.count < least->given.count))
                least = worker;
        } else if (worker->phase == MRN_WORKER_NONE) {
            unused = worker;
        } else if (is_idle(worker) && (unused == NULL || unused->phase != MRN_WORKER_NONE)) {
            unused = worker;
        }
    }
    if (unused == NULL)
        return least;
    return mrn_workers_fork(relay, unused, replica) ? unused : NULL;
}

static void give_first(struct mrn_worker *worker, struct mrn_queue *waiting)
{
    struct mrn_operation *operation = mrn_queue_take_first(waiting);
    mrn_queue_append(&worker->given, operation);
    worker->given_bytes += operation->size;
    if (worker->sending == NULL) {
        worker->sending = operation;
        worker->sent = 0;
    }
}

static void refuse_first(struct mrn_relay *relay, struct mrn_replica *replica, const char *text)
{
    struct mrn_operation *first = mrn_queue_take_first(&replica->waiting);
    mrn_relay_answer_failure(relay, first->xid, "%s", text);
    mrn_operation_free(&relay->operations, first);
}

/* The receipt says so by itself: the master's own timer may be behind. */
static void refuse_late(struct mrn_relay *relay, struct mrn_replica *replica)
{
    struct mrn_operation *first = mrn_queue_take_first(&replica->waiting);
    const struct mrn_receipt receipt = {SLAVE_NO_WORKER, 0,
                                        "its deadline passed before a worker had it"};
    mrn_write_operation_failure(&relay->scratch, first->xid, &receipt, MRN_ACCEPT_SYSTEM_ERROR);
    mrn_relay_send(relay);
    mrn_operation_free(&relay->operations, first);
}

static bool is_late(const struct mrn_relay *relay, const struct mrn_operation *operation)
{
    return operation->deadline != 0 && relay->now >= operation->deadline;
}

/* True when the operation's shared data are there; else it waits, or was answered. */
static bool is_ready(struct mrn_relay *relay, struct mrn_replica *replica)
{
    char text[MRN_TEXT_MAX];
    const struct mrn_operation *first = replica->waiting.first;
    uint64_t missing = first->procedure->reads & ~replica->loaded;
    /* What is being executed then, its master cancels. */
    if (is_late(relay, first))
        refuse_late(relay, replica);
    else if (missing == 0)
        return true;
    else if (!mrn_relay_load(relay, replica, missing, text) && relay->status < 0)
        refuse_first(relay, replica, text);
    return false;
}

/* Hands over the first, and up to `count` in all as far as they are short: a worker is woken once
 * for many. */
static void give(struct mrn_relay *relay, struct mrn_worker *worker, struct mrn_queue *waiting,
                 uint32_t count)
{
    const struct mrn_procedure *procedure = waiting->first->procedure;
    uint32_t depth_max = depth(relay, procedure);
    worker->closed = depth_max == 1;
    give_first(worker, waiting);
    relay->next_worker = (uint32_t)(worker - relay->workers) + 1;
    for (; count > 1 && waiting->first != NULL; count--) {
        const struct mrn_operation *next = waiting->first;
        if (next->procedure != procedure || is_late(relay, next) ||
            !may_queue(worker, depth_max, next->size))
            return;
        give_first(worker, waiting);
    }
}

static void assign_waiting(struct mrn_relay *relay, struct mrn_replica *replica)
{
    while (replica->waiting.first != NULL && relay->status < 0) {
        const struct mrn_operation *first = replica->waiting.first;
        if (!is_ready(relay, replica)) {
            if (replica->waiting.first == first)
                return;
            continue;
        }
        struct mrn_worker *worker = choose(relay, replica, first);
        if (worker == NULL)
            return;
        give(relay, worker, &replica->waiting,
             (replica->waiting.count - 1) / relay->worker_count + 1);
    }
}

void mrn_workers_assign(struct mrn_relay *relay)
{
    /* Older positions first: what they hold is freed when they are done. */
    for (uint32_t i = 0; i < relay->replica_count && relay->status < 0; i++) {
        struct mrn_replica *replica = relay->replicas[i];
        if (replica->phase == MRN_REPLICA_READY && !replica->gone)
            assign_waiting(relay, replica);
    }
}

/* ---- Writing ---- */

static void add_span(struct iovec *spans, int *count, uint8_t *bytes, size_t size)
{
    struct iovec *last = *count > 0 ? &spans[*count - 1] : NULL;
    if (last != NULL && (uint8_t *)last->iov_base + last->iov_len == bytes) {
        last->iov_len += size;
        return;
    }
    spans[*count].iov_base = bytes;
    spans[(*count)++].iov_len = size;
}

static size_t sent_size(const struct mrn_operation *operation)
{
    return operation->near_size + operation->far_size;
}

static int gather(const struct mrn_worker *worker, struct iovec spans[static MRN_SPANS])
{
    int count = 0;
    size_t skip = worker->sent;
    for (const struct mrn_operation *o = worker->sending; o != NULL && count + 2 <= MRN_SPANS;
         o = o->next) {
        size_t near = skip < o->near_size ? o->near_size - skip : 0;
        if (near > 0)
            add_span(spans, &count, o->near + o->near_size - near, near);
        if (o->far_size > 0) {
            size_t far = sent_size(o) - (skip > o->near_size ? skip : o->near_size);
            add_span(spans, &count, o->far.bytes + o->size - far, far);
        }
        skip = 0;
    }
    return count;
}

static void advance(struct mrn_worker *worker, size_t written)
{
    worker->sent += written;
    while (worker->sending != NULL && worker->sent >= sent_size(worker->sending)) {
        worker->sent -= sent_size(worker->sending);
        worker->sending = worker->sending->next;
    }
}

void mrn_workers_write(struct mrn_relay *relay)
{
    for (uint32_t i = 0; i < relay->worker_count; i++) {
        struct mrn_worker *worker = &relay->workers[i];
        while (worker->phase == MRN_WORKER_LIVE && worker->sending != NULL) {
            struct iovec spans[MRN_SPANS];
            ptrdiff_t written = mrn_port_write_spans(worker->socket, spans, gather(worker, spans));
            /* A broken socket tells the same as its end: reading sees it. */
            if (written < 0)
                break;
            advance(worker, (size_t)written);
        }
    }
}

/* ---- Cancellation ---- */

static bool cancel_waiting(struct mrn_relay *relay, struct mrn_queue *waiting, uint32_t xid)
{
    struct mrn_operation *before = NULL;
    for (struct mrn_operation *o = waiting->first; o != NULL; before = o, o = o->next) {
        if (o->xid != xid)
            continue;
        mrn_operation_free(&relay->operations, mrn_queue_take_after(waiting, before));
        return true;
    }
    return false;
}

static bool cancel_given(struct mrn_relay *relay, struct mrn_worker *worker, uint32_t xid)
{
    uint32_t number = 1;
    for (struct mrn_operation *o = worker->given.first; o != NULL; o = o->next, number++) {
        if (o->xid != xid || o->cancelled)
            continue;
        o->cancelled = true;
        /* The first is being executed, or is about to be; or another one is, and the worker keeps
         * the replies to those before it. */
        bool runs = o == worker->given.first || number == mrn_workers_executing(relay, worker);
        if (runs && worker->phase == MRN_WORKER_LIVE) {
            worker->killed = true;
            mrn_workers_kill(relay, worker);
        }
        return true;
    }
    return false;
}

static void answer_cancelled(struct mrn_relay *relay, uint32_t xid, uint32_t worker)
{
    const struct mrn_receipt receipt = {worker, 0, "cancelled"};
    mrn_write_operation_failure(&relay->scratch, xid, &receipt, MRN_ACCEPT_SYSTEM_ERROR);
    mrn_relay_send(relay);
}

void mrn_workers_cancel(struct mrn_relay *relay, uint32_t xid)
{
    for (uint32_t i = 0; i < relay->replica_count; i++)
        if (cancel_waiting(relay, &relay->replicas[i]->waiting, xid))
            answer_cancelled(relay, xid, SLAVE_NO_WORKER);
    for (struct mrn_update *update = relay->first_update; update != NULL; update = update->next)
        if (cancel_waiting(relay, &update->waiting, xid))
            answer_cancelled(relay, xid, SLAVE_NO_WORKER);
    for (uint32_t i = 0; i < relay->worker_count; i++)
        if (cancel_given(relay, &relay->workers[i], xid))
            answer_cancelled(relay, xid, i);
}
