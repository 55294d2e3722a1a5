#include "replica.h"

#include "../exits.h"
#include "../port/groups.h"
#include "../port/port.h"
#include "../worker/state.h"
#include "../worker/worker.h"
#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct child {
    int process; /* 0: free */
    bool is_replica;
    uint32_t worker;
    uint32_t generation;
    uint64_t position;
};

struct replica {
    struct mrn_state state;
    int control;
    int signals;
    struct mrn_mark *marks;
    struct mrn_crash *crashes;
    const struct mrn_areas *areas;
    struct child children[MRN_CHILDREN_MAX];
};

static void report(struct replica *replica, const struct mrn_report *message)
{
    /* This may wait: the relay always reads what replicas report. Without a relay there is nobody
     * to serve. */
    if (mrn_port_write_all(replica->control, message, sizeof *message) != 0)
        mrn_port_leave(MRN_EXIT_DONE);
}

static void watch_children(struct replica *replica)
{
    /* The child signal only: the relay ends us by closing the control socket. */
    replica->signals = mrn_port_catch(mrn_port_relay_signals, 1);
    if (replica->signals < 0)
        mrn_port_leave(MRN_EXIT_SYSTEM);
}

static struct child *free_child(struct replica *replica)
{
    for (size_t i = 0; i < MRN_CHILDREN_MAX; i++)
        if (replica->children[i].process == 0)
            return &replica->children[i];
    return NULL;
}

static void report_fork_failure(struct replica *replica, const char *reason)
{
    struct mrn_report message;
    memset(&message, 0, sizeof message);
    message.kind = MRN_FORK_FAILED;
    (void)snprintf(message.text, sizeof message.text, "%s", reason);
    report(replica, &message);
}

/* 0 in the child. The parent enters the child in its table and gets the process id. */
static int fork_child(struct replica *replica, const struct child *as)
{
    struct child *child = free_child(replica);
    if (child == NULL) {
        report_fork_failure(replica, "too many processes");
        return -1;
    }
    int process = mrn_port_fork();
    if (process < 0)
        report_fork_failure(replica, strerror(errno));
    if (process <= 0)
        return process;
    *child = *as;
    child->process = process;
    return process;
}

static void fork_worker(struct replica *replica, const struct mrn_command *command, int socket,
                        int output)
{
    const struct child as = {0, false, command->worker, command->generation, 0};
    int parent = mrn_port_process();
    int process = fork_child(replica, &as);
    if (process == 0) {
        /* The guardian kills us when the relay ends; this is for the case that it was first. */
        mrn_port_end_with_parent(parent);
        mrn_groups_enter();
        mrn_port_release_signals();
        mrn_port_close(replica->control);
        if (mrn_port_take_output(output) != 0)
            mrn_port_leave(MRN_EXIT_SYSTEM);
        mrn_port_close(output);
        const struct mrn_worker_place place = {socket, command->worker,
                                               &replica->marks[command->worker],
                                               &replica->crashes[command->worker], replica->areas};
        mrn_worker_run(&replica->state, &place);
    }
    if (process > 0) {
        struct mrn_report message;
        memset(&message, 0, sizeof message);
        message.kind = MRN_WORKER_STARTED;
        message.worker = command->worker;
        message.generation = command->generation;
        message.process = process;
        message.position = replica->state.position;
        report(replica, &message);
    }
}

static void signal_worker(struct replica *replica, const struct mrn_command *command)
{
    /* By our table, not by the relay's: a process id that we have not reaped is not used again. */
    for (size_t i = 0; i < MRN_CHILDREN_MAX; i++) {
        const struct child *child = &replica->children[i];
        if (child->process == 0 || child->is_replica || child->worker != command->worker ||
            child->generation != command->generation)
            continue;
        if (command->kind == MRN_STOP_WORKER) {
            (void)mrn_port_stop(child->process);
        } else if (command->kind == MRN_CONTINUE_WORKER) {
            (void)mrn_port_continue(child->process);
        } else {
            (void)mrn_port_kill_group(child->process);
            (void)mrn_port_kill(child->process); /* it leads no group before its first step */
        }
    }
}

static void load(struct replica *replica, const struct mrn_command *command, int file)
{
    struct mrn_report message;
    memset(&message, 0, sizeof message);
    message.kind = MRN_LOADED;
    message.slot = command->slot;
    message.version = command->version;
    const struct mrn_encoded encoded = {file, command->size, command->is_composed != 0,
                                        command->checksum};
    (void)mrn_state_load(&replica->state, command->slot, command->version, &encoded, message.text);
    report(replica, &message);
}

static bool change(struct replica *replica, const struct mrn_command *command, int arguments,
                   char text[static MRN_TEXT_MAX])
{
    if (command->procedure == 0) {
        mrn_state_set_version(&replica->state, command->slot, command->version);
        return true;
    }
    const void *bytes = "";
    if (command->size > 0) {
        bytes = mrn_port_map_file(arguments, (size_t)command->size);
        if (bytes == NULL) {
            (void)snprintf(text, MRN_TEXT_MAX, "no address space for %llu bytes of arguments",
                           (unsigned long long)command->size);
            return false;
        }
    }
    bool applied =
        mrn_state_apply(&replica->state, command->procedure, bytes, (size_t)command->size, text);
    if (command->size > 0)
        mrn_port_unmap(bytes, (size_t)command->size);
    return applied;
}

