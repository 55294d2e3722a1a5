#include "workers.h"

#include "../port/port.h"

#include <stdlib.h>

struct mrn_workers {
    struct mrn_workers_base base;
    struct mrn_worker *items;
    uint32_t count;
    uint32_t next; /* where the search begins */
    struct mrn_mark *marks;
    struct mrn_crash *crashes;
    struct mrn_durations durations;
    struct mrn_holds holds;
    uint32_t fruitless_ends;   /* in a row */
    uint64_t replies_at_first; /* as the first of them was */
};

struct mrn_workers *mrn_workers_make(const struct mrn_workers_base *base)
{
    struct mrn_workers *workers = calloc(1, sizeof *workers);
    if (workers != NULL)
        workers->base = *base;
    return workers;
}

bool mrn_workers_begin(struct mrn_workers *workers, uint32_t count)
{
    workers->items = calloc(count, sizeof *workers->items);
    workers->marks = mrn_port_map_shared(count * sizeof *workers->marks);
    /* Address space until one of them crashes. */
    workers->crashes = mrn_port_map_shared(count * sizeof *workers->crashes);
    if (workers->items == NULL || workers->marks == NULL || workers->crashes == NULL ||
        !mrn_durations_make(&workers->durations, workers->base.application)) {
        mrn_stop_with(workers->base.stop, MRN_EXIT_SYSTEM, "no memory for %lu workers",
                      (unsigned long)count);
        return false;
    }
    for (uint32_t i = 0; i < count; i++)
        mrn_worker_init(&workers->items[i], &workers->base, &workers->durations, &workers->marks[i],
                        &workers->crashes[i], i);
    workers->count = count;
    return true;
}

uint32_t mrn_workers_count(const struct mrn_workers *workers)
{
    return workers->count;
}

struct mrn_mark *mrn_workers_marks(const struct mrn_workers *workers)
{
    return workers->marks;
}

struct mrn_crash *mrn_workers_crashes(const struct mrn_workers *workers)
{
    return workers->crashes;
}

/* ---- Assignment ---- */

static bool fork_worker(struct mrn_workers *workers, struct mrn_worker *worker,
                        struct mrn_replica *replica)
{
    bool is_forked = mrn_worker_fork(worker, replica);
    mrn_worker_stop_in_crash(worker, mrn_holds_await_crash(&workers->holds));
    return is_forked;
}

/* In this order: an idle worker of that state; a new process; one instead of an idle worker of
 * another state; behind short operations; one that a debugger holds, which may have continued it.
 * NULL: none now. */
static struct mrn_worker *choose(struct mrn_workers *workers, struct mrn_replica *replica,
                                 const struct mrn_operation *operation, uint32_t depth_max)
{
    struct mrn_worker *unused = NULL;
    struct mrn_worker *least = NULL;
    struct mrn_worker *held = NULL;
    for (uint32_t i = 0; i < workers->count; i++) {
        struct mrn_worker *worker = &workers->items[(workers->next + i) % workers->count];
        if (mrn_worker_fits(worker, replica, operation->procedure->reads)) {
            if (mrn_worker_is_held(worker)) {
                held = mrn_worker_load(worker) == 0 ? worker : held;
                continue;
            }
            if (mrn_worker_load(worker) == 0)
                return worker;
            if (mrn_worker_may_queue(worker, depth_max, operation->size) &&
                (least == NULL || mrn_worker_load(worker) < mrn_worker_load(least)))
                least = worker;
        } else if (mrn_worker_is_unused(worker) ||
                   (mrn_worker_is_idle(worker) && !mrn_worker_is_held(worker) &&
                    (unused == NULL || !mrn_worker_is_unused(unused)))) {
            unused = worker;
        }
    }
    if (unused == NULL)
        return least != NULL ? least : held;
    return fork_worker(workers, unused, replica) ? unused : NULL;
}

static void refuse_first(struct mrn_workers *workers, struct mrn_queue *waiting, const char *text)
{
    struct mrn_operation *first = mrn_queue_take_first(waiting);
    mrn_sending_fail(workers->base.sending, first->xid, "%s", text);
    mrn_operation_free(workers->base.operations, first);
}

