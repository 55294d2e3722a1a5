#include "bvh.h"

#include <stdlib.h>
#include <string.h>

#define LEAF_SHAPES 4
#define BINS 16
/* Past this depth nodes are halved by count, which bounds the depth by this + 32. */
#define SAH_DEPTH_MAX 48
#define STACK_SIZE (SAH_DEPTH_MAX + 34)

struct item {
    struct box box;
    double center[3];
    uint32_t shape;
};

struct builder {
    struct item *items;
    struct bvh_node *nodes;
    uint32_t node_count;
};

struct split {
    int axis;
    uint32_t bin;
    double low;
    double scale;
    double cost;
};

static struct box box_empty(void)
{
    struct box box = {{{HUGE_VAL, HUGE_VAL, HUGE_VAL}, {-HUGE_VAL, -HUGE_VAL, -HUGE_VAL}}};
    return box;
}

static void box_join(struct box *box, const struct box *other)
{
    for (int axis = 0; axis < 3; axis++) {
        if (other->corner[0][axis] < box->corner[0][axis])
            box->corner[0][axis] = other->corner[0][axis];
        if (other->corner[1][axis] > box->corner[1][axis])
            box->corner[1][axis] = other->corner[1][axis];
    }
}

static double box_area(const struct box *box)
{
    double x = box->corner[1][0] - box->corner[0][0];
    double y = box->corner[1][1] - box->corner[0][1];
    double z = box->corner[1][2] - box->corner[0][2];
    return x < 0 ? 0 : (x * y + y * z) + z * x;
}

static uint32_t bin_of(double center, double low, double scale)
{
    double place = (center - low) * scale;
    return place >= BINS - 1 ? BINS - 1 : place > 0 ? (uint32_t)place : 0;
}

/* The cheapest cut of one axis into bins; the cost counts shapes times area on each side. */
static void split_axis(const struct item *items, uint32_t count, struct split *best, int axis,
                       double low, double high)
{
    struct box boxes[BINS];
    uint32_t counts[BINS] = {0};
    double scale = BINS / (high - low);
    for (int i = 0; i < BINS; i++)
        boxes[i] = box_empty();
    for (uint32_t i = 0; i < count; i++) {
        uint32_t bin = bin_of(items[i].center[axis], low, scale);
        counts[bin]++;
        box_join(&boxes[bin], &items[i].box);
    }
    double right_costs[BINS] = {0};
    struct box sum = box_empty();
    uint32_t number = 0;
    for (int i = BINS - 1; i > 0; i--) {
        box_join(&sum, &boxes[i]);
        number += counts[i];
        right_costs[i] = number * box_area(&sum);
    }
    sum = box_empty();
    number = 0;
    for (uint32_t i = 0; i + 1 < BINS; i++) {
        box_join(&sum, &boxes[i]);
        number += counts[i];
        double cost = number * box_area(&sum) + right_costs[i + 1];
        if (number > 0 && number < count && cost < best->cost) {
            struct split split = {.axis = axis, .bin = i, .low = low, .scale = scale, .cost = cost};
            *best = split;
        }
    }
}

static struct split split_find(const struct item *items, uint32_t count)
{
    double low[3], high[3];
    memcpy(low, items[0].center, sizeof low);
    memcpy(high, items[0].center, sizeof high);
    for (uint32_t i = 1; i < count; i++)
        for (int axis = 0; axis < 3; axis++) {
            double center = items[i].center[axis];
            low[axis] = center < low[axis] ? center : low[axis];
            high[axis] = center > high[axis] ? center : high[axis];
        }
    struct split best = {.axis = -1, .cost = HUGE_VAL};
    for (int axis = 0; axis < 3; axis++)
        if (high[axis] > low[axis])
            split_axis(items, count, &best, axis, low[axis], high[axis]);
    return best;
}

static uint32_t partition(struct item *items, uint32_t count, const struct split *split)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < count; i++)
        if (bin_of(items[i].center[split->axis], split->low, split->scale) <= split->bin) {
            struct item item = items[i];
            items[i] = items[left];
            items[left++] = item;
        }
    return left;
}

static void build(struct builder *builder, uint32_t first, uint32_t count, int depth)
{
    struct bvh_node *node = &builder->nodes[builder->node_count++];
    struct item *items = builder->items + first;
    node->box = box_empty();
    for (uint32_t i = 0; i < count; i++)
        box_join(&node->box, &items[i].box);
    node->first = first;
    node->count = count;
    if (count <= LEAF_SHAPES)
        return;
    struct split split = split_find(items, count);
    uint32_t left = count / 2;
    if (depth < SAH_DEPTH_MAX && split.axis >= 0)
        left = partition(items, count, &split);
    node->count = 0;
    build(builder, first, left, depth + 1);
    node->first = builder->node_count;
    build(builder, first + left, count - left, depth + 1);
}

static struct item *items_of(const struct shape *shapes, uint32_t count)
{
    struct item *items = malloc((count + (size_t)1) * sizeof *items);
    for (uint32_t i = 0; items && i < count; i++) {
        items[i].box = shape_box(&shapes[i]);
        items[i].shape = i;
        for (int axis = 0; axis < 3; axis++) {
            double *low = &items[i].box.corner[0][axis], *high = &items[i].box.corner[1][axis];
            /* A flat box must not lose a ray that rounding moved by an ulp or two. */
            double margin = 1e-12 * (fabs(*low) + fabs(*high));
            *low -= margin;
            *high += margin;
            items[i].center[axis] = (*low + *high) * 0.5;
        }
    }
    return items;
}

