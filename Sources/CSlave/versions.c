#include "versions.h"

#include "port.h"

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

const char *mrn_versions_define(struct mrn_versions *versions, uint32_t slot, uint64_t version,
                                uint64_t size)
{
    if (size > MRN_SHARED_SIZE_MAX)
        return "shared data of more than 1 TiB";
    if (versions->count == MRN_VERSIONS_MAX)
        return "more than 1024 versions of shared data at once";
    if (mrn_versions_find(versions, slot, version) != NULL)
        return "shared data that are defined twice";
    if (!make_room(versions))
        return "no memory for a version of shared data";
    int file = mrn_port_temporary();
    if (file < 0)
        return strerror(errno);
    const struct mrn_version fresh = {slot, version, size, 0, file};
    versions->items[versions->count++] = fresh;
    return NULL;
}

const char *mrn_versions_append(struct mrn_versions *versions, uint32_t slot, uint64_t version,
                                uint64_t offset, const uint8_t *bytes, size_t size)
{
    struct mrn_version *found = mrn_versions_find(versions, slot, version);
    if (found == NULL)
        return "a chunk of shared data that were not defined";
    if (offset != found->received)
        return "a chunk of shared data out of order";
    if (size > found->size - found->received)
        return "more bytes of shared data than were announced";
    if (mrn_port_write_at(found->file, bytes, size, offset) != 0)
        return strerror(errno);
    found->received += size;
    return NULL;
}

void mrn_versions_prune(struct mrn_versions *versions,
                        bool (*wanted)(void *, const struct mrn_version *), void *context)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < versions->count; i++) {
        if (wanted(context, &versions->items[i]))
            versions->items[kept++] = versions->items[i];
        else
            mrn_port_close(versions->items[i].file);
    }
    versions->count = kept;
}
