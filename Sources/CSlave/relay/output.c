#include "relay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Reads of one pipe in a turn, so that who writes much keeps nobody waiting. */
#define READS_MAX 16

bool mrn_output_begin(struct mrn_output *output, int pipe)
{
    output->pipe = pipe;
    output->count = 0;
    return mrn_port_set_blocking(pipe, false) == 0;
}

/* Who writes is not in the bytes: it is the operation that was begun last, if its reply has not
 * been read, or else the one that was answered last. */
static struct mrn_author find_author(const struct mrn_relay *relay, uint32_t number)
{
    struct mrn_author author = {0, false, 0};
    if (number == MRN_NO_WORKER)
        return author;
    const struct mrn_worker *worker = &relay->workers[number];
    const struct mrn_operation *operation = worker->given.first;
    uint32_t begun = relay->marks[number].begun - worker->answered;
    for (uint32_t i = 1; i < begun && operation != NULL; i++)
        operation = operation->next;
    if (begun > 0 && operation != NULL) {
        author.procedure = operation->procedure->number;
        author.is_open = !operation->cancelled;
        author.xid = operation->xid;
    } else if (worker->last != NULL) {
        author.procedure = worker->last->number;
    }
    return author;
}

static void send_text(struct mrn_relay *relay, uint32_t worker, struct mrn_author author,
                      uint8_t *text, uint32_t size)
{
    const slave_output message = {worker != MRN_NO_WORKER ? &worker : NULL,
                                  author.procedure != 0 ? &author.procedure : NULL,
                                  author.is_open ? &author.xid : NULL,
                                  {size, text}};
    mrn_write_output(&relay->scratch, relay->next_xid++, &message);
    mrn_relay_send(relay);
}

static uint32_t first_line(const struct mrn_output *output)
{
    uint32_t size = 0;
    while (size < output->count && output->text[size++] != '\n')
        continue;
    return size;
}

static uint32_t whole_lines(const struct mrn_output *output)
{
    uint32_t size = output->count;
    while (size > 0 && output->text[size - 1] != '\n')
        size--;
    /* What is longer than a line may be goes in pieces. */
    return size == 0 && output->count == SLAVE_OUTPUT_MAX ? output->count : size;
}

/* A line is the operation's that began it. `begun`: so many bytes are older than the last read. */
static void send_lines(struct mrn_relay *relay, struct mrn_output *output, uint32_t worker,
                       uint32_t begun)
{
    const struct mrn_author author = find_author(relay, worker);
    uint32_t size = whole_lines(output);
    uint32_t first = begun > 0 && size > 0 ? first_line(output) : 0;
    if (first > 0)
        send_text(relay, worker, output->author, output->text, first);
    if (size > first)
        send_text(relay, worker, author, output->text + first, size - first);
    if (size > 0 || begun == 0)
        output->author = author;
    output->count -= size;
    memmove(output->text, output->text + size, output->count);
}

/* False: there is nothing more now. */
static bool read_some(struct mrn_relay *relay, struct mrn_output *output, uint32_t worker)
{
    if (output->text == NULL)
        output->text = malloc(SLAVE_OUTPUT_MAX);
    if (output->text == NULL) {
        mrn_relay_fail(relay, MRN_EXIT_SYSTEM, "no memory for what an operation writes");
        return false;
    }
    ptrdiff_t count =
        mrn_port_read(output->pipe, output->text + output->count, SLAVE_OUTPUT_MAX - output->count);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return false;
    if (count <= 0) {
        /* Its processes have closed it. What is to be told of their end comes otherwise. */
        mrn_port_close(output->pipe);
        output->pipe = -1;
        return false;
    }
    const uint32_t begun = output->count;
    output->count += (uint32_t)count;
    send_lines(relay, output, worker, begun);
    return true;
}

void mrn_output_read(struct mrn_relay *relay, struct mrn_output *output, uint32_t worker)
{
    for (int i = 0; i < READS_MAX && output->pipe >= 0 && relay->out.size < MRN_OUTGOING_MAX; i++)
        if (!read_some(relay, output, worker))
            return;
}

void mrn_output_end(struct mrn_relay *relay, struct mrn_output *output, uint32_t worker)
{
    /* A pipe holds little: all of it, also when the master takes nothing. */
    for (int i = 0; output->pipe >= 0 && i < MRN_OUTPUT_READS_MAX; i++)
        if (!read_some(relay, output, worker))
            break;
    if (output->count > 0)
        send_text(relay, worker, output->author, output->text, output->count);
    mrn_port_close(output->pipe);
    free(output->text);
    output->text = NULL;
    output->count = 0;
    output->pipe = -1;
}

void mrn_output_end_all(struct mrn_relay *relay)
{
    if (relay->guardian.process == 0)
        return;
    mrn_output_end(relay, &relay->replica_output, MRN_NO_WORKER);
    for (uint32_t i = 0; i < relay->worker_count; i++)
        mrn_output_end(relay, &relay->workers[i].output, i);
}
