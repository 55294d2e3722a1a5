/* The operations of spheres.x. Only + - * / and sqrt: all architectures draw the same picture. */
#include "spheres.h"

#include <math.h>

#define BOUNCES 4
#define NEAREST 1e-4
#define BEYOND 1e30

typedef struct {
    double x, y, z;
} vec;

static View view;

static vec make(double x, double y, double z)
{
    return (vec){x, y, z};
}

static vec of(Vector v)
{
    return make((double)v.x, (double)v.y, (double)v.z);
}

static vec along(vec a, vec b, double s)
{
    return make(a.x + b.x * s, a.y + b.y * s, a.z + b.z * s);
}

static double dot(vec a, vec b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

static vec unit(vec a)
{
    return along(make(0, 0, 0), a, 1 / sqrt(dot(a, a)));
}

/* How far the ray goes until it meets the sphere. */
static double meet(const Sphere *sphere, vec origin, vec way)
{
    vec to = along(of(sphere->center), origin, -1);
    double middle = dot(to, way);
    double square = (double)sphere->radius * (double)sphere->radius - dot(to, to) + middle * middle;
    if (square < 0)
        return BEYOND;
    double near = middle - sqrt(square), far = middle + sqrt(square);
    return near > NEAREST ? near : far > NEAREST ? far : BEYOND;
}

static const Sphere *nearest(const Scene *scene, vec origin, vec way, double *distance)
{
    const Sphere *found = NULL;
    for (uint32_t i = 0; i < scene->spheres.count; i++) {
        double there = meet(&scene->spheres.items[i], origin, way);
        if (there < *distance) {
            *distance = there;
            found = &scene->spheres.items[i];
        }
    }
    return found;
}

/* A board of two greys in the plane y = 0. */
static vec floor_color(vec point)
{
    int square = (int)(point.x + 1000) + (int)(point.z + 1000);
    return square % 2 == 0 ? make(0.75, 0.73, 0.7) : make(0.3, 0.3, 0.33);
}

static vec trace(const Scene *scene, vec origin, vec way, int bounces)
{
    double distance = way.y < 0 ? -origin.y / way.y : BEYOND;
    if (distance < NEAREST || distance > 200)
        distance = 200;
    const Sphere *sphere = nearest(scene, origin, way, &distance);
    if (!sphere && distance >= 200)
        return along(of(scene->sky), make(1, 1, 1), way.y > 0 ? 0.4 * (1 - way.y) : 0.4);
    vec point = along(origin, way, distance);
    vec normal = sphere ? unit(along(point, of(sphere->center), -1)) : make(0, 1, 0);
    vec color = sphere ? of(sphere->color) : floor_color(point);
    vec to_light = along(of(scene->light), point, -1);
    double light_distance = sqrt(dot(to_light, to_light));
    vec light_way = unit(to_light);
    double facing = dot(normal, light_way), light = 0.25;
    if (facing > 0 && !nearest(scene, point, light_way, &light_distance))
        light += 0.75 * facing;
    color = along(make(0, 0, 0), color, light);
    double mirror = sphere ? (double)sphere->mirror : 0;
    if (mirror > 0 && bounces > 0) {
        vec back = along(way, normal, -2 * dot(way, normal));
        vec seen = trace(scene, point, back, bounces - 1);
        color = along(along(make(0, 0, 0), color, 1 - mirror), seen, mirror);
    }
    return color;
}

static uint8_t channel(double light)
{
    /* A square root is close to what screens expect. */
    return light <= 0 ? 0 : light >= 1 ? 255 : (uint8_t)(sqrt(light) * 255 + 0.5);
}

static void pixel(const Scene *scene, int x, int y, uint8_t rgb[3])
{
    vec sum = make(0, 0, 0);
    for (int i = 0; i < view.samples * view.samples; i++) {
        double across = x + (i % view.samples + 0.5) / view.samples - view.width * 0.5;
        double below = y + (i / view.samples + 0.5) / view.samples - view.height * 0.5;
        vec way = make(across / view.height, -0.22 - below / view.height, 1.3);
        sum = along(sum, trace(scene, make(0, 2.6, -7.5), unit(way), BOUNCES), 1);
    }
    double share = 1.0 / (view.samples * view.samples);
    rgb[0] = channel(sum.x * share);
    rgb[1] = channel(sum.y * share);
    rgb[2] = channel(sum.z * share);
}

bool spheres_set_view(struct mrn_call *call, const View *value)
{
    if (value->width < 1 || value->width > SIDE_MAX || value->height < 1 ||
        value->height > SIDE_MAX)
        return mrn_fail(call, "a picture of %d by %d", value->width, value->height);
    if (value->samples < 1 || value->samples > SAMPLES_MAX)
        return mrn_fail(call, "%d samples along the side of a pixel", value->samples);
    view = *value;
    return true;
}

bool spheres_render(struct mrn_call *call, const Scene *scene, const Rows *rows, Strip *result)
{
    if (rows->first < 0 || rows->count < 1 || rows->first > view.height - rows->count)
        return mrn_fail(call, "%d rows from %d of %d", rows->count, rows->first, view.height);
    result->rows = *rows;
    result->rgb = mrn_bytes(call, 3 * (uint32_t)rows->count * (uint32_t)view.width);
    uint8_t *rgb = result->rgb.bytes;
    for (int y = rows->first; y < rows->first + rows->count; y++)
        for (int x = 0; x < view.width; x++, rgb += 3)
            pixel(scene, x, y, rgb);
    return true;
}
