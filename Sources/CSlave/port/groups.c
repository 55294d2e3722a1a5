#include "groups.h"

#include "../limits.h"
#include "port.h"

#include <stddef.h>

/* User code can't overwrite it: it is writable only while one of these functions writes. */
static int *groups;

#define GROUPS_SIZE (MRN_GROUPS_MAX * sizeof *groups)

bool mrn_groups_make(void)
{
    groups = mrn_port_map_shared(GROUPS_SIZE);
    if (groups == NULL)
        return false;
    mrn_port_protect(groups, GROUPS_SIZE, false);
    return true;
}

static void replace(int from, int to)
{
    if (groups == NULL)
        return;
    for (size_t i = 0; i < MRN_GROUPS_MAX; i++) {
        int found = from;
        if (__atomic_load_n(&groups[i], __ATOMIC_ACQUIRE) != from)
            continue;
        mrn_port_protect(groups, GROUPS_SIZE, true);
        bool done = __atomic_compare_exchange_n(&groups[i], &found, to, false, __ATOMIC_ACQ_REL,
                                                __ATOMIC_ACQUIRE);
        mrn_port_protect(groups, GROUPS_SIZE, false);
        if (done)
            return;
    }
}

void mrn_groups_enter(void)
{
    mrn_port_lead_session();
    replace(0, mrn_port_process());
}

bool mrn_groups_reap(struct mrn_ending *ending, mrn_stop_teller *tell_stop, void *context)
{
    int process = mrn_port_find_ended(tell_stop, context);
    if (process == 0)
        return false;
    (void)mrn_port_kill_group(process);
    replace(process, 0);
    mrn_port_reap(process, ending);
    return true;
}

void mrn_groups_kill(void)
{
    for (size_t i = 0; groups != NULL && i < MRN_GROUPS_MAX; i++) {
        int group = __atomic_load_n(&groups[i], __ATOMIC_ACQUIRE);
        if (group > 1)
            (void)mrn_port_kill_group(group);
    }
}
