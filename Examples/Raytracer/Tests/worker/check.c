/*
 * Checks of the worker's arithmetic and geometry, for any architecture: prints a line for each
 * check that fails, then a digest of the bits of many results, which must be the same everywhere.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bvh.h"
#include "numbers.h"

#define FAILURES_SHOWN 20

static int checks;
static int failures;
static uint64_t digest = 14695981039346656037u;

static void digest_add(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    digest = (digest ^ bits) * 1099511628211u;
}

static void check(bool good, const char *what, double found)
{
    checks++;
    if (good)
        return;
    if (++failures <= FAILURES_SHOWN)
        printf("failed: %s: %a (%.17g)\n", what, found, found);
}

/* The same from run to run and from machine to machine, 0 to 1. */
static double next_random(void)
{
    static uint64_t state = 0x9e3779b97f4a7c15u;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 11) / 9007199254740992.0;
}

static int64_t order_of(double value)
{
    int64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits < 0 ? INT64_MIN - bits : bits;
}

static void near(double found, double wanted, int64_t ulps, const char *what)
{
    int64_t apart = order_of(found) - order_of(wanted);
    check(apart >= -ulps && apart <= ulps, what, found);
}

/* The values right of each argument come from 60-digit arithmetic, rounded once. */
static void check_known(void)
{
    static const double exp2_known[][2] = {{0, 1},
                                           {1, 2},
                                           {-1, 0.5},
                                           {0.5, 0x1.6a09e667f3bcdp+0},
                                           {-0.5, 0x1.6a09e667f3bcdp-1},
                                           {0x1.5555555555555p-2, 0x1.428a2f98d728bp+0},
                                           {10.25, 0x1.306fe0a31b715p+10},
                                           {-0x1.2d9999999999ap+5, 0x1.3b2c47bff831ep-38},
                                           {0x1.fff3333333333p+9, 0x1.ddb680117aa8ep+1023},
                                           {-1050.5, 0x0.0000000b504f3p-1022},
                                           {0x1.b7cdfd9d7bdbbp-34, 0x1.000000004c366p+0}};
    static const double log2_known[][2] = {{1, 0},
                                           {2, 1},
                                           {0.5, -1},
                                           {3, 0x1.95c01a39fbd68p+0},
                                           {0x1.6666666666666p-1, -0x1.0776228967d13p-1},
                                           {0x1.56e1fc2f8f359p-997, -0x1.f24a09f1a8b89p+9},
                                           {0x1.7e43c8800759cp+996, 0x1.f24a09f1a8b89p+9},
                                           {0x1.6a09e55c0fcb5p+0, 0x1.fffffbbadb929p-2},
                                           {0x0.0000000000001p-1022, -1074},
                                           {0x1.000001ad7f29bp+0, 0x1.35d0fea5fccb7p-23}};
    static const double power_known[][3] = {
        {0.5, 0x1.6a3886594af4fp+5, 0x1.a661738d791cep-46},
        {0x1.fae147ae147aep-1, 100, 0x1.76d12e9c2ff45p-2},
        {0x1.ccccccccccccdp-1, 0x1.3333333333333p+1, 0x1.8d9aea11bd810p-1},
        {2, 0.5, 0x1.6a09e667f3bcdp+0},
        {0x1.999999999999ap-4, 7.5, 0x1.0fa3389d6eb42p-25},
        {0x1.ff7ced916872bp-1, 1000, 0x1.788526411ed72p-2},
        {0x1.8000000000000p-1, 0x1.5555555555555p-2, 0x1.d12ed0af1a27fp-1}};
    static const double tangent_known[][2] = {{0, 0},
                                              {0x1.999999999999ap-4, 0x1.9af8877430b80p-4},
                                              {0x1.657184ae74487p-2, 0x1.74b49cf3902d4p-2},
                                              {0.5, 0x1.17b4f5bf3474ap-1},
                                              {0x1.921fb54442d18p-1, 0x1.fffffffffffffp-1},
                                              {1, 0x1.8eb245cbee3a6p+0},
                                              {0x1.3333333333333p+0, 0x1.493c43acb164dp+1},
                                              {1.5, 0x1.c33ed50b88777p+3}};
    for (size_t i = 0; i < sizeof exp2_known / sizeof *exp2_known; i++)
        near(number_exp2(exp2_known[i][0]), exp2_known[i][1], 2, "exp2 of a known value");
    for (size_t i = 0; i < sizeof log2_known / sizeof *log2_known; i++)
        near(number_log2(log2_known[i][0]), log2_known[i][1], 4, "log2 of a known value");
    for (size_t i = 0; i < sizeof power_known / sizeof *power_known; i++)
        near(number_power(power_known[i][0], power_known[i][1]), power_known[i][2], 64,
             "power of a known value");
    for (size_t i = 0; i < sizeof tangent_known / sizeof *tangent_known; i++)
        near(number_tangent(tangent_known[i][0]), tangent_known[i][1], 4,
             "tangent of a known value");
    check(number_exp2(1024) == HUGE_VAL && number_exp2(-2000) == 0, "exp2 at its ends", 0);
    check(number_power(0, 3) == 0 && number_power(0, 0) == 1, "power of 0", 0);
    check(number_log2(0) == -HUGE_VAL, "log2 of 0", number_log2(0));
}

