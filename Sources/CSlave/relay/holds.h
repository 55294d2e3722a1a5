/*
 * Workers that stand still for a debugger, and those that one waits for. A hold begins with the
 * call that asks for it, which is answered when the worker stands still, and ends with its release
 * or with the worker.
 */
#ifndef MRN_HOLDS_H
#define MRN_HOLDS_H

#include "worker_process.h"

struct mrn_hold {
    bool is_used;
    bool is_answered;
    uint32_t xid; /* of the call */
    slave_hold asked;
    uint64_t since;
    struct mrn_worker *worker; /* NULL: none was found yet */
};

struct mrn_holds {
    struct mrn_hold items[MRN_HOLDS_MAX];
    uint32_t count;
};

/* Answers at once if there are too many. */
void mrn_holds_add(struct mrn_holds *holds, struct mrn_sending *sending, uint32_t xid,
                   const slave_hold *asked, uint64_t now);
/* `text` is why it is none. */
void mrn_holds_refuse(struct mrn_sending *sending, uint32_t xid, const char *text);
/* It is over, and its worker goes on. */
void mrn_holds_remove(struct mrn_holds *holds, uint32_t xid);

/* One waits for whoever is given this operation. */
bool mrn_holds_await(const struct mrn_holds *holds, const struct mrn_operation *operation);
/* The worker is about to be given it. */
void mrn_holds_give(struct mrn_holds *holds, const struct mrn_operation *operation,
                    struct mrn_worker *worker);
/* One waits for a crash. */
bool mrn_holds_await_crash(const struct mrn_holds *holds);
/* One waits for a worker as it is: offer all of them, soon and again. */
bool mrn_holds_are_sought(const struct mrn_holds *holds);
void mrn_holds_offer(struct mrn_holds *holds, struct mrn_worker *worker, uint64_t now);

/* The worker stands still. False: for nobody here. */
bool mrn_holds_stopped(struct mrn_holds *holds, struct mrn_sending *sending,
                       struct mrn_worker *worker, uint64_t now);
/* Its process has ended. */
void mrn_holds_ended(struct mrn_holds *holds, const struct mrn_worker *worker);

#endif
