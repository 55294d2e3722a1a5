#include "proof.h"

#include <stdio.h>

const struct proof_type *proof_type_at(uint32_t index)
{
    for (uint32_t subject = 0; subject < proof_subject_count; subject++) {
        if (index < proof_subjects[subject].count)
            return &proof_subjects[subject].types[index];
        index -= proof_subjects[subject].count;
    }
    return NULL;
}

bool proof_echo(const struct proof_type *type, const struct proof_type *same, const uint8_t *bytes,
                size_t count, struct mrn_arena *arena, struct mrn_writer *out, char *text,
                size_t size)
{
    struct mrn_reader in;
    void *value;

    mrn_arena_reset(arena);
    mrn_writer_reset(out);
    mrn_reader_init(&in, bytes, count, arena);
    value = mrn_arena_take(arena, 1, type->size);
    if (value == NULL) {
        snprintf(text, size, "no memory");
        return false;
    }
    if (!type->decode(&in, value) || !mrn_reader_finish(&in)) {
        mrn_fault_text(&in.fault, text, size);
        return false;
    }
    if (!same->encode(out, value)) {
        char reason[MRN_PATH_MAX + MRN_REASON_MAX + 4];

        mrn_fault_text(&out->fault, reason, sizeof reason);
        snprintf(text, size, "decoded, but not encoded: %s", reason);
        return false;
    }
    return true;
}
