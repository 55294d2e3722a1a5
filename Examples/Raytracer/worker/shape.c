#include "shape.h"

#include <stddef.h>

struct shape shape_sphere(struct vec3 center, double radius, uint32_t surface)
{
    struct shape shape = {.kind = SHAPE_SPHERE, .inside_only = radius < 0, .surface = surface};
    shape.form.sphere.center = center;
    shape.form.sphere.radius = fabs(radius);
    return shape;
}

struct shape shape_cone(struct vec3 base, double base_radius, struct vec3 apex, double apex_radius,
                        uint32_t surface)
{
    struct shape shape = {.kind = SHAPE_CONE, .surface = surface};
    struct vec3 axis = vec3_sub(apex, base);
    double height = vec3_length(axis);
    shape.inside_only = base_radius < 0 || apex_radius < 0;
    shape.form.cone.base = base;
    shape.form.cone.axis = vec3_unit(axis);
    shape.form.cone.height = height;
    shape.form.cone.radius = fabs(base_radius);
    shape.form.cone.slope = height > 0 ? (fabs(apex_radius) - fabs(base_radius)) / height : 0;
    return shape;
}

struct shape shape_triangle(const struct vec3 corners[3], const float *const normals[3],
                            uint32_t surface)
{
    struct shape shape = {.kind = SHAPE_TRIANGLE, .surface = surface};
    shape.form.triangle.corner = corners[0];
    for (int i = 0; i < 2; i++)
        shape.form.triangle.edges[i] = vec3_sub(corners[i + 1], corners[0]);
    for (int i = 0; i < 3; i++)
        shape.form.triangle.normals[i] = normals ? normals[i] : NULL;
    return shape;
}

static void box_include(struct box *box, struct vec3 point, struct vec3 reach)
{
    const double center[3] = {point.x, point.y, point.z};
    const double by[3] = {reach.x, reach.y, reach.z};
    for (int axis = 0; axis < 3; axis++) {
        double low = center[axis] - by[axis], high = center[axis] + by[axis];
        if (low < box->corner[0][axis])
            box->corner[0][axis] = low;
        if (high > box->corner[1][axis])
            box->corner[1][axis] = high;
    }
}

/* How far a disc of radius 1 across `axis` reaches along each coordinate. */
static struct vec3 disc_reach(struct vec3 axis)
{
    double x = 1 - axis.x * axis.x, y = 1 - axis.y * axis.y, z = 1 - axis.z * axis.z;
    return vec3(x > 0 ? sqrt(x) : 0, y > 0 ? sqrt(y) : 0, z > 0 ? sqrt(z) : 0);
}

struct box shape_box(const struct shape *shape)
{
    struct box box = {{{HUGE_VAL, HUGE_VAL, HUGE_VAL}, {-HUGE_VAL, -HUGE_VAL, -HUGE_VAL}}};
    switch (shape->kind) {
    case SHAPE_SPHERE: {
        const struct sphere_form *sphere = &shape->form.sphere;
        box_include(&box, sphere->center, vec3(sphere->radius, sphere->radius, sphere->radius));
        break;
    }
    case SHAPE_CONE: {
        const struct cone_form *cone = &shape->form.cone;
        struct vec3 reach = disc_reach(cone->axis);
        double apex_radius = cone->radius + cone->slope * cone->height;
        box_include(&box, cone->base, vec3_scale(reach, cone->radius));
        box_include(&box, vec3_along(cone->base, cone->axis, cone->height),
                    vec3_scale(reach, apex_radius));
        break;
    }
    case SHAPE_TRIANGLE: {
        const struct triangle_form *triangle = &shape->form.triangle;
        struct vec3 nothing = vec3(0, 0, 0);
        box_include(&box, triangle->corner, nothing);
        for (int i = 0; i < 2; i++)
            box_include(&box, vec3_add(triangle->corner, triangle->edges[i]), nothing);
        break;
    }
    }
    return box;
}

static bool accept(const struct shape *shape, const struct ray *ray, struct hit *hit, double t)
{
    if (!(t > ray->nearest && t < hit->distance))
        return false;
    hit->distance = t;
    hit->shape = shape;
    return true;
}

static bool sphere_meets(const struct shape *shape, const struct ray *ray, struct hit *hit)
{
    const struct sphere_form *sphere = &shape->form.sphere;
    struct vec3 to_center = vec3_sub(sphere->center, ray->origin);
    double middle = vec3_dot(to_center, ray->direction);
    /* The squared distance of the centre from the line: far spheres keep their digits this way. */
    struct vec3 aside = vec3_along(to_center, ray->direction, -middle);
    double square = sphere->radius * sphere->radius - vec3_dot(aside, aside);
    if (!(square >= 0))
        return false;
    double half = sqrt(square);
    if (!shape->inside_only && accept(shape, ray, hit, middle - half))
        return true;
    if (!shape->inside_only && middle - half > ray->nearest)
        return false;
    return accept(shape, ray, hit, middle + half);
}

