#include "record.h"

#include "../buffers/areas.h"
#include "../limits.h"
#include "../port/port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARK 4u
#define LAST 0x80000000u

bool mrn_records_init(struct mrn_records *in, size_t capacity, size_t limit)
{
    memset(in, 0, sizeof *in);
    in->capacity = capacity;
    in->limit = limit;
    in->buffer = malloc(capacity);
    return in->buffer != NULL;
}

void mrn_records_free(struct mrn_records *in)
{
    free(in->buffer);
    mrn_buffer_free(&in->gathered);
    memset(in, 0, sizeof *in);
}

void mrn_records_allow(struct mrn_records *in, size_t limit, struct mrn_areas *areas)
{
    in->limit = limit;
    in->areas = areas;
}

/* Room for at least one more byte of the record: never much more than what has arrived. */
static bool grow(struct mrn_records *in)
{
    size_t capacity = in->gathered_size * 2 + MRN_GATHER_STEP;
    size_t needed = in->gathered_size + in->fragment_left;
    if (in->gathered_size < in->gathered.size ||
        mrn_buffer_grow(&in->gathered, capacity < needed ? capacity : needed))
        return true;
    (void)snprintf(in->fault, sizeof in->fault, "no memory for a record of %zu bytes", needed);
    return false;
}

static size_t room(const struct mrn_records *in)
{
    size_t space = in->gathered.size - in->gathered_size;
    return space < in->fragment_left ? space : in->fragment_left;
}

ptrdiff_t mrn_records_fill(struct mrn_records *in, int fd)
{
    ptrdiff_t count;
    /* The bytes of a large record go straight to their place. */
    if (in->in_fragment && in->start == in->end && in->fragment_left >= in->capacity / 2 &&
        grow(in)) {
        count = mrn_port_read(fd, in->gathered.bytes + in->gathered_size, room(in));
        if (count > 0) {
            in->gathered_size += (size_t)count;
            in->fragment_left -= (uint32_t)count;
        }
        return count;
    }
    if (in->start == in->end) {
        in->start = in->end = 0;
    } else if (in->start > 0) {
        memmove(in->buffer, in->buffer + in->start, in->end - in->start);
        in->end -= in->start;
        in->start = 0;
    }
    count = mrn_port_read(fd, in->buffer + in->end, in->capacity - in->end);
    if (count > 0)
        in->end += (size_t)count;
    return count;
}

static void forget_delivered(struct mrn_records *in)
{
    if (!in->delivered)
        return;
    in->delivered = false;
    in->gathered_size = 0;
    in->fragments = 0;
    /* An area always goes back: it is no memory of malloc's that could grow, and costs nothing to
     * take again. */
    if (in->gathered.size > MRN_GATHERED_KEPT || in->gathered.areas != NULL)
        mrn_buffer_free(&in->gathered);
}

static enum mrn_records_state begin_fragment(struct mrn_records *in, struct mrn_record *record)
{
    size_t available = in->end - in->start;
    if (available < MARK)
        return MRN_RECORD_INCOMPLETE;
    uint32_t mark = mrn_load32(in->buffer + in->start);
    uint32_t size = mark & ~LAST;
    bool last = (mark & LAST) != 0;
    if (size > in->limit - in->gathered_size) {
        (void)snprintf(in->fault, sizeof in->fault,
                       "a record of %zu bytes or more, the limit is %zu", in->gathered_size + size,
                       in->limit);
        return MRN_RECORD_FAULTY;
    }
    if (++in->fragments > MRN_FRAGMENTS_MAX) {
        (void)snprintf(in->fault, sizeof in->fault, "a record of more than %u fragments",
                       MRN_FRAGMENTS_MAX);
        return MRN_RECORD_FAULTY;
    }
    if (last && in->gathered_size == 0 && size + MARK <= in->capacity / 2) {
        if (available < size + MARK) {
            in->fragments--;
            return MRN_RECORD_INCOMPLETE;
        }
        record->bytes = in->buffer + in->start + MARK;
        record->size = size;
        record->is_marked = true;
        in->start += size + MARK;
        in->fragments = 0;
        return MRN_RECORD_COMPLETE;
    }
    if (last && in->gathered.bytes == NULL && in->areas != NULL && size <= MRN_AREA)
        in->gathered = mrn_areas_take(in->areas, size);
    in->start += MARK;
    in->in_fragment = true;
    in->last_fragment = last;
    in->fragment_left = size;
    return MRN_RECORD_INCOMPLETE;
}

enum mrn_records_state mrn_records_next(struct mrn_records *in, struct mrn_record *record)
{
    forget_delivered(in);
    for (;;) {
        if (!in->in_fragment) {
            enum mrn_records_state state = begin_fragment(in, record);
            if (state != MRN_RECORD_INCOMPLETE || !in->in_fragment)
                return state;
        }
        while (in->fragment_left > 0 && in->start < in->end) {
            if (!grow(in))
                return MRN_RECORD_NO_MEMORY;
            size_t count = in->end - in->start < room(in) ? in->end - in->start : room(in);
            memcpy(in->gathered.bytes + in->gathered_size, in->buffer + in->start, count);
            in->gathered_size += count;
            in->start += count;
            in->fragment_left -= (uint32_t)count;
        }
        if (in->fragment_left > 0)
            return in->fault[0] != '\0' ? MRN_RECORD_NO_MEMORY : MRN_RECORD_INCOMPLETE;
        in->in_fragment = false;
        if (in->last_fragment) {
            record->bytes = in->gathered.bytes;
            record->size = in->gathered_size;
            record->is_marked = false;
            in->delivered = true;
            return MRN_RECORD_COMPLETE;
        }
    }
}

bool mrn_records_partial(const struct mrn_records *in)
{
    return in->in_fragment || in->start < in->end || (in->gathered_size > 0 && !in->delivered);
}
