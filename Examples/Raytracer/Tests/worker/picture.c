/*
 * Draws one picture in one process, without a master: reads a Scene, a Camera and a Quality in XDR
 * from standard input, writes the pixels to standard output and the rays per second to standard
 * error.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "raytracer.h"
#include "trace.h"

#define TILE_SIDE 32
#define MEMORY_MAX ((size_t)1 << 30)

static uint8_t *read_all(size_t *count)
{
    size_t capacity = 1 << 20;
    uint8_t *bytes = malloc(capacity);
    *count = 0;
    while (bytes) {
        size_t got = fread(bytes + *count, 1, capacity - *count, stdin);
        *count += got;
        if (got == 0)
            return bytes;
        if (*count == capacity) {
            capacity *= 2;
            bytes = realloc(bytes, capacity);
        }
    }
    return NULL;
}

static bool draw(struct mrn_call *call, const Scene *scene, const Camera *camera, uint8_t *rgb)
{
    for (int32_t y = 0; y < camera->height; y += TILE_SIDE)
        for (int32_t x = 0; x < camera->width; x += TILE_SIDE) {
            Region region = {x, y, TILE_SIDE, TILE_SIDE};
            Tile tile;
            if (region.width > camera->width - x)
                region.width = camera->width - x;
            if (region.height > camera->height - y)
                region.height = camera->height - y;
            mrn_arena_reset(call->arena);
            if (!raytracer_render(call, scene, &region, &tile))
                return false;
            size_t row = 3 * (size_t)region.width;
            for (int32_t i = 0; i < region.height; i++)
                memcpy(rgb + 3 * ((size_t)(y + i) * (size_t)camera->width + (size_t)x),
                       tile.rgb.bytes + (size_t)i * row, row);
        }
    return true;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Sets the context, draws and writes; false: `call` tells why. */
static bool answer(struct mrn_call *call, const Scene *scene, const Camera *camera,
                   const Quality *quality)
{
    double start = seconds();
    if (!raytracer_set_camera(call, camera) || !raytracer_set_quality(call, quality))
        return false;
    size_t pixels = (size_t)camera->width * (size_t)camera->height;
    uint8_t *rgb = calloc(pixels, 3);
    bool done = rgb ? draw(call, scene, camera, rgb) : mrn_fail(call, "no memory");
    if (done) {
        double spent = seconds() - start;
        fprintf(stderr, "%llu rays in %.3f s: %.0f rays/s\n", (unsigned long long)trace_rays(),
                spent, (double)trace_rays() / spent);
        done = fwrite(rgb, 3, pixels, stdout) == pixels || mrn_fail(call, "not written");
    }
    free(rgb);
    return done;
}

int main(void)
{
    struct mrn_arena shared, memory;
    struct mrn_reader in;
    struct mrn_call call;
    Scene scene;
    Camera camera;
    Quality quality;
    size_t count;
    int status = 1;
    uint8_t *bytes = read_all(&count);

    memset(&call, 0, sizeof call);
    mrn_arena_init(&shared, MEMORY_MAX, NULL);
    mrn_arena_init(&memory, MEMORY_MAX, NULL);
    call.arena = &memory;
    mrn_reader_init(&in, bytes, count, &shared);
    if (!Scene_decode(&in, &scene) || !Camera_decode(&in, &camera) ||
        !Quality_decode(&in, &quality) || !mrn_reader_finish(&in))
        fprintf(stderr, "not decoded: %s %s\n", in.fault.path, in.fault.reason);
    else if (!answer(&call, &scene, &camera, &quality))
        fprintf(stderr, "failed: %s\n", call.failure);
    else
        status = 0;
    mrn_arena_free(&shared);
    mrn_arena_free(&memory);
    free(bytes);
    return status;
}