/* Against this machine's library, whose functions are within one ulp of the truth. */
static void check_sweep(void)
{
    for (int i = 0; i < 40000; i++) {
        double x = next_random() * 200 - 100, y = next_random() * 1000 + 1e-3;
        double angle = next_random() * 1.5;
        near(number_exp2(x), exp2(x), 3, "exp2");
        near(number_log2(y), log2(y), 5, "log2");
        near(number_tangent(angle), tan(angle), 5, "tangent");
        digest_add(number_exp2(x));
        digest_add(number_log2(y));
        digest_add(number_tangent(angle));
        digest_add(number_power(next_random(), y));
    }
}

static void check_srgb(void)
{
    for (int code = 0; code < 256; code++)
        check(number_srgb(number_linear(code / 255.0)) == code, "sRGB there and back", code);
    check(number_srgb(-1) == 0 && number_srgb(7) == 255, "sRGB beyond its ends", 0);
    near(number_linear(0.5), 0.21404114048223255, 16, "linear light of 0.5");
}

static bool meet(const struct shape *shape, struct vec3 origin, struct vec3 direction,
                 struct hit *hit)
{
    struct ray ray = {origin, vec3_unit(direction), 1e-9};
    memset(hit, 0, sizeof *hit);
    hit->distance = HUGE_VAL;
    return shape_meets(shape, &ray, hit);
}

static void check_spheres(void)
{
    struct hit hit;
    struct shape sphere = shape_sphere(vec3(1, 2, 3), 2, 0);
    check(meet(&sphere, vec3(1, 2, -7), vec3(0, 0, 1), &hit), "a ray at a sphere", 0);
    near(hit.distance, 8, 1, "a sphere from outside");
    near(shape_normal(&hit, vec3(1, 2, 1)).z, -1, 1, "a sphere's normal");
    check(meet(&sphere, vec3(1, 2, 3), vec3(1, 1, 1), &hit), "a ray inside a sphere", 0);
    near(hit.distance, 2, 2, "a sphere from inside");
    check(!meet(&sphere, vec3(1, 4.0001, -7), vec3(0, 0, 1), &hit), "a ray past a sphere", 0);
    check(!meet(&sphere, vec3(1, 2, 9), vec3(0, 0, 1), &hit), "a sphere behind the ray", 0);
    struct shape hollow = shape_sphere(vec3(1, 2, 3), -2, 0);
    check(meet(&hollow, vec3(1, 2, -7), vec3(0, 0, 1), &hit), "a hollow sphere", 0);
    near(hit.distance, 12, 1, "a sphere of negative radius shows its inside");
}

static void check_cones(void)
{
    struct hit hit;
    struct shape cylinder = shape_cone(vec3(0, 0, 0), 1, vec3(0, 0, 4), 1, 0);
    check(meet(&cylinder, vec3(-5, 0, 2), vec3(1, 0, 0), &hit), "a ray at a cylinder", 0);
    near(hit.distance, 4, 1, "a cylinder from outside");
    check(!meet(&cylinder, vec3(-5, 0, 4.01), vec3(1, 0, 0), &hit), "a cylinder ends", 0);
    check(!meet(&cylinder, vec3(0.5, 0, 9), vec3(0, 0, -1), &hit), "a cylinder has no caps", 0);
    check(meet(&cylinder, vec3(0, 0, -1), vec3(1, 0, 2), &hit), "a cylinder from below", 0);
    near(hit.distance, sqrt(5), 2, "a cylinder's inside");
    struct shape cone = shape_cone(vec3(0, 0, 0), 2, vec3(0, 0, 2), 0, 0);
    check(meet(&cone, vec3(5, 0, 1), vec3(-1, 0, 0), &hit), "a ray at a cone", 0);
    near(hit.distance, 4, 2, "a cone half-way up");
    struct vec3 normal = shape_normal(&hit, vec3(1, 0, 1));
    near(normal.x, sqrt(0.5), 2, "a cone's normal");
    near(normal.z, sqrt(0.5), 2, "a cone's normal");
    check(!meet(&cone, vec3(5, 0, 2.5), vec3(-1, 0, 0), &hit), "no mirrored cone above", 0);
    check(meet(&cone, vec3(1, 0, 0.5), vec3(-1, 0, 1), &hit), "a ray along a cone's side", 0);
    near(hit.distance, 1.25 * sqrt(2), 4, "a ray parallel to one side meets the other");
    struct shape point = shape_cone(vec3(0, 0, 0), 1, vec3(0, 0, 0), 1, 0);
    check(!meet(&point, vec3(-5, 0, 0), vec3(1, 0, 0), &hit), "a cone of no height", 0);
}

