/*
 * Updates: the way from one position to the next. They wait here until the newest replica stands;
 * then it makes its successor.
 */
#ifndef MRN_UPDATES_H
#define MRN_UPDATES_H

#include "operation.h"
#include "replicas.h"
#include "sending.h"

struct mrn_updates;

/* NULL: no memory. */
struct mrn_updates *mrn_updates_make(struct mrn_stop *stop, struct mrn_sending *sending,
                                     struct mrn_operations *operations,
                                     struct mrn_replicas *replicas);
bool mrn_updates_have_room(const struct mrn_updates *updates);
/* The call `xid`. */
void mrn_updates_take(struct mrn_updates *updates, uint32_t xid, const struct mrn_change *change);
/* Where operations of that position wait; NULL: no update that waits leads there. */
struct mrn_queue *mrn_updates_waiting_at(const struct mrn_updates *updates, uint64_t position);
/* True, if one of those that wait is called so. */
bool mrn_updates_cancel(struct mrn_updates *updates, uint32_t xid);
void mrn_updates_retire(struct mrn_updates *updates, const struct mrn_span *span);
/* The replica stands: what it was made by is answered, and the next update begun. */
void mrn_updates_applied(struct mrn_updates *updates, struct mrn_replica *replica,
                         const struct mrn_report *report);
/* Answers the update and its operations, removes the replica, and begins the next update. */
void mrn_updates_failed(struct mrn_updates *updates, struct mrn_replica *replica, const char *text);

#endif
