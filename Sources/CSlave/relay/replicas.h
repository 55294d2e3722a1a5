/*
 * Replicas, as the relay sees them: one process for each position, the shared data that hold there,
 * and the operations that wait to be executed there. Workers are forked from them.
 */
#ifndef MRN_REPLICAS_H
#define MRN_REPLICAS_H

#include "../protocol/calls.h"
#include "../protocol/stop.h"
#include "../replica/control.h"
#include "operation.h"
#include "output.h"

struct mrn_replica;
struct mrn_replicas;

/* Positions from `first` on and below `below`. */
struct mrn_span {
    uint64_t first;
    uint64_t below;
};

static inline bool mrn_span_has(const struct mrn_span *span, uint64_t position)
{
    return position >= span->first && position < span->below;
}

/* There are none yet. NULL: no memory. */
struct mrn_replicas *mrn_replicas_make(const struct mrn_application *application,
                                       struct mrn_stop *stop);
/* The first, of position 0. Its process gets *control, and writes to *output. False: the slave
 * ends. */
bool mrn_replicas_begin(struct mrn_replicas *replicas, int *control, int *output);
/* Its process is this one. It may have been retired by now. */
void mrn_replicas_first_started(struct mrn_replicas *replicas, int process);

/* ---- The table: by ascending position ---- */

struct mrn_replica *mrn_replicas_at(const struct mrn_replicas *replicas, uint32_t index);
struct mrn_replica *mrn_replicas_of_process(const struct mrn_replicas *replicas, int process);
/* The one whose end its parent reports; NULL when it was retired or refused its update. */
struct mrn_replica *mrn_replicas_reported(const struct mrn_replicas *replicas,
                                          const struct mrn_report *report);
/* Where operations of that position wait; NULL: there is no such replica. */
struct mrn_queue *mrn_replicas_waiting_at(const struct mrn_replicas *replicas, uint64_t position);
/* True, if one of those that wait is called so. */
bool mrn_replicas_cancel(struct mrn_replicas *replicas, struct mrn_operations *operations,
                         uint32_t xid);
void mrn_replicas_remove(struct mrn_replicas *replicas, struct mrn_replica *replica);
/* What is retired is not removed: operations may still wait there. */
void mrn_replicas_retire(struct mrn_replicas *replicas, const struct mrn_span *span);
/* Nobody will ask the one at this index again, and none is being made of it: its workers may still
 * have to finish. */
bool mrn_replicas_may_end(const struct mrn_replicas *replicas, uint32_t index);

/* ---- Positions ---- */

uint64_t mrn_replicas_newest(const struct mrn_replicas *replicas);
/* The newest stands: another can be made of it. */
bool mrn_replicas_can_grow(const struct mrn_replicas *replicas);
bool mrn_replicas_are_full(const struct mrn_replicas *replicas);
/* Has the newest one make its successor. NULL: the slave ends. */
struct mrn_replica *mrn_replicas_grow(struct mrn_replicas *replicas, uint32_t xid,
                                      const struct mrn_change *change, bool is_retired);
/* It stands. */
void mrn_replica_applied(struct mrn_replica *replica, const struct mrn_report *report);

/* ---- Shared data ---- */

/* As mrn_take_shared. */
bool mrn_replicas_take_shared(struct mrn_replicas *replicas, struct mrn_reader *in,
                              uint32_t procedure, const char **fault);
/* Forgets versions that nobody holds and nothing will be copied from. */
void mrn_replicas_prune(struct mrn_replicas *replicas);
/* Has these slots decoded. False: it cannot be, as `text` tells, or the slave ends. */
bool mrn_replicas_load(struct mrn_replicas *replicas, struct mrn_replica *replica, uint64_t slots,
                       char text[static MRN_TEXT_MAX]);
void mrn_replica_loaded(struct mrn_replica *replica, const struct mrn_report *report);

/* ---- One replica ---- */

uint64_t mrn_replica_position(const struct mrn_replica *replica);
uint32_t mrn_replica_update(const struct mrn_replica *replica); /* the call that makes it */
struct mrn_queue *mrn_replica_waiting(struct mrn_replica *replica);
uint64_t mrn_replica_decoded(const struct mrn_replica *replica); /* a bit for each slot */
/* Workers can be forked from it. */
bool mrn_replica_is_ready(const struct mrn_replica *replica);
bool mrn_replica_is_retired(const struct mrn_replica *replica);

/* ---- What is said to them, and by them ---- */

/* As mrn_channel_send. */
bool mrn_replicas_command(struct mrn_replicas *replicas, struct mrn_replica *replica,
                          const struct mrn_command *command, int first, int second);
void mrn_replicas_flush(struct mrn_replicas *replicas);
/* Fills in one entry for each, and returns how many. */
size_t mrn_replicas_poll(const struct mrn_replicas *replicas, struct pollfd *polled);
/* The next report that is there. False: none is now. */
bool mrn_replicas_read(struct mrn_replicas *replicas, struct mrn_replica *replica, uint64_t now,
                       struct mrn_report *report);
/* Its process ended so. True: the update that makes it did that, as `text` tells; false: the slave
 * ends. */
bool mrn_replicas_ended(struct mrn_replicas *replicas, const struct mrn_replica *replica,
                        bool is_signalled, int code, char text[static MRN_TEXT_MAX]);
/* When a replica's socket ended, while the cause is still to come; 0: none did. */
uint64_t mrn_replicas_lost_since(const struct mrn_replicas *replicas);
/* Of all of them: one after the other applies an update. */
struct mrn_output *mrn_replicas_output(struct mrn_replicas *replicas);

#endif
