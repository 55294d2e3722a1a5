/*
 * What a ray can hit: spheres, cone frustums (cylinders among them) and triangles.
 *
 * NFF's rule of one visible side is kept for shapes of negative radius only (their inside is seen);
 * everything else has two sides, because meshes of other programs often disagree about the order of
 * corners.
 */
#ifndef RAYTRACER_SHAPE_H
#define RAYTRACER_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "vector.h"

enum shape_kind { SHAPE_SPHERE, SHAPE_CONE, SHAPE_TRIANGLE };

struct sphere_form {
    struct vec3 center;
    double radius;
};

/* The radius is `radius` at the base and grows by `slope` for each unit along the axis; no end
 * caps. */
struct cone_form {
    struct vec3 base;
    struct vec3 axis;
    double height;
    double radius;
    double slope;
};

/* A corner, two edges from it, and a normal for each corner, or none. */
struct triangle_form {
    struct vec3 corner;
    struct vec3 edges[2];
    const float *normals[3];
};

struct shape {
    enum shape_kind kind;
    bool inside_only;
    uint32_t surface;
    union {
        struct sphere_form sphere;
        struct cone_form cone;
        struct triangle_form triangle;
    } form;
};

/* A half-line. Nothing nearer than `nearest` counts: the surface it starts from must not stop it.
 */
struct ray {
    struct vec3 origin;
    struct vec3 direction; /* of length 1 */
    double nearest;
};

struct hit {
    const struct shape *shape;
    double distance; /* in: how far the ray reaches; out: where it was stopped */
    double u;        /* weights of a triangle's second and third corner */
    double v;
};

/* Corners [0] smallest and [1] largest; [axis] 0, 1, 2. */
struct box {
    double corner[2][3];
};

struct shape shape_sphere(struct vec3 center, double radius, uint32_t surface);
struct shape shape_cone(struct vec3 base, double base_radius, struct vec3 apex, double apex_radius,
                        uint32_t surface);
struct shape shape_triangle(const struct vec3 corners[3], const float *const normals[3],
                            uint32_t surface);

struct box shape_box(const struct shape *shape);

/* Whether the ray meets the shape before hit->distance; then `hit` tells where. */
bool shape_meets(const struct shape *shape, const struct ray *ray, struct hit *hit);

/* The outward normal of the surface itself, and the one for shading (a patch's differs), at
 * `point`. */
struct vec3 shape_normal(const struct hit *hit, struct vec3 point);
struct vec3 shape_shading_normal(const struct hit *hit, struct vec3 normal);

#endif
