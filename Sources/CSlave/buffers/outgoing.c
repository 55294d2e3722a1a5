#include "outgoing.h"

#include "../limits.h"
#include "../port/invariant.h"
#include "../port/port.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct mrn_segment {
    struct mrn_segment *next;
    struct mrn_buffer taken; /* none: the bytes are gathered behind this */
    uint8_t *bytes;
    size_t start;
    size_t end;
    size_t capacity; /* 0: taken over, and full */
};

static struct mrn_segment *append(struct mrn_outgoing *out, struct mrn_segment *segment)
{
    segment->next = NULL;
    if (out->last != NULL)
        out->last->next = segment;
    else
        out->first = segment;
    out->last = segment;
    return segment;
}

static struct mrn_segment *fresh(struct mrn_outgoing *out)
{
    struct mrn_segment *segment = out->spare;
    out->spare = NULL;
    if (segment == NULL) {
        segment = malloc(sizeof *segment + MRN_SEGMENT);
        if (segment == NULL)
            return NULL;
        memset(segment, 0, sizeof *segment);
        segment->bytes = (uint8_t *)(segment + 1);
        segment->capacity = MRN_SEGMENT;
    }
    segment->start = segment->end = 0;
    return append(out, segment);
}

bool mrn_outgoing_add(struct mrn_outgoing *out, const uint8_t *bytes, size_t size)
{
    struct mrn_segment *last = out->last;
    while (size > 0) {
        if (last == NULL || last->end >= last->capacity) {
            last = fresh(out);
            if (last == NULL)
                return false;
        }
        size_t room = last->capacity - last->end;
        size_t count = size < room ? size : room;
        memcpy(last->bytes + last->end, bytes, count);
        last->end += count;
        out->size += count;
        bytes += count;
        size -= count;
    }
    return true;
}

bool mrn_outgoing_take(struct mrn_outgoing *out, struct mrn_buffer *buffer, size_t size)
{
    struct mrn_segment *segment = malloc(sizeof *segment);
    if (segment == NULL) {
        mrn_buffer_free(buffer);
        return false;
    }
    segment->taken = mrn_buffer_move(buffer);
    segment->bytes = segment->taken.bytes;
    segment->start = 0;
    segment->end = size;
    segment->capacity = 0;
    append(out, segment);
    out->size += size;
    return true;
}

bool mrn_outgoing_has(const struct mrn_outgoing *out, const uint32_t *lent)
{
    for (const struct mrn_segment *segment = out->first; segment != NULL; segment = segment->next)
        if (segment->taken.lent == lent)
            return true;
    return false;
}

static void discard(struct mrn_outgoing *out, struct mrn_segment *segment)
{
    if (segment->capacity == 0)
        mrn_buffer_free(&segment->taken);
    else if (out->spare == NULL) {
        out->spare = segment;
        return;
    }
    free(segment);
}

static void consume(struct mrn_outgoing *out, size_t count)
{
    MRN_INVARIANT(count <= out->size);
    out->size -= count;
    while (out->first != NULL) {
        struct mrn_segment *segment = out->first;
        size_t there = segment->end - segment->start;
        if (count < there) {
            segment->start += count;
            return;
        }
        count -= there;
        out->first = segment->next;
        if (out->first == NULL)
            out->last = NULL;
        discard(out, segment);
    }
}

bool mrn_outgoing_flush(struct mrn_outgoing *out, int fd)
{
    while (out->size > 0) {
        struct iovec spans[MRN_SPANS];
        int count = 0;
        size_t offered = 0;
        for (struct mrn_segment *s = out->first; s != NULL && count < MRN_SPANS; s = s->next) {
            spans[count].iov_base = s->bytes + s->start;
            spans[count].iov_len = s->end - s->start;
            offered += spans[count++].iov_len;
        }
        ptrdiff_t written = mrn_port_write_spans(fd, spans, count);
        if (written < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        consume(out, (size_t)written);
        if ((size_t)written < offered)
            return true;
    }
    return true;
}

void mrn_outgoing_free(struct mrn_outgoing *out)
{
    consume(out, out->size);
    free(out->spare);
    memset(out, 0, sizeof *out);
}
