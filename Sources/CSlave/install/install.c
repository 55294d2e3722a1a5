#include "install.h"

#include "../exits.h"
#include "../limits.h"
#include "../port/port.h"
#include "marionette.h"
#include "sha256.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADLINE "marionette-bundle 1"
#define MANIFEST "manifest"
#define PATH_AT 70u /* in a file's line: 64 digits, two spaces, three digits of mode, a space */

struct bundle {
    int directory;
    char *manifest; /* its lines are cut apart in place */
    size_t manifest_size;
    char digest[65];      /* of the manifest */
    const char *previous; /* path of the line before */
    uint32_t listed;
    uint32_t present;
    int depth;
    int status; /* of the first fault */
};

static bool refuse(struct bundle *bundle, int status, const char *format, ...) MRN_PRINTF(3, 4);

static bool refuse(struct bundle *bundle, int status, const char *format, ...)
{
    va_list arguments;
    if (bundle->status != MRN_EXIT_DONE)
        return false;
    (void)fputs("slave: ", stderr);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
    bundle->status = status;
    return false;
}

/* ---- Files ---- */

/* Relative, without empty parts, `.` and `..`, and without control characters. */
static bool is_inside(const char *path)
{
    const char *part = path;
    if (strlen(path) >= MRN_BUNDLE_PATH_MAX)
        return false;
    for (const char *at = path;; at++) {
        if (*at != '\0' && ((unsigned char)*at < 0x20 || *at == 0x7f))
            return false;
        if (*at != '/' && *at != '\0')
            continue;
        size_t size = (size_t)(at - part);
        if (size == 0 || (size == 1 && part[0] == '.') ||
            (size == 2 && part[0] == '.' && part[1] == '.'))
            return false;
        if (*at == '\0')
            return true;
        part = at + 1;
    }
}

/* Part by part, so that no symlink on the way leads out of the bundle. */
static int open_file(const struct bundle *bundle, const char *path, uint64_t *size)
{
    char part[MRN_BUNDLE_PATH_MAX];
    int directory = bundle->directory;
    const char *slash;
    while ((slash = strchr(path, '/')) != NULL) {
        memcpy(part, path, (size_t)(slash - path));
        part[slash - path] = '\0';
        int next = mrn_port_open_directory_at(directory, part);
        if (directory != bundle->directory)
            mrn_port_close(directory);
        if (next < 0)
            return -1;
        directory = next;
        path = slash + 1;
    }
    int file = mrn_port_open_file_at(directory, path, size);
    if (directory != bundle->directory)
        mrn_port_close(directory);
    return file;
}

static bool hash_file(int file, char hex[static 65])
{
    static uint8_t bytes[64 * 1024];
    struct mrn_sha256 hash;
    ptrdiff_t count;
    mrn_sha256_init(&hash);
    while ((count = mrn_port_read(file, bytes, sizeof bytes)) > 0)
        mrn_sha256_add(&hash, bytes, (size_t)count);
    mrn_sha256_finish(&hash, hex);
    return count == 0;
}

static bool check_file(struct bundle *bundle, const char *line, unsigned mode)
{
    const char *path = line + PATH_AT;
    char hex[65];
    uint64_t size;
    bool checked = false;
    int file = open_file(bundle, path, &size);
    if (file < 0)
        return refuse(bundle, MRN_EXIT_DATA, "'%s' is missing or no plain file", path);
    /* Read back from the file: the disk may be what corrupted it. */
    if (!hash_file(file, hex))
        (void)refuse(bundle, MRN_EXIT_SYSTEM, "'%s': %s", path, strerror(errno));
    else if (memcmp(hex, line, 64) != 0)
        (void)refuse(bundle, MRN_EXIT_DATA, "'%s' is not what the manifest says: %s, %.64s", path,
                     hex, line);
    /* Sync before publish: a crash leaves a stray temporary, never half an entry. */
    else if (mrn_port_set_mode(file, mode) != 0 || mrn_port_sync(file) != 0)
        (void)refuse(bundle, MRN_EXIT_SYSTEM, "'%s': %s", path, strerror(errno));
    else
        checked = true;
    mrn_port_close(file);
    return checked;
}

