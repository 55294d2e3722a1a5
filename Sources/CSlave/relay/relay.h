/*
 * The relay: the slave proper. One thread and one poll loop between the master's stream and the
 * processes that run user code; it never runs user code itself.
 *
 * Its parts own their state, and each stands on those above it only:
 *
 *   sending     what goes to the master
 *   operation   calls: queued, or handed to a worker and not yet answered
 *   output      what user code writes: lines for the master's log
 *   guardian    the process that ends all others
 *   channel, slots, replicas
 *               what replicas are told and say, what shared data they have; positions
 *   updates     the way from one position to the next
 *   durations, handed, replies, worker_process, holds, workers
 *               how long operations take, what a worker holds, what it answers, its process; who is
 *               held for a debugger; who executes what
 *
 * They meet here, and nowhere else:
 *
 *   requests    what the master asks
 *   reports     what replicas and the guardian say of processes
 *   relay       set-up, the loop, the end
 */
#ifndef MRN_RELAY_H
#define MRN_RELAY_H

#include "../buffers/areas.h"
#include "../protocol/rules.h"
#include "../protocol/stop.h"
#include "../wire/record.h"
#include "guardian.h"
#include "operation.h"
#include "replicas.h"
#include "sending.h"
#include "updates.h"
#include "workers.h"

struct mrn_relay {
    const struct mrn_application *application;
    struct mrn_stop stop;
    struct mrn_greeting greeting;
    uint64_t now;           /* microseconds, as this turn began */
    uint64_t output_polled; /* when what user code writes last was */
    int wire;               /* from the master */
    int signals;
    struct mrn_records in;
    struct mrn_sending sending;
    struct mrn_areas areas;
    struct mrn_operations operations;
    struct mrn_guardian guardian;
    struct mrn_replicas *replicas;
    struct mrn_updates *updates;
    struct mrn_workers *workers;
};

/* relay.c */
int mrn_relay_serve(const struct mrn_application *application);

/* requests.c */
void mrn_relay_handle(struct mrn_relay *relay, const struct mrn_record *record);

/* reports.c */
void mrn_relay_read_reports(struct mrn_relay *relay, struct mrn_replica *replica);
void mrn_relay_read_news(struct mrn_relay *relay);
/* Our own children have ended. */
void mrn_relay_reap(struct mrn_relay *relay);
/* Ends replicas that nobody will ask again. */
void mrn_relay_settle(struct mrn_relay *relay);

#endif
