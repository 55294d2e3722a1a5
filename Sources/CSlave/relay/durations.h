/* How long operations of each procedure took of late. */
#ifndef MRN_DURATIONS_H
#define MRN_DURATIONS_H

#include "marionette.h"

struct mrn_durations {
    const struct mrn_procedure *procedures;
    uint32_t *averages; /* microseconds of each, in sixteenths; UINT32_MAX: unknown */
    uint64_t count;     /* operations so far */
};

/* False: no memory. */
bool mrn_durations_make(struct mrn_durations *durations, const struct mrn_application *application);
/* An average that forgets: an eighth of each new figure. */
static inline void mrn_durations_learn(struct mrn_durations *durations,
                                       const struct mrn_procedure *procedure, uint64_t microseconds)
{
    uint32_t *average = &durations->averages[procedure - durations->procedures];
    uint32_t figure = microseconds > 1000000u ? 16000000u : (uint32_t)microseconds * 16u;
    *average = *average == UINT32_MAX ? figure : *average - *average / 8 + figure / 8;
    durations->count++;
}
static inline uint64_t mrn_durations_count(const struct mrn_durations *durations)
{
    return durations->count;
}
/* How many operations of this procedure a worker may hold: 1, unless they are known to be short. */
uint32_t mrn_durations_depth(const struct mrn_durations *durations,
                             const struct mrn_procedure *procedure);

#endif
