/* A worker: executes one operation at a time, until its socket ends. */
#ifndef MRN_WORKER_H
#define MRN_WORKER_H

#include "state.h"

/* Never returns. */
void mrn_worker_run(struct mrn_state *state, int socket, uint32_t worker, struct mrn_mark *mark);

#endif
