#include "numbers.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define LN2 0.69314718055994530942
#define TWO_OVER_LN2 2.8853900817779268147
#define SQRT2 1.41421356237309504880
/* Half of pi as a double, and what rounding took from it. */
#define HALF_PI 1.57079632679489661923
#define HALF_PI_REST 6.12323399573676603587e-17

static double from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* 2 to the n, -1022 <= n <= 1023. */
static double power_of_two(int n)
{
    return from_bits((uint64_t)(n + 1023) << 52);
}

double number_exp2(double x)
{
    /* 1/k!, from k = 13 down to 0: the first term left out is below 2^-57 for |z| <= ln(2)/2. */
    static const double factors[14] = {1.0 / 6227020800.0,
                                       1.0 / 479001600.0,
                                       1.0 / 39916800.0,
                                       1.0 / 3628800.0,
                                       1.0 / 362880.0,
                                       1.0 / 40320.0,
                                       1.0 / 5040.0,
                                       1.0 / 720.0,
                                       1.0 / 120.0,
                                       1.0 / 24.0,
                                       1.0 / 6.0,
                                       1.0 / 2.0,
                                       1.0,
                                       1.0};
    if (x != x)
        return x;
    if (x < -1080)
        return 0;
    if (x >= 1024)
        return HUGE_VAL;
    int n = (int)(x < 0 ? x - 0.5 : x + 0.5);
    double z = (x - n) * LN2;
    double sum = factors[0];
    for (int k = 1; k < 14; k++)
        sum = sum * z + factors[k];
    /* In two steps: below 2^-1022 one factor could not be written, and 2^1024 neither. */
    int half = n / 2;
    return sum * power_of_two(half) * power_of_two(n - half);
}

double number_log2(double x)
{
    if (x == 0)
        return -HUGE_VAL;
    int exponent = 0;
    if (x < 2.2250738585072014e-308) {
        x *= 18014398509481984.0;
        exponent = -54;
    }
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    exponent += (int)(bits >> 52) - 1023;
    double m = from_bits((bits & 0xfffffffffffffULL) | 0x3ff0000000000000ULL);
    if (m > SQRT2) {
        m *= 0.5;
        exponent += 1;
    }
    /* ln m = 2 artanh s, whose series in s^2 <= 0.0295 needs twelve terms. */
    double s = (m - 1) / (m + 1);
    double square = s * s;
    double sum = 1.0 / 23.0;
    for (int k = 21; k >= 1; k -= 2)
        sum = sum * square + 1.0 / k;
    return exponent + TWO_OVER_LN2 * (s * sum);
}

double number_power(double x, double y)
{
    if (y == 0 || x == 1)
        return 1;
    if (!(x > 0))
        return y > 0 ? 0 : HUGE_VAL;
    return number_exp2(y * number_log2(x));
}

/* Taylor's series for |x| <= pi/4: from x^17/17! and x^16/16! down. */
static double sine(double x)
{
    double square = x * x, sum = 1;
    for (int k = 16; k >= 2; k -= 2)
        sum = 1 - sum * square / (k * (k + 1));
    return x * sum;
}

static double cosine(double x)
{
    double square = x * x, sum = 1;
    for (int k = 17; k >= 1; k -= 2)
        sum = 1 - sum * square / (k * (k + 1));
    return sum;
}

double number_tangent(double x)
{
    if (x <= HALF_PI / 2)
        return sine(x) / cosine(x);
    /* Near its pole the tangent is the inverse of what is left to pi/2: that must keep its digits.
     */
    double rest = (HALF_PI - x) + HALF_PI_REST;
    return cosine(rest) / sine(rest);
}

double number_linear(double share)
{
    return share <= 0.04045 ? share / 12.92 : number_power((share + 0.055) / 1.055, 2.4);
}

uint8_t number_srgb(double linear)
{
    /* The light from which on a channel is rounded up to k + 1; a search there needs no power. */
    static double steps[255];
    static bool ready = false;
    if (!ready) {
        for (int k = 0; k < 255; k++)
            steps[k] = number_linear((k + 0.5) / 255);
        ready = true;
    }
    unsigned low = 0, high = 255;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (linear >= steps[middle])
            low = middle + 1;
        else
            high = middle;
    }
    return (uint8_t)low;
}
