/* Bulk conversion between the wire's big-endian numbers and the host's: one copy for the slave. */
#include "byte_order.h"
#include "xdr_private.h"

void mrn_convert32(void *restrict to, const void *restrict from, size_t count)
{
    mrn_reorder32(to, from, count);
}

void mrn_convert64(void *restrict to, const void *restrict from, size_t count)
{
    mrn_reorder64(to, from, count);
}
