/*
 * Marionette for workers: what the author of a worker calls, and what generated code stands on.
 *
 * A worker implements one function for each operation of its interface (see the generated header):
 *
 *     bool raytracer_render(struct mrn_call *call, const Scene *scene, const Region *region,
 *                           Tile *result);
 *
 * Everything that an operation gets and makes lives in the call's memory, which is emptied after
 * the reply. An operation that can't do its work says so in a sentence: `return mrn_fail(call, …)`.
 */
#ifndef MARIONETTE_H
#define MARIONETTE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Before a type whose name is a field's too: in C++ the field would hide it. */
#ifdef __cplusplus
#define MRN_SCOPE ::
extern "C" {
#else
#define MRN_SCOPE
#endif

#if defined(__GNUC__)
#define MRN_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define MRN_PRINTF(text, first)
#endif

enum mrn_limits {
    MRN_FAILURE_MAX = 320, /* bytes of a failure's sentence: it travels in an RPC verifier */
    MRN_PATH_MAX = 200,    /* bytes of a field's path in a decoding error */
    MRN_REASON_MAX = 160,  /* bytes of a decoding error's reason */
    MRN_DEPTH_MAX = 256    /* nesting of a recursive type's values */
};

/* ---- Memory ---------------------------------------------------------------------------------- */

/* Where an arena's blocks come from. The slave has one that gives huge pages. */
struct mrn_block_source {
    void *(*obtain)(size_t size); /* aligned for any type; NULL when there is none */
    void (*release)(void *block, size_t size);
};

struct mrn_block;

/* Memory that is given piece by piece and taken back at once. */
struct mrn_arena {
    const struct mrn_block_source *source;
    struct mrn_block *newest;
    size_t limit; /* bytes of all blocks together */
    size_t held;  /* bytes of all blocks now */
};

/* `source` may be NULL: malloc and free. Takes no memory yet. */
void mrn_arena_init(struct mrn_arena *arena, size_t limit, const struct mrn_block_source *source);
/* `count` items of `size` bytes, all zero, aligned for any type; not NULL for 0 bytes.
 * NULL when the limit or the machine's memory is exhausted. */
void *mrn_arena_take(struct mrn_arena *arena, size_t count, size_t size);
/* The same, but the items hold what was there: for a caller that writes all of them. */
void *mrn_arena_take_unset(struct mrn_arena *arena, size_t count, size_t size);
/* Takes everything back, but keeps the largest block for the next use. */
void mrn_arena_reset(struct mrn_arena *arena);
void mrn_arena_free(struct mrn_arena *arena);

/* ---- A call ---------------------------------------------------------------------------------- */

/* One execution of an operation. The fields are the runtime's. */
struct mrn_call {
    struct mrn_arena *arena;
    const char *operation;
    uint64_t position; /* how many updates precede the operation in the master's program */
    char failure[MRN_FAILURE_MAX + 1]; /* empty: none */
    bool landing_armed;
    jmp_buf landing; /* where an operation ends whose memory is exhausted */
};

struct mrn_string {
    uint32_t count; /* without the NUL that follows */
    char *bytes;
};

struct mrn_bytes {
    uint32_t count;
    uint8_t *bytes;
};

/* A quadruple-precision number (RFC 4506 section 4.8): its bytes as they are on the wire. */
struct mrn_quadruple {
    uint8_t bytes[16];
};
typedef struct mrn_quadruple mrn_quadruple;

/* The number of updates before this operation. What a worker derives from shared data and keeps (an
 * index, a tree) is valid for the same address at the same position only. */
uint64_t mrn_position(const struct mrn_call *call);

/* Ends the operation with a sentence for the master's user (at most MRN_FAILURE_MAX bytes; the rest
 * is cut off). Returns false: `return mrn_fail(call, "region of width %d", width);` */
bool mrn_fail(struct mrn_call *call, const char *format, ...) MRN_PRINTF(2, 3);

/* `count` items of `size` zero bytes each from the call's memory; never NULL: where the memory is
 * exhausted, the operation ends here and fails with a sentence that tells so. */
void *mrn_take(struct mrn_call *call, size_t count, size_t size);
struct mrn_bytes mrn_bytes(struct mrn_call *call, uint32_t count);
/* A copy of `text`. */
struct mrn_string mrn_string(struct mrn_call *call, const char *text);

/* An array of `count` zeroed items from the call's memory: `tile->rgb = mrn_array(call, float, n)`.
 * `type` is one of the types below, or one of the interface that has a variable array there. */
#define mrn_array(call, type, count) mrn_make_array_##type((call), (count))

#define MRN_ARRAY_TYPE(type)                                                                       \
    struct mrn_array_##type {                                                                      \
        uint32_t count;                                                                            \
        type *items;                                                                               \
    };
