/*
 * Every limit of the slave, in one place. A limit that is met is refused with its figure.
 */
#ifndef MRN_LIMITS_H
#define MRN_LIMITS_H

/* A record of the wire (RFC 5531, 11): one call or reply, header included. */
#define MRN_RECORD_MAX (256u * 1024u * 1024u)
/* Before hello nobody has shown to be a master: nothing that is allowed then is longer. */
#define MRN_RECORD_BEFORE_HELLO_MAX 4096u
/* Fragments of one record; more is an attempt to keep us busy. */
#define MRN_FRAGMENTS_MAX 65536u

/* Bytes of one read of the wire, and of a worker's socket. Larger records get memory of their own.
 */
#define MRN_WIRE_BUFFER (128u * 1024u)
#define MRN_WORKER_BUFFER (64u * 1024u)
/* A record that is being gathered owns at most this much more than twice what has arrived. */
#define MRN_GATHER_STEP (64u * 1024u)
/* Memory for one that is used again: a chunk of shared data is followed by others. */
#define MRN_GATHERED_KEPT (320u * 1024u)

/* Records from MRN_LARGE on lie in memory that relay and workers share, up to MRN_AREA of it. An
 * area is address space; pages of it are taken as bytes arrive, and go when the slave is idle. */
#define MRN_LARGE (64u * 1024u)
#define MRN_AREA (4u * 1024u * 1024u)
#define MRN_CALL_AREAS_MAX 64u
#define MRN_CALL_AREAS_WORKER 4u
#define MRN_REPLY_AREAS 2u
#define MRN_AREAS_BYTES_MAX (sizeof(size_t) > 4 ? UINT64_C(4) << 30 : UINT64_C(256) << 20)
#define MRN_AREAS_IDLE_MILLISECONDS 1000

/* Replies wait for the master in segments; above the bound the relay stops reading from workers. */
#define MRN_SEGMENT (64u * 1024u)
#define MRN_OUTGOING_MAX (8u * 1024u * 1024u)
/* Spans of one writev(2); POSIX promises 16, each system of ours gives 1024. */
#define MRN_SPANS 64

/* Calls that are in the slave, queued or handed to a worker, and their bytes together. */
#define MRN_OPERATIONS_MAX 65536u
#define MRN_OPERATIONS_BYTES_MAX (1024u * 1024u * 1024u)
/* Records of calls up to this size lie in packs of that size, of which some are kept. */
#define MRN_PACKED_MAX 2048u
#define MRN_PACK (32u * 1024u)
#define MRN_SPARE_PACKS_MAX 8u
#define MRN_SPARE_OPERATIONS_MAX 1024u

/* Workers of one slave; a hello that asks for more is given this many. */
#define MRN_WORKERS_MAX 256u
/* Files that a relay opens for each worker, its socket and what it writes, and beside these.
 * poll(2) refuses more as well. Those that are open when it starts count too: whoever started it
 * may have left some. */
#define MRN_DESCRIPTORS_WORKER 2u
#define MRN_DESCRIPTORS_BESIDE 24u
#define MRN_DESCRIPTORS_COUNTED 1024
/* Work of known, short operations handed to a worker ahead of its replies. */
#define MRN_AHEAD_MICROSECONDS 200u
#define MRN_AHEAD_MAX 256u
#define MRN_AHEAD_BYTES_MAX (64u * 1024u)
/* A worker keeps replies together for no longer than this. */
#define MRN_REPLY_DELAY_MICROSECONDS 50u
/* Calls of one procedure that take no longer than this are timed together, so many at once. */
#define MRN_QUICK_MICROSECONDS 1u
#define MRN_GROUP_MAX 16u
/* Reads of a worker's socket in a turn of the relay: none keeps the others waiting. */
#define MRN_REPLIES_TURN_MAX 8
/* A worker's memory of a larger result is given back: many of them stay idle for long. */
#define MRN_KEPT_RESULT_MAX ((size_t)8 * 1024 * 1024)
/* Workers that die in a row without having executed anything. */
#define MRN_IDLE_DEATHS_MAX 16u

/* What operations write is looked at no more often than this while they are busy. */
#define MRN_OUTPUT_MICROSECONDS 5000u
/* Reads of one pipe in a turn of the relay: who writes much keeps nobody waiting. */
#define MRN_OUTPUT_TURN_MAX 16
/* Reads of a pipe whose process has ended; none holds more. */
#define MRN_OUTPUT_READS_MAX 1024

/* Commands that a replica has not taken yet: the forks and the end of each worker, a load for each
 * slot, and an update. */
#define MRN_COMMANDS_MAX (4u * MRN_WORKERS_MAX + MRN_SHARED_MAX + 1u)

/* Positions that are kept at once: one process each. */
#define MRN_REPLICAS_MAX 512u
/* Updates that wait for the one being applied, and their arguments together. */
#define MRN_UPDATES_MAX 4096u
#define MRN_UPDATES_BYTES_MAX (1024u * 1024u * 1024u)
/* Bits in mrn_procedure.reads. */
#define MRN_SHARED_MAX 64u
/* Shared data versions kept at once, and the size of each. */
#define MRN_VERSIONS_MAX 1024u
#define MRN_SHARED_SIZE_MAX (UINT64_C(1) << 40)

/* Text of a failure inside the slave; the wire's own limits are in Interfaces/slave.x. */
#define MRN_TEXT_MAX 1024u

/* Files of a bundle, and its manifest. */
#define MRN_MANIFEST_MAX (1024u * 1024u)
#define MRN_BUNDLE_PATH_MAX 512u
#define MRN_BUNDLE_DEPTH_MAX 16

/* Memory of one call: arguments, what the operation takes, result. And of one shared value. */
#define MRN_CALL_MEMORY_MAX (sizeof(size_t) > 4 ? (size_t)(UINT64_C(64) << 30) : (size_t)1 << 30)
/* The stack of user code: endless recursion ends there. */
#define MRN_STACK_MAX (64u * 1024u * 1024u)
/* Of a crash: the stack of its handler, and pieces in which the crashed stack is copied, so that an
 * unmapped page costs one of them at most. */
#define MRN_CRASH_HANDLER_STACK (64u * 1024u)
#define MRN_CRASH_PIECE 1024u
#define MRN_CRASH_STACK (64u * 1024u)
#define MRN_CRASH_REGISTERS 96u
#define MRN_CRASH_BUILD_ID 64u
/* Processes of one replica: its workers, those that are ending, and its successor. */
#define MRN_CHILDREN_MAX 1024u

/* Holds at once. One that is for any worker takes an idle one if none has an operation by then; for
 * so long the relay looks again and again. */
#define MRN_HOLDS_MAX 32u
#define MRN_HOLD_PATIENCE_MICROSECONDS 300000u
#define MRN_HOLD_MILLISECONDS 5

/* Process groups that are known: of workers, of those that are ending, and of replicas. */
#define MRN_GROUPS_MAX (2u * MRN_WORKERS_MAX + MRN_REPLICAS_MAX)

/* A replica's end is known before its cause; that comes within this time or not at all. */
#define MRN_LOST_MICROSECONDS 5000000u

/* Guardians that are replaced. */
#define MRN_GUARDIAN_DEATHS_MAX 16u

/* A relay that lives for so long after its master is gone is ended. */
#define MRN_ABANDONED_MILLISECONDS 4000

/* How long the slave waits, at its end, for its processes to be gone. */
#define MRN_END_MILLISECONDS 2000

#endif