/* ---- The manifest ---- */

static bool read_manifest(struct bundle *bundle)
{
    uint64_t size = 0;
    int file = mrn_port_open_file_at(bundle->directory, MANIFEST, &size);
    if (file < 0 || size == 0 || size > MRN_MANIFEST_MAX) {
        mrn_port_close(file);
        return refuse(bundle, MRN_EXIT_DATA, "the manifest is missing, empty or over %u bytes",
                      MRN_MANIFEST_MAX);
    }
    bundle->manifest = malloc((size_t)size + 1);
    ptrdiff_t count = -1;
    while (bundle->manifest != NULL && bundle->manifest_size < size &&
           (count = mrn_port_read(file, bundle->manifest + bundle->manifest_size,
                                  (size_t)size - bundle->manifest_size)) > 0)
        bundle->manifest_size += (size_t)count;
    bool synced = mrn_port_set_mode(file, 0644) == 0 && mrn_port_sync(file) == 0;
    mrn_port_close(file);
    if (bundle->manifest == NULL || bundle->manifest_size != size || !synced)
        return refuse(bundle, MRN_EXIT_SYSTEM, "the manifest cannot be read: %s", strerror(errno));
    if (bundle->manifest[size - 1] != '\n' || memchr(bundle->manifest, '\0', (size_t)size) != NULL)
        return refuse(bundle, MRN_EXIT_DATA, "the manifest is cut off");
    struct mrn_sha256 hash;
    mrn_sha256_init(&hash);
    mrn_sha256_add(&hash, bundle->manifest, (size_t)size);
    mrn_sha256_finish(&hash, bundle->digest);
    bundle->manifest[size] = '\0';
    return true;
}

static bool is_file_line(const char *line)
{
    return strlen(line) > PATH_AT && strspn(line, "0123456789abcdef") == 64 && line[64] == ' ' &&
           line[65] == ' ' && line[69] == ' ';
}

static bool check_line(struct bundle *bundle, const char *line, unsigned number)
{
    if (number == 1)
        return strcmp(line, HEADLINE) == 0 ||
               refuse(bundle, MRN_EXIT_DATA, "the manifest does not begin with '" HEADLINE "'");
    if (!is_file_line(line))
        return bundle->listed == 0 ||
               refuse(bundle, MRN_EXIT_DATA, "line %u of the manifest is no file's", number);
    const char *path = line + PATH_AT;
    bool executable = memcmp(line + 66, "755", 3) == 0;
    if (!executable && memcmp(line + 66, "644", 3) != 0)
        return refuse(bundle, MRN_EXIT_DATA,
                      "line %u of the manifest: the mode is neither 755 nor 644", number);
    if (!is_inside(path) || strcmp(path, MANIFEST) == 0)
        return refuse(bundle, MRN_EXIT_DATA, "line %u of the manifest: the path leaves the bundle",
                      number);
    /* In order, so that none is listed twice to make up for one that is not. */
    if (bundle->previous != NULL && strcmp(bundle->previous, path) >= 0)
        return refuse(bundle, MRN_EXIT_DATA, "line %u of the manifest: '%s' is out of order",
                      number, path);
    bundle->previous = path;
    bundle->listed++;
    return check_file(bundle, line, executable ? 0755 : 0644);
}

static bool check_manifest(struct bundle *bundle)
{
    unsigned number = 1;
    char *line = bundle->manifest;
    for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1, number++) {
        *end = '\0';
        if (!check_line(bundle, line, number))
            return false;
    }
    return bundle->listed > 0 || refuse(bundle, MRN_EXIT_DATA, "the manifest lists no file");
}

/* ---- The directory ---- */

static bool check_directory(struct bundle *bundle, int directory);

struct place {
    struct bundle *bundle;
    int directory;
};

