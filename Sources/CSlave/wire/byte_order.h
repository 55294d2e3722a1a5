/*
 * Between the wire's big-endian numbers and the host's, in bulk, at the speed of memcpy.
 *
 * A header, because it has two users: the slave's runtime, and XDRCoding, which has no C of its
 * own. What the two disagree about would be wrong on one of two hosts, so there is one of it.
 */
#ifndef MRN_BYTE_ORDER_H
#define MRN_BYTE_ORDER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define MRN_HOST_IS_BIG_ENDIAN 1
#else
#define MRN_HOST_IS_BIG_ENDIAN 0
#endif

/* Loops of this shape become vector code where every processor of the target has a byte shuffle. */
static inline void mrn_swap32_plain(uint8_t *restrict to, const uint8_t *restrict from,
                                    size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        uint32_t word;
        memcpy(&word, from + i * 4, 4);
        word = word >> 24 | (word >> 8 & 0xff00) | (word << 8 & 0xff0000) | word << 24;
        memcpy(to + i * 4, &word, 4);
    }
}

static inline void mrn_swap64_plain(uint8_t *restrict to, const uint8_t *restrict from,
                                    size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        uint64_t word;
        memcpy(&word, from + i * 8, 8);
        word =
            (word & UINT64_C(0x00ff00ff00ff00ff)) << 8 | (word >> 8 & UINT64_C(0x00ff00ff00ff00ff));
        word = (word & UINT64_C(0x0000ffff0000ffff)) << 16 |
               (word >> 16 & UINT64_C(0x0000ffff0000ffff));
        word = word << 32 | word >> 32;
        memcpy(to + i * 8, &word, 8);
    }
}

/* The oldest x86-64 has no byte shuffle, so compilers may not use it; nearly every real one has. */
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))

#include <cpuid.h>
#include <tmmintrin.h>

/* cpuid costs a microsecond under a hypervisor: it is asked once. Threads may both ask; they store
 * the same answer. */
static inline int mrn_has_shuffle(void)
{
    static int known; /* 1: no, 2: yes */
    int answer = __atomic_load_n(&known, __ATOMIC_RELAXED);
    unsigned a, b, c, d;

    if (answer == 0) {
        answer = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSSE3) ? 2 : 1;
        __atomic_store_n(&known, answer, __ATOMIC_RELAXED);
    }
    return answer == 2;
}

/* Swaps the bytes of items as `order` says, 64 bytes a turn; returns how many bytes that were. */
__attribute__((target("ssse3"))) static inline size_t
mrn_shuffle(uint8_t *restrict to, const uint8_t *restrict from, size_t size, __m128i order)
{
    size_t done;

    for (done = 0; size - done >= 64; done += 64) {
        const __m128i *source = (const __m128i *)(const void *)(from + done);
        __m128i *target = (__m128i *)(void *)(to + done);
        __m128i one = _mm_shuffle_epi8(_mm_loadu_si128(source), order);
        __m128i two = _mm_shuffle_epi8(_mm_loadu_si128(source + 1), order);
        __m128i three = _mm_shuffle_epi8(_mm_loadu_si128(source + 2), order);
        __m128i four = _mm_shuffle_epi8(_mm_loadu_si128(source + 3), order);
        _mm_storeu_si128(target, one);
        _mm_storeu_si128(target + 1, two);
        _mm_storeu_si128(target + 2, three);
        _mm_storeu_si128(target + 3, four);
    }
    return done;
}

__attribute__((target("ssse3"))) static inline size_t
mrn_shuffle32(uint8_t *restrict to, const uint8_t *restrict from, size_t size)
{
    return mrn_shuffle(to, from, size,
                       _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
}

__attribute__((target("ssse3"))) static inline size_t
mrn_shuffle64(uint8_t *restrict to, const uint8_t *restrict from, size_t size)
{
    return mrn_shuffle(to, from, size,
                       _mm_set_epi8(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
}

#else

static inline int mrn_has_shuffle(void)
{
    return 0;
}

static inline size_t mrn_shuffle32(uint8_t *restrict to, const uint8_t *restrict from, size_t size)
{
    (void)to, (void)from, (void)size;
    return 0;
}

static inline size_t mrn_shuffle64(uint8_t *restrict to, const uint8_t *restrict from, size_t size)
{
    (void)to, (void)from, (void)size;
    return 0;
}

#endif

/* `count` numbers of 4 bytes, from wire to host order or back; the two places do not overlap. */
static inline void mrn_reorder32(void *restrict to, const void *restrict from, size_t count)
{
    uint8_t *target = to;
    const uint8_t *source = from;
    size_t done = 0;

    if (count == 0)
        return;
    if (MRN_HOST_IS_BIG_ENDIAN) {
        memcpy(to, from, count * 4);
        return;
    }
    if (count >= 16 && mrn_has_shuffle())
        done = mrn_shuffle32(target, source, count * 4);
    mrn_swap32_plain(target + done, source + done, count - done / 4);
}

/* The same for numbers of 8 bytes. */
static inline void mrn_reorder64(void *restrict to, const void *restrict from, size_t count)
{
    uint8_t *target = to;
    const uint8_t *source = from;
    size_t done = 0;

    if (count == 0)
        return;
    if (MRN_HOST_IS_BIG_ENDIAN) {
        memcpy(to, from, count * 8);
        return;
    }
    if (count >= 8 && mrn_has_shuffle())
        done = mrn_shuffle64(target, source, count * 8);
    mrn_swap64_plain(target + done, source + done, count - done / 8);
}

#endif
