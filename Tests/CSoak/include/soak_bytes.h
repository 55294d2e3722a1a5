/*
 * Bytes that follow from a number, and a number that follows from bytes. The worker of the soak and
 * its master's model share them: what they compute is not under test, what carries it is.
 */
#ifndef SOAK_BYTES_H
#define SOAK_BYTES_H

#include <stddef.h>
#include <stdint.h>

/* The finalizer of Sebastiano Vigna's splitmix64. */
static inline uint64_t soak_mixed(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

static inline uint64_t soak_word(const uint8_t *bytes)
{
    return (uint64_t)bytes[0] | (uint64_t)bytes[1] << 8 | (uint64_t)bytes[2] << 16 |
           (uint64_t)bytes[3] << 24 | (uint64_t)bytes[4] << 32 | (uint64_t)bytes[5] << 40 |
           (uint64_t)bytes[6] << 48 | (uint64_t)bytes[7] << 56;
}

/* Depends on every byte and its place; 0 for none. */
static inline uint64_t soak_digest(const uint8_t *bytes, size_t count)
{
    uint64_t digest = count * UINT64_C(0x9e3779b97f4a7c15);
    size_t offset = 0;
    uint64_t rest = 0;
    for (; count - offset >= 8; offset += 8)
        digest = (digest ^ (digest >> 29) ^ soak_word(bytes + offset)) * UINT64_C(0x100000001b3);
    for (; offset < count; offset++)
        rest = rest << 8 | bytes[offset];
    return count == 0 ? 0 : soak_mixed((digest ^ rest) * UINT64_C(0x100000001b3));
}

/* The same for numbers. */
static inline uint64_t soak_digest_numbers(const int32_t *numbers, size_t count)
{
    uint64_t digest = count * UINT64_C(0x9e3779b97f4a7c15);
    size_t index;
    for (index = 0; index < count; index++)
        digest = (digest ^ (digest >> 29) ^ (uint32_t)numbers[index]) * UINT64_C(0x100000001b3);
    return count == 0 ? 0 : soak_mixed(digest);
}

/* Texture 0: noise; 1: all bytes are equal; else a pattern of so many bytes, again and again. */
static inline void soak_fill(uint64_t seed, uint32_t texture, uint8_t *bytes, size_t count)
{
    size_t offset;
    for (offset = 0; offset < count; offset += 8) {
        uint64_t word = texture == 0   ? soak_mixed(seed + offset)
                        : texture == 1 ? (seed & 0xff) * UINT64_C(0x0101010101010101)
                                       : soak_mixed(seed + offset % texture);
        size_t index;
        for (index = 0; index < 8 && offset + index < count; index++, word >>= 8)
            bytes[offset + index] = (uint8_t)word;
    }
}

#endif
