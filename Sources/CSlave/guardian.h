/*
 * The guardian: a process that does nothing but wait for the relay's end, whatever its cause, and
 * then kills replicas and workers: they all are in its process group. The number of the group
 * cannot be used by others meanwhile, since the guardian is a member of it.
 */
#ifndef MRN_GUARDIAN_H
#define MRN_GUARDIAN_H

struct mrn_guardian {
    int process;
    int group;
    int lifeline; /* held by the relay alone: its end is what the guardian waits for */
};

/* Starts one in group `group`, or in a group of its own where that is 0. */
int mrn_guardian_start(struct mrn_guardian *guardian, int group);
/* Kills the group, the guardian with it, and waits until all are gone. */
void mrn_guardian_end(struct mrn_guardian *guardian);

#endif
