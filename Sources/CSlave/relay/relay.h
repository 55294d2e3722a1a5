/*
 * The relay: the slave proper. One thread and one poll loop between the master's stream and the
 * processes that run user code; it never runs user code itself.
 *
 *   relay.c     set-up, the loop, the end
 *   requests.c  what the master asks
 *   replicas.c  positions: replicas, loading of shared data, retirement
 *   commands.c  what replicas are told
 *   updates.c   the way from one position to the next
 *   workers.c   who executes what: assignment, cancellation
 *   replies.c   what comes from workers: replies, deaths
 *   output.c    what user code writes: lines for the master's log
 */
#ifndef MRN_RELAY_H
#define MRN_RELAY_H

#include "../buffers/outgoing.h"
#include "../exits.h"
#include "../limits.h"
#include "../port/port.h"
#include "../protocol/calls.h"
#include "../protocol/rules.h"
#include "../protocol/versions.h"
#include "../replica/control.h"
#include "../wire/message.h"
#include "../wire/record.h"
#include "guardian.h"
#include "marionette.h"
#include "operation.h"

/* Descriptors that always have a place in what is polled: signals, the guardian's news, the wire in
 * and out, and what replicas write. */
#define MRN_POLLED_FIXED 5u

enum mrn_replica_phase { MRN_REPLICA_APPLYING, MRN_REPLICA_READY };

/* A command that a replica had no room for yet. */
struct mrn_pending {
    struct mrn_pending *next;
    struct mrn_command command;
    int fds[2]; /* our own */
};

struct mrn_replica {
    uint64_t position;
    enum mrn_replica_phase phase;
    bool gone;           /* its socket ended; what it died of is still to come */
    bool retired;        /* no operation will come for it */
    uint32_t update_xid; /* the call that makes it */
    uint32_t update_procedure;
    int control;
    int process;                       /* 0: not yet told */
    uint32_t generation;               /* a position that failed may be tried again */
    uint64_t versions[MRN_SHARED_MAX]; /* that hold at this position; 0: none */
    uint64_t loaded;                   /* a bit for each slot that it has decoded */
    uint64_t loading;
    uint64_t broken; /* slots whose bytes do not decode, as `failure` tells */
    char failure[MRN_FAILURE_MAX];
    struct mrn_queue waiting;
    struct mrn_report report;
    size_t report_size; /* bytes of it that have come */
    struct mrn_pending *first_pending;
    struct mrn_pending *last_pending;
    uint32_t pending_count;
    size_t pending_sent; /* bytes of the first one */
};

/* The operation that wrote something. */
struct mrn_author {
    uint32_t procedure; /* 0: unknown */
    bool is_open;       /* its call has not ended */
    uint32_t xid;
};

/* What a process of user code has written. Its standard output and error are a pipe, of which the
 * relay is the reader: so its last words outlive it. */
struct mrn_output {
    int pipe; /* -1: none */
    uint32_t count;
    struct mrn_author author; /* of `text` */
    uint8_t *text;            /* the begin of a line; NULL: nothing was written yet */
};

#define MRN_NO_WORKER UINT32_MAX

enum mrn_worker_phase { MRN_WORKER_NONE, MRN_WORKER_LIVE, MRN_WORKER_DYING };

struct mrn_worker {
    enum mrn_worker_phase phase;
    bool killed; /* by us: an expected end */
    bool closed; /* holds an operation that takes long, or must be alone: nothing is added */
    int socket;
    int process; /* 0: not yet told */
    uint32_t generation;
    uint32_t answered;                /* replies of this process */
    const struct mrn_procedure *last; /* that was answered; NULL: none */
    struct mrn_output output;
    struct mrn_replica *replica;
    uint64_t loaded;
    struct mrn_queue given; /* in the order of execution */
    size_t given_bytes;
    struct mrn_operation *sending; /* the first that is not wholly written */
    size_t sent;                   /* bytes of it that are */
    struct mrn_records in;
};

/* Positions from `first` on and below `below`. */
struct mrn_span {
    uint64_t first;
    uint64_t below;
};

/* An update that waits for its predecessors, and the operations that wait for it. */
struct mrn_update {
    struct mrn_update *next;
    struct mrn_span skippable; /* what the last retirement before it named */
    bool retired;
    struct mrn_queue waiting;
    uint32_t xid;
    struct mrn_change change;
    uint8_t arguments[];
};

struct mrn_relay {
    const struct mrn_application *application;
    int wire_in;
    int wire_out;
    int signals;
    int status;   /* -1: going on; else the exit code */
    uint64_t now; /* microseconds, as this turn began */
    struct mrn_greeting greeting;
    struct mrn_guardian guardian;
    struct mrn_output replica_output; /* of all of them: one after the other applies an update */
    uint64_t output_polled;           /* when it last was */
    uint32_t guardian_deaths;
    struct mrn_records in;
    struct mrn_outgoing out;
    struct mrn_writer scratch; /* one small message at a time */
    uint32_t next_xid;

    struct mrn_replica *replicas[MRN_REPLICAS_MAX]; /* by ascending position */
    uint32_t replica_count;
    uint32_t replica_generation;
    struct mrn_span retired; /* by the last retirement */
    struct mrn_update *first_update;
    struct mrn_update *last_update;
    uint32_t update_count;
    uint64_t update_bytes;
    uint64_t lost_since; /* 0: no replica is gone */
    struct mrn_versions versions;