#define MRN_ARRAY_MAKER(type)                                                                      \
    static inline struct mrn_array_##type mrn_make_array_##type(struct mrn_call *call,             \
                                                                uint32_t count)                    \
    {                                                                                              \
        struct mrn_array_##type array;                                                             \
        array.count = count;                                                                       \
        array.items = (type *)mrn_take(call, count, sizeof(type));                                 \
        return array;                                                                              \
    }

MRN_ARRAY_TYPE(int32_t)
MRN_ARRAY_TYPE(uint32_t)
MRN_ARRAY_TYPE(int64_t)
MRN_ARRAY_TYPE(uint64_t)
MRN_ARRAY_TYPE(float)
MRN_ARRAY_TYPE(double)
MRN_ARRAY_TYPE(bool)
MRN_ARRAY_TYPE(mrn_quadruple)
MRN_ARRAY_MAKER(int32_t)
MRN_ARRAY_MAKER(uint32_t)
MRN_ARRAY_MAKER(int64_t)
MRN_ARRAY_MAKER(uint64_t)
MRN_ARRAY_MAKER(float)
MRN_ARRAY_MAKER(double)
MRN_ARRAY_MAKER(bool)
MRN_ARRAY_MAKER(mrn_quadruple)

/* ---- Decoding -------------------------------------------------------------------------------- */

/* The first error of a reader or writer; later ones are not recorded. */
struct mrn_fault {
    bool raised;
    bool cut;                    /* the path is without its outermost parts, which had no room */
    char path[MRN_PATH_MAX + 1]; /* `scene.meshes[3].positions`; empty: the value as a whole */
    char reason[MRN_REASON_MAX + 1];
};

/* Reads XDR (RFC 4506). Bytes are hostile: nothing is allocated before its bytes are there. */
struct mrn_reader {
    const uint8_t *bytes;
    size_t count;
    size_t offset;
    struct mrn_arena *arena; /* what is decoded lives here */
    uint32_t depth;
    struct mrn_fault fault;
};

void mrn_reader_init(struct mrn_reader *in, const void *bytes, size_t count,
                     struct mrn_arena *arena);
/* True when all bytes are read and no fault was raised; else raises one. */
bool mrn_reader_finish(struct mrn_reader *in);
/* Raise a fault; always false. */
bool mrn_reader_fail(struct mrn_reader *in, const char *format, ...) MRN_PRINTF(2, 3);
/* Tell, on the way out of a failed read, where it was; always false. */
bool mrn_reader_in_field(struct mrn_reader *in, const char *field);
bool mrn_reader_in_item(struct mrn_reader *in, uint32_t index);
/* Around the body of a recursive type. */
bool mrn_reader_enter(struct mrn_reader *in);
void mrn_reader_leave(struct mrn_reader *in);
/* `path: reason`, cut off at `size` - 1 bytes and NUL-terminated. */
void mrn_fault_text(const struct mrn_fault *fault, char *text, size_t size);

#include "marionette_reader.h"

