/* Where each machine keeps the registers of an interrupted process, in the order of their DWARF
 * numbers (the ABI supplements). sparc64's windows are not here: a crash there has no stack. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "crash.h"

#include <signal.h>
#include <string.h>
#include <ucontext.h>

#ifdef __linux__
#define KNOWN 1
#else
#define KNOWN 0
#endif

#if KNOWN && defined(__x86_64__)
static void take(const ucontext_t *context, struct mrn_registers *registers)
{
    static const int order[17] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
                                  REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                  REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};
    for (registers->count = 0; registers->count < 17; registers->count++)
        registers->values[registers->count] =
            (uint64_t)context->uc_mcontext.gregs[order[registers->count]];
    registers->pc = registers->values[16];
    registers->stack = registers->values[7];
}
#elif KNOWN && defined(__i386__)
static void take(const ucontext_t *context, struct mrn_registers *registers)
{
    static const int order[9] = {REG_EAX, REG_ECX, REG_EDX, REG_EBX, REG_ESP,
                                 REG_EBP, REG_ESI, REG_EDI, REG_EIP};
    for (registers->count = 0; registers->count < 9; registers->count++)
        registers->values[registers->count] =
            (uint32_t)context->uc_mcontext.gregs[order[registers->count]];
    registers->pc = registers->values[8];
    registers->stack = registers->values[4];
}
#elif KNOWN && defined(__aarch64__)
static void take(const ucontext_t *context, struct mrn_registers *registers)
{
    for (uint32_t i = 0; i < 31; i++)
        registers->values[i] = context->uc_mcontext.regs[i];
    registers->values[31] = registers->stack = context->uc_mcontext.sp;
    registers->pc = context->uc_mcontext.pc;
    registers->count = 32;
}
#elif KNOWN && defined(__arm__)
static void take(const ucontext_t *context, struct mrn_registers *registers)
{
    /* arm_r0 to arm_pc stand in a row. */
    const unsigned long *first = &context->uc_mcontext.arm_r0;
    for (registers->count = 0; registers->count < 16; registers->count++)
        registers->values[registers->count] = first[registers->count];
    registers->pc = registers->values[15];
    registers->stack = registers->values[13];
}
#elif KNOWN && defined(__riscv)
static void take(const ucontext_t *context, struct mrn_registers *registers)
{
    /* The place of the register that is always 0 has the program counter. */
    for (registers->count = 1; registers->count < 32; registers->count++)
        registers->values[registers->count] = context->uc_mcontext.__gregs[registers->count];
    registers->pc = context->uc_mcontext.__gregs[0];
    registers->stack = registers->values[2];
}
#elif KNOWN && defined(__s390x__)
static void take(const ucontext_t *context, struct mrn_registers *registers)
{
    /* Leaf functions keep registers in those for floats. */
    static const int floats[16] = {0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15};
    for (uint32_t i = 0; i < 16; i++) {
        registers->values[i] = context->uc_mcontext.gregs[i];
        memcpy(&registers->values[16 + i], &context->uc_mcontext.fpregs.fprs[floats[i]],
               sizeof registers->values[0]);
    }
    registers->count = 32;
    registers->pc = context->uc_mcontext.psw.addr;
    registers->stack = registers->values[15];
}
#elif KNOWN && defined(__powerpc64__)
static void take(const ucontext_t *context, struct mrn_registers *registers)
{
    for (uint32_t i = 0; i < 32; i++)
        registers->values[i] = (uint64_t)context->uc_mcontext.gp_regs[i];
    registers->values[65] = (uint64_t)context->uc_mcontext.gp_regs[36]; /* the link register */
    registers->count = 66;
    registers->pc = (uint64_t)context->uc_mcontext.gp_regs[32];
    registers->stack = registers->values[1];
}
#elif KNOWN && defined(__powerpc__) && !defined(__GLIBC__)
static void take(const ucontext_t *context, struct mrn_registers *registers)
{
    const mcontext_t *machine = context->uc_regs;
    for (uint32_t i = 0; i < 32; i++)
        registers->values[i] = machine->gregs[i];
    registers->values[65] = machine->gregs[36]; /* the link register */
    registers->count = 66;
    registers->pc = machine->gregs[32];
    registers->stack = registers->values[1];
}
#elif KNOWN && defined(__mips__)
static void take(const ucontext_t *context, struct mrn_registers *registers)
{
    for (registers->count = 0; registers->count < 32; registers->count++)
        registers->values[registers->count] = (size_t)context->uc_mcontext.gregs[registers->count];
    registers->pc = (size_t)context->uc_mcontext.pc;
    registers->stack = registers->values[29];
}
#elif KNOWN && defined(__loongarch__)
static void take(const ucontext_t *context, struct mrn_registers *registers)
{
    for (registers->count = 0; registers->count < 32; registers->count++)
        registers->values[registers->count] = context->uc_mcontext.__gregs[registers->count];
    registers->pc = context->uc_mcontext.__pc;
    registers->stack = registers->values[3];
}
#elif KNOWN && defined(__m68k__)
static void take(const ucontext_t *context, struct mrn_registers *registers)
{
    for (registers->count = 0; registers->count < 16; registers->count++)
        registers->values[registers->count] =
            (uint32_t)context->uc_mcontext.gregs[registers->count];
    registers->pc = (uint32_t)context->uc_mcontext.gregs[16];
    registers->stack = registers->values[15];
}
#else
static void take(const ucontext_t *context, struct mrn_registers *registers)
{
    (void)context;
    registers->count = 0;
}
#endif

void mrn_crash_registers(const void *context, struct mrn_registers *registers)
{
    memset(registers, 0, sizeof *registers);
    if (context != NULL)
        take(context, registers);
}
