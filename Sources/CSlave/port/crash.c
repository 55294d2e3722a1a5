#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sigaltstack under -std=c99 on each C library */
#endif
#include "crash.h"

#include "port.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#if defined(__ELF__) && defined(__linux__)
#include <link.h>
#endif

static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
#define SIGNAL_COUNT (sizeof crash_signals / sizeof crash_signals[0])

static struct mrn_crash *crash;
static struct mrn_signs *signs;
static uintptr_t base;
static pid_t owner;
static uint32_t is_told;
static struct mrn_registers registers;
/* Endless recursion leaves no room on the stack itself. */
static uint8_t handler_stack[MRN_CRASH_HANDLER_STACK];

/* ---- The file that this process is of ---- */

#if defined(__ELF__) && defined(__linux__)
/* Made by the linker: the begin of the file, which is loaded with its program headers. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((weak, visibility("hidden")));

static void take_note(const uint8_t *at, size_t size)
{
    while (size >= 12) {
        uint32_t words[3];
        memcpy(words, at, sizeof words);
        size_t name = ((size_t)words[0] + 3) & ~(size_t)3;
        size_t text = ((size_t)words[1] + 3) & ~(size_t)3;
        if (name > size - 12 || text > size - 12 - name)
            return;
        if (words[2] == 3 && words[0] == 4 && memcmp(at + 12, "GNU", 4) == 0 &&
            words[1] <= MRN_CRASH_BUILD_ID) {
            memcpy(crash->build_id, at + 12 + name, words[1]);
            crash->build_id_size = words[1];
            return;
        }
        at += 12 + name + text;
        size -= 12 + name + text;
    }
}

static void take_identity(void)
{
    if (&__ehdr_start == NULL)
        return;
    const uintptr_t file = (uintptr_t)&__ehdr_start;
    const ElfW(Phdr) *segments = (const ElfW(Phdr) *)(file + (uintptr_t)__ehdr_start.e_phoff);
    uintptr_t bias = 0;
    for (size_t i = 0; i < __ehdr_start.e_phnum; i++)
        if (segments[i].p_type == PT_LOAD && segments[i].p_offset == 0)
            bias = file - (uintptr_t)segments[i].p_vaddr;
    crash->bias = bias;
    for (size_t i = 0; i < __ehdr_start.e_phnum; i++)
        if (segments[i].p_type == PT_NOTE)
            take_note((const uint8_t *)(bias + (uintptr_t)segments[i].p_vaddr),
                      (size_t)segments[i].p_filesz);
}
#else
static void take_identity(void)
{
}
#endif

/* ---- Its stack ---- */

/* Through a pipe: the system refuses what is not mapped, where a read of ours would crash again. */
static bool copy_piece(const int pipe[2], uintptr_t from, size_t size)
{
    size_t done = 0;
    ssize_t written = write(pipe[1], (const void *)from, size);
    while (written > 0 && done < (size_t)written) {
        ssize_t count = read(pipe[0], crash->stack + crash->stack_size, (size_t)written - done);
        if (count <= 0)
            return false;
        done += (size_t)count;
        crash->stack_size += (uint32_t)count;
    }
    return written > 0 && done == size;
}

static void take_stack(void)
{
    int ends[2];
    uintptr_t begin = (uintptr_t)registers.stack;
    /* A thread of the operation has its stack elsewhere: as much as there is. */
    size_t size = begin < base && base - begin < MRN_STACK_MAX ? base - begin : MRN_CRASH_STACK;
    if (size > MRN_CRASH_STACK)
        size = MRN_CRASH_STACK;
    crash->stack_begin = begin;
    if (registers.count == 0 || pipe(ends) != 0)
        return;
    while (size > 0) {
        size_t piece = MRN_CRASH_PIECE - (begin + crash->stack_size) % MRN_CRASH_PIECE;
        piece = piece < size ? piece : size;
        if (!copy_piece(ends, begin + crash->stack_size, piece)) {
            if (crash->stack_size > 0 || piece == size)
                break;
            /* An overflow: the stack pointer is below the stack already, by a frame. */
            crash->stack_begin = begin += piece;
        }
        size -= piece;
    }
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* ---- The handler ---- */

static void tell(int signal, const siginfo_t *info, const void *context)
{
    mrn_crash_registers(context, &registers);
    crash->signal = signal;
    /* One that somebody sent has a sender in that place. */
    crash->has_fault = (signal == SIGSEGV || signal == SIGBUS) && info->si_code > 0;
    crash->fault = crash->has_fault != 0 ? (uint64_t)(uintptr_t)info->si_addr : 0;
#ifdef SI_KERNEL
    /* x86 does not say which address it was that no process can have. */
    if (crash->has_fault != 0 && info->si_code == SI_KERNEL)
        crash->fault = UINT64_MAX;
#endif
    crash->pc = registers.pc;
    crash->register_count = registers.count;
    memcpy(crash->registers, registers.values, sizeof crash->registers);
    crash->stack_size = 0;
    crash->build_id_size = 0;
    take_identity();
    take_stack();
    __atomic_store_n(&signs->has_crashed, 1, __ATOMIC_RELEASE);
}

static void tell_and_stand(int signal, const siginfo_t *info, const void *context)
{
    tell(signal, info, context);
    if (signs->stops_in_crash != 0)
        mrn_port_stand_still(&signs->is_standing);
}

/* `marionette debug` looks for the function of this name: the next but one is that which crashed.
 */
static void mrn_crash_handle(int signal, siginfo_t *info, void *context)
{
    sigset_t set;
    struct sigaction action;
    /* A process that the operation forked shares the memory and is not the worker. */
    if (getpid() == owner) {
        if (__atomic_exchange_n(&is_told, 1, __ATOMIC_ACQ_REL) == 0)
            tell_and_stand(signal, info, context);
        else
            for (;;) /* another thread is telling, and ends us all */
                (void)pause();
    }
    /* Raised again, not returned to: not every machine repeats the instruction (s390x, SIGFPE). */
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    (void)sigaction(signal, &action, NULL);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, signal);
    (void)raise(signal);
    (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
    _exit(128 + signal);
}

void mrn_crash_catch(struct mrn_crash *place, struct mrn_signs *shown, const void *stack)
{
    stack_t alternate;
    struct sigaction action;
    crash = place;
    signs = shown;
    base = (uintptr_t)stack;
    owner = getpid();
    is_told = 0;
    memset(&alternate, 0, sizeof alternate);
    alternate.ss_sp = handler_stack;
    alternate.ss_size = sizeof handler_stack;
    (void)sigaltstack(&alternate, NULL);
    memset(&action, 0, sizeof action);
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    action.sa_sigaction = mrn_crash_handle;
    /* A crash in here ends the process: a blocked signal of its own making always does. */
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        (void)sigaddset(&action.sa_mask, crash_signals[i]);
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        (void)sigaction(crash_signals[i], &action, NULL);
}