    struct mrn_operations operations;
    struct mrn_areas areas;
    struct mrn_worker *workers;
    uint32_t worker_count;
    uint32_t next_worker; /* where the search begins */
    uint32_t idle_deaths;
    struct mrn_mark *marks;
    uint32_t *averages; /* microseconds of each procedure, in sixteenths; UINT32_MAX: unknown */
    struct pollfd *polled;
};

/* relay.c */
int mrn_relay_serve(const struct mrn_application *application);
/* Ends the slave with a sentence on stderr. The first one counts. */
void mrn_relay_fail(struct mrn_relay *relay, int status, const char *format, ...) MRN_PRINTF(3, 4);
/* Queues the message in `scratch`, and empties it. */
void mrn_relay_send(struct mrn_relay *relay);
void mrn_relay_answer_failure(struct mrn_relay *relay, uint32_t xid, const char *format, ...)
    MRN_PRINTF(3, 4);

/* requests.c */
void mrn_relay_handle(struct mrn_relay *relay, const struct mrn_record *record);

/* replicas.c */
bool mrn_relay_start(struct mrn_relay *relay);
struct mrn_replica *mrn_replica_newest(struct mrn_relay *relay);
/* An entry in the table, with our end of its socket; *other is the replica's. */
struct mrn_replica *mrn_replica_enter(struct mrn_relay *relay, uint64_t position, int *other);
void mrn_replica_remove(struct mrn_relay *relay, struct mrn_replica *replica);
/* Where operations of that position wait; NULL when there is none, or none any more. */
struct mrn_queue *mrn_relay_queue_at(struct mrn_relay *relay, uint64_t position);
/* Has these slots decoded. False: it cannot be, as `text` tells. */
bool mrn_relay_load(struct mrn_relay *relay, struct mrn_replica *replica, uint64_t slots,
                    char text[static MRN_TEXT_MAX]);
void mrn_relay_read_reports(struct mrn_relay *relay, struct mrn_replica *replica);
void mrn_relay_retire(struct mrn_relay *relay, const struct mrn_span *span);
/* Those that nobody holds and nothing will be copied from. */
void mrn_relay_forget_versions(struct mrn_relay *relay);
bool mrn_span_has(const struct mrn_span *span, uint64_t position);
/* Ends replicas that nobody will ask again. */
void mrn_relay_settle(struct mrn_relay *relay);
void mrn_relay_reap(struct mrn_relay *relay);
/* What the guardian tells of its children. */
void mrn_relay_read_news(struct mrn_relay *relay);

/* commands.c */
/* Sent now or, when the replica has no room, in order later: the relay never waits for a replica,
 * which may be waiting for the relay. The descriptors stay the caller's. False, and the slave ends,
 * when the replica cannot be told. */
bool mrn_relay_command(struct mrn_relay *relay, struct mrn_replica *replica,
                       const struct mrn_command *command, int first, int second);
void mrn_relay_send_pending(struct mrn_relay *relay);
void mrn_relay_drop_pending(struct mrn_replica *replica);

/* output.c */
bool mrn_output_begin(struct mrn_output *output, int pipe);
/* `worker`: its number; MRN_NO_WORKER for replicas. What it left without an end is sent too. */
void mrn_output_end(struct mrn_relay *relay, struct mrn_output *output, uint32_t worker);
void mrn_output_read(struct mrn_relay *relay, struct mrn_output *output, uint32_t worker);
/* All that is there now, at the slave's end. */
void mrn_output_end_all(struct mrn_relay *relay);

/* updates.c */
void mrn_relay_take_update(struct mrn_relay *relay, struct mrn_update *update);
/* Begins the one that is due, when the newest replica stands. */
void mrn_update_next(struct mrn_relay *relay);
void mrn_update_applied(struct mrn_relay *relay, struct mrn_replica *replica);
/* Answers the update and its operations, and removes the replica. */
void mrn_update_failed(struct mrn_relay *relay, struct mrn_replica *replica, const char *text);

/* workers.c and, for what comes from them, replies.c */
bool mrn_workers_make(struct mrn_relay *relay, uint32_t count);
void mrn_workers_assign(struct mrn_relay *relay);
void mrn_workers_write(struct mrn_relay *relay);
/* `process` of the worker ends, and is expected to. */
void mrn_workers_kill(struct mrn_relay *relay, struct mrn_worker *worker);
bool mrn_workers_fork(struct mrn_relay *relay, struct mrn_worker *worker,
                      struct mrn_replica *replica);
void mrn_workers_read(struct mrn_relay *relay, struct mrn_worker *worker);
void mrn_workers_started(struct mrn_relay *relay, const struct mrn_report *report);
void mrn_workers_ended(struct mrn_relay *relay, const struct mrn_report *report);
void mrn_workers_cancel(struct mrn_relay *relay, uint32_t xid);
/* Which of the operations that it holds the worker executes: 1 for the first; 0: none. */
uint32_t mrn_workers_executing(const struct mrn_relay *relay, const struct mrn_worker *worker);
/* Some worker of this replica has not finished, or its end is not yet told. */
bool mrn_workers_busy(const struct mrn_relay *relay, const struct mrn_replica *replica);
/* Lets the workers of a replica end, since it will. */
void mrn_workers_release(struct mrn_relay *relay, const struct mrn_replica *replica);

#endif
