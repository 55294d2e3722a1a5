#include "durations.h"

#include "../limits.h"

#include <stdlib.h>

bool mrn_durations_make(struct mrn_durations *durations, const struct mrn_application *application)
{
    const uint32_t count = application->procedure_count;
    durations->procedures = application->procedures;
    durations->averages = malloc((count + 1) * sizeof *durations->averages);
    if (durations->averages == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++)
        durations->averages[i] = UINT32_MAX;
    return true;
}

uint32_t mrn_durations_depth(const struct mrn_durations *durations,
                             const struct mrn_procedure *procedure)
{
    uint32_t average = durations->averages[procedure - durations->procedures];
    /* At most once: nothing may be lost or begun with it. */
    if (average == UINT32_MAX || procedure->kind == MRN_WORKER_ONCE)
        return 1;
    uint32_t count = MRN_AHEAD_MICROSECONDS * 16u / (average + 1u);
    return count < 1 ? 1 : count > MRN_AHEAD_MAX ? MRN_AHEAD_MAX : count;
}
