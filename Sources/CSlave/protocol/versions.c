#include "versions.h"

#include "../port/port.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct mrn_version *mrn_versions_find(const struct mrn_versions *versions, uint32_t slot,
                                      uint64_t version)
{
    /* From the newest: that is what is asked for. */
    for (uint32_t i = versions->count; i > 0; i--)
        if (versions->items[i - 1].slot == slot && versions->items[i - 1].version == version)
            return &versions->items[i - 1];
    return NULL;
}

static bool make_room(struct mrn_versions *versions)
{
    if (versions->count < versions->capacity)
        return true;
    uint32_t capacity = versions->capacity == 0 ? 8 : versions->capacity * 2;
    struct mrn_version *items = realloc(versions->items, capacity * sizeof *items);
    if (items == NULL)
        return false;
    versions->items = items;
    versions->capacity = capacity;
    return true;
}

bool mrn_version_is_whole(const struct mrn_version *version)
{
    return version->received == version->size;
}

const char *mrn_versions_define(struct mrn_versions *versions, const struct mrn_version *as)
{
    if (as->size > MRN_SHARED_SIZE_MAX)
        return "shared data of more than 1 TiB";
    if (versions->count == MRN_VERSIONS_MAX)
        return "more than 1024 versions of shared data at once";
    if (mrn_versions_find(versions, as->slot, as->version) != NULL)
        return "shared data that are defined twice";
    if (!make_room(versions))
        return "no memory for a version of shared data";
    int file = mrn_port_temporary();
    if (file < 0)
        return strerror(errno);
    struct mrn_version *fresh = &versions->items[versions->count++];
    *fresh = *as;
    fresh->received = 0;
    fresh->file = file;
    return NULL;
}

/* The version to which that many bytes are added; NULL, and why, where they do not belong. */
static struct mrn_version *extend(const struct mrn_versions *versions,
                                  const struct mrn_place *place, uint64_t size, const char **fault)
{
    struct mrn_version *found = mrn_versions_find(versions, place->slot, place->version);
    *fault = NULL;
    if (found == NULL)
        *fault = "a chunk of shared data that were not defined";
    else if (place->offset != found->received)
        *fault = "a chunk of shared data out of order";
    else if (size > found->size - found->received)
        *fault = "more bytes of shared data than were announced";
    return *fault == NULL ? found : NULL;
}

const char *mrn_versions_append(struct mrn_versions *versions, const struct mrn_place *place,
                                const uint8_t *bytes, size_t size)
{
    const char *fault;
    struct mrn_version *found = extend(versions, place, size, &fault);
    if (found == NULL)
        return fault;
    if (mrn_port_write_at(found->file, bytes, size, place->offset) != 0)
        return strerror(errno);
    found->received += size;
    return NULL;
}

const char *mrn_versions_copy(struct mrn_versions *versions, const struct mrn_place *place,
                              uint64_t from, uint32_t size)
{
    const char *fault;
    struct mrn_version *found = extend(versions, place, size, &fault);
    if (found == NULL)
        return fault;
    const struct mrn_version *base = mrn_versions_find(versions, place->slot, found->base);
    if (base == NULL || !mrn_version_is_whole(base))
        return "a copy of shared data that are not here";
    if (from > base->size || size > base->size - from)
        return "a copy of more shared data than there are";
    if (mrn_port_copy(base->file, from, found->file, place->offset, size) != 0)
        return strerror(errno);
    found->received += size;
    return NULL;
}

static bool is_base(const struct mrn_versions *versions, const struct mrn_version *version)
{
    for (uint32_t i = 0; i < versions->count; i++)
        if (versions->items[i].slot == version->slot &&
            versions->items[i].version > version->version &&
            mrn_version_is_whole(&versions->items[i]))
            return false;
    return mrn_version_is_whole(version);
}

void mrn_versions_prune(struct mrn_versions *versions,
                        bool (*wanted)(void *, const struct mrn_version *), void *context)
{
    /* Decided for all before any is moved: they are compared with each other. */
    uint32_t kept = 0;
    const uint32_t count = versions->count;
    bool keep[MRN_VERSIONS_MAX];
    for (uint32_t i = 0; i < count; i++)
        keep[i] = wanted(context, &versions->items[i]) || is_base(versions, &versions->items[i]);
    for (uint32_t i = 0; i < count; i++) {
        if (keep[i])
            versions->items[kept++] = versions->items[i];
        else
            mrn_port_close(versions->items[i].file);
    }
    versions->count = kept;
}
