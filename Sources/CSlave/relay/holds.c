#include "holds.h"

#include "../protocol/calls.h"
#include "../protocol/identity.h"

#include <string.h>

static void answer(struct mrn_sending *sending, uint32_t xid, const slave_hold_result *result)
{
    mrn_write_hold_result(mrn_sending_message(sending), xid, result);
    mrn_sending_queue(sending);
}

void mrn_holds_refuse(struct mrn_sending *sending, uint32_t xid, const char *text)
{
    slave_hold_result result;
    memset(&result, 0, sizeof result);
    result.status = SLAVE_NOT_HELD;
    result.u.failure = mrn_borrowed(text, SLAVE_TEXT_MAX);
    answer(sending, xid, &result);
}

void mrn_holds_add(struct mrn_holds *holds, struct mrn_sending *sending, uint32_t xid,
                   const slave_hold *asked, uint64_t now)
{
    for (uint32_t i = 0; i < MRN_HOLDS_MAX; i++) {
        struct mrn_hold *hold = &holds->items[i];
        if (hold->is_used)
            continue;
        memset(hold, 0, sizeof *hold);
        hold->is_used = true;
        hold->xid = xid;
        hold->asked = *asked;
        hold->since = now;
        holds->count++;
        return;
    }
    mrn_holds_refuse(sending, xid, "too many workers are held there at once");
}

static void drop(struct mrn_holds *holds, struct mrn_hold *hold)
{
    hold->is_used = false;
    holds->count--;
}

void mrn_holds_remove(struct mrn_holds *holds, uint32_t xid)
{
    for (uint32_t i = 0; i < MRN_HOLDS_MAX; i++) {
        struct mrn_hold *hold = &holds->items[i];
        if (!hold->is_used || hold->xid != xid)
            continue;
        if (hold->worker != NULL)
            mrn_worker_let_go(hold->worker);
        drop(holds, hold);
        return;
    }
}

/* ---- Those that wait ---- */

static bool wants_next(const struct mrn_hold *hold, const struct mrn_operation *operation)
{
    if (!hold->is_used || hold->worker != NULL)
        return false;
    return (hold->asked.kind == SLAVE_HOLD_PROCEDURE &&
            hold->asked.which == operation->procedure->number) ||
           (hold->asked.kind == SLAVE_HOLD_CALL && hold->asked.which == operation->xid);
}

bool mrn_holds_await(const struct mrn_holds *holds, const struct mrn_operation *operation)
{
    for (uint32_t i = 0; holds->count > 0 && i < MRN_HOLDS_MAX; i++)
        if (wants_next(&holds->items[i], operation))
            return true;
    return false;
}

void mrn_holds_give(struct mrn_holds *holds, const struct mrn_operation *operation,
                    struct mrn_worker *worker)
{
    for (uint32_t i = 0; i < MRN_HOLDS_MAX; i++) {
        if (!wants_next(&holds->items[i], operation))
            continue;
        holds->items[i].worker = worker;
        mrn_worker_hold_next(worker);
        return;
    }
}

bool mrn_holds_await_crash(const struct mrn_holds *holds)
{
    for (uint32_t i = 0; holds->count > 0 && i < MRN_HOLDS_MAX; i++)
        if (holds->items[i].is_used && holds->items[i].worker == NULL &&
            holds->items[i].asked.kind == SLAVE_HOLD_CRASH)
            return true;
    return false;
}

static bool is_sought(const struct mrn_hold *hold)
{
    return hold->is_used && hold->worker == NULL && hold->asked.kind <= SLAVE_HOLD_CALL;
}

bool mrn_holds_are_sought(const struct mrn_holds *holds)
{
    for (uint32_t i = 0; holds->count > 0 && i < MRN_HOLDS_MAX; i++)
        if (is_sought(&holds->items[i]))
            return true;
    return false;
}

static bool is_meant(const struct mrn_hold *hold, const struct mrn_worker *worker)
{
    uint32_t calls[MRN_AHEAD_MAX];
    slave_holding has;
    if (hold->asked.kind != SLAVE_HOLD_CALL)
        return hold->asked.kind == SLAVE_HOLD_ANY || hold->asked.which == mrn_worker_number(worker);
    mrn_worker_describe(worker, calls, &has);
    for (uint32_t i = 0; i < has.calls.count; i++)
        if (calls[i] == hold->asked.which)
            return true;
    return false;
}

/* Somebody who looks at a worker wants to see user code: one that is idle is the last choice. */
static bool suits(const struct mrn_hold *hold, const struct mrn_worker *worker, uint64_t now)
{
    return is_meant(hold, worker) &&
           (mrn_worker_is_executing(worker) || now - hold->since >= MRN_HOLD_PATIENCE_MICROSECONDS);
}

void mrn_holds_offer(struct mrn_holds *holds, struct mrn_worker *worker, uint64_t now)
{
    for (uint32_t i = 0; i < MRN_HOLDS_MAX; i++) {
        struct mrn_hold *hold = &holds->items[i];
        if (!is_sought(hold) || !mrn_worker_may_be_held(worker) || !suits(hold, worker, now))
            continue;
        hold->worker = worker;
        mrn_worker_hold(worker);
        return;
    }
}

/* ---- What becomes of them ---- */

static struct mrn_hold *hold_of(struct mrn_holds *holds, const struct mrn_worker *worker)
{
    for (uint32_t i = 0; i < MRN_HOLDS_MAX; i++)
        if (holds->items[i].is_used && holds->items[i].worker == worker)
            return &holds->items[i];
    return NULL;
}

static struct mrn_hold *crash_hold(struct mrn_holds *holds, struct mrn_worker *worker)
{
    for (uint32_t i = 0; i < MRN_HOLDS_MAX; i++) {
        struct mrn_hold *hold = &holds->items[i];
        if (!hold->is_used || hold->worker != NULL || hold->asked.kind != SLAVE_HOLD_CRASH)
            continue;
        hold->worker = worker;
        mrn_worker_hold_crashed(worker);
        return hold;
    }
    return NULL;
}

bool mrn_holds_stopped(struct mrn_holds *holds, struct mrn_sending *sending,
                       struct mrn_worker *worker, uint64_t now)
{
    uint32_t calls[MRN_AHEAD_MAX];
    slave_hold_result result;
    struct mrn_hold *hold = hold_of(holds, worker);
    if (hold == NULL && mrn_worker_has_crashed(worker))
        hold = crash_hold(holds, worker);
    if (hold == NULL)
        return false;
    if (hold->is_answered)
        return true;
    /* Its operation was over before it stood: another one, as long as that may help. */
    if (hold->asked.kind <= SLAVE_HOLD_CALL && !suits(hold, worker, now)) {
        hold->worker = NULL;
        mrn_worker_let_go(worker);
        return true;
    }
    memset(&result, 0, sizeof result);
    result.status = SLAVE_HELD;
    mrn_worker_describe(worker, calls, &result.u.holding);
    hold->is_answered = true;
    answer(sending, hold->xid, &result);
    return true;
}

void mrn_holds_ended(struct mrn_holds *holds, const struct mrn_worker *worker)
{
    struct mrn_hold *hold = hold_of(holds, worker);
    if (hold == NULL)
        return;
    hold->worker = NULL;
    /* Before it stood still: another one is as good. */
    if (hold->is_answered)
        drop(holds, hold);
}
