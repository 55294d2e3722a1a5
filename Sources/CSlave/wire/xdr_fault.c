/* What went wrong while decoding or encoding, and in which field. */
#include "xdr_private.h"

#include <stdio.h>
#include <string.h>

bool mrn_fault_raise(struct mrn_fault *fault, const char *format, va_list arguments)
{
    if (!fault->raised) {
        fault->raised = true;
        fault->cut = false;
        fault->path[0] = '\0';
        vsnprintf(fault->reason, sizeof fault->reason, format, arguments);
    }
    return false;
}

bool mrn_fault_in_field(struct mrn_fault *fault, const char *part)
{
    size_t added = strlen(part);
    size_t length = strlen(fault->path);
    bool dot = length > 0 && fault->path[0] != '[';

    if (fault->cut || added + length + dot > MRN_PATH_MAX) {
        fault->cut = true;
        return false;
    }
    memmove(fault->path + added + dot, fault->path, length + 1);
    memcpy(fault->path, part, added);
    if (dot)
        fault->path[added] = '.';
    return false;
}

bool mrn_fault_in_item(struct mrn_fault *fault, uint32_t index)
{
    char part[16];

    snprintf(part, sizeof part, "[%lu]", (unsigned long)index);
    return mrn_fault_in_field(fault, part);
}

void mrn_fault_text(const struct mrn_fault *fault, char *text, size_t size)
{
    snprintf(text, size, "%s%s%s", fault->path, fault->path[0] != '\0' ? ": " : "", fault->reason);
}
