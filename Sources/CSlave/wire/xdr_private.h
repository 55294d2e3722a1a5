/*
 * XDR (RFC 4506) inside the runtime: big-endian, everything a multiple of four bytes, padding zero.
 * The first error of a reader or writer sticks; generated code adds the field's path while it
 * returns, so that a path costs nothing where there is no error.
 */
#ifndef MRN_XDR_PRIVATE_H
#define MRN_XDR_PRIVATE_H

#include "marionette.h"

#include <stdarg.h>

/* Records the first fault; always false. */
bool mrn_fault_raise(struct mrn_fault *fault, const char *format, va_list arguments);
/* Put a part before the path; where there is no room, the outermost parts are left out. */
bool mrn_fault_in_field(struct mrn_fault *fault, const char *part);
bool mrn_fault_in_item(struct mrn_fault *fault, uint32_t index);

/* Between wire and host order, either way. */
void mrn_convert32(void *restrict to, const void *restrict from, size_t count);
void mrn_convert64(void *restrict to, const void *restrict from, size_t count);

static inline size_t mrn_padding(uint32_t count)
{
    return (4 - count % 4) % 4;
}

#endif
