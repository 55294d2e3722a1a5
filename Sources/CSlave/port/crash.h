/*
 * What a process says of itself when a signal of its own making ends it: registers and stack, which
 * the master unwinds. It lies in memory that the relay shares with its workers; a handler fills it
 * in with nothing but system calls that are safe there, and the signal then takes its usual course.
 */
#ifndef MRN_CRASH_H
#define MRN_CRASH_H

#include "../limits.h"

#include <stdint.h>

/* What a worker and the relay say to each other of standing still, in memory that both have. */
struct mrn_signs {
    volatile uint32_t has_crashed;    /* by the worker: its mrn_crash says how */
    volatile uint32_t stops_in_crash; /* by the relay: a debugger waits for one */
    volatile uint32_t is_standing;    /* by the worker: it stands still of its own will */
};

struct mrn_crash {
    int32_t signal;
    uint32_t has_fault;
    uint32_t register_count;
    uint32_t stack_size;
    uint32_t build_id_size;
    uint32_t unused;
    uint64_t fault;
    uint64_t pc;
    uint64_t bias;
    uint64_t stack_begin;
    uint64_t registers[MRN_CRASH_REGISTERS]; /* by their DWARF numbers */
    uint8_t build_id[MRN_CRASH_BUILD_ID];
    uint8_t stack[MRN_CRASH_STACK];
};

/* From now on a crash of this process is told there, and the signs say so when it was. `base`: the
 * stack above it is of no interest. */
void mrn_crash_catch(struct mrn_crash *crash, struct mrn_signs *signs, const void *base);

/* The registers of an interrupted process by their DWARF numbers: how many there are, 0 where they
 * are not known for this machine. `context`: a ucontext_t. */
struct mrn_registers {
    uint64_t pc;
    uint64_t stack; /* the stack pointer */
    uint32_t count;
    uint64_t values[MRN_CRASH_REGISTERS];
};
void mrn_crash_registers(const void *context, struct mrn_registers *registers);

#endif
