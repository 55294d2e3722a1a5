/*
 * The transcendental functions that a picture needs, written here because each C library rounds its
 * own differently: with these, hosts of every architecture return the same bits.
 */
#ifndef RAYTRACER_NUMBERS_H
#define RAYTRACER_NUMBERS_H

#include <stdint.h>

/* 2 to the x; 0 below the subnormals, infinity above the largest double. Within 2 ulp. */
double number_exp2(double x);

/* The binary logarithm of a positive finite x; minus infinity for 0. Within 4 ulp. */
double number_log2(double x);

/* x to the y for x >= 0; 1 where y is 0. The error grows with |y log2 x|: 1e-13 of the value at
 * 256. */
double number_power(double x, double y);

/* The tangent of x radians, 0 <= x < pi/2. Within 4 ulp up to 1.5. */
double number_tangent(double x);

/* One channel of linear light, 0 to 1, from its 8-bit sRGB share (IEC 61966-2-1), and back,
 * rounded. */
double number_linear(double share);
uint8_t number_srgb(double linear);

#endif
