/*
 * A replica: the application's state at one position, and the parent of the workers that execute
 * there. It does what the relay commands (control.h) and reports how its children end.
 */
#ifndef MRN_REPLICA_H
#define MRN_REPLICA_H

#include "../buffers/areas.h"
#include "../port/crash.h"
#include "../worker/mark.h"
#include "marionette.h"

/* The first replica, at position 0, in a process of its own. Never returns. */
void mrn_replica_run(const struct mrn_application *application, int control, struct mrn_mark *marks,
                     struct mrn_crash *crashes, const struct mrn_areas *areas);

#endif
