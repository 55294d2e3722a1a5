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

/* Without memory for the handler nothing is noticed. */
void mrn_port_notice_forks(void)
{
    (void)pthread_atfork(NULL, NULL, note_fork);
}

bool mrn_port_is_fork(void)
{
    return is_fork;
}
