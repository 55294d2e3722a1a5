/*
 * What the relay says to a replica, and what the replica reports. Both are on one machine and of
 * one binary: plain structures on a socket pair, descriptors beside them (SCM_RIGHTS).
 */
#ifndef MRN_CONTROL_H
#define MRN_CONTROL_H

#include "../limits.h"

#include <stdint.h>

enum mrn_command_kind {
    MRN_FORK_WORKER,     /* worker, generation; descriptors: the worker's socket, what it writes */
    MRN_KILL_WORKER,     /* worker, generation */
    MRN_STOP_WORKER,     /* the same */
    MRN_CONTINUE_WORKER, /* the same */
    MRN_LOAD,            /* slot, version, size, is_composed, checksum; descriptor: the bytes */
    MRN_APPLY /* position, generation and a change; descriptors: the new replica's socket, arguments
               */
};

struct mrn_command {
    uint32_t kind;
    uint32_t worker;
    uint32_t generation; /* tells processes of one worker number, or one position, apart */
    uint32_t slot;
    uint32_t procedure;   /* MRN_APPLY: 0 for shared data */
    uint32_t is_composed; /* of parts of another version: the checksum counts */
    uint64_t position;
    uint64_t version;
    uint64_t size; /* of the file behind the descriptor */
    uint64_t checksum;
};

enum mrn_report_kind {
    MRN_WORKER_STARTED, /* worker, generation, process */
    MRN_WORKER_ENDED,   /* worker, generation, process, signalled, code */
    MRN_WORKER_STOPPED, /* worker, generation, process, code: by that signal; 0: it goes on */
    MRN_LOADED,         /* slot, version; text: why it does not decode */
    MRN_APPLIED,       /* from the new replica: position, process; version: bits of decoded slots */
    MRN_REFUSED,       /* from the new replica: the operation's failure */
    MRN_REPLICA_ENDED, /* from its parent: position, generation, process, signalled, code */
    MRN_FORK_FAILED    /* text */
};

struct mrn_report {
    uint32_t kind;
    uint32_t worker;
    uint32_t generation;
    uint32_t slot;
    int32_t process;
    int32_t code;
    uint32_t signalled;
    uint32_t unused;
    uint64_t position;
    uint64_t version;
    char text[MRN_TEXT_MAX];
};

#endif
