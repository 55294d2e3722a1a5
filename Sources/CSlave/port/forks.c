#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include "port.h"

#include <pthread.h>

static bool is_fork;

static void note_fork(void)
{
    is_fork = true;
}

/* Handlers outlive a fork: a replica and its workers have one. Without memory for it nothing is
 * noticed. */
void mrn_port_notice_forks(void)
{
    static bool is_noticing;
    if (!is_noticing)
        is_noticing = pthread_atfork(NULL, NULL, note_fork) == 0;
    is_fork = false;
}

bool mrn_port_is_fork(void)
{
    return is_fork;
}
