/* SHA-256 (FIPS 180-4), for the files of a bundle: a slave has no library to ask. */
#ifndef MRN_SHA256_H
#define MRN_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct mrn_sha256 {
    uint32_t state[8];
    uint64_t size; /* bytes so far */
    uint8_t block[64];
};

void mrn_sha256_init(struct mrn_sha256 *hash);
void mrn_sha256_add(struct mrn_sha256 *hash, const void *bytes, size_t size);
/* Lower-case hexadecimal and a NUL. */
void mrn_sha256_finish(struct mrn_sha256 *hash, char hex[static 65]);

#endif
