#include "bits.h"

#include <math.h>
#include <string.h>

/* A xorshift generator: the same numbers on every machine. */
static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void note(uint64_t *digest, uint64_t value)
{
    for (int i = 0; i < 64; i += 8)
        *digest = (*digest ^ (value >> i & 0xff)) * 0x100000001b3;
}

static double from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float from_bits32(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* That a result is no number is the same everywhere; which one it is then may differ. */
static uint64_t to_bits(double value)
{
    uint64_t bits;
    if (value != value)
        return 0x7ff8000000000000;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static uint32_t to_bits32(float value)
{
    uint32_t bits;
    if (value != value)
        return 0x7fc00000;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* A number of any size; every other one is a number whose neighbours are special, or is tiny. */
static double any_double(uint64_t *state)
{
    static const uint64_t special[] = {
        0,
        1,
        0x000fffffffffffff,
        0x0010000000000000,
        0x3ff0000000000000,
        0x7fefffffffffffff,
        0x7ff0000000000000,
        0x7ff8000000000000,
        0x4340000000000000,
        0x41dfffffffc00000,
    };
    uint64_t bits = next(state), kind = next(state) % 8;
    uint64_t sign = bits & 0x8000000000000000;
    if (kind == 0)
        return from_bits(special[bits % 10] | sign);
    if (kind == 1)
        return from_bits((bits & 0x001fffffffffffff) | sign);
    if (kind < 4)
        return from_bits((bits & 0x800fffffffffffff) | (1003 + bits % 40) << 52);
    return from_bits(bits);
}

static float any_float(uint64_t *state)
{
    uint32_t bits = (uint32_t)next(state);
    uint64_t kind = next(state) % 4;
    if (kind == 0)
        return from_bits32(bits & 0x80ffffff);
    if (kind == 1)
        return from_bits32((bits & 0x807fffff) | (117 + bits % 20) << 23);
    return from_bits32(bits);
}

static void integers(uint64_t *state, uint64_t *digest)
{
    uint64_t left = next(state), right = next(state) >> (left % 64) | 1;
    int64_t signs = (int64_t)next(state);
    note(digest, left / right);
    note(digest, left % right);
    note(digest, left * right);
    note(digest, (uint64_t)(signs / (int64_t)(right >> 1 | 1)));
    note(digest, left << right % 64 | left >> (63 - right % 64));
}

static void doubles(uint64_t *state, Digests *result)
{
    double left = any_double(state), right = any_double(state);
    note(&result->sums, to_bits(left + right));
    note(&result->sums, to_bits(left - right));
    note(&result->sums, to_bits(left * right));
    note(&result->sums, to_bits(left * right + left));
    note(&result->quotients, to_bits(left / right));
    note(&result->roots, to_bits(sqrt(left)));
    note(&result->comparisons, (uint64_t)(left < right) | (uint64_t)(left <= right) << 1 |
                                   (uint64_t)(left == right) << 2 | (uint64_t)(left != right) << 3);
    note(&result->conversions, to_bits32((float)left));
    note(&result->conversions, to_bits((double)(int64_t)next(state)));
    note(&result->conversions, to_bits((double)next(state)));
    if (left > -2e9 && left < 2e9)
        note(&result->conversions, (uint64_t)(int64_t)(int32_t)left);
    if (right >= 0 && right < 1e19)
        note(&result->conversions, (uint64_t)right);
}

static void floats(uint64_t *state, Digests *result)
{
    float left = any_float(state), right = any_float(state);
    note(&result->singles, to_bits32(left + right));
    note(&result->singles, to_bits32(left - right));
    note(&result->singles, to_bits32(left * right));
    note(&result->singles, to_bits32(left / right));
    note(&result->singles, to_bits32(sqrtf(left)));
    note(&result->conversions, to_bits((double)left));
    note(&result->conversions, to_bits32((float)(int32_t)next(state)));
}

bool bits_compute(struct mrn_call *call, const Range *range, Digests *result)
{
    uint64_t state = (uint64_t)range->seed * 0x9e3779b97f4a7c15 + 1;
    (void)call;
    for (uint32_t i = 0; i < range->count; i++) {
        integers(&state, &result->integers);
        doubles(&state, result);
        floats(&state, result);
    }
    return true;
}
