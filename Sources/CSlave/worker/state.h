/*
 * What user code sees at one position: the context, which lives in the user's own variables, and
 * the decoded shared data. A replica has one, its workers have copies by fork; the serial slave has
 * the only one.
 */
#ifndef MRN_STATE_H
#define MRN_STATE_H

#include "../limits.h"
#include "../wire/message.h"
#include "marionette.h"
#include "mark.h"

struct mrn_held {
    uint64_t version; /* 0: none */
    bool decoded;
    struct mrn_arena arena;
};

/* A version of shared data as the master encoded it. */
struct mrn_encoded {
    int file;
    uint64_t size;
    bool is_composed; /* of parts of another version: the checksum counts */
    uint64_t checksum;
};

struct mrn_state {
    const struct mrn_application *application;
    uint64_t position;
    struct mrn_arena arena; /* of the call being executed */
    struct mrn_call call;
    struct mrn_held held[MRN_SHARED_MAX];
    const void *shared[MRN_SHARED_MAX]; /* decoded values by slot */
};

void mrn_state_init(struct mrn_state *state, const struct mrn_application *application);
/* Applies a context operation; false with a sentence in `text`. */
bool mrn_state_apply(struct mrn_state *state, uint32_t procedure, const void *arguments,
                     size_t size, char text[static MRN_TEXT_MAX]);
/* From now on the slot holds another version; its value comes by mrn_state_load. */
void mrn_state_set_version(struct mrn_state *state, uint32_t slot, uint64_t version);
/* Decodes a version; false with a sentence in `text`. */
bool mrn_state_load(struct mrn_state *state, uint32_t slot, uint64_t version,
                    const struct mrn_encoded *encoded, char text[static MRN_TEXT_MAX]);
/* Executes an operation and appends its reply to `out`; the time that it took is the caller's to
 * tell there. `mark` may be NULL. */
void mrn_state_answer(struct mrn_state *state, const struct mrn_message *message, uint32_t worker,
                      struct mrn_mark *mark, struct mrn_writer *out);

#endif
