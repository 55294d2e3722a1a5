/*
 * A hierarchy of boxes over shapes, built once for a scene by the surface-area heuristic in bins
 * (Wald, "On fast construction of SAH-based bounding volume hierarchies", 2007).
 */
#ifndef RAYTRACER_BVH_H
#define RAYTRACER_BVH_H

#include "shape.h"

struct bvh_node {
    struct box box;
    uint32_t first; /* a leaf's first shape; an inner node's right child (the left one is next) */
    uint32_t count; /* a leaf's shapes; 0: an inner node */
};

struct bvh {
    struct bvh_node *nodes;
    struct shape *shapes; /* in the order of the leaves */
    uint32_t node_count;
    uint32_t shape_count;
};

/* Takes `shapes` (from malloc) over, also where it fails, which it does for want of memory only. */
bool bvh_build(struct bvh *bvh, struct shape *shapes, uint32_t count);
void bvh_free(struct bvh *bvh);

/* The nearest shape that the ray meets before hit->distance. */
bool bvh_nearest(const struct bvh *bvh, const struct ray *ray, struct hit *hit);

/* The share of light that passes along the ray up to `distance`: each shape in the way dims it by
 * its surface's transmittance. */
double bvh_light(const struct bvh *bvh, const struct ray *ray, double distance,
                 const double *transmittances);

#endif