/* We become the replica of the next position, or end without a trace. */
static void succeed(struct replica *replica, const struct mrn_command *command, const int fds[2])
{
    struct mrn_report message;
    memset(&message, 0, sizeof message);
    mrn_groups_enter();
    mrn_port_release_signals();
    mrn_port_close(replica->control);
    for (size_t i = 0; i < MRN_CHILDREN_MAX; i++)
        if (replica->children[i].process != 0) /* an idle slave's pages stay untouched */
            replica->children[i].process = 0;
    replica->control = fds[0];
    message.process = mrn_port_process();
    message.position = command->position;
    mrn_port_notice_forks();
    message.kind = change(replica, command, fds[1], message.text) ? MRN_APPLIED : MRN_REFUSED;
    mrn_port_close(fds[1]);
    (void)fflush(stdout);
    (void)fflush(stderr);
    if (message.kind == MRN_APPLIED) {
        replica->state.position = command->position;
        for (uint32_t slot = 0; slot < MRN_SHARED_MAX; slot++)
            message.version |= (uint64_t)replica->state.held[slot].decoded << slot;
        watch_children(replica);
    }
    report(replica, &message);
    if (message.kind == MRN_REFUSED)
        mrn_port_leave(MRN_EXIT_DONE);
}

static void obey(struct replica *replica, const struct mrn_command *command, const int fds[2])
{
    const struct child successor = {0, true, 0, command->generation, command->position};
    switch (command->kind) {
    case MRN_FORK_WORKER:
        fork_worker(replica, command, fds[0], fds[1]);
        break;
    case MRN_KILL_WORKER:
    case MRN_STOP_WORKER:
    case MRN_CONTINUE_WORKER:
        signal_worker(replica, command);
        break;
    case MRN_LOAD:
        load(replica, command, fds[0]);
        break;
    case MRN_APPLY:
        /* Always in a child, so that a context operation that fails or crashes leaves us intact. */
        if (fork_child(replica, &successor) == 0) {
            succeed(replica, command, fds);
            return; /* the descriptors are the new replica's */
        }
        break;
    default:
        break;
    }
    mrn_port_close(fds[0]);
    mrn_port_close(fds[1]);
}

static struct child *child_of(struct replica *replica, int process)
{
    for (size_t i = 0; i < MRN_CHILDREN_MAX; i++)
        if (replica->children[i].process == process)
            return &replica->children[i];
    return NULL;
}

/* The relay knows whether it is for a debugger. */
static void tell_stop(void *context, int process, int signal)
{
    struct replica *replica = context;
    struct mrn_report message;
    const struct child *child = child_of(replica, process);
    if (child == NULL || child->is_replica) {
        mrn_port_tell_stop(NULL, process, signal);
        return;
    }
    memset(&message, 0, sizeof message);
    message.kind = MRN_WORKER_STOPPED;
    message.worker = child->worker;
    message.generation = child->generation;
    message.process = process;
    message.code = signal;
    report(replica, &message);
}

static void reap(struct replica *replica)
{
    struct mrn_ending ending;
    uint8_t noted[64];
    while (mrn_port_read(replica->signals, noted, sizeof noted) == (ptrdiff_t)sizeof noted)
        continue;
    while (mrn_groups_reap(&ending, tell_stop, replica)) {
        struct mrn_report message;
        struct child *child = child_of(replica, ending.process);
        if (child == NULL)
            continue;
        memset(&message, 0, sizeof message);
        message.kind = child->is_replica ? MRN_REPLICA_ENDED : MRN_WORKER_ENDED;
        message.worker = child->worker;
        message.generation = child->generation;
        message.position = child->position;
        message.process = ending.process;
        message.signalled = ending.signalled;
        message.code = ending.code;
        child->process = 0;
        report(replica, &message);
    }
}

void mrn_replica_run(const struct mrn_application *application, int control, struct mrn_mark *marks,
                     struct mrn_crash *crashes, const struct mrn_areas *areas)
{
    static struct replica replica;
    struct mrn_command command;
    int fds[2];
    mrn_state_init(&replica.state, application);
    replica.control = control;
    replica.marks = marks;
    replica.crashes = crashes;
    replica.areas = areas;
    watch_children(&replica);
    for (;;) {
        struct pollfd watched[2] = {{replica.control, POLLIN, 0}, {replica.signals, POLLIN, 0}};
        if (mrn_port_poll(watched, 2, -1) < 0)
            mrn_port_leave(MRN_EXIT_SYSTEM);
        if (watched[1].revents != 0)
            reap(&replica);
        if (watched[0].revents == 0)
            continue;
        if (mrn_port_receive(replica.control, &command, sizeof command, fds) <= 0)
            mrn_port_leave(MRN_EXIT_DONE);
        obey(&replica, &command, fds);
    }
}
