/* The workers of the slave: who executes what, and when. */
#ifndef MRN_WORKERS_H
#define MRN_WORKERS_H

#include "holds.h"

struct mrn_workers;

/* There are none yet. NULL: no memory. */
struct mrn_workers *mrn_workers_make(const struct mrn_workers_base *base);
/* So many, each without a process. False: the slave ends. */
bool mrn_workers_begin(struct mrn_workers *workers, uint32_t count);
uint32_t mrn_workers_count(const struct mrn_workers *workers);
/* One for each of them. */
struct mrn_mark *mrn_workers_marks(const struct mrn_workers *workers);
struct mrn_crash *mrn_workers_crashes(const struct mrn_workers *workers);

/* Hands over what waits at replicas. */
void mrn_workers_assign(struct mrn_workers *workers, uint64_t now);
void mrn_workers_write(struct mrn_workers *workers);
/* True, if one of them holds an operation that is called so; *worker is which. */
bool mrn_workers_cancel(struct mrn_workers *workers, uint32_t xid, uint32_t *worker);

/* For a debugger: as slave.x says of SLAVE_HOLD and SLAVE_RELEASE. */
void mrn_workers_hold(struct mrn_workers *workers, uint32_t xid, const slave_hold *asked,
                      uint64_t now);
void mrn_workers_let_go(struct mrn_workers *workers, uint32_t xid);
/* One of them is to be held as it is, if that is possible now; else soon. */
bool mrn_workers_are_sought(const struct mrn_workers *workers);
void mrn_workers_seek(struct mrn_workers *workers, uint64_t now);

/* These fill in one entry for each, and return how many. `is_read`: replies are wanted. */
size_t mrn_workers_poll(const struct mrn_workers *workers, struct pollfd *polled, bool is_read);
size_t mrn_workers_poll_output(const struct mrn_workers *workers, struct pollfd *polled);
/* These look at the same entries. */
void mrn_workers_read(struct mrn_workers *workers, const struct pollfd *polled);
void mrn_workers_read_output(struct mrn_workers *workers, const struct pollfd *polled);
/* All that is there now, at the slave's end. */
void mrn_workers_end_output(struct mrn_workers *workers);

void mrn_workers_started(struct mrn_workers *workers, const struct mrn_report *report);
void mrn_workers_stopped(struct mrn_workers *workers, const struct mrn_report *report,
                         uint64_t now);
void mrn_workers_ended(struct mrn_workers *workers, const struct mrn_report *report);
/* Some worker of this replica has not finished, or its end is not yet told. */
bool mrn_workers_are_busy(const struct mrn_workers *workers, const struct mrn_replica *replica);
/* Lets the workers of a replica end, since it will. */
void mrn_workers_release(struct mrn_workers *workers, const struct mrn_replica *replica);

#endif
