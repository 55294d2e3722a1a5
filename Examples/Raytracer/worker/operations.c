/* The operations of raytracer.x. */
#include "numbers.h"
#include "trace.h"

#define PI 3.14159265358979323846
#define SAMPLES_MAX 256u
#define DEPTH_MAX 32u

static Camera camera;
static Quality quality = {.samples = 1, .depth = 5};

/* The world of this worker, and of which scene at which position it was made. */
static struct world world;
static const Scene *world_scene;
static uint64_t world_position;

bool raytracer_set_camera(struct mrn_call *call, const Camera *value)
{
    if (value->width <= 0 || value->width > IMAGE_SIDE_MAX || value->height <= 0 ||
        value->height > IMAGE_SIDE_MAX)
        return mrn_fail(call, "a picture of %d by %d: sides are 1 to %d", value->width,
                        value->height, IMAGE_SIDE_MAX);
    if (!(value->angle > 0 && value->angle < 180))
        return mrn_fail(call, "the angle of view is above 0 and below 180 degrees");
    camera = *value;
    return true;
}

bool raytracer_set_quality(struct mrn_call *call, const Quality *value)
{
    uint32_t side = 1;
    while (side * side < value->samples && side * side < SAMPLES_MAX)
        side++;
    if (side * side != value->samples)
        return mrn_fail(call, "%u rays per pixel: a square from 1 to %u", value->samples,
                        SAMPLES_MAX);
    if (value->depth > DEPTH_MAX)
        return mrn_fail(call, "%u bounces, at most %u", value->depth, DEPTH_MAX);
    quality = *value;
    return true;
}

/* The axes of the picture, scaled so that one step is one pixel. */
struct eye {
    struct vec3 from;
    struct vec3 ahead;
    struct vec3 right;
    struct vec3 down;
    double hither;
    uint32_t side; /* samples along one side of a pixel */
};

static bool eye_open(struct eye *eye, struct mrn_call *call)
{
    struct vec3 from = vec3((double)camera.from.x, (double)camera.from.y, (double)camera.from.z);
    struct vec3 at = vec3((double)camera.at.x, (double)camera.at.y, (double)camera.at.z);
    struct vec3 up = vec3((double)camera.up.x, (double)camera.up.y, (double)camera.up.z);
    struct vec3 ahead = vec3_unit(vec3_sub(at, from));
    struct vec3 right = vec3_unit(vec3_cross(ahead, up));
    if (!(vec3_dot(right, right) > 0.5))
        return mrn_fail(call, "no camera: it needs a place to look at, and an up across the view");
    /* NFF measures the angle from the middle of the first row of pixels to the middle of the last.
     */
    double steps = camera.height > 1 ? camera.height - 1 : 1;
    double pixel = 2 * number_tangent((double)camera.angle * (PI / 360)) / steps;
    eye->from = from;
    eye->ahead = ahead;
    eye->right = vec3_scale(right, pixel);
    eye->down = vec3_scale(vec3_cross(ahead, right), pixel);
    eye->hither = camera.hither > 0 ? (double)camera.hither : 0;
    while (eye->side * eye->side < quality.samples)
        eye->side++;
    return true;
}

static struct vec3 sample(const struct eye *eye, double x, double y)
{
    double across = x - camera.width * 0.5, below = y - camera.height * 0.5;
    struct vec3 direction = vec3_along(eye->ahead, eye->right, across);
    direction = vec3_unit(vec3_along(direction, eye->down, below));
    struct ray ray = {.origin = eye->from, .direction = direction};
    /* The hither plane stands across the view; a slanted ray meets it later. */
    ray.nearest = eye->hither / vec3_dot(direction, eye->ahead);
    return trace(&world, &ray, quality.depth);
}

static void pixel(const struct eye *eye, int32_t x, int32_t y, uint8_t rgb[3])
{
    struct vec3 sum = vec3(0, 0, 0);
    for (uint32_t i = 0; i < eye->side; i++)
        for (uint32_t j = 0; j < eye->side; j++)
            sum = vec3_add(sum, sample(eye, x + (j + 0.5) / eye->side, y + (i + 0.5) / eye->side));
    double share = 1.0 / (eye->side * eye->side);
    rgb[0] = number_srgb(sum.x * share);
    rgb[1] = number_srgb(sum.y * share);
    rgb[2] = number_srgb(sum.z * share);
}

static bool world_ready(struct mrn_call *call, const Scene *scene)
{
    if (world_scene == scene && world_position == mrn_position(call))
        return true;
    world_free(&world);
    world_scene = NULL;
    if (!world_build(&world, call, scene))
        return false;
    world_scene = scene;
    world_position = mrn_position(call);
    return true;
}

bool raytracer_render(struct mrn_call *call, const Scene *scene, const Region *region, Tile *result)
{
    struct eye eye = {.side = 1};
    if (region->width <= 0 || region->width > TILE_SIDE_MAX || region->height <= 0 ||
        region->height > TILE_SIDE_MAX)
        return mrn_fail(call, "a tile of %d by %d: sides are 1 to %d", region->width,
                        region->height, TILE_SIDE_MAX);
    if (region->x < 0 || region->x > camera.width - region->width || region->y < 0 ||
        region->y > camera.height - region->height)
        return mrn_fail(call, "the tile at %d, %d leaves the picture of %d by %d", region->x,
                        region->y, camera.width, camera.height);
    if (!eye_open(&eye, call) || !world_ready(call, scene))
        return false;
    result->region = *region;
    result->rgb = mrn_bytes(call, 3 * (uint32_t)region->width * (uint32_t)region->height);
    uint8_t *rgb = result->rgb.bytes;
    for (int32_t y = 0; y < region->height; y++)
        for (int32_t x = 0; x < region->width; x++, rgb += 3)
            pixel(&eye, region->x + x, region->y + y, rgb);
    return true;
}
