/*
 * The guardian: a process between the relay and all that runs user code. It waits for the relay's
 * end, whatever its cause, and then kills what is below it. A relay that lives although the master
 * is gone, since it is stopped, it ends too.
 *
 * Replicas, workers and what they leave behind are its descendants. Where the system lets it adopt
 * orphans (Linux) it finds each of them, also what called setsid(2); elsewhere it ends the groups
 * that groups.h tells.
 */
#ifndef MRN_GUARDIAN_H
#define MRN_GUARDIAN_H

#include <stdbool.h>
#include <stdint.h>

struct mrn_guardian {
    int process;  /* 0: none yet */
    int lifeline; /* held by the relay alone: its end is what the guardian waits for */
    int news;     /* what the guardian says of its children; reading never waits */
    uint32_t deaths;
};

enum mrn_news_kind { MRN_CHILD_STARTED, MRN_CHILD_EXITED, MRN_CHILD_SIGNALLED };

/* Of a child of the guardian: the first replica, and those whose parent has ended. */
struct mrn_news {
    uint32_t kind;
    int32_t process;
    int32_t code;
};

/* Starts one that watches whether the other end of `wire` is gone. Where `first` is not NULL a
 * child of it calls that and never returns. */
int mrn_guardian_start(struct mrn_guardian *guardian, int wire, void (*first)(void *context),
                       void *context);
/* It has ended: starts another one. False: that cannot be, or was done too often. */
bool mrn_guardian_restart(struct mrn_guardian *guardian, int wire);
static inline bool mrn_guardian_is(const struct mrn_guardian *guardian, int process)
{
    return guardian->process == process;
}
/* To be polled for news; -1: there is no guardian yet. */
static inline int mrn_guardian_news(const struct mrn_guardian *guardian)
{
    return guardian->process != 0 ? guardian->news : -1;
}
bool mrn_guardian_read(const struct mrn_guardian *guardian, struct mrn_news *news);
/* Ends all processes of the slave but this one, and waits until they are gone. */
void mrn_guardian_end(struct mrn_guardian *guardian);

#endif
