/* What generated code is proven with: each type of all subjects by number. */
#ifndef PROOF_H
#define PROOF_H

#include <marionette.h>

struct proof_type {
    const char *name;
    size_t size;
    bool (*decode)(struct mrn_reader *in, void *value);
    bool (*encode)(struct mrn_writer *out, const void *value);
};

/* The types of one interface. */
struct proof_subject {
    const struct proof_type *types;
    uint32_t count;
};

extern const struct proof_subject proof_subjects[];
extern const uint32_t proof_subject_count;

/* NULL beyond the last type. */
const struct proof_type *proof_type_at(uint32_t index);

/*
 * Decodes one value from all of the bytes and encodes it again, as a type that has the same layout.
 * False: `text` has the reason.
 */
bool proof_echo(const struct proof_type *type, const struct proof_type *same, const uint8_t *bytes,
                size_t count, struct mrn_arena *arena, struct mrn_writer *out, char *text,
                size_t size);

#endif