static void check_triangles(void)
{
    static const float tilted[3] = {0, 1, 1}, straight[3] = {0, 0, 1};
    static const float *const normals[3] = {straight, tilted, straight};
    static const struct vec3 corners[3] = {{0, 0, 0}, {2, 0, 0}, {0, 2, 0}};
    struct hit hit;
    struct shape triangle = shape_triangle(corners, normals, 0);
    check(meet(&triangle, vec3(1, 0.5, 3), vec3(0, 0, -1), &hit), "a ray at a triangle", 0);
    near(hit.distance, 3, 1, "a triangle's distance");
    near(hit.u, 0.5, 1, "the weight of the second corner");
    near(hit.v, 0.25, 1, "the weight of the third corner");
    struct vec3 smooth = shape_shading_normal(&hit, vec3(0, 0, 1));
    near(smooth.y, 0.5 / sqrt(1.25), 4, "a patch's normal lies between its corners'");
    check(shape_shading_normal(&hit, vec3(0, 0, -1)).z < 0, "a patch's normal has its side", 0);
    check(meet(&triangle, vec3(1, 0.5, -3), vec3(0, 0, 1), &hit), "a triangle from behind", 0);
    check(meet(&triangle, vec3(1, 1, 3), vec3(0, 0, -1), &hit), "the edge belongs to it", 0);
    check(!meet(&triangle, vec3(1.01, 1, 3), vec3(0, 0, -1), &hit), "a ray past a triangle", 0);
    check(!meet(&triangle, vec3(3, 1, 0), vec3(-1, 0, 0), &hit), "a ray in its plane", 0);
}

/* Statement by statement: compilers evaluate the arguments of one call in different orders. */
static struct vec3 random_vector(double size)
{
    struct vec3 v;
    v.x = next_random() * size;
    v.y = next_random() * size;
    v.z = next_random() * size;
    return v;
}

static struct shape random_shape(uint32_t number)
{
    struct vec3 a = random_vector(10), b = vec3_add(a, random_vector(1));
    struct vec3 sizes = random_vector(0.3);
    const struct vec3 corners[3] = {a, b, vec3(a.x, b.y, a.z + 0.7)};
    if (number % 3 == 0)
        return shape_sphere(a, sizes.x, 0);
    if (number % 3 == 1)
        return shape_cone(a, sizes.x, b, sizes.y, 0);
    return shape_triangle(corners, NULL, 0);
}

/* The hierarchy finds what a look at every shape finds; shadows too. */
static void check_hierarchy(uint32_t count)
{
    struct bvh bvh;
    const double transmittances[1] = {0};
    struct shape *shapes = malloc((count + (size_t)1) * sizeof *shapes);
    if (!shapes)
        exit(2);
    for (uint32_t i = 0; i < count; i++)
        shapes[i] = random_shape(i);
    if (!bvh_build(&bvh, shapes, count))
        exit(2);
    check(bvh.shape_count == count, "a hierarchy keeps all shapes", bvh.shape_count);
    for (int i = 0; i < 1000; i++) {
        struct vec3 origin = random_vector(10), way = random_vector(1);
        origin.z = -1;
        /* Every tenth along a coordinate plane, where the inverse of the direction is no number. */
        way = vec3(way.x - 0.5, way.y - 0.5, i % 10 ? 1 : 0);
        struct ray ray = {origin, vec3_unit(way), 1e-9};
        struct hit found = {.distance = HUGE_VAL}, wanted = {.distance = HUGE_VAL};
        bvh_nearest(&bvh, &ray, &found);
        for (uint32_t k = 0; k < count; k++)
            shape_meets(&bvh.shapes[k], &ray, &wanted);
        check(found.distance == wanted.distance, "the nearest shape", found.distance);
        double light = bvh_light(&bvh, &ray, HUGE_VAL, transmittances);
        check((light == 0) == (wanted.distance < HUGE_VAL), "the shadow", light);
        digest_add(found.distance);
    }
    bvh_free(&bvh);
}

int main(void)
{
    check_known();
    check_sweep();
    check_srgb();
    check_spheres();
    check_cones();
    check_triangles();
    for (uint32_t count = 0; count < 3; count++)
        check_hierarchy(count);
    check_hierarchy(3000);
    printf("%d of %d checks failed, digest %016llx\n", failures, checks,
           (unsigned long long)digest);
    return failures > 0;
}
