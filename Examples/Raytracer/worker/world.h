/*
 * The scene as the tracer uses it: validated, in doubles, with its hierarchy. Built from the shared
 * data the first time that a worker needs it, and kept for its other tiles.
 */
#ifndef RAYTRACER_WORLD_H
#define RAYTRACER_WORLD_H

#include "raytracer.h"

#include "bvh.h"

struct material {
    struct vec3 color;
    double diffuse;
    double specular;
    double shine;
    double transmittance;
    double refraction;
};

struct lamp {
    struct vec3 position;
    struct vec3 color;
};

struct world {
    struct vec3 background;
    struct lamp *lamps;
    uint32_t lamp_count;
    struct material *materials;
    double *transmittances; /* of each material, apart: shadows need nothing else */
    struct bvh bvh;
    double epsilon; /* how far from a surface its reflected and shadow rays begin */
};

/* False: the call has failed with a sentence, and `world` is empty. */
bool world_build(struct world *world, struct mrn_call *call, const Scene *scene);
void world_free(struct world *world);

#endif
