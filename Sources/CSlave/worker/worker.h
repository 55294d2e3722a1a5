/* A worker: executes one operation at a time, until its socket ends. */
#ifndef MRN_WORKER_H
#define MRN_WORKER_H

#include "../buffers/areas.h"
#include "../port/crash.h"
#include "state.h"

struct mrn_worker_place {
    int socket;
    uint32_t number;
    struct mrn_mark *mark;
    struct mrn_crash *crash;
    const struct mrn_areas *areas;
};

/* Never returns. */
void mrn_worker_run(struct mrn_state *state, const struct mrn_worker_place *place);

#endif
