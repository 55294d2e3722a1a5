#include "state.h"

#include "../exits.h"
#include "../port/port.h"
#include "../protocol/calls.h"
#include "../wire/checksum.h"
#include "../wire/record.h"

#include <stdio.h>
#include <string.h>

static size_t block_size(size_t size)
{
    /* Whole huge pages for what is large; a small value shall not cost two megabytes. */
    return size >= MRN_HUGE_PAGE / 2 ? (size + MRN_HUGE_PAGE - 1) / MRN_HUGE_PAGE * MRN_HUGE_PAGE
                                     : size;
}

static void *obtain_block(size_t size)
{
    return size > SIZE_MAX - MRN_HUGE_PAGE ? NULL : mrn_port_map(block_size(size));
}

static void release_block(void *block, size_t size)
{
    mrn_port_unmap(block, block_size(size));
}

static const struct mrn_block_source pages = {obtain_block, release_block};

void mrn_state_init(struct mrn_state *state, const struct mrn_application *application)
{
    memset(state, 0, sizeof *state);
    state->application = application;
    mrn_arena_init(&state->arena, MRN_CALL_MEMORY_MAX, NULL);
    for (uint32_t slot = 0; slot < MRN_SHARED_MAX; slot++)
        mrn_arena_init(&state->held[slot].arena, MRN_CALL_MEMORY_MAX, &pages);
}

/* A process that user code forked has returned from it as well: what follows is its parent's. */
static void leave_if_fork(void)
{
    if (mrn_port_is_fork())
        mrn_port_leave(MRN_EXIT_DONE);
}

bool mrn_state_apply(struct mrn_state *state, uint32_t number, const void *arguments, size_t size,
                     char text[static MRN_TEXT_MAX])
{
    const struct mrn_procedure *procedure = mrn_find_procedure(state->application, number);
    struct mrn_reader in;
    struct mrn_writer out;
    char reason[MRN_TEXT_MAX / 2];
    if (procedure == NULL || procedure->kind != MRN_CONTEXT) {
        (void)snprintf(text, MRN_TEXT_MAX, "procedure %lu is no context operation of '%s'",
                       (unsigned long)number, state->application->name);
        return false;
    }
    mrn_reader_init(&in, arguments, size, &state->arena);
    mrn_writer_init(&out, MRN_RECORD_MAX);
    state->call.arena = &state->arena;
    state->call.position = state->position;
    enum mrn_outcome outcome = mrn_execute(procedure, &state->call, state->shared, &in, &out);
    leave_if_fork();
    mrn_writer_free(&out);
    mrn_arena_reset(&state->arena);
    if (outcome == MRN_DONE)
        return true;
    if (outcome == MRN_FAILED) {
        (void)snprintf(text, MRN_TEXT_MAX, "%s", state->call.failure);
        return false;
    }
    mrn_fault_text(&in.fault, reason, sizeof reason);
    (void)snprintf(text, MRN_TEXT_MAX, "the arguments of '%s' do not decode: %s", procedure->name,
                   reason);
    return false;
}

void mrn_state_set_version(struct mrn_state *state, uint32_t slot, uint64_t version)
{
    struct mrn_held *held = &state->held[slot];
    mrn_arena_free(&held->arena);
    held->version = version;
    held->decoded = false;
    state->shared[slot] = NULL;
}

static bool decode(struct mrn_state *state, uint32_t slot, const void *bytes, size_t size,
                   char text[static MRN_TEXT_MAX])
{
    const struct mrn_shared *shared = &state->application->shared[slot];
    struct mrn_held *held = &state->held[slot];
    struct mrn_reader in;
    char reason[MRN_TEXT_MAX / 2];
    mrn_reader_init(&in, bytes, size, &held->arena);
    void *value = mrn_arena_take(&held->arena, 1, shared->size);
    if (value == NULL) {
        (void)snprintf(text, MRN_TEXT_MAX, "no memory for '%s'", shared->name);
        return false;
    }
    if (shared->decode(&in, value) && mrn_reader_finish(&in)) {
        held->decoded = true;
        state->shared[slot] = value;
        return true;
    }
    mrn_fault_text(&in.fault, reason, sizeof reason);
    (void)snprintf(text, MRN_TEXT_MAX, "version %llu of '%s' does not decode: %s",
                   (unsigned long long)held->version, shared->name, reason);
    return false;
}

bool mrn_state_load(struct mrn_state *state, uint32_t slot, uint64_t version,
                    const struct mrn_encoded *encoded, char text[static MRN_TEXT_MAX])
{
    static const uint8_t nothing[1];
    const char *name = state->application->shared[slot].name;
    const void *bytes = nothing;
    bool decoded = false;
    mrn_state_set_version(state, slot, version);
    if (encoded->size > SIZE_MAX / 2 ||
        (encoded->size > 0 &&
         (bytes = mrn_port_map_file(encoded->file, (size_t)encoded->size)) == NULL)) {
        (void)snprintf(text, MRN_TEXT_MAX, "no address space for '%s', %llu bytes", name,
                       (unsigned long long)encoded->size);
        return false;
    }
    if (encoded->is_composed && mrn_checksum(bytes, (size_t)encoded->size) != encoded->checksum)
        (void)snprintf(text, MRN_TEXT_MAX, "version %llu of '%s' is not what the master sent",
                       (unsigned long long)version, name);
    else
        decoded = decode(state, slot, bytes, (size_t)encoded->size, text);
    if (encoded->size > 0)
        mrn_port_unmap(bytes, (size_t)encoded->size);
    if (!decoded)
        mrn_state_set_version(state, slot, version);
    return decoded;
}

static void refuse(struct mrn_state *state, const struct mrn_message *message,
                   const struct mrn_reader *in, enum mrn_outcome outcome, uint32_t worker,
                   struct mrn_writer *out)
{
    char text[MRN_FAILURE_MAX + 1];
    struct mrn_receipt receipt = {worker, 0, state->call.failure};
    if (outcome == MRN_GARBAGE) {
        mrn_fault_text(&in->fault, text, sizeof text);
        receipt.failure = text;
    }
    mrn_write_operation_failure(out, message->xid, &receipt,
                                outcome == MRN_GARBAGE ? MRN_ACCEPT_GARBAGE
                                                       : MRN_ACCEPT_SYSTEM_ERROR);
}

void mrn_state_answer(struct mrn_state *state, const struct mrn_message *message, uint32_t worker,
                      struct mrn_mark *mark, struct mrn_writer *out)
{
    const struct mrn_procedure *procedure =
        mrn_find_procedure(state->application, message->procedure);
    struct mrn_reader in;
    out->limit = out->count + MRN_RECORD_MAX;
    size_t begin = mrn_result_begin(out, message->xid, worker);
    mrn_reader_init(&in, message->arguments, message->arguments_size, &state->arena);
    state->call.arena = &state->arena;
    state->call.position = state->position;
    if (mark != NULL) {
        mark->begun++;
        if (mark->stops_next != 0) {
            mark->stops_next = 0;
            mrn_port_stand_still(&mark->signs.is_standing);
        }
    }
    enum mrn_outcome outcome = mrn_execute(procedure, &state->call, state->shared, &in, out);
    leave_if_fork();
    if (mark != NULL)
        mark->done++;
    if (outcome == MRN_DONE) {
        mrn_message_end(out, begin);
    } else {
        mrn_message_take_back(out, begin);
        out->limit = SIZE_MAX;
        refuse(state, message, &in, outcome, worker, out);
    }
    mrn_arena_reset(&state->arena);
}
