#include <png.h>

/* Swift does not import macros that are made of other macros. */
static const png_uint_32 png_shim_format_rgb = PNG_FORMAT_RGB;
static const png_uint_32 png_shim_version = PNG_IMAGE_VERSION;