static bool check_entry(void *context, const char *name)
{
    const struct place *place = context;
    struct bundle *bundle = place->bundle;
    switch (mrn_port_kind_at(place->directory, name)) {
    case MRN_FILE_REGULAR:
        bundle->present++;
        return true;
    case MRN_FILE_DIRECTORY: {
        int inner = mrn_port_open_directory_at(place->directory, name);
        bool checked = inner >= 0 && check_directory(bundle, inner);
        mrn_port_close(inner);
        return checked;
    }
    case MRN_FILE_NONE:
    case MRN_FILE_OTHER:
        break;
    }
    return refuse(bundle, MRN_EXIT_DATA, "'%s' is neither a file nor a directory", name);
}

static bool check_directory(struct bundle *bundle, int directory)
{
    struct place place = {bundle, directory};
    if (++bundle->depth > MRN_BUNDLE_DEPTH_MAX)
        return refuse(bundle, MRN_EXIT_DATA, "directories nested deeper than %d",
                      MRN_BUNDLE_DEPTH_MAX);
    errno = 0;
    bool checked = mrn_port_each_entry(directory, check_entry, &place);
    bundle->depth--;
    if (!checked || mrn_port_sync(directory) != 0)
        return refuse(bundle, MRN_EXIT_SYSTEM, "a directory cannot be read: %s", strerror(errno));
    return true;
}

static bool check_completeness(struct bundle *bundle)
{
    if (!check_directory(bundle, bundle->directory))
        return false;
    /* All that is listed is there: more than that, and the manifest, came from elsewhere. */
    return bundle->present == bundle->listed + 1 ||
           refuse(bundle, MRN_EXIT_DATA, "%lu files that the manifest does not list",
                  (unsigned long)(bundle->present - bundle->listed - 1));
}

/* ---- Publishing ---- */

static bool check_name(struct bundle *bundle, const char *final_name)
{
    const char *slash = strrchr(final_name, '/');
    const char *name = slash == NULL ? final_name : slash + 1;
    bool is_digest = strlen(name) == 64 && strspn(name, "0123456789abcdef") == 64;
    return !is_digest || strcmp(name, bundle->digest) == 0 ||
           refuse(bundle, MRN_EXIT_DATA, "the manifest is not that of '%s'", name);
}

static int sync_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *parent = malloc(strlen(path) + 2);
    if (parent == NULL)
        return -1;
    strcpy(parent, ".");
    if (slash != NULL) {
        size_t size = slash == path ? 1 : (size_t)(slash - path);
        memcpy(parent, path, size);
        parent[size] = '\0';
    }
    int directory = mrn_port_open_directory(parent);
    int result = directory < 0 ? -1 : mrn_port_sync(directory);
    mrn_port_close(directory);
    free(parent);
    return result;
}

static bool publish(struct bundle *bundle, const char *temporary, const char *final_name)
{
    /* Somebody was faster: a store is named by its contents, so it is the same. */
    if (mrn_port_rename(temporary, final_name) != 0)
        return errno == ENOTEMPTY || errno == EEXIST ||
               refuse(bundle, MRN_EXIT_SYSTEM, "'%s': %s", final_name, strerror(errno));
    return sync_parent(final_name) == 0 ||
           refuse(bundle, MRN_EXIT_SYSTEM, "'%s': %s", final_name, strerror(errno));
}

int mrn_install(const char *temporary, const char *final_name)
{
    struct bundle bundle;
    memset(&bundle, 0, sizeof bundle);
    bundle.directory = mrn_port_open_directory(temporary);
    if (bundle.directory < 0)
        (void)refuse(&bundle, MRN_EXIT_SYSTEM, "'%s': %s", temporary, strerror(errno));
    else if (read_manifest(&bundle) && check_name(&bundle, final_name) && check_manifest(&bundle) &&
             check_completeness(&bundle))
        (void)publish(&bundle, temporary, final_name);
    mrn_port_close(bundle.directory);
    free(bundle.manifest);
    return bundle.status;
}
