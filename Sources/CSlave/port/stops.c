/* Processes that stand still. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* signals under -std=c99 on each C library */
#endif
#include "port.h"

#include <signal.h>
#include <stdio.h>
#include <sys/types.h>

/* One that nobody here has stopped is told and left alone: whoever stopped it wants it so.
 * Debuggers stop with ptrace(2), which is not told to a parent. */
void mrn_port_tell_stop(void *context, int process, int signal)
{
    char name[16];
    (void)context;
    if (signal != 0)
        (void)fprintf(stderr,
                      "slave: process %d is stopped by %s; its work waits until it goes on (kill "
                      "-CONT %d) or is killed\n",
                      process, mrn_port_signal_name(signal, name), process);
    else
        (void)fprintf(stderr, "slave: process %d goes on\n", process);
}

int mrn_port_stop(int process)
{
    return process > 1 ? kill((pid_t)process, SIGSTOP) : -1;
}

int mrn_port_continue(int process)
{
    return process > 1 ? kill((pid_t)process, SIGCONT) : -1;
}

void mrn_port_stand_still(volatile uint32_t *is_standing)
{
    *is_standing = 1;
    (void)raise(SIGSTOP);
    *is_standing = 0;
}
