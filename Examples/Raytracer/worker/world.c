#include "world.h"

#include <stdlib.h>
#include <string.h>

#include "numbers.h"

/* Together with the limits of the wire this bounds memory: about 200 bytes a shape while building.
 */
#define SHAPES_MAX 50000000u

static struct vec3 vector_of(const Vector *v)
{
    return vec3((double)v->x, (double)v->y, (double)v->z);
}

static struct vec3 linear_of(const Color *color)
{
    return vec3(number_linear((double)color->red), number_linear((double)color->green),
                number_linear((double)color->blue));
}

static bool all_finite(const float *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!(values[i] >= -FLT_MAX && values[i] <= FLT_MAX))
            return false;
    return true;
}

static bool mesh_check(struct mrn_call *call, const Mesh *mesh, uint32_t number)
{
    uint32_t corners = mesh->positions.count / 3;
    if (mesh->positions.count % 3 != 0 || mesh->indices.count % 3 != 0)
        return mrn_fail(call, "mesh %u: positions and indices come in threes", number);
    if (mesh->normals.count != 0 && mesh->normals.count != mesh->positions.count)
        return mrn_fail(call, "mesh %u: %u positions but %u normals", number, mesh->positions.count,
                        mesh->normals.count);
    if (!all_finite(mesh->positions.items, mesh->positions.count) ||
        !all_finite(mesh->normals.items, mesh->normals.count))
        return mrn_fail(call, "mesh %u: a number is not finite", number);
    for (uint32_t i = 0; i < mesh->indices.count; i++)
        if (mesh->indices.items[i] >= corners)
            return mrn_fail(call, "mesh %u: index %u of %u corners", number, mesh->indices.items[i],
                            corners);
    return true;
}

static bool surface_check(struct mrn_call *call, const Scene *scene, uint32_t surface)
{
    if (surface < scene->surfaces.count)
        return true;
    return mrn_fail(call, "surface %u of %u", surface, scene->surfaces.count);
}

/* Everything that a later step indexes or multiplies by is checked here; the sum of shapes on
 * success. */
static bool scene_check(struct mrn_call *call, const Scene *scene, uint32_t *shape_count)
{
    uint64_t sum = (uint64_t)scene->spheres.count + scene->cones.count;
    for (uint32_t i = 0; i < scene->spheres.count; i++) {
        const Sphere *s = &scene->spheres.items[i];
        const float values[4] = {s->center.x, s->center.y, s->center.z, s->radius};
        if (!all_finite(values, 4))
            return mrn_fail(call, "sphere %u: a number is not finite", i);
        if (!surface_check(call, scene, s->surface))
            return false;
    }
    for (uint32_t i = 0; i < scene->cones.count; i++) {
        const Cone *c = &scene->cones.items[i];
        const float values[8] = {c->base.x, c->base.y, c->base.z, c->baseRadius,
                                 c->apex.x, c->apex.y, c->apex.z, c->apexRadius};
        if (!all_finite(values, 8))
            return mrn_fail(call, "cone %u: a number is not finite", i);
        if (!surface_check(call, scene, c->surface))
            return false;
    }
    for (uint32_t i = 0; i < scene->meshes.count; i++) {
        const Mesh *mesh = &scene->meshes.items[i];
        if (!surface_check(call, scene, mesh->surface) || !mesh_check(call, mesh, i))
            return false;
        sum += mesh->indices.count / 3;
    }
    if (sum > SHAPES_MAX)
        return mrn_fail(call, "the scene has %llu shapes, at most %u are drawn",
                        (unsigned long long)sum, SHAPES_MAX);
    *shape_count = (uint32_t)sum;
    return true;
}

