#include "project.h"

#include <fribidi.h>
#include <jansson.h>
#include <lz4.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static unsigned char in[10000], out[20000], back[10000];

/* What each library makes of the same bytes. */
bool project_probe(struct mrn_call *call, int32_t seed, struct mrn_string *result)
{
    char text[1000];
    for (unsigned i = 0; i < sizeof in; i++)
        in[i] = (unsigned char)((i + (unsigned)seed) * i >> 5);

    uLongf size = sizeof out;
    if (compress2(out, &size, in, sizeof in, 9) != Z_OK)
        return mrn_fail(call, "zlib fails");
    uLong sum = crc32(0, out, (uInt)size);

    int small = LZ4_compress_default((const char *)in, (char *)out, sizeof in, sizeof out);
    int large = LZ4_decompress_safe((const char *)out, (char *)back, small, sizeof back);
    if (large != (int)sizeof in || memcmp(in, back, sizeof in) != 0)
        return mrn_fail(call, "lz4 fails");

    png_image image;
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    image.width = image.height = 50;
    image.format = PNG_FORMAT_RGBA;
    png_alloc_size_t png = sizeof out;
    if (!png_image_write_to_memory(&image, out, &png, 0, in, 0, NULL))
        return mrn_fail(call, "libpng fails: %s", image.message);
    uLong picture = crc32(0, out, (uInt)png);

    json_t *json = json_pack("{s:i,s:[f,s]}", "seed", (int)seed, "list", 0.1 * seed, "x");
    char *line = json_dumps(json, JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(json);
    if (line == NULL)
        return mrn_fail(call, "jansson fails");

    FriBidiChar written[] = {'a', 0x5d0, 0x5d1, '1'}, shown[4];
    FriBidiParType base = FRIBIDI_PAR_ON;
    if (!fribidi_log2vis(written, 4, &base, shown, NULL, NULL, NULL))
        return mrn_fail(call, "fribidi fails");

    (void)snprintf(text, sizeof text, "zlib %lu %lx, lz4 %d, png %lu %lx, json %s, bidi %x %x",
                   size, sum, small, (unsigned long)png, picture, line, (unsigned)shown[1],
                   (unsigned)shown[2]);
    free(line);
    *result = mrn_string(call, text);
    return true;
}
