#include "slots.h"

#include <stdio.h>
#include <string.h>

void mrn_slots_inherit(struct mrn_slots *slots, const struct mrn_slots *before)
{
    memcpy(slots->versions, before->versions, sizeof slots->versions);
}

void mrn_slots_set(struct mrn_slots *slots, uint32_t slot, uint64_t version)
{
    slots->versions[slot] = version;
}

const struct mrn_version *mrn_slots_load(struct mrn_slots *slots,
                                         const struct mrn_versions *versions,
                                         const struct mrn_application *application, uint32_t slot,
                                         struct mrn_command *command,
                                         char text[static MRN_TEXT_MAX])
{
    uint64_t number = slots->versions[slot];
    const struct mrn_version *version = mrn_versions_find(versions, slot, number);
    if ((slots->broken >> slot & 1) != 0) {
        (void)snprintf(text, MRN_TEXT_MAX, "%s", slots->failure);
        return NULL;
    }
    if (number == 0 || version == NULL || !mrn_version_is_whole(version)) {
        (void)snprintf(text, MRN_TEXT_MAX, "'%s' was not sent before the operation that reads it",
                       application->shared[slot].name);
        return NULL;
    }
    memset(command, 0, sizeof *command);
    command->kind = MRN_LOAD;
    command->slot = slot;
    command->version = number;
    command->size = version->size;
    command->is_composed = version->base != 0;
    command->checksum = version->checksum;
    slots->loading |= UINT64_C(1) << slot;
    return version;
}

void mrn_slots_loaded(struct mrn_slots *slots, const struct mrn_report *report)
{
    if (report->slot >= MRN_SHARED_MAX)
        return;
    const uint64_t bit = UINT64_C(1) << report->slot;
    slots->loading &= ~bit;
    if (report->text[0] == '\0') {
        slots->decoded |= bit;
        return;
    }
    slots->broken |= bit;
    (void)snprintf(slots->failure, sizeof slots->failure, "%.300s", report->text);
}
