#include "output.h"

#include "../port/port.h"
#include "../protocol/calls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void mrn_output_init(struct mrn_output *output, uint32_t worker)
{
    output->pipe = -1;
    output->worker = worker;
}

bool mrn_output_begin(struct mrn_output *output, int pipe)
{
    output->pipe = pipe;
    output->count = 0;
    return mrn_port_set_blocking(pipe, false) == 0;
}

struct pollfd mrn_output_poll(const struct mrn_output *output, bool is_due)
{
    const struct pollfd entry = {is_due ? output->pipe : -1, POLLIN, 0};
    return entry;
}

bool mrn_output_fill(struct mrn_output *output, struct mrn_stop *stop)
{
    if (output->pipe < 0)
        return false;
    if (output->text == NULL)
        output->text = malloc(SLAVE_OUTPUT_MAX);
    if (output->text == NULL) {
        mrn_stop_with(stop, MRN_EXIT_SYSTEM, "no memory for what an operation writes");
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
    output->begun = output->count;
    output->count += (uint32_t)count;
    return true;
}

static void send_text(const struct mrn_output *output, struct mrn_sending *sending,
                      struct mrn_author author, uint32_t first, uint32_t size)
{
    uint32_t worker = output->worker;
    const slave_output message = {worker != MRN_NO_WORKER ? &worker : NULL,
                                  author.procedure != 0 ? &author.procedure : NULL,
                                  author.is_open ? &author.xid : NULL,
                                  {size, output->text + first}};
    mrn_write_output(mrn_sending_message(sending), mrn_sending_xid(sending), &message);
    mrn_sending_queue(sending);
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

void mrn_output_send(struct mrn_output *output, struct mrn_sending *sending,
                     struct mrn_author author)
{
    uint32_t size = whole_lines(output);
    /* A line is the operation's that began it. */
    uint32_t first = output->begun > 0 && size > 0 ? first_line(output) : 0;
    if (first > 0)
        send_text(output, sending, output->author, 0, first);
    if (size > first)
        send_text(output, sending, author, first, size - first);
    if (size > 0 || output->begun == 0)
        output->author = author;
    output->count -= size;
    memmove(output->text, output->text + size, output->count);
}

void mrn_output_end(struct mrn_output *output, struct mrn_sending *sending)
{
    if (output->count > 0)
        send_text(output, sending, output->author, 0, output->count);
    mrn_port_close(output->pipe);
    free(output->text);
    output->text = NULL;
    output->count = 0;
    output->pipe = -1;
}
