/*
 * The process groups of a slave. Each worker and each replica leads a session, and so a group, of
 * its own: what user code does to its group (`kill(0, SIGTERM)`) happens to itself, and what it
 * leaves behind is in its group and ended with it. All processes of a slave share one page with
 * their numbers, so that whoever ends the slave finds them.
 */
#ifndef MRN_GROUPS_H
#define MRN_GROUPS_H

#include "port.h"

#include <stdbool.h>

/* Before any process is forked that is to lead one. False: no memory. */
bool mrn_groups_make(void);
/* This process leads one from now on. */
void mrn_groups_enter(void);
/* One child that has ended; what it left in its group is killed before its number can be another's.
 * False when there is none now. Those that stand still, or go on, are told on the way. */
bool mrn_groups_reap(struct mrn_ending *ending, mrn_stop_teller *tell_stop, void *context);
/* Kills all of them. */
void mrn_groups_kill(void);

#endif