/* The receipt says so by itself: the master's own timer may be behind. */
static void refuse_late(struct mrn_workers *workers, struct mrn_queue *waiting)
{
    struct mrn_operation *first = mrn_queue_take_first(waiting);
    const struct mrn_receipt receipt = {SLAVE_NO_WORKER, 0,
                                        "its deadline passed before a worker had it"};
    mrn_sending_receipt(workers->base.sending, first->xid, &receipt);
    mrn_operation_free(workers->base.operations, first);
}

/* True when the first one's shared data are there; else it waits, or was answered. */
static bool is_first_ready(struct mrn_workers *workers, struct mrn_replica *replica,
                           struct mrn_queue *waiting, uint64_t now)
{
    char text[MRN_TEXT_MAX];
    const struct mrn_operation *first = waiting->first;
    uint64_t missing = first->procedure->reads & ~mrn_replica_decoded(replica);
    /* What is being executed then, its master cancels. */
    if (mrn_operation_is_late(first, now))
        refuse_late(workers, waiting);
    else if (missing == 0)
        return true;
    else if (!mrn_replicas_load(workers->base.replicas, replica, missing, text) &&
             !mrn_stop_is_set(workers->base.stop))
        refuse_first(workers, waiting, text);
    return false;
}

static void assign_waiting(struct mrn_workers *workers, struct mrn_replica *replica, uint64_t now)
{
    struct mrn_queue *waiting = mrn_replica_waiting(replica);
    while (waiting->first != NULL && !mrn_stop_is_set(workers->base.stop)) {
        const struct mrn_operation *first = waiting->first;
        if (!is_first_ready(workers, replica, waiting, now)) {
            if (waiting->first == first)
                return;
            continue;
        }
        /* Alone, if a debugger waits for it. */
        bool is_awaited = mrn_holds_await(&workers->holds, first);
        uint32_t depth_max =
            is_awaited ? 1 : mrn_durations_depth(&workers->durations, first->procedure);
        struct mrn_worker *worker = choose(workers, replica, first, depth_max);
        if (worker == NULL)
            return;
        if (mrn_worker_is_held(worker))
            depth_max = 1;
        else if (is_awaited)
            mrn_holds_give(&workers->holds, first, worker);
        mrn_worker_give(worker, waiting, (waiting->count - 1) / workers->count + 1, depth_max, now);
        workers->next = (uint32_t)(worker - workers->items) + 1;
    }
}

void mrn_workers_assign(struct mrn_workers *workers, uint64_t now)
{
    struct mrn_replica *replica;
    /* Older positions first: what they hold is freed when they are done. */
    for (uint32_t i = 0; (replica = mrn_replicas_at(workers->base.replicas, i)) != NULL; i++)
        if (mrn_replica_is_ready(replica))
            assign_waiting(workers, replica, now);
}

void mrn_workers_write(struct mrn_workers *workers)
{
    for (uint32_t i = 0; i < workers->count; i++)
        mrn_worker_write(&workers->items[i]);
}

bool mrn_workers_cancel(struct mrn_workers *workers, uint32_t xid, uint32_t *worker)
{
    for (uint32_t i = 0; i < workers->count; i++) {
        if (!mrn_worker_cancel(&workers->items[i], xid))
            continue;
        *worker = i;
        return true;
    }
    return false;
}

/* ---- Held for a debugger ---- */

/* Each of them has to know before it crashes. */
static void tell_crash_holds(struct mrn_workers *workers)
{
    for (uint32_t i = 0; i < workers->count; i++)
        mrn_worker_stop_in_crash(&workers->items[i], mrn_holds_await_crash(&workers->holds));
}

void mrn_workers_hold(struct mrn_workers *workers, uint32_t xid, const slave_hold *asked,
                      uint64_t now)
{
    if (asked->kind == SLAVE_HOLD_WORKER && asked->which >= workers->count) {
        mrn_holds_refuse(workers->base.sending, xid, "it has no worker of that number");
        return;
    }
    mrn_holds_add(&workers->holds, workers->base.sending, xid, asked, now);
    tell_crash_holds(workers);
}

void mrn_workers_let_go(struct mrn_workers *workers, uint32_t xid)
{
    mrn_holds_remove(&workers->holds, xid);
    tell_crash_holds(workers);
}

bool mrn_workers_are_sought(const struct mrn_workers *workers)
{
    return mrn_holds_are_sought(&workers->holds);
}

