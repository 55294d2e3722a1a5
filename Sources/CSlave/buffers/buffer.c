#include "buffer.h"

#include "../port/invariant.h"
#include "areas.h"

#include <stdlib.h>

static const struct mrn_buffer none;

bool mrn_buffer_grow(struct mrn_buffer *buffer, size_t size)
{
    MRN_INVARIANT(buffer->areas == NULL && buffer->lent == NULL);
    uint8_t *bytes = realloc(buffer->bytes, size);
    if (bytes == NULL)
        return false;
    buffer->bytes = bytes;
    buffer->size = size;
    return true;
}

void mrn_buffer_free(struct mrn_buffer *buffer)
{
    /* Whoever lent the bytes writes there again as soon as it sees this. */
    if (buffer->lent != NULL)
        __atomic_store_n(buffer->lent, 0, __ATOMIC_RELEASE);
    else if (buffer->areas != NULL)
        mrn_areas_give_back(buffer->areas, buffer->bytes);
    else
        free(buffer->bytes);
    *buffer = none;
}
