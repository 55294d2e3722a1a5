/* The shared data that hold at one position, and what its replica has of them. */
#ifndef MRN_SLOTS_H
#define MRN_SLOTS_H

#include "../protocol/versions.h"
#include "../replica/control.h"
#include "marionette.h"

struct mrn_slots {
    uint64_t versions[MRN_SHARED_MAX]; /* 0: none */
    uint64_t decoded;                  /* a bit for each slot */
    uint64_t loading;
    uint64_t broken; /* slots whose bytes do not decode, as `failure` tells */
    char failure[MRN_FAILURE_MAX];
};

static inline bool mrn_slots_hold(const struct mrn_slots *slots, const struct mrn_version *version)
{
    return slots->versions[version->slot] == version->version;
}
/* The version is newer than what holds. */
static inline bool mrn_slots_are_before(const struct mrn_slots *slots,
                                        const struct mrn_version *version)
{
    return slots->versions[version->slot] < version->version;
}
static inline uint64_t mrn_slots_decoded(const struct mrn_slots *slots)
{
    return slots->decoded;
}
/* What a new replica has from the one before it. */
static inline void mrn_slots_set_decoded(struct mrn_slots *slots, uint64_t decoded)
{
    slots->decoded = decoded;
}
/* A replica of the next position begins with the versions of the one before it. */
void mrn_slots_inherit(struct mrn_slots *slots, const struct mrn_slots *before);
void mrn_slots_set(struct mrn_slots *slots, uint32_t slot, uint64_t version);
/* Of `wanted`, the slots that nobody was asked to decode. */
static inline uint64_t mrn_slots_unasked(const struct mrn_slots *slots, uint64_t wanted)
{
    return wanted & ~slots->loading;
}
/* Has the slot decoded, and makes the command for it. Returns the version, whose file goes with
 * that; NULL: it cannot be, as `text` tells. */
const struct mrn_version *mrn_slots_load(struct mrn_slots *slots,
                                         const struct mrn_versions *versions,
                                         const struct mrn_application *application, uint32_t slot,
                                         struct mrn_command *command,
                                         char text[static MRN_TEXT_MAX]);
void mrn_slots_loaded(struct mrn_slots *slots, const struct mrn_report *report);

#endif
