#include "guardian.h"

#include "limits.h"
#include "port.h"

#include <stdint.h>

static void guard(int lifeline)
{
    uint8_t byte;
    mrn_port_block_signals();
    while (mrn_port_read(lifeline, &byte, 1) > 0)
        continue;
    /* Ourselves too: nobody is left. */
    (void)mrn_port_kill_group(0);
    mrn_port_leave(0);
}

int mrn_guardian_start(struct mrn_guardian *guardian, int group)
{
    int ends[2];
    if (mrn_port_pipe(ends) != 0)
        return -1;
    int process = mrn_port_fork();
    if (process == 0) {
        mrn_port_close_others(ends[0]);
        if (mrn_port_join_group(0, group) != 0)
            mrn_port_leave(71);
        guard(ends[0]);
    }
    mrn_port_close(ends[0]);
    if (process < 0) {
        mrn_port_close(ends[1]);
        return -1;
    }
    /* Both sides do it: whoever comes first. The first replica joins this group at once. */
    (void)mrn_port_join_group(process, group);
    guardian->process = process;
    guardian->group = group == 0 ? process : group;
    guardian->lifeline = ends[1];
    return 0;
}

void mrn_guardian_end(struct mrn_guardian *guardian)
{
    if (guardian->process == 0)
        return;
    (void)mrn_port_kill_group(guardian->group);
    mrn_port_close(guardian->lifeline);
    mrn_port_await_all(MRN_END_MILLISECONDS);
    guardian->process = 0;
}
