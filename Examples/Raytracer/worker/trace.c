#include "trace.h"

#include "numbers.h"

static uint64_t rays;

/* A point where a ray was stopped, with the surface turned towards the ray. */
struct place {
    const struct material *material;
    struct vec3 point;
    struct vec3 view;   /* the ray's direction */
    struct vec3 normal; /* of the surface itself */
    struct vec3 smooth; /* for shading */
    bool entering;
};

uint64_t trace_rays(void)
{
    return rays;
}

static struct place place_of(const struct world *world, const struct ray *ray,
                             const struct hit *hit)
{
    struct place place = {.material = &world->materials[hit->shape->surface],
                          .point = vec3_along(ray->origin, ray->direction, hit->distance),
                          .view = ray->direction};
    place.normal = shape_normal(hit, place.point);
    place.smooth = shape_shading_normal(hit, place.normal);
    place.entering = vec3_dot(place.normal, place.view) < 0;
    if (!place.entering) {
        place.normal = vec3_scale(place.normal, -1);
        place.smooth = vec3_scale(place.smooth, -1);
    }
    /* At the rim of a patch its own normal may look away from the viewer. */
    if (vec3_dot(place.smooth, place.view) > 0)
        place.smooth = place.normal;
    return place;
}

static struct vec3 mirrored(struct vec3 direction, struct vec3 normal)
{
    return vec3_along(direction, normal, -2 * vec3_dot(direction, normal));
}

/* Diffuse light and Phong's highlight of one lamp, dimmed by what stands in its way. */
static struct vec3 lit(const struct world *world, const struct place *place,
                       const struct lamp *lamp)
{
    struct vec3 nothing = vec3(0, 0, 0);
    struct vec3 to_lamp = vec3_sub(lamp->position, place->point);
    double distance = vec3_length(to_lamp);
    struct ray ray = {place->point, vec3_unit(to_lamp), world->epsilon};
    double facing = vec3_dot(place->smooth, ray.direction);
    if (!(facing > 0 && vec3_dot(place->normal, ray.direction) > 0))
        return nothing;
    rays++;
    double share = bvh_light(&world->bvh, &ray, distance, world->transmittances);
    if (share == 0)
        return nothing;
    const struct material *material = place->material;
    struct vec3 sum = vec3_scale(material->color, material->diffuse * facing);
    double gleam = vec3_dot(mirrored(place->view, place->smooth), ray.direction);
    if (material->specular > 0 && material->shine > 0 && gleam > 0) {
        double highlight = material->specular * number_power(gleam, material->shine);
        sum = vec3_add(sum, vec3(highlight, highlight, highlight));
    }
    return vec3_scale(vec3_mul(sum, lamp->color), share);
}

static struct vec3 reflected(const struct world *world, const struct place *place, uint32_t bounces)
{
    struct ray ray = {place->point, mirrored(place->view, place->smooth), world->epsilon};
    if (!(vec3_dot(ray.direction, place->normal) > 0))
        ray.direction = mirrored(place->view, place->normal);
    ray.direction = vec3_unit(ray.direction);
    return trace(world, &ray, bounces);
}

/* By Snell's law; where all light is reflected inside, the mirrored ray. */
static struct vec3 refracted(const struct world *world, const struct place *place, uint32_t bounces)
{
    double index = place->material->refraction;
    double ratio = place->entering ? 1 / index : index;
    double facing = -vec3_dot(place->view, place->smooth);
    double square = 1 - ratio * ratio * (1 - facing * facing);
    if (square < 0)
        return reflected(world, place, bounces);
    struct vec3 direction = vec3_scale(place->view, ratio);
    direction = vec3_along(direction, place->smooth, ratio * facing - sqrt(square));
    struct ray ray = {place->point, vec3_unit(direction), world->epsilon};
    return trace(world, &ray, bounces);
}

struct vec3 trace(const struct world *world, const struct ray *ray, uint32_t bounces)
{
    struct hit hit = {.distance = HUGE_VAL};
    rays++;
    if (!bvh_nearest(&world->bvh, ray, &hit))
        return world->background;
    struct place place = place_of(world, ray, &hit);
    struct vec3 sum = vec3(0, 0, 0);
    for (uint32_t i = 0; i < world->lamp_count; i++)
        sum = vec3_add(sum, lit(world, &place, &world->lamps[i]));
    if (bounces == 0)
        return sum;
    double specular = place.material->specular, transmittance = place.material->transmittance;
    if (specular > 0)
        sum = vec3_along(sum, reflected(world, &place, bounces - 1), specular);
    if (transmittance > 0)
        sum = vec3_along(sum, refracted(world, &place, bounces - 1), transmittance);
    return sum;
}