void mrn_workers_seek(struct mrn_workers *workers, uint64_t now)
{
    for (uint32_t i = 0; mrn_holds_are_sought(&workers->holds) && i < workers->count; i++)
        mrn_holds_offer(&workers->holds, &workers->items[i], now);
}

/* ---- What comes from them ---- */

size_t mrn_workers_poll(const struct mrn_workers *workers, struct pollfd *polled, bool is_read)
{
    for (uint32_t i = 0; i < workers->count; i++)
        polled[i] = mrn_worker_poll(&workers->items[i], is_read);
    return workers->count;
}

size_t mrn_workers_poll_output(const struct mrn_workers *workers, struct pollfd *polled)
{
    for (uint32_t i = 0; i < workers->count; i++)
        polled[i] = mrn_worker_poll_output(&workers->items[i]);
    return workers->count;
}

void mrn_workers_read(struct mrn_workers *workers, const struct pollfd *polled)
{
    for (uint32_t i = 0; i < workers->count; i++)
        if ((polled[i].revents & ~POLLOUT) != 0)
            mrn_worker_read(&workers->items[i]);
}

void mrn_workers_read_output(struct mrn_workers *workers, const struct pollfd *polled)
{
    for (uint32_t i = 0; i < workers->count; i++)
        if (polled[i].revents != 0)
            mrn_worker_read_output(&workers->items[i]);
}

void mrn_workers_end_output(struct mrn_workers *workers)
{
    for (uint32_t i = 0; i < workers->count; i++)
        mrn_worker_end_output(&workers->items[i]);
}

/* ---- Starts and ends ---- */

static struct mrn_worker *find(struct mrn_workers *workers, const struct mrn_report *report)
{
    struct mrn_worker *worker =
        report->worker < workers->count ? &workers->items[report->worker] : NULL;
    return worker != NULL && mrn_worker_is(worker, report) ? worker : NULL;
}

void mrn_workers_started(struct mrn_workers *workers, const struct mrn_report *report)
{
    struct mrn_worker *worker = find(workers, report);
    if (worker != NULL)
        mrn_worker_started(worker, report);
}

void mrn_workers_stopped(struct mrn_workers *workers, const struct mrn_report *report, uint64_t now)
{
    struct mrn_worker *worker = find(workers, report);
    if (worker == NULL)
        return;
    if (report->code == 0 ||
        !mrn_holds_stopped(&workers->holds, workers->base.sending, worker, now))
        mrn_worker_stopped(worker, report);
    else
        tell_crash_holds(workers);
}

/* One more ended before any work: too many, without a reply of any of them since. */
static bool is_hopeless(struct mrn_workers *workers)
{
    const uint64_t replies = mrn_durations_count(&workers->durations);
    if (workers->replies_at_first != replies)
        workers->fruitless_ends = 0;
    workers->replies_at_first = replies;
    return ++workers->fruitless_ends > MRN_IDLE_DEATHS_MAX;
}

void mrn_workers_ended(struct mrn_workers *workers, const struct mrn_report *report)
{
    struct mrn_worker *worker = find(workers, report);
    bool is_fruitless;
    if (worker == NULL)
        return;
    struct mrn_replica *replica = mrn_worker_ended(worker, report, &is_fruitless);
    mrn_holds_ended(&workers->holds, worker);
    if (is_fruitless && is_hopeless(workers))
        mrn_stop_with(workers->base.stop, MRN_EXIT_LOST,
                      "%u workers in a row ended before any work", MRN_IDLE_DEATHS_MAX);
    else if (mrn_replica_waiting(replica)->count > 0 || !mrn_replica_is_retired(replica))
        (void)fork_worker(workers, worker, replica);
}

bool mrn_workers_are_busy(const struct mrn_workers *workers, const struct mrn_replica *replica)
{
    for (uint32_t i = 0; i < workers->count; i++)
        if (mrn_worker_is_of(&workers->items[i], replica) && mrn_worker_is_busy(&workers->items[i]))
            return true;
    return false;
}

void mrn_workers_release(struct mrn_workers *workers, const struct mrn_replica *replica)
{
    for (uint32_t i = 0; i < workers->count; i++)
        if (mrn_worker_is_of(&workers->items[i], replica))
            mrn_worker_release(&workers->items[i]);
}
