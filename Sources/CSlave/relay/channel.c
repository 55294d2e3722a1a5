#include "channel.h"

#include "../port/invariant.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct mrn_pending {
    struct mrn_pending *next;
    struct mrn_command command;
    int fds[2]; /* our own */
};

static void drop_first(struct mrn_channel *channel)
{
    struct mrn_pending *first = channel->first;
    channel->first = first->next;
    if (channel->first == NULL)
        channel->last = NULL;
    channel->count--;
    channel->sent = 0;
    mrn_port_close(first->fds[0]);
    mrn_port_close(first->fds[1]);
    free(first);
}

static void drop_all(struct mrn_channel *channel)
{
    while (channel->first != NULL)
        drop_first(channel);
}

int mrn_channel_open(struct mrn_channel *channel, int *other)
{
    int ends[2];
    if (mrn_port_socket_pair(ends) != 0)
        return -1;
    (void)mrn_port_set_blocking(ends[0], false);
    channel->socket = ends[0];
    *other = ends[1];
    return 0;
}

void mrn_channel_close(struct mrn_channel *channel)
{
    drop_all(channel);
    mrn_port_close(channel->socket);
}

/* `sent` bytes of it have gone; -1: none, and errno tells why. False, and the slave ends, when it
 * will never go. */
static bool may_go_later(struct mrn_stop *stop, ptrdiff_t sent)
{
    /* Linux refuses a descriptor while too many are on their way. */
    if (sent >= 0 || errno == EAGAIN || errno == EWOULDBLOCK || errno == ETOOMANYREFS)
        return true;
    mrn_stop_with(stop, MRN_EXIT_SYSTEM, "a replica cannot be reached: %s", strerror(errno));
    return false;
}

/* A replica that is gone is told of when its cause is known. */
static bool is_lost(ptrdiff_t sent)
{
    return sent < 0 && (errno == EPIPE || errno == ECONNRESET);
}

static bool append(struct mrn_channel *channel, const struct mrn_command *command, const int fds[2],
                   size_t sent)
{
    struct mrn_pending *pending = malloc(sizeof *pending);
    if (pending == NULL)
        return false;
    pending->next = NULL;
    pending->command = *command;
    for (int i = 0; i < 2; i++)
        pending->fds[i] = sent > 0 ? -1 : mrn_port_duplicate(fds[i]);
    if (channel->last != NULL)
        channel->last->next = pending;
    else
        channel->first = pending;
    channel->last = pending;
    channel->count++;
    if (sent > 0)
        channel->sent = sent;
    /* A worker's fork and its end, its next fork; a load for each slot; one update. */
    MRN_INVARIANT(channel->count <= MRN_COMMANDS_MAX);
    return sent > 0 ||
           ((fds[0] < 0 || pending->fds[0] >= 0) && (fds[1] < 0 || pending->fds[1] >= 0));
}

bool mrn_channel_send(struct mrn_channel *channel, struct mrn_stop *stop,
                      const struct mrn_command *command, int first, int second)
{
    const int fds[2] = {first, second};
    ptrdiff_t sent = 0;
    if (channel->is_gone)
        return true;
    if (channel->first == NULL) {
        sent = mrn_port_send(channel->socket, command, sizeof *command, fds);
        if (sent == (ptrdiff_t)sizeof *command || is_lost(sent))
            return true;
        if (!may_go_later(stop, sent))
            return false;
    }
    if (append(channel, command, fds, sent > 0 ? (size_t)sent : 0))
        return true;
    mrn_stop_with(stop, MRN_EXIT_SYSTEM, "a replica cannot be told: %s", strerror(errno));
    return false;
}

void mrn_channel_flush(struct mrn_channel *channel, struct mrn_stop *stop)
{
    static const int none[2] = {-1, -1};
    while (!channel->is_gone && channel->first != NULL) {
        const struct mrn_pending *first = channel->first;
        const size_t begun = channel->sent;
        ptrdiff_t sent =
            mrn_port_send(channel->socket, (const uint8_t *)&first->command + begun,
                          sizeof first->command - begun, begun > 0 ? none : first->fds);
        if (is_lost(sent)) {
            drop_all(channel);
            return;
        }
        if (!may_go_later(stop, sent) || sent < 0)
            return;
        channel->sent += (size_t)sent;
        if (channel->sent == sizeof first->command)
            drop_first(channel);
    }
}

bool mrn_channel_read(struct mrn_channel *channel, struct mrn_report *report)
{
    while (!channel->is_gone) {
        uint8_t *to = (uint8_t *)&channel->report + channel->report_size;
        ptrdiff_t count =
            mrn_port_read(channel->socket, to, sizeof channel->report - channel->report_size);
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return false;
        if (count <= 0) {
            channel->is_gone = true;
            return false;
        }
        channel->report_size += (size_t)count;
        if (channel->report_size < sizeof channel->report)
            continue;
        *report = channel->report;
        channel->report_size = 0;
        return true;
    }
    return false;
}

struct pollfd mrn_channel_poll(const struct mrn_channel *channel)
{
    const short wanted = channel->first != NULL ? POLLIN | POLLOUT : POLLIN;
    const struct pollfd entry = {channel->is_gone ? -1 : channel->socket, wanted, 0};
    return entry;
}
