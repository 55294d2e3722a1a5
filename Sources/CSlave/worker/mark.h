/* How far a worker has come, for those who see it from outside. */
#ifndef MRN_MARK_H
#define MRN_MARK_H

#include "../port/crash.h"

#include <stdint.h>

/* One line of a page shared by the relay and all workers: how far a worker has come. The worker
 * writes, the relay reads after its death. User code can overwrite it: nothing but blame hangs on
 * it, and the relay checks it against what it handed over. */
struct mrn_mark {
    volatile uint32_t begun;
    volatile uint32_t done;
    uint32_t lent[MRN_REPLY_AREAS]; /* not 0: the relay still has to send what lies in that area */
    struct mrn_signs signs;
    volatile uint32_t stops_next; /* by the relay: it shall stand still before the next operation */
    uint32_t unused[8];           /* a cache line of its own */
};

#endif
