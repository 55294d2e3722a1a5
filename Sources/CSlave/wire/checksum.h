/*
 * The checksum of shared data that were put together from parts of an earlier version. It guards
 * against a part in the wrong place and a disk that forgets, not against a master, which may send
 * what it likes: so it is quick, and not cryptographic. Documentation/Protocol.md defines it.
 */
#ifndef MRN_CHECKSUM_H
#define MRN_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

uint64_t mrn_checksum(const void *bytes, size_t size);

#endif
