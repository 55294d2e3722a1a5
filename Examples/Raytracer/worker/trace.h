/*
 * What light comes along a ray: Whitted's model with the shares of NFF (diffuse, specular, shine,
 * transmittance, index of refraction).
 */
#ifndef RAYTRACER_TRACE_H
#define RAYTRACER_TRACE_H

#include "world.h"

/* `bounces`: how many reflections and refractions may still follow. */
struct vec3 trace(const struct world *world, const struct ray *ray, uint32_t bounces);

/* Rays of any kind since the process started, for measurements. */
uint64_t trace_rays(void);

#endif