bool bvh_build(struct bvh *bvh, struct shape *shapes, uint32_t count)
{
    bool done = false;
    struct item *items = items_of(shapes, count);
    struct bvh_node *nodes = malloc((2 * (size_t)count + 1) * sizeof *nodes);
    struct shape *ordered = malloc((count + (size_t)1) * sizeof *ordered);
    memset(bvh, 0, sizeof *bvh);
    if (!items || !nodes || !ordered)
        goto out;
    struct builder builder = {.items = items, .nodes = nodes};
    if (count > 0)
        build(&builder, 0, count, 0);
    for (uint32_t i = 0; i < count; i++)
        ordered[i] = shapes[items[i].shape];
    bvh->nodes = nodes;
    bvh->shapes = ordered;
    bvh->node_count = builder.node_count;
    bvh->shape_count = count;
    done = true;
out:
    if (!done) {
        free(nodes);
        free(ordered);
    }
    free(items);
    free(shapes);
    return done;
}

void bvh_free(struct bvh *bvh)
{
    free(bvh->nodes);
    free(bvh->shapes);
    memset(bvh, 0, sizeof *bvh);
}

/* The ray prepared for boxes: by what to multiply, and which corner is the near one. */
struct slab_ray {
    double origin[3];
    double inverse[3];
    int near[3];
};

static struct slab_ray slab_ray(const struct ray *ray)
{
    const double direction[3] = {ray->direction.x, ray->direction.y, ray->direction.z};
    struct slab_ray slabs = {.origin = {ray->origin.x, ray->origin.y, ray->origin.z}};
    for (int axis = 0; axis < 3; axis++) {
        double d = direction[axis];
        /* A finite stand-in for 1/0: zero times infinity would be no number. */
        slabs.inverse[axis] = fabs(d) > 1e-200 ? 1 / d : d < 0 ? -1e200 : 1e200;
        slabs.near[axis] = d < 0;
    }
    return slabs;
}

/* Where the ray enters the box, or infinity where it misses it or enters it after `limit`. */
static inline double box_entry(const struct box *box, const struct slab_ray *ray, double limit)
{
    double enter = 0, leave = limit;
    for (int axis = 0; axis < 3; axis++) {
        int near = ray->near[axis];
        double t0 = (box->corner[near][axis] - ray->origin[axis]) * ray->inverse[axis];
        double t1 = (box->corner[1 - near][axis] - ray->origin[axis]) * ray->inverse[axis];
        enter = t0 > enter ? t0 : enter;
        leave = t1 < leave ? t1 : leave;
        if (enter > leave)
            return HUGE_VAL;
    }
    return enter;
}

struct visit {
    uint32_t node;
    double entry;
};

bool bvh_nearest(const struct bvh *bvh, const struct ray *ray, struct hit *hit)
{
    struct visit stack[STACK_SIZE];
    struct slab_ray slabs = slab_ray(ray);
    bool met = false;
    int size = 0;
    if (bvh->node_count == 0)
        return false;
    stack[size++] = (struct visit){0, box_entry(&bvh->nodes[0].box, &slabs, hit->distance)};
    while (size > 0) {
        struct visit visit = stack[--size];
        if (!(visit.entry < hit->distance))
            continue;
        const struct bvh_node *node = &bvh->nodes[visit.node];
        for (uint32_t i = 0; i < node->count; i++)
            met |= shape_meets(&bvh->shapes[node->first + i], ray, hit);
        if (node->count > 0)
            continue;
        struct visit left = {visit.node + 1, box_entry(&node[1].box, &slabs, hit->distance)};
        struct visit right = {node->first,
                              box_entry(&bvh->nodes[node->first].box, &slabs, hit->distance)};
        bool left_first = left.entry <= right.entry;
        struct visit far = left_first ? right : left, near = left_first ? left : right;
        if (far.entry < HUGE_VAL)
            stack[size++] = far;
        if (near.entry < HUGE_VAL)
            stack[size++] = near;
    }
    return met;
}

double bvh_light(const struct bvh *bvh, const struct ray *ray, double distance,
                 const double *transmittances)
{
    uint32_t stack[STACK_SIZE];
    struct slab_ray slabs = slab_ray(ray);
    double share = 1;
    int size = 0;
    if (bvh->node_count == 0)
        return share;
    stack[size++] = 0;
    while (size > 0) {
        const struct bvh_node *node = &bvh->nodes[stack[--size]];
        if (box_entry(&node->box, &slabs, distance) == HUGE_VAL)
            continue;
        if (node->count == 0) {
            stack[size++] = node->first;
            stack[size++] = (uint32_t)(node - bvh->nodes) + 1;
        }
        for (uint32_t i = 0; i < node->count; i++) {
            const struct shape *shape = &bvh->shapes[node->first + i];
            struct hit hit = {.distance = distance};
            if (!shape_meets(shape, ray, &hit))
                continue;
            share *= transmittances[shape->surface];
            if (share == 0)
                return 0;
        }
    }
    return share;
}
