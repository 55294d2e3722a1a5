#include "marionette.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t mrn_position(const struct mrn_call *call)
{
    return call->position;
}

/* The bytes of the UTF-8 character (RFC 3629) that begins at `at`; 0: none does. */
static size_t character_size(const unsigned char *at)
{
    size_t size = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    unsigned char low = at[0] == 0xe0 ? 0xa0 : at[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char high = at[0] == 0xed ? 0x9f : at[0] == 0xf4 ? 0x8f : 0xbf;

    if (at[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < size; i++) {
        if (at[i] < low || at[i] > high)
            return 0; /* also at the end: no byte of a character is 0 */
        low = 0x80;
        high = 0xbf;
    }
    return size;
}

bool mrn_fail(struct mrn_call *call, const char *format, ...)
{
    va_list arguments;
    unsigned char *at = (unsigned char *)call->failure;

    va_start(arguments, format);
    vsnprintf(call->failure, sizeof call->failure, format, arguments);
    va_end(arguments);
    /* A master takes UTF-8 only, and the limit may have cut a character in two. */
    while (*at != '\0') {
        size_t size = character_size(at);
        if (size == 0)
            *at = '?';
        at += size == 0 ? 1 : size;
    }
    return false;
}

void *mrn_take(struct mrn_call *call, size_t count, size_t size)
{
    void *piece = mrn_arena_take(call->arena, count, size);

    if (piece != NULL)
        return piece;
    const char *who = call->operation != NULL ? call->operation : "operation";
    if (size > 0 && count > (call->arena->limit - call->arena->held) / size)
        mrn_fail(call, "'%s' needs %zu items of %zu bytes: its memory of %zu bytes is exhausted",
                 who, count, size, call->arena->limit);
    else
        mrn_fail(call, "'%s' needs %zu items of %zu bytes: its host has no memory", who, count,
                 size);
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
