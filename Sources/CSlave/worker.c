#include "worker.h"

#include "port.h"
#include "record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Memory of a large result is given back: many workers stay idle for long. */
#define KEPT_RESULT_MEMORY ((size_t)8 * 1024 * 1024)

/* Calls of one procedure whose time is read at once: reading it for each would cost as much as they
 * do. */
struct group {
    uint32_t procedure;
    uint32_t count;
    uint32_t count_max; /* 1, unless they were quick of late */
    size_t begin;       /* of the first one's reply */
    uint64_t since;
};

struct worker {
    struct mrn_state *state;
    struct mrn_mark *mark;
    uint32_t number;
    int socket;
    struct mrn_records in;
    struct mrn_writer out;
    struct group group;
    uint64_t oldest; /* the time of what is oldest in `out` */
};

static void leave_with(const char *why)
{
    (void)fprintf(stderr, "worker: %s\n", why);
    mrn_port_leave(1);
}

static void flush(struct worker *worker)
{
    struct mrn_writer *out = &worker->out;
    if (out->count == 0)
        return;
    /* A relay that is gone needs no reply. */
    if (mrn_port_write_all(worker->socket, out->bytes, out->count) != 0)
        mrn_port_leave(0);
    mrn_writer_reset(out);
    if (out->capacity > KEPT_RESULT_MEMORY)
        mrn_writer_free(out);
    worker->oldest = worker->group.since;
}

/* Shares the time that has passed among them. */
static void end_group(struct worker *worker)
{
    struct group *group = &worker->group;
    if (group->count == 0)
        return;
    uint64_t now = mrn_port_microseconds();
    uint64_t span = now - group->since;
    uint64_t each = span / group->count;
    size_t at = group->begin;
    for (uint32_t i = 0; i < group->count; i++)
        at = mrn_result_took(&worker->out, at, each + (i < span % group->count));
    if (each > MRN_QUICK_MICROSECONDS)
        group->count_max = 1;
    else if (group->count_max < MRN_GROUP_MAX)
        group->count_max *= 2;
    group->count = 0;
    group->since = now;
    /* A log line without its end is seen now, not when the next one comes. */
    (void)fflush(stdout);
    (void)fflush(stderr);
}

static void execute(struct worker *worker, const struct mrn_record *record)
{
    struct group *group = &worker->group;
    struct mrn_message message;
    const char *fault = mrn_message_read(&message, record->bytes, record->size);
    if (fault != NULL)
        leave_with(fault);
    if (message.procedure != group->procedure)
        end_group(worker);
    if (group->count++ == 0) {
        group->procedure = message.procedure;
        group->begin = worker->out.count;
    }
    mrn_state_answer(worker->state, &message, worker->number, worker->mark, &worker->out);
    if (worker->out.fault.raised)
        leave_with("no memory for a reply");
}

/* Replies are kept together while operations are short and more of them are here. */
static void execute_all(struct worker *worker)
{
    struct mrn_record record;
    struct group *group = &worker->group;
    enum mrn_records_state found;
    worker->oldest = group->since = mrn_port_microseconds();
    while ((found = mrn_records_next(&worker->in, &record)) == MRN_RECORD_COMPLETE) {
        execute(worker, &record);
        if (group->count < group->count_max && worker->out.count < MRN_WORKER_BUFFER)
            continue;
        end_group(worker);
        if (worker->out.count >= MRN_WORKER_BUFFER ||
            group->since - worker->oldest >= MRN_REPLY_DELAY_MICROSECONDS)
            flush(worker);
    }
    if (found != MRN_RECORD_INCOMPLETE)
        leave_with(worker->in.fault);
    end_group(worker);
    flush(worker);
}

void mrn_worker_run(struct mrn_state *state, int socket, uint32_t number, struct mrn_mark *mark)
{
    /* A read that waits would also be woken when the relay has read what was written here. */
    struct pollfd wait = {socket, POLLIN, 0};
    struct worker worker;
    memset(&worker, 0, sizeof worker);
    worker.state = state;
    worker.mark = mark;
    worker.number = number;
    worker.socket = socket;
    worker.group.count_max = 1;
    mrn_writer_init(&worker.out, MRN_RECORD_MAX);
    if (!mrn_records_init(&worker.in, MRN_WORKER_BUFFER, MRN_RECORD_MAX))
        leave_with("no memory");
    while (mrn_port_poll(&wait, 1, -1) >= 0 && mrn_records_fill(&worker.in, socket) > 0)
        execute_all(&worker);
    mrn_port_leave(0);
}
