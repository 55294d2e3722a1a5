/*
 * One worker, as the relay sees it: its number, and the process that has it now. It is forked from
 * a replica, is handed operations and answers them, until it is killed, dies or is let go.
 */
#ifndef MRN_WORKER_PROCESS_H
#define MRN_WORKER_PROCESS_H

#include "../port/crash.h"
#include "../protocol/slave_protocol.h"
#include "../wire/record.h"
#include "durations.h"
#include "handed.h"
#include "replicas.h"
#include "sending.h"

/* The parts on which workers stand. */
struct mrn_workers_base {
    const struct mrn_application *application;
    struct mrn_stop *stop;
    struct mrn_sending *sending;
    struct mrn_operations *operations;
    struct mrn_areas *areas;
    struct mrn_replicas *replicas;
};

enum mrn_worker_phase { MRN_WORKER_NONE, MRN_WORKER_LIVE, MRN_WORKER_DYING };

struct mrn_worker {
    const struct mrn_workers_base *base;
    struct mrn_durations *durations;
    struct mrn_mark *mark;   /* shared with the process */
    struct mrn_crash *crash; /* the same */
    uint32_t number;
    enum mrn_worker_phase phase;
    bool is_killed; /* by us: an expected end */
    bool is_held;   /* it stands still for a debugger, or will */
    bool is_told;   /* to the log: that somebody else has stopped it */
    int socket;
    int process; /* 0: not yet told */
    uint32_t generation;
    struct mrn_replica *replica;
    uint64_t decoded; /* slots of shared data that it has */
    struct mrn_handed handed;
    struct mrn_output output;
    struct mrn_records in;
};

void mrn_worker_init(struct mrn_worker *worker, const struct mrn_workers_base *base,
                     struct mrn_durations *durations, struct mrn_mark *mark,
                     struct mrn_crash *crash, uint32_t number);
/* In place of an idle process, or of none. False: the slave ends. */
bool mrn_worker_fork(struct mrn_worker *worker, struct mrn_replica *replica);
/* Its process ends, and is expected to. */
void mrn_worker_kill(struct mrn_worker *worker);
/* It stands still: now, before the next operation that it is given, or in its crash. */
void mrn_worker_hold(struct mrn_worker *worker);
void mrn_worker_hold_next(struct mrn_worker *worker);
void mrn_worker_hold_crashed(struct mrn_worker *worker);
/* It goes on. */
void mrn_worker_let_go(struct mrn_worker *worker);
/* From now on, or no longer. */
void mrn_worker_stop_in_crash(struct mrn_worker *worker, bool stops);
/* It stands still, or goes on, and nobody here wanted that. */
void mrn_worker_stopped(struct mrn_worker *worker, const struct mrn_report *report);
/* What is told of it to whoever holds it; `calls` is memory for that. */
void mrn_worker_describe(const struct mrn_worker *worker, uint32_t calls[static MRN_AHEAD_MAX],
                         slave_holding *told);
/* Its replica ends, and it is idle. */
void mrn_worker_release(struct mrn_worker *worker);

/* Operations that wait, as mrn_handed_add. */
void mrn_worker_give(struct mrn_worker *worker, struct mrn_queue *waiting, uint32_t count,
                     uint32_t depth_max, uint64_t now);
void mrn_worker_write(struct mrn_worker *worker);
/* Takes replies. */
void mrn_worker_read(struct mrn_worker *worker);
void mrn_worker_read_output(struct mrn_worker *worker);
/* Nothing more will be read of what it writes: all that is there now. */
void mrn_worker_end_output(struct mrn_worker *worker);
/* False: it holds no operation that is called so. */
bool mrn_worker_cancel(struct mrn_worker *worker, uint32_t xid);

/* The report is of the process that has the number now: one that was replaced on purpose is no
 * longer anybody's. */
bool mrn_worker_is(const struct mrn_worker *worker, const struct mrn_report *report);
void mrn_worker_started(struct mrn_worker *worker, const struct mrn_report *report);
/* What it held goes back to its replica, which is returned. `is_fruitless`: it ended by itself
 * before any work. */
struct mrn_replica *mrn_worker_ended(struct mrn_worker *worker, const struct mrn_report *report,
                                     bool *is_fruitless);

/* ---- What is asked for each operation ---- */

static inline bool mrn_worker_is_unused(const struct mrn_worker *worker)
{
    return worker->phase == MRN_WORKER_NONE;
}
static inline bool mrn_worker_is_idle(const struct mrn_worker *worker)
{
    return worker->phase == MRN_WORKER_LIVE && mrn_handed_count(&worker->handed) == 0;
}
/* It lives, in a state in which it can execute what reads these slots. */
static inline bool mrn_worker_fits(const struct mrn_worker *worker,
                                   const struct mrn_replica *replica, uint64_t reads)
{
    return worker->phase == MRN_WORKER_LIVE && worker->replica == replica &&
           (worker->decoded & reads) == reads;
}
static inline bool mrn_worker_is_held(const struct mrn_worker *worker)
{
    return worker->is_held;
}
/* It can be told to whoever wants to hold it. */
static inline bool mrn_worker_may_be_held(const struct mrn_worker *worker)
{
    return worker->phase == MRN_WORKER_LIVE && worker->process != 0 && !worker->is_held;
}
static inline bool mrn_worker_has_crashed(const struct mrn_worker *worker)
{
    return worker->mark->signs.has_crashed != 0;
}
static inline bool mrn_worker_is_executing(const struct mrn_worker *worker)
{
    /* Else its reply is on its way. */
    return worker->mark->begun != worker->mark->done &&
           mrn_handed_executing(&worker->handed, worker->mark) != 0;
}
static inline uint32_t mrn_worker_number(const struct mrn_worker *worker)
{
    return worker->number;
}
static inline bool mrn_worker_is_of(const struct mrn_worker *worker,
                                    const struct mrn_replica *replica)
{
    return worker->replica == replica;
}
/* It has not finished, or its end is not yet told, or a debugger looks at it. */
static inline bool mrn_worker_is_busy(const struct mrn_worker *worker)
{
    return mrn_handed_count(&worker->handed) > 0 || worker->phase == MRN_WORKER_DYING ||
           worker->is_held;
}
static inline uint32_t mrn_worker_load(const struct mrn_worker *worker)
{
    return mrn_handed_count(&worker->handed);
}
static inline bool mrn_worker_may_queue(const struct mrn_worker *worker, uint32_t depth_max,
                                        size_t size)
{
    return mrn_handed_may_add(&worker->handed, depth_max, size);
}
static inline struct pollfd mrn_worker_poll(const struct mrn_worker *worker, bool is_read)
{
    const bool is_written = mrn_handed_is_unwritten(&worker->handed);
    const short wanted = (short)((is_read ? POLLIN : 0) | (is_written ? POLLOUT : 0));
    const bool is_live = worker->phase == MRN_WORKER_LIVE;
    const struct pollfd entry = {is_live && wanted != 0 ? worker->socket : -1, wanted, 0};
    return entry;
}
static inline struct pollfd mrn_worker_poll_output(const struct mrn_worker *worker)
{
    return mrn_output_poll(&worker->output, true);
}

#endif
