/*
 * Versions of shared data as they came from the master: each in an open file without a name, which
 * replicas get as a descriptor. The parts of a version come in order, without gaps: chunks, and
 * copies of what an earlier version, its base, has in common with it.
 */
#ifndef MRN_VERSIONS_H
#define MRN_VERSIONS_H

#include "../limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mrn_version {
    uint32_t slot;
    uint64_t version;
    uint64_t size;
    uint64_t base;     /* 0: none */
    uint64_t checksum; /* where there is a base */
    uint64_t received;
    int file;
};

/* Where bytes of a version belong. */
struct mrn_place {
    uint32_t slot;
    uint64_t version;
    uint64_t offset;
};

struct mrn_versions {
    struct mrn_version *items;
    uint32_t count;
    uint32_t capacity;
};

/* All return NULL, or why it cannot be. */
const char *mrn_versions_define(struct mrn_versions *versions, const struct mrn_version *as);
const char *mrn_versions_append(struct mrn_versions *versions, const struct mrn_place *place,
                                const uint8_t *bytes, size_t size);
const char *mrn_versions_copy(struct mrn_versions *versions, const struct mrn_place *place,
                              uint64_t from, uint32_t size);
struct mrn_version *mrn_versions_find(const struct mrn_versions *versions, uint32_t slot,
                                      uint64_t version);
bool mrn_version_is_whole(const struct mrn_version *version);
/* Forgets those for which `wanted` is false, but for the highest whole version of each slot: it is
 * the base of what comes next. */
void mrn_versions_prune(struct mrn_versions *versions,
                        bool (*wanted)(void *, const struct mrn_version *), void *context);

#endif