static uint32_t mesh_shapes(const Mesh *mesh, struct shape *shapes)
{
    const float *positions = mesh->positions.items;
    uint32_t count = 0;
    for (uint32_t i = 0; i + 2 < mesh->indices.count; i += 3) {
        const uint32_t *indices = mesh->indices.items + i;
        struct vec3 corners[3];
        const float *normals[3];
        for (int k = 0; k < 3; k++) {
            const float *p = positions + 3 * (size_t)indices[k];
            corners[k] = vec3((double)p[0], (double)p[1], (double)p[2]);
            normals[k] = mesh->normals.count ? mesh->normals.items + 3 * (size_t)indices[k] : NULL;
        }
        shapes[count++] = shape_triangle(corners, normals, mesh->surface);
    }
    return count;
}

static void scene_shapes(const Scene *scene, struct shape *shapes)
{
    for (uint32_t i = 0; i < scene->spheres.count; i++) {
        const Sphere *s = &scene->spheres.items[i];
        *shapes++ = shape_sphere(vector_of(&s->center), (double)s->radius, s->surface);
    }
    for (uint32_t i = 0; i < scene->cones.count; i++) {
        const Cone *c = &scene->cones.items[i];
        *shapes++ = shape_cone(vector_of(&c->base), (double)c->baseRadius, vector_of(&c->apex),
                               (double)c->apexRadius, c->surface);
    }
    for (uint32_t i = 0; i < scene->meshes.count; i++)
        shapes += mesh_shapes(&scene->meshes.items[i], shapes);
}

static void world_paint(struct world *world, const Scene *scene)
{
    world->background = linear_of(&scene->background);
    world->lamp_count = scene->lights.count;
    for (uint32_t i = 0; i < scene->lights.count; i++) {
        const Light *light = &scene->lights.items[i];
        world->lamps[i].position = vector_of(&light->position);
        world->lamps[i].color =
            vec3((double)light->color.red, (double)light->color.green, (double)light->color.blue);
    }
    for (uint32_t i = 0; i < scene->surfaces.count; i++) {
        const Surface *surface = &scene->surfaces.items[i];
        struct material *material = &world->materials[i];
        material->color = linear_of(&surface->color);
        material->diffuse = (double)surface->diffuse;
        material->specular = (double)surface->specular;
        material->shine = (double)surface->shine;
        material->transmittance = (double)surface->transmittance;
        material->refraction = surface->refraction > 0 ? (double)surface->refraction : 1;
        world->transmittances[i] = material->transmittance;
    }
}

/* A billionth of the scene's diagonal: far above the rounding of doubles, far below any detail. */
static double epsilon_of(const struct bvh *bvh)
{
    if (bvh->node_count == 0)
        return 1e-9;
    const struct box *box = &bvh->nodes[0].box;
    struct vec3 diagonal =
        vec3(box->corner[1][0] - box->corner[0][0], box->corner[1][1] - box->corner[0][1],
             box->corner[1][2] - box->corner[0][2]);
    return 1e-9 * vec3_length(diagonal);
}

bool world_build(struct world *world, struct mrn_call *call, const Scene *scene)
{
    uint32_t count = 0;
    memset(world, 0, sizeof *world);
    if (!scene_check(call, scene, &count))
        return false;
    struct shape *shapes = malloc((count + (size_t)1) * sizeof *shapes);
    world->lamps = malloc((scene->lights.count + (size_t)1) * sizeof *world->lamps);
    world->materials = malloc((scene->surfaces.count + (size_t)1) * sizeof *world->materials);
    world->transmittances =
        malloc((scene->surfaces.count + (size_t)1) * sizeof *world->transmittances);
    if (!shapes || !world->lamps || !world->materials || !world->transmittances) {
        free(shapes);
        goto memory;
    }
    scene_shapes(scene, shapes);
    world_paint(world, scene);
    if (!bvh_build(&world->bvh, shapes, count))
        goto memory;
    world->epsilon = epsilon_of(&world->bvh);
    return true;
memory:
    world_free(world);
    return mrn_fail(call, "no memory for a scene of %u shapes", count);
}

void world_free(struct world *world)
{
    bvh_free(&world->bvh);
    free(world->lamps);
    free(world->materials);
    free(world->transmittances);
    memset(world, 0, sizeof *world);
}
