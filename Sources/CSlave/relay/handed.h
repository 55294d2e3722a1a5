/*
 * What a worker was handed and has not answered: operations in the order of execution, of which the
 * last ones are perhaps still being written.
 */
#ifndef MRN_HANDED_H
#define MRN_HANDED_H

#include "../worker/mark.h"
#include "operation.h"
#include "output.h"

struct mrn_handed {
    struct mrn_queue queue;
    size_t bytes;
    struct mrn_operation *unwritten;  /* the first that is not wholly written; NULL: none */
    size_t written;                   /* bytes of it that are */
    bool is_closed;                   /* one takes long, or must be alone: nothing is added */
    uint32_t answered;                /* replies of this process */
    const struct mrn_procedure *last; /* that was answered; NULL: none */
};

/* For another process; what the one before it was handed is taken back. */
void mrn_handed_begin(struct mrn_handed *handed);
static inline uint32_t mrn_handed_count(const struct mrn_handed *handed)
{
    return handed->queue.count;
}
static inline bool mrn_handed_has_no_answer(const struct mrn_handed *handed)
{
    return handed->answered == 0;
}
static inline bool mrn_handed_may_add(const struct mrn_handed *handed, uint32_t depth_max,
                                      size_t size)
{
    return !handed->is_closed && handed->queue.count < depth_max &&
           handed->bytes + size <= MRN_AHEAD_BYTES_MAX;
}
/* The first of those that wait, and up to `count` in all as far as they are of its procedure and
 * not late: a worker is woken once for many. It may hold `depth_max`. */
void mrn_handed_add(struct mrn_handed *handed, struct mrn_queue *waiting, uint32_t count,
                    uint32_t depth_max, uint64_t now);
static inline bool mrn_handed_is_unwritten(const struct mrn_handed *handed)
{
    return handed->unwritten != NULL;
}
/* What the socket takes now. */
void mrn_handed_write(struct mrn_handed *handed, int socket);

/* User code can write over everything in its process: a reply is believed only if it answers what
 * was asked first, whose xid it begins with. */
static inline bool mrn_handed_is_answered_by(const struct mrn_handed *handed, uint32_t xid)
{
    const struct mrn_operation *first = handed->queue.first;
    return first != NULL && first != handed->unwritten && first->xid == xid;
}
/* The first, which was answered. */
static inline struct mrn_operation *mrn_handed_take_answered(struct mrn_handed *handed)
{
    struct mrn_operation *operation = mrn_queue_take_first(&handed->queue);
    handed->answered++;
    handed->last = operation->procedure;
    handed->bytes -= operation->size;
    if (handed->queue.first == NULL)
        handed->is_closed = false;
    return operation;
}
/* Which of them is being executed: 1 for the first; 0: none. */
uint32_t mrn_handed_executing(const struct mrn_handed *handed, const struct mrn_mark *mark);
/* Who writes is not in the bytes: it is the operation that was begun last, if its reply has not
 * been read, or else the one that was answered last. */
struct mrn_author mrn_handed_author(const struct mrn_handed *handed, const struct mrn_mark *mark);

/* Its reply will be dropped. False: there is none that is called so. `is_executed`: it is, or is
 * about to be, or the worker keeps the replies to those before it. */
bool mrn_handed_cancel(struct mrn_handed *handed, uint32_t xid, const struct mrn_mark *mark,
                       bool *is_executed);
bool mrn_handed_is_first_cancelled(const struct mrn_handed *handed);
bool mrn_handed_is_executed_cancelled(const struct mrn_handed *handed, const struct mrn_mark *mark);
/* The xids of those that are wanted; returns how many. `executing` is which of them is: NULL: none.
 */
uint32_t mrn_handed_calls(const struct mrn_handed *handed, const struct mrn_mark *mark,
                          uint32_t calls[static MRN_AHEAD_MAX], uint32_t **executing);
/* The worker has ended, and with it number `blamed`, if that is not 0; others go to `waiting`, to
 * be executed elsewhere. True, and its xid, if that one was still wanted. */
bool mrn_handed_take_back(struct mrn_handed *handed, struct mrn_operations *operations,
                          uint32_t blamed, struct mrn_queue *waiting, uint32_t *xid);

#endif
