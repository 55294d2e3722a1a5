/*
 * All that the slave asks of the operating system; port.c, process.c, files.c and crash.c
 * are the only files that call it. Functions return -1 with errno set where they can fail, and
 * restart after EINTR.
 */
#ifndef MRN_PORT_H
#define MRN_PORT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/* Descriptors. Those that are made here are closed by exec. */
ptrdiff_t mrn_port_read(int fd, void *bytes, size_t size);
ptrdiff_t mrn_port_write(int fd, const void *bytes, size_t size);
ptrdiff_t mrn_port_write_spans(int fd, const struct iovec *spans, int count);
/* Writes all of it, and waits where it must. */
int mrn_port_write_all(int fd, const void *bytes, size_t size);
int mrn_port_write_at(int fd, const void *bytes, size_t size, uint64_t offset);
/* Between two files. */
int mrn_port_copy(int from, uint64_t from_offset, int to, uint64_t to_offset, size_t size);
void mrn_port_close(int fd);
/* Another descriptor of the same; -1 for -1. */
int mrn_port_duplicate(int fd);
/* After fork: closes all that this process got from here, but some. */
void mrn_port_close_others(const int *kept, size_t count);
int mrn_port_set_blocking(int fd, bool blocking);
int mrn_port_pipe(int ends[2]);
int mrn_port_socket_pair(int ends[2]);
/* What there is room for of a message, with up to two descriptors beside its first byte; the
 * receiver gets -1 for those not sent. */
ptrdiff_t mrn_port_send(int socket, const void *message, size_t size, const int fds[2]);
/* 1: a whole message came; 0: the other end is gone. */
int mrn_port_receive(int socket, void *message, size_t size, int fds[2]);
/* To be polled for: the other end writes no more. Where the system has no such event, only that it
 * is gone altogether is seen. */
extern const short mrn_port_hang_up;
/* Milliseconds; -1 waits for ever. 0 on timeout or signal. */
int mrn_port_poll(struct pollfd *fds, size_t count, int milliseconds);
/* Whether the descriptor is a socket still, whatever its other end does. */
bool mrn_port_is_stream(int fd);
/* Moves standard input and output away to *in and *out; 0 becomes /dev/null, 1 becomes stderr. */
int mrn_port_take_wire(int *in, int *out);
/* Standard output and standard error of this process become `fd`, and keep nothing back: what was
 * written outlives it. */
int mrn_port_take_output(int fd);
/* An open file that has no name. */
int mrn_port_temporary(void);

/* Memory. */
const void *mrn_port_map_file(int fd, size_t size);
/* Anonymous memory shared with processes forked later; taken as it is written. */
void *mrn_port_map_shared(size_t size);
/* Gives the pages of shared memory back, where the system can do that: its bytes are lost. */
void mrn_port_clear(void *address, size_t size);
void mrn_port_protect(void *address, size_t size, bool writable);
#define MRN_HUGE_PAGE ((size_t)2 * 1024 * 1024)
/* Anonymous memory, huge pages where the system has them; aligned to 2 MiB when size is a multiple.
 */
void *mrn_port_map(size_t size);
void mrn_port_unmap(const void *address, size_t size);

/* Processes. */
struct mrn_ending {
    int process;
    bool signalled;
    int code; /* exit status or signal */
};
int mrn_port_fork(void);
/* A child stands still, by this signal; 0: it goes on. */
typedef void mrn_stop_teller(void *context, int process, int signal);
/* To the log. */
void mrn_port_tell_stop(void *context, int process, int signal);
/* A child that has ended, whose number stays its own until it is reaped; 0: there is none now. */
int mrn_port_find_ended(mrn_stop_teller *tell_stop, void *context);
void mrn_port_reap(int process, struct mrn_ending *ending);
/* Waits until there are no children any more, at most so long; false where there still are. */
bool mrn_port_await_all(int milliseconds);
/* The same, and kills them: also those that become our children meanwhile, where the system tells
 * which they are. */
void mrn_port_end_children(int milliseconds);
int mrn_port_kill(int process);
int mrn_port_stop(int process);
int mrn_port_continue(int process);
/* This process stands still until somebody continues it. */
void mrn_port_stand_still(volatile uint32_t *is_standing);
int mrn_port_kill_group(int group);
/* This process leads a session and a process group of its own. */
void mrn_port_lead_session(void);
int mrn_port_process(void);
/* `mrn_port_is_fork` is false here, and from now on true in processes that are forked from this
 * one. */
void mrn_port_notice_forks(void);
bool mrn_port_is_fork(void);
/* Orphaned grandchildren become our children, where the system can do that. */
void mrn_port_adopt_orphans(void);
/* We are killed when the process that forked us ends, where the system can do that. */
void mrn_port_end_with_parent(int parent);
/* No core files; a bounded stack, so that endless recursion ends as a segmentation fault. */
void mrn_port_bound_resources(void);
void mrn_port_leave(int status);
/* Ends this process with a sentence and MRN_EXIT_SOFTWARE: see invariant.h. */
void mrn_port_impossible(const char *where, const char *what);
/* "SIGSEGV"; "signal 77" where there is no name, in the caller's buffer. */
const char *mrn_port_signal_name(int signal, char buffer[static 16]);

/* Signals. A caught signal makes the returned descriptor readable: one byte each, its number. */
int mrn_port_catch(const int *signals, size_t count);
/* Undoes mrn_port_catch after fork. */
void mrn_port_release_signals(void);
/* All but that of a child. */
void mrn_port_block_signals(void);
/* Whoever starts us may have blocked some: a thread of a Swift program has blocked most. */
void mrn_port_unblock_signals(void);
extern const int mrn_port_relay_signals[3]; /* child, terminate, hang up */
bool mrn_port_is_child_signal(int signal);
bool mrn_port_is_kill_signal(int signal);

/* The machine. */
uint64_t mrn_port_microseconds(void); /* monotonic */
/* Another one every few milliseconds, where the system has such a clock, which is quicker to read;
 * else every microsecond. */
uint64_t mrn_port_tick(void);
unsigned mrn_port_cores(void);
/* How many files this process may have open, and how many it has. */
unsigned long mrn_port_descriptors(unsigned long *open);
/* Lets this process have that many, where its user may: how many it may have then, or could. */
unsigned long mrn_port_raise_descriptors(unsigned long wanted);
void mrn_port_host(char *host, size_t host_size, char *machine, size_t machine_size);

/* Files, for --install; a path is taken relative to a directory and never follows a symlink. */
enum mrn_file_kind { MRN_FILE_NONE, MRN_FILE_REGULAR, MRN_FILE_DIRECTORY, MRN_FILE_OTHER };
int mrn_port_open_directory(const char *path);
int mrn_port_open_directory_at(int directory, const char *name);
int mrn_port_open_file_at(int directory, const char *name, uint64_t *size);
enum mrn_file_kind mrn_port_kind_at(int directory, const char *name);
int mrn_port_set_mode(int fd, unsigned mode);
int mrn_port_sync(int fd);
int mrn_port_rename(const char *from, const char *to);
/* Calls `visit` for each entry but "." and ".."; stops and returns false when it does. */
bool mrn_port_each_entry(int directory, bool (*visit)(void *, const char *name), void *context);

#endif
