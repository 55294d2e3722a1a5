#include "marionette.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t mrn_position(const struct mrn_call *call)
{
    return call->position;
}

bool mrn_fail(struct mrn_call *call, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(call->failure, sizeof call->failure, format, arguments);
    va_end(arguments);
    return false;
}

void *mrn_take(struct mrn_call *call, size_t count, size_t size)
{
    void *piece = mrn_arena_take(call->arena, count, size);

    if (piece != NULL)
        return piece;
    mrn_fail(call, "'%s' needs %zu items of %zu bytes: its memory of %zu bytes is exhausted",
             call->operation != NULL ? call->operation : "operation", count, size,
             call->arena->limit);
    /* The author writes to the array at once: there is no way to go on, only a way out. */
    if (call->landing_armed)
        longjmp(call->landing, 1);
    fprintf(stderr, "%s\n", call->failure);
    abort();
}

struct mrn_bytes mrn_bytes(struct mrn_call *call, uint32_t count)
{
    struct mrn_bytes value;

    value.count = count;
    value.bytes = mrn_take(call, count, 1);
    return value;
}

struct mrn_string mrn_string(struct mrn_call *call, const char *text)
{
    size_t length = strlen(text);
    struct mrn_string value;

    /* A longer text than XDR can say is cut off here, and refused by the encoder's bound. */
    value.count = length > UINT32_MAX ? UINT32_MAX : (uint32_t)length;
    value.bytes = mrn_take(call, (size_t)value.count + 1, 1);
    memcpy(value.bytes, text, value.count);
    return value;
}

static enum mrn_outcome failed(struct mrn_call *call, const struct mrn_writer *result)
{
    char text[MRN_FAILURE_MAX / 2];

    if (call->failure[0] != '\0')
        return MRN_FAILED;
    if (result->fault.raised) {
        mrn_fault_text(&result->fault, text, sizeof text);
        mrn_fail(call, "the result of '%s' can't be sent: %s", call->operation, text);
        return MRN_FAILED;
    }
    mrn_fail(call, "'%s' failed and gave no reason", call->operation);
    return MRN_FAILED;
}

enum mrn_outcome mrn_execute(const struct mrn_procedure *procedure, struct mrn_call *call,
                             const void *const *shared, struct mrn_reader *arguments,
                             struct mrn_writer *result)
{
    volatile bool done = false; /* kept across longjmp */

    call->operation = procedure->name;
    call->failure[0] = '\0';
    call->landing_armed = true;
    if (setjmp(call->landing) == 0)
        done = procedure->execute(call, shared, arguments, result);
    call->landing_armed = false;
    if (arguments->fault.raised)
        return MRN_GARBAGE;
    return done && !result->fault.raised ? MRN_DONE : failed(call, result);
}
