/* Numbers as the wire has them, big-endian, one at a time. */
#ifndef MRN_WORDS_H
#define MRN_WORDS_H

#include <stdint.h>

static inline uint32_t mrn_load32(const uint8_t *from)
{
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

static inline uint64_t mrn_load64(const uint8_t *from)
{
    return (uint64_t)mrn_load32(from) << 32 | mrn_load32(from + 4);
}

static inline void mrn_store32(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)(value >> 24);
    to[1] = (uint8_t)(value >> 16);
    to[2] = (uint8_t)(value >> 8);
    to[3] = (uint8_t)value;
}

static inline void mrn_store64(uint8_t *to, uint64_t value)
{
    mrn_store32(to, (uint32_t)(value >> 32));
    mrn_store32(to + 4, (uint32_t)value);
}

#endif
