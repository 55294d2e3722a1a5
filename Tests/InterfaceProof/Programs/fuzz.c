/*
 * Every C decoder under libFuzzer: two bytes choose the type, the rest is its value. What decodes
 * has to encode to the same bytes: XDR has one form for each value.
 */
#include "proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct mrn_arena arena;
    static struct mrn_writer out;
    static uint32_t count;
    const struct proof_type *type;
    char text[MRN_FAILURE_MAX + MRN_PATH_MAX];

    if (count == 0) {
        mrn_arena_init(&arena, (size_t)256 << 20, NULL);
        mrn_writer_init(&out, (size_t)64 << 20);
        for (uint32_t subject = 0; subject < proof_subject_count; subject++)
            count += proof_subjects[subject].count;
    }
    if (size < 2)
        return -1;
    type = proof_type_at(((uint32_t)data[0] << 8 | data[1]) % count);
    if (!proof_echo(type, type, data + 2, size - 2, &arena, &out, text, sizeof text)) {
        if (strncmp(text, "decoded, but", 12) != 0)
            return 0;
        fprintf(stderr, "%s: %s\n", type->name, text);
        abort();
    }
    if (out.count != size - 2 || memcmp(out.bytes, data + 2, out.count) != 0) {
        fprintf(stderr, "%s: encoded, it has other bytes\n", type->name);
        abort();
    }
    return 0;
}