/* `count` bytes and their padding. */
bool mrn_read_opaque(struct mrn_reader *in, uint32_t count, uint8_t *bytes);
bool mrn_read_bytes(struct mrn_reader *in, uint32_t count_max, struct mrn_bytes *value);
bool mrn_read_string(struct mrn_reader *in, uint32_t count_max, struct mrn_string *value);
/* An array's count: at most `count_max`, and its items of at least `item_min` bytes are there. */
bool mrn_read_count(struct mrn_reader *in, uint32_t count_max, uint32_t item_min, uint32_t *count);
/* `count` zeroed items for the decoded value; NULL raises a fault. */
void *mrn_reader_take(struct mrn_reader *in, size_t count, size_t size);
/* Fixed arrays of numbers, in one pass. */
bool mrn_read_items_int32_t(struct mrn_reader *in, uint32_t count, int32_t *items);
bool mrn_read_items_uint32_t(struct mrn_reader *in, uint32_t count, uint32_t *items);
bool mrn_read_items_int64_t(struct mrn_reader *in, uint32_t count, int64_t *items);
bool mrn_read_items_uint64_t(struct mrn_reader *in, uint32_t count, uint64_t *items);
bool mrn_read_items_float(struct mrn_reader *in, uint32_t count, float *items);
bool mrn_read_items_double(struct mrn_reader *in, uint32_t count, double *items);
/* Variable arrays of numbers, in one pass. */
bool mrn_read_array_int32_t(struct mrn_reader *in, uint32_t max, struct mrn_array_int32_t *value);
bool mrn_read_array_uint32_t(struct mrn_reader *in, uint32_t max, struct mrn_array_uint32_t *value);
bool mrn_read_array_int64_t(struct mrn_reader *in, uint32_t max, struct mrn_array_int64_t *value);
bool mrn_read_array_uint64_t(struct mrn_reader *in, uint32_t max, struct mrn_array_uint64_t *value);
bool mrn_read_array_float(struct mrn_reader *in, uint32_t max, struct mrn_array_float *value);
bool mrn_read_array_double(struct mrn_reader *in, uint32_t max, struct mrn_array_double *value);

/* ---- Encoding -------------------------------------------------------------------------------- */

#include "marionette_writer.h"

/* ---- The application, as generated code describes it ----------------------------------------- */

enum mrn_procedure_kind { MRN_CONTEXT, MRN_WORKER, MRN_WORKER_PURE, MRN_WORKER_ONCE };

struct mrn_procedure {
    uint32_t number;
    const char *name;
    enum mrn_procedure_kind kind;
    uint64_t reads; /* a bit for each slot of shared data that it reads */
    /* Decodes, executes, encodes. `shared` has the decoded values by slot. Call it through
     * mrn_execute. */
    bool (*execute)(struct mrn_call *call, const void *const *shared, struct mrn_reader *arguments,
                    struct mrn_writer *result);
};

/* Shared data; its slot is its index. */
struct mrn_shared {
    const char *name;
    size_t size; /* of the decoded value */
    bool (*decode)(struct mrn_reader *in, void *value);
};

struct mrn_application {
    const char *name;
    uint32_t program;
    uint32_t version;
    uint8_t interface_hash[32];
    const struct mrn_procedure *procedures; /* by ascending number */
    uint32_t procedure_count;
    const struct mrn_shared *shared;
    uint32_t shared_count;
};

enum mrn_outcome {
    MRN_DONE,
    MRN_GARBAGE, /* the arguments do not decode: `arguments->fault` */
    MRN_FAILED   /* the operation failed or its result does not encode: `call->failure` */
};

/* Executes an operation once. `call->arena` must be set; what it then holds is the caller's to
 * reset. With MRN_DONE `result` holds the encoded result. */
enum mrn_outcome mrn_execute(const struct mrn_procedure *procedure, struct mrn_call *call,
                             const void *const *shared, struct mrn_reader *arguments,
                             struct mrn_writer *result);

/* The whole slave: its command line, its processes, the wire. Returns the exit status. */
int mrn_slave_main(int argc, char **argv, const struct mrn_application *application);

#ifdef __cplusplus
}
#endif

#endif
