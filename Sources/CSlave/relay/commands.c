#include "relay.h"

#include "../port/invariant.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void drop_first(struct mrn_replica *replica)
{
    struct mrn_pending *first = replica->first_pending;
    replica->first_pending = first->next;
    if (replica->first_pending == NULL)
        replica->last_pending = NULL;
    replica->pending_count--;
    replica->pending_sent = 0;
    mrn_port_close(first->fds[0]);
    mrn_port_close(first->fds[1]);
    free(first);
}

void mrn_relay_drop_pending(struct mrn_replica *replica)
{
    while (replica->first_pending != NULL)
        drop_first(replica);
}

/* `sent` bytes of it have gone; -1: none, and errno tells why. False, and the slave ends, when it
 * will never go. */
static bool may_go_later(struct mrn_relay *relay, ptrdiff_t sent)
{
    /* Linux refuses a descriptor while too many are on their way. */
    if (sent >= 0 || errno == EAGAIN || errno == EWOULDBLOCK || errno == ETOOMANYREFS)
        return true;
    mrn_relay_fail(relay, MRN_EXIT_SYSTEM, "a replica cannot be reached: %s", strerror(errno));
    return false;
}

/* A replica that is gone is told of when its cause is known. */
static bool is_gone(ptrdiff_t sent)
{
    return sent < 0 && (errno == EPIPE || errno == ECONNRESET);
}

static bool append(struct mrn_replica *replica, const struct mrn_command *command, const int fds[2],
                   size_t sent)
{
    struct mrn_pending *pending = malloc(sizeof *pending);
    if (pending == NULL)
        return false;
    pending->next = NULL;
    pending->command = *command;
    for (int i = 0; i < 2; i++)
        pending->fds[i] = sent > 0 ? -1 : mrn_port_duplicate(fds[i]);
    if (replica->last_pending != NULL)
        replica->last_pending->next = pending;
    else
        replica->first_pending = pending;
    replica->last_pending = pending;
    replica->pending_count++;
    if (sent > 0)
        replica->pending_sent = sent;
    /* A worker's fork and its end, its next fork; a load for each slot; one update. */
    MRN_INVARIANT(replica->pending_count <= MRN_COMMANDS_MAX);
    return sent > 0 ||
           ((fds[0] < 0 || pending->fds[0] >= 0) && (fds[1] < 0 || pending->fds[1] >= 0));
}

bool mrn_relay_command(struct mrn_relay *relay, struct mrn_replica *replica,
                       const struct mrn_command *command, int first, int second)
{
    const int fds[2] = {first, second};
    ptrdiff_t sent = 0;
    if (replica->gone)
        return true;
    if (replica->first_pending == NULL) {
        sent = mrn_port_send(replica->control, command, sizeof *command, fds);
        if (sent == (ptrdiff_t)sizeof *command || is_gone(sent))
            return true;
        if (!may_go_later(relay, sent))
            return false;
    }
    if (append(replica, command, fds, sent > 0 ? (size_t)sent : 0))
        return true;
    mrn_relay_fail(relay, MRN_EXIT_SYSTEM, "a replica cannot be told: %s", strerror(errno));
    return false;
}

static void send_pending(struct mrn_relay *relay, struct mrn_replica *replica)
{
    static const int none[2] = {-1, -1};
    while (replica->first_pending != NULL) {
        const struct mrn_pending *first = replica->first_pending;
        const size_t begun = replica->pending_sent;
        ptrdiff_t sent =
            mrn_port_send(replica->control, (const uint8_t *)&first->command + begun,
                          sizeof first->command - begun, begun > 0 ? none : first->fds);
        if (is_gone(sent)) {
            mrn_relay_drop_pending(replica);
            return;
        }
        if (!may_go_later(relay, sent) || sent < 0)
            return;
        replica->pending_sent += (size_t)sent;
        if (replica->pending_sent == sizeof first->command)
            drop_first(replica);
    }
}

void mrn_relay_send_pending(struct mrn_relay *relay)
{
    for (uint32_t i = 0; i < relay->replica_count; i++)
        if (!relay->replicas[i]->gone)
            send_pending(relay, relay->replicas[i]);
}
