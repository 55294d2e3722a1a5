/*
 * The relay's end of a replica's control socket: commands go out in order, reports come in whole.
 * The relay never waits for a replica, which may be waiting for the relay: a command that there is
 * no room for goes later.
 */
#ifndef MRN_CHANNEL_H
#define MRN_CHANNEL_H

#include "../protocol/stop.h"
#include "../replica/control.h"

#include <poll.h>
#include <stddef.h>

struct mrn_pending;

struct mrn_channel {
    int socket;
    bool is_gone; /* the replica's end is; what it died of is still to come, another way */
    struct mrn_pending *first; /* NULL: no command waits */
    struct mrn_pending *last;
    uint32_t count;
    size_t sent; /* bytes of the first one */
    struct mrn_report report;
    size_t report_size; /* bytes of it that have come */
};

/* *other is the replica's. -1 with errno. */
int mrn_channel_open(struct mrn_channel *channel, int *other);
void mrn_channel_close(struct mrn_channel *channel);
static inline bool mrn_channel_is_gone(const struct mrn_channel *channel)
{
    return channel->is_gone;
}
/* The descriptors stay the caller's. A replica that is gone is told nothing. False, and the slave
 * ends, when one cannot be told. */
bool mrn_channel_send(struct mrn_channel *channel, struct mrn_stop *stop,
                      const struct mrn_command *command, int first, int second);
/* Commands that wait, as far as there is room. */
void mrn_channel_flush(struct mrn_channel *channel, struct mrn_stop *stop);
/* The next report. False: it is not there yet, or the replica is gone. */
bool mrn_channel_read(struct mrn_channel *channel, struct mrn_report *report);
struct pollfd mrn_channel_poll(const struct mrn_channel *channel);

#endif
