/*
 * The slave's runtime as workers in Swift see it: structs are opaque here, and bytes cross as they
 * came. MarionetteWorker turns this into Swift; a worker's author calls none of it.
 */
#ifndef MARIONETTE_WORKER_BRIDGE_H
#define MARIONETTE_WORKER_BRIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mrn_call;
struct mrn_reader;
struct mrn_writer;

/* All bytes of `in` that are not read yet; they count as read from now on. They stay valid until
 * the operation ends. */
const uint8_t *mrn_bridge_take(struct mrn_reader *in, size_t *count);
/* Raise a fault with the field's path, which may be empty; always false. */
bool mrn_bridge_refuse(struct mrn_reader *in, const char *path, const char *reason);
bool mrn_bridge_unsendable(struct mrn_writer *out, const char *path, const char *reason);
/* `bytes` is XDR: a multiple of four. */
bool mrn_bridge_answer(struct mrn_writer *out, const uint8_t *bytes, size_t count);
/* Ends the operation with a sentence for the master's user; always false. */
bool mrn_bridge_fail(struct mrn_call *call, const char *sentence);
/* Updates that precede the operation in the master's program. */
uint64_t mrn_bridge_position(const struct mrn_call *call);

/* ---- Whether Swift and C agree how values are passed ----------------------------------------- */

/* Of every class that a calling convention may treat on its own. */
struct mrn_abi_record {
    float single_width;
    double double_width;
    uint64_t word;
    int32_t number;
};

enum mrn_abi_kind { MRN_ABI_FLOAT = 1, MRN_ABI_DOUBLE = 2, MRN_ABI_WORD = 4, MRN_ABI_STRUCT = 8 };

/* What Swift calls: each returns another value than it was given. */
float mrn_abi_c_float(int32_t before, float value);
double mrn_abi_c_double(int32_t before, double value);
uint64_t mrn_abi_c_word(int32_t before, uint64_t value);
struct mrn_abi_record mrn_abi_c_record(struct mrn_abi_record record);

/* The same in Swift, for C to call. */
float mrn_abi_swift_float(int32_t before, float value);
double mrn_abi_swift_double(int32_t before, double value);
uint64_t mrn_abi_swift_word(int32_t before, uint64_t value);
struct mrn_abi_record mrn_abi_swift_record(struct mrn_abi_record record);
/* Calls the four functions of C; the kinds that came out wrong. */
uint32_t mrn_abi_swift_faults(void);

/* The kinds that are passed wrongly in either direction; 0: Swift and C fit together. */
uint32_t mrn_abi_faults(void);
/* Calls both ways. Where they don't fit together it says so on standard error and returns the exit
 * status for it, else 0. A slave that starts all the same would compute with other numbers than it
 * was sent: armv7 built without hard floats passes every one as 0. */
int mrn_abi_check(const char *program);

#ifdef __cplusplus
}
#endif

#endif
