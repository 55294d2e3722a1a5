#include "checksum.h"

#include "record.h"

#include <string.h>

#define FACTOR UINT64_C(0x9e3779b97f4a7c15)
#define LANES 4u
#define STRIDE (LANES * 8u)

/* In one lane each multiplication would wait for the one before. */
static void take(uint64_t lanes[LANES], const uint8_t *bytes)
{
    for (unsigned i = 0; i < LANES; i++) {
        const uint64_t mixed = (lanes[i] ^ mrn_load64(bytes + 8 * i)) * FACTOR;
        lanes[i] = mixed << 29 | mixed >> 35;
    }
}

uint64_t mrn_checksum(const void *bytes, size_t size)
{
    const uint8_t *next = bytes;
    uint64_t lanes[LANES] = {1, 2, 3, 4};
    uint8_t rest[STRIDE] = {0};
    uint64_t sum = size;
    for (size_t left = size; left >= STRIDE; left -= STRIDE, next += STRIDE)
        take(lanes, next);
    memcpy(rest, next, size % STRIDE);
    take(lanes, rest);
    for (unsigned i = 0; i < LANES; i++)
        sum = (sum ^ lanes[i]) * FACTOR;
    return sum ^ sum >> 32;
}
