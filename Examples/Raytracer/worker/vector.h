/*
 * Vectors of three doubles. Every operation is one IEEE operation a component, in a fixed order,
 * so that all architectures agree to the bit (the build passes -ffp-contract=off).
 */
#ifndef RAYTRACER_VECTOR_H
#define RAYTRACER_VECTOR_H

#include <float.h>
#include <math.h>

/* x87 keeps more bits than a double holds: such a host would draw another picture. */
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0
#error                                                                                             \
    "the ray tracer needs a machine that evaluates doubles as doubles (on x86: -msse2 -mfpmath=sse)"
#endif

struct vec3 {
    double x;
    double y;
    double z;
};

static inline struct vec3 vec3(double x, double y, double z)
{
    struct vec3 v = {x, y, z};
    return v;
}

static inline struct vec3 vec3_add(struct vec3 a, struct vec3 b)
{
    return vec3(a.x + b.x, a.y + b.y, a.z + b.z);
}

static inline struct vec3 vec3_sub(struct vec3 a, struct vec3 b)
{
    return vec3(a.x - b.x, a.y - b.y, a.z - b.z);
}

static inline struct vec3 vec3_scale(struct vec3 a, double s)
{
    return vec3(a.x * s, a.y * s, a.z * s);
}

static inline struct vec3 vec3_mul(struct vec3 a, struct vec3 b)
{
    return vec3(a.x * b.x, a.y * b.y, a.z * b.z);
}

/* a + b * s */
static inline struct vec3 vec3_along(struct vec3 a, struct vec3 b, double s)
{
    return vec3(a.x + b.x * s, a.y + b.y * s, a.z + b.z * s);
}

static inline double vec3_dot(struct vec3 a, struct vec3 b)
{
    return (a.x * b.x + a.y * b.y) + a.z * b.z;
}

static inline struct vec3 vec3_cross(struct vec3 a, struct vec3 b)
{
    return vec3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x);
}

static inline double vec3_length(struct vec3 a)
{
    return sqrt(vec3_dot(a, a));
}

/* The vector of no length stays as it is. */
static inline struct vec3 vec3_unit(struct vec3 a)
{
    double length = vec3_length(a);
    return length > 0 ? vec3_scale(a, 1 / length) : a;
}

#endif
