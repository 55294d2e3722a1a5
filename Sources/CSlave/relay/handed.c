#include "handed.h"

#include "../port/port.h"

void mrn_handed_begin(struct mrn_handed *handed)
{
    handed->unwritten = NULL;
    handed->written = 0;
    handed->is_closed = false;
    handed->answered = 0;
    handed->last = NULL;
}

/* ---- Adding ---- */

static void add_first(struct mrn_handed *handed, struct mrn_queue *waiting)
{
    struct mrn_operation *operation = mrn_queue_take_first(waiting);
    mrn_queue_append(&handed->queue, operation);
    handed->bytes += operation->size;
    if (handed->unwritten == NULL) {
        handed->unwritten = operation;
        handed->written = 0;
    }
}

void mrn_handed_add(struct mrn_handed *handed, struct mrn_queue *waiting, uint32_t count,
                    uint32_t depth_max, uint64_t now)
{
    const struct mrn_procedure *procedure = waiting->first->procedure;
    handed->is_closed = depth_max == 1;
    add_first(handed, waiting);
    for (; count > 1 && waiting->first != NULL; count--) {
        const struct mrn_operation *next = waiting->first;
        if (next->procedure != procedure || mrn_operation_is_late(next, now) ||
            !mrn_handed_may_add(handed, depth_max, next->size))
            return;
        add_first(handed, waiting);
    }
}

/* ---- Writing ---- */

static void add_span(struct iovec *spans, int *count, uint8_t *bytes, size_t size)
{
    struct iovec *last = *count > 0 ? &spans[*count - 1] : NULL;
    if (last != NULL && (uint8_t *)last->iov_base + last->iov_len == bytes) {
        last->iov_len += size;
        return;
    }
    spans[*count].iov_base = bytes;
    spans[(*count)++].iov_len = size;
}

static size_t sent_size(const struct mrn_operation *operation)
{
    return operation->near_size + operation->far_size;
}

static int gather(const struct mrn_handed *handed, struct iovec spans[static MRN_SPANS])
{
    int count = 0;
    size_t skip = handed->written;
    for (const struct mrn_operation *o = handed->unwritten; o != NULL && count + 2 <= MRN_SPANS;
         o = o->next) {
        size_t near = skip < o->near_size ? o->near_size - skip : 0;
        if (near > 0)
            add_span(spans, &count, o->near + o->near_size - near, near);
        if (o->far_size > 0) {
            size_t far = sent_size(o) - (skip > o->near_size ? skip : o->near_size);
            add_span(spans, &count, o->far.bytes + o->size - far, far);
        }
        skip = 0;
    }
    return count;
}

static void advance(struct mrn_handed *handed, size_t written)
{
    handed->written += written;
    while (handed->unwritten != NULL && handed->written >= sent_size(handed->unwritten)) {
        handed->written -= sent_size(handed->unwritten);
        handed->unwritten = handed->unwritten->next;
    }
}

void mrn_handed_write(struct mrn_handed *handed, int socket)
{
    while (handed->unwritten != NULL) {
        struct iovec spans[MRN_SPANS];
        ptrdiff_t written = mrn_port_write_spans(socket, spans, gather(handed, spans));
        /* A broken socket tells the same as its end: reading sees it. */
        if (written < 0)
            return;
        advance(handed, (size_t)written);
    }
}

/* ---- Answers ---- */

uint32_t mrn_handed_executing(const struct mrn_handed *handed, const struct mrn_mark *mark)
{
    uint32_t begun = mark->begun - handed->answered;
    uint32_t done = mark->done - handed->answered;
    const struct mrn_operation *first = handed->queue.first;
    if (first == NULL)
        return 0;
    /* Executed, and its reply is lost: what happens at most once must not be begun again, and
     * others may have broken the connection. A worker's first reply is sent before it begins
     * anything else. */
    if (begun == 1)
        return 1;
    if (begun == done && begun <= handed->queue.count)
        return 0;
    if (begun == done + 1 && begun <= handed->queue.count)
        return begun;
    return 1; /* user code has written over the mark: blame the first */
}

struct mrn_author mrn_handed_author(const struct mrn_handed *handed, const struct mrn_mark *mark)
{
    struct mrn_author author = {0, false, 0};
    const struct mrn_operation *operation = handed->queue.first;
    uint32_t begun = mark->begun - handed->answered;
    for (uint32_t i = 1; i < begun && operation != NULL; i++)
        operation = operation->next;
    if (begun > 0 && operation != NULL) {
        author.procedure = operation->procedure->number;
        author.is_open = !operation->is_cancelled;
        author.xid = operation->xid;
    } else if (handed->last != NULL) {
        author.procedure = handed->last->number;
    }
    return author;
}

/* ---- Ends ---- */

bool mrn_handed_cancel(struct mrn_handed *handed, uint32_t xid, const struct mrn_mark *mark,
                       bool *is_executed)
{
    uint32_t number = 1;
    for (struct mrn_operation *o = handed->queue.first; o != NULL; o = o->next, number++) {
        if (o->xid != xid || o->is_cancelled)
            continue;
        o->is_cancelled = true;
        *is_executed = number == 1 || number == mrn_handed_executing(handed, mark);
        return true;
    }
    return false;
}

bool mrn_handed_is_first_cancelled(const struct mrn_handed *handed)
{
    return handed->queue.first != NULL && handed->queue.first->is_cancelled;
}

bool mrn_handed_is_executed_cancelled(const struct mrn_handed *handed, const struct mrn_mark *mark)
{
    uint32_t number = mrn_handed_executing(handed, mark);
    for (const struct mrn_operation *o = handed->queue.first; o != NULL; o = o->next)
        if (number-- == 1)
            return o->is_cancelled;
    return false;
}

uint32_t mrn_handed_calls(const struct mrn_handed *handed, const struct mrn_mark *mark,
                          uint32_t calls[static MRN_AHEAD_MAX], uint32_t **executing)
{
    uint32_t count = 0;
    uint32_t number = mrn_handed_executing(handed, mark);
    *executing = NULL;
    for (const struct mrn_operation *o = handed->queue.first; o != NULL && count < MRN_AHEAD_MAX;
         o = o->next) {
        bool is_executed = number-- == 1;
        if (o->is_cancelled)
            continue;
        if (is_executed)
            *executing = &calls[count];
        calls[count++] = o->xid;
    }
    return count;
}

bool mrn_handed_take_back(struct mrn_handed *handed, struct mrn_operations *operations,
                          uint32_t blamed, struct mrn_queue *waiting, uint32_t *xid)
{
    struct mrn_queue again = {NULL, NULL, 0};
    struct mrn_operation *operation;
    bool is_wanted = false;
    for (uint32_t i = 1; (operation = mrn_queue_take_first(&handed->queue)) != NULL; i++) {
        if (i == blamed) {
            *xid = operation->xid;
            is_wanted = !operation->is_cancelled;
        } else if (!operation->is_cancelled) {
            mrn_queue_append(&again, operation);
            continue;
        }
        mrn_operation_free(operations, operation);
    }
    handed->bytes = 0;
    handed->unwritten = NULL;
    mrn_queue_put_back(waiting, &again);
    return is_wanted;
}
