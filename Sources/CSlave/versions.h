/*
 * Versions of shared data as they came from the master: each in an open file without a name, which
 * replicas get as a descriptor. Chunks of a version come in order, without gaps.
 */
#ifndef MRN_VERSIONS_H
#define MRN_VERSIONS_H

#include "limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mrn_version {
    uint32_t slot;
    uint64_t version;
    uint64_t size;
    uint64_t received;
    int file;
};

struct mrn_versions {
    struct mrn_version *items;
    uint32_t count;
    uint32_t capacity;
};

/* Both return NULL, or why it cannot be. */
const char *mrn_versions_define(struct mrn_versions *versions, uint32_t slot, uint64_t version,
                                uint64_t size);
const char *mrn_versions_append(struct mrn_versions *versions, uint32_t slot, uint64_t version,
                                uint64_t offset, const uint8_t *bytes, size_t size);
struct mrn_version *mrn_versions_find(const struct mrn_versions *versions, uint32_t slot,
                                      uint64_t version);
/* Forgets those for which `wanted` is false. */
void mrn_versions_prune(struct mrn_versions *versions,
                        bool (*wanted)(void *, const struct mrn_version *), void *context);

#endif
