/* Bulk conversion between the wire's big-endian numbers and the host's. */
#include "xdr_private.h"

#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define HOST_IS_BIG_ENDIAN 1
#else
#define HOST_IS_BIG_ENDIAN 0
#endif

/* Loops of this shape become vector code. */
void mrn_convert32(void *restrict to, const void *restrict from, size_t count)
{
    uint8_t *target = to;
    const uint8_t *source = from;
    size_t i;

    if (count == 0)
        return;
    if (HOST_IS_BIG_ENDIAN) {
        memcpy(to, from, count * 4);
        return;
    }
    for (i = 0; i < count; i++) {
        uint32_t word;
        memcpy(&word, source + i * 4, 4);
        word = word >> 24 | (word >> 8 & 0xff00) | (word << 8 & 0xff0000) | word << 24;
        memcpy(target + i * 4, &word, 4);
    }
}

static uint64_t swap64(uint64_t word)
{
    word = (word & UINT64_C(0x00ff00ff00ff00ff)) << 8 | (word >> 8 & UINT64_C(0x00ff00ff00ff00ff));
    word =
        (word & UINT64_C(0x0000ffff0000ffff)) << 16 | (word >> 16 & UINT64_C(0x0000ffff0000ffff));
    return word << 32 | word >> 32;
}

void mrn_convert64(void *restrict to, const void *restrict from, size_t count)
{
    uint8_t *target = to;
    const uint8_t *source = from;
    size_t i;

    if (count == 0)
        return;
    if (HOST_IS_BIG_ENDIAN) {
        memcpy(to, from, count * 8);
        return;
    }
    for (i = 0; i < count; i++) {
        uint64_t word;
        memcpy(&word, source + i * 8, 8);
        word = swap64(word);
        memcpy(target + i * 8, &word, 8);
    }
}