/* The root `t` counts where it lies between base and apex, on the side that is to be seen. */
static bool cone_accepts(const struct shape *shape, const struct ray *ray, struct hit *hit,
                         double t)
{
    const struct cone_form *cone = &shape->form.cone;
    struct vec3 point = vec3_along(ray->origin, ray->direction, t);
    struct vec3 from_base = vec3_sub(point, cone->base);
    double along = vec3_dot(from_base, cone->axis);
    if (!(along >= 0 && along <= cone->height && cone->height > 0))
        return false;
    if (shape->inside_only) {
        struct hit there = {.shape = shape, .distance = t};
        if (vec3_dot(shape_normal(&there, point), ray->direction) < 0)
            return false;
    }
    return accept(shape, ray, hit, t);
}

static bool cone_meets(const struct shape *shape, const struct ray *ray, struct hit *hit)
{
    const struct cone_form *cone = &shape->form.cone;
    struct vec3 from_base = vec3_sub(ray->origin, cone->base);
    double along_origin = vec3_dot(from_base, cone->axis);
    double along_direction = vec3_dot(ray->direction, cone->axis);
    double radius = cone->radius + cone->slope * along_origin;
    double grows = cone->slope * along_direction;
    struct vec3 across_origin = vec3_along(from_base, cone->axis, -along_origin);
    struct vec3 across_direction = vec3_along(ray->direction, cone->axis, -along_direction);
    double a = vec3_dot(across_direction, across_direction) - grows * grows;
    double b = vec3_dot(across_origin, across_direction) - radius * grows;
    double c = vec3_dot(across_origin, across_origin) - radius * radius;
    if (fabs(a) < 1e-12)
        return b != 0 && cone_accepts(shape, ray, hit, -c / (2 * b));
    double square = b * b - a * c;
    if (!(square >= 0))
        return false;
    double root = sqrt(square);
    /* The sum of equal signs loses no digits; the other root follows from the product c/a. */
    double q = b < 0 ? root - b : -(b + root);
    double first = q / a, second = q != 0 ? c / q : first;
    bool met = cone_accepts(shape, ray, hit, first);
    return cone_accepts(shape, ray, hit, second) || met;
}

/* Moeller and Trumbore, "Fast, minimum storage ray/triangle intersection", 1997. */
static bool triangle_meets(const struct shape *shape, const struct ray *ray, struct hit *hit)
{
    const struct triangle_form *triangle = &shape->form.triangle;
    struct vec3 p = vec3_cross(ray->direction, triangle->edges[1]);
    double determinant = vec3_dot(triangle->edges[0], p);
    if (determinant == 0)
        return false;
    double inverse = 1 / determinant;
    struct vec3 from_corner = vec3_sub(ray->origin, triangle->corner);
    double u = vec3_dot(from_corner, p) * inverse;
    if (!(u >= 0 && u <= 1))
        return false;
    struct vec3 q = vec3_cross(from_corner, triangle->edges[0]);
    double v = vec3_dot(ray->direction, q) * inverse;
    if (!(v >= 0 && u + v <= 1))
        return false;
    if (!accept(shape, ray, hit, vec3_dot(triangle->edges[1], q) * inverse))
        return false;
    hit->u = u;
    hit->v = v;
    return true;
}

bool shape_meets(const struct shape *shape, const struct ray *ray, struct hit *hit)
{
    switch (shape->kind) {
    case SHAPE_SPHERE:
        return sphere_meets(shape, ray, hit);
    case SHAPE_CONE:
        return cone_meets(shape, ray, hit);
    case SHAPE_TRIANGLE:
        return triangle_meets(shape, ray, hit);
    }
    return false;
}

struct vec3 shape_normal(const struct hit *hit, struct vec3 point)
{
    const struct shape *shape = hit->shape;
    switch (shape->kind) {
    case SHAPE_SPHERE:
        return vec3_unit(vec3_sub(point, shape->form.sphere.center));
    case SHAPE_CONE: {
        const struct cone_form *cone = &shape->form.cone;
        struct vec3 from_base = vec3_sub(point, cone->base);
        double along = vec3_dot(from_base, cone->axis);
        struct vec3 across = vec3_unit(vec3_along(from_base, cone->axis, -along));
        return vec3_unit(vec3_along(across, cone->axis, -cone->slope));
    }
    case SHAPE_TRIANGLE:
        return vec3_unit(vec3_cross(shape->form.triangle.edges[0], shape->form.triangle.edges[1]));
    }
    return vec3(0, 0, 1);
}

struct vec3 shape_shading_normal(const struct hit *hit, struct vec3 normal)
{
    if (hit->shape->kind != SHAPE_TRIANGLE || !hit->shape->form.triangle.normals[0])
        return normal;
    const double weights[3] = {1 - hit->u - hit->v, hit->u, hit->v};
    struct vec3 sum = vec3(0, 0, 0);
    for (int i = 0; i < 3; i++) {
        const float *n = hit->shape->form.triangle.normals[i];
        sum = vec3_along(sum, vec3((double)n[0], (double)n[1], (double)n[2]), weights[i]);
    }
    struct vec3 smooth = vec3_unit(sum);
    double length = vec3_dot(smooth, smooth);
    if (!(length > 0.5))
        return normal;
    /* The corners' normals may point to the other side than the order of corners says. */
    return vec3_dot(smooth, normal) < 0 ? vec3_scale(smooth, -1) : smooth;
}
