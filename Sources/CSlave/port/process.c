#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* prctl, setrlimit and signals under -std=c99 on each C library */
#endif
#include "../exits.h"
#include "../limits.h"
#include "port.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#endif

/* ---- Processes ---- */

int mrn_port_fork(void)
{
    /* Text that is still buffered would be written by both. */
    (void)fflush(stdout);
    (void)fflush(stderr);
    return (int)fork();
}

static void describe(struct mrn_ending *ending, pid_t process, int status)
{
    ending->process = (int)process;
    ending->signalled = WIFSIGNALED(status);
    ending->code = ending->signalled ? WTERMSIG(status) : WEXITSTATUS(status);
}

int mrn_port_find_ended(mrn_stop_teller *tell_stop, void *context)
{
    for (;;) {
        siginfo_t found;
        int status = 0;
        memset(&found, 0, sizeof found);
        if (waitid(P_ALL, 0, &found, WEXITED | WSTOPPED | WCONTINUED | WNOHANG | WNOWAIT) != 0) {
            if (errno == EINTR)
                continue;
            return 0;
        }
        if (found.si_pid == 0)
            return 0;
        if (found.si_code != CLD_STOPPED && found.si_code != CLD_CONTINUED &&
            found.si_code != CLD_TRAPPED)
            return (int)found.si_pid;
        /* Perhaps it has ended since: then it is found again. */
        if (waitpid(found.si_pid, &status, WNOHANG | WUNTRACED | WCONTINUED) <= 0)
            continue;
        if (WIFEXITED(status) || WIFSIGNALED(status))
            continue;
        tell_stop(context, (int)found.si_pid, WIFSTOPPED(status) ? WSTOPSIG(status) : 0);
    }
}

void mrn_port_reap(int process, struct mrn_ending *ending)
{
    int status = 0;
    pid_t found;
    do
        found = waitpid((pid_t)process, &status, 0);
    while (found < 0 && errno == EINTR);
    describe(ending, (pid_t)process, status);
}

/* False: there are children left. */
static bool reap_all(void)
{
    pid_t found;
    do
        found = waitpid(-1, NULL, WNOHANG);
    while (found > 0 || (found < 0 && errno == EINTR));
    return found < 0;
}

bool mrn_port_await_all(int milliseconds)
{
    const struct timespec pause = {0, 1000000};
    for (int waited = 0; !reap_all(); waited++) {
        if (waited >= milliseconds)
            return false;
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

#ifdef __linux__
/* Its parent, as /proc tells; 0: unknown. */
static long parent_of(const char *process)
{
    char path[64];
    char text[512];
    long parent = 0;
    (void)snprintf(path, sizeof path, "/proc/%.20s/stat", process);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ptrdiff_t size = mrn_port_read(fd, text, sizeof text - 1);
    mrn_port_close(fd);
    text[size > 0 ? size : 0] = '\0';
    /* A process may have any name, in parentheses. */
    const char *end = strrchr(text, ')');
    return end != NULL && sscanf(end + 1, " %*c %ld", &parent) == 1 ? parent : 0;
}

static void kill_children(void)
{
    const struct dirent *entry;
    DIR *all = opendir("/proc");
    if (all == NULL)
        return;
    while ((entry = readdir(all)) != NULL) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9' ||
            parent_of(entry->d_name) != (long)getpid())
            continue;
        int process = (int)strtol(entry->d_name, NULL, 10);
        /* It is our child and not yet reaped, so that nobody else has its number. */
        (void)mrn_port_kill_group(process);
        (void)mrn_port_kill(process);
    }
    (void)closedir(all);
}
#else
static void kill_children(void)
{
}
#endif

void mrn_port_end_children(int milliseconds)
{
    for (int waited = 0; waited < milliseconds; waited += 5) {
        if (reap_all())
            return;
        kill_children();
        if (mrn_port_await_all(5))
            return;
    }
}

int mrn_port_kill(int process)
{
    return process > 1 ? kill((pid_t)process, SIGKILL) : -1;
}

int mrn_port_kill_group(int group)
{
    return group > 1 ? kill((pid_t)-group, SIGKILL) : -1;
}

void mrn_port_lead_session(void)
{
    (void)setsid();
}

int mrn_port_process(void)
{
    return (int)getpid();
}

void mrn_port_adopt_orphans(void)
{
#ifdef PR_SET_CHILD_SUBREAPER
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
#endif
}

void mrn_port_end_with_parent(int parent)
{
#ifdef PR_SET_PDEATHSIG
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
#endif
    if (getppid() != (pid_t)parent)
        _exit(MRN_EXIT_DONE);
}

void mrn_port_bound_resources(void)
{
    struct rlimit limit;
    /* An emulator would write the core file itself, into whatever directory we are in. */
    if (getrlimit(RLIMIT_CORE, &limit) == 0) {
        limit.rlim_cur = 0;
        (void)setrlimit(RLIMIT_CORE, &limit);
    }
    if (getrlimit(RLIMIT_STACK, &limit) == 0 &&
        (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > (rlim_t)MRN_STACK_MAX)) {
        limit.rlim_cur = (rlim_t)MRN_STACK_MAX;
        (void)setrlimit(RLIMIT_STACK, &limit);
    }
}

void mrn_port_leave(int status)
{
    (void)fflush(stdout);
    (void)fflush(stderr);
    _exit(status);
}

void mrn_port_impossible(const char *where, const char *what)
{
    (void)fprintf(stderr,
                  "slave: a fault of Marionette: in '%s' it must be that %s; please report it\n",
                  where, what);
    mrn_port_leave(MRN_EXIT_SOFTWARE);
}

/* ---- Signals ---- */

const int mrn_port_relay_signals[3] = {SIGCHLD, SIGTERM, SIGHUP};
static int caught_pipe[2] = {-1, -1};
static int caught[8];
static size_t caught_count;

const char *mrn_port_signal_name(int signal, char buffer[static 16])
{
    /* Numbers differ by architecture, and a trap is one of three by architecture: names are told.
     */
    static const struct {
        int signal;
        const char *name;
    } names[] = {
        {SIGSEGV, "SIGSEGV"}, {SIGABRT, "SIGABRT"}, {SIGFPE, "SIGFPE"},       {SIGBUS, "SIGBUS"},
        {SIGILL, "SIGILL"},   {SIGTRAP, "SIGTRAP"}, {SIGKILL, "SIGKILL"},     {SIGTERM, "SIGTERM"},
        {SIGINT, "SIGINT"},   {SIGHUP, "SIGHUP"},   {SIGQUIT, "SIGQUIT"},     {SIGPIPE, "SIGPIPE"},
        {SIGALRM, "SIGALRM"}, {SIGUSR1, "SIGUSR1"}, {SIGUSR2, "SIGUSR2"},     {SIGSYS, "SIGSYS"},
        {SIGXCPU, "SIGXCPU"}, {SIGXFSZ, "SIGXFSZ"}, {SIGVTALRM, "SIGVTALRM"}, {SIGPROF, "SIGPROF"},
        {SIGSTOP, "SIGSTOP"}, {SIGTSTP, "SIGTSTP"}, {SIGTTIN, "SIGTTIN"},     {SIGTTOU, "SIGTTOU"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].signal == signal)
            return names[i].name;
    (void)snprintf(buffer, 16, "signal %d", signal);
    return buffer;
}

static void note_signal(int signal)
{
    int saved = errno;
    const uint8_t number = (uint8_t)signal;
    /* A full pipe has woken the reader already. */
    if (write(caught_pipe[1], &number, 1) < 0)
        errno = saved;
    errno = saved;
}

int mrn_port_catch(const int *signals, size_t count)
{
    struct sigaction action;
    if (mrn_port_pipe(caught_pipe) != 0 || mrn_port_set_blocking(caught_pipe[0], false) != 0 ||
        mrn_port_set_blocking(caught_pipe[1], false) != 0)
        return -1;
    memset(&action, 0, sizeof action);
    (void)sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    action.sa_handler = note_signal;
    for (caught_count = 0; caught_count < count && caught_count < 8; caught_count++) {
        caught[caught_count] = signals[caught_count];
        if (sigaction(signals[caught_count], &action, NULL) != 0)
            return -1;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN);
    return caught_pipe[0];
}

void mrn_port_release_signals(void)
{
    for (size_t i = 0; i < caught_count; i++)
        (void)signal(caught[i], SIG_DFL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGINT, SIG_DFL);
    caught_count = 0;
    mrn_port_close(caught_pipe[0]);
    mrn_port_close(caught_pipe[1]);
    caught_pipe[0] = caught_pipe[1] = -1;
}

void mrn_port_block_signals(void)
{
    sigset_t all;
    (void)sigfillset(&all);
    (void)sigdelset(&all, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &all, NULL);
}

void mrn_port_unblock_signals(void)
{
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

bool mrn_port_is_kill_signal(int signal)
{
    return signal == SIGKILL;
}

bool mrn_port_is_child_signal(int signal)
{
    return signal == SIGCHLD;
}

/* ---- The machine ---- */

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

uint64_t mrn_port_microseconds(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t mrn_port_tick(void)
{
#ifdef CLOCK_MONOTONIC_COARSE
    return read_clock(CLOCK_MONOTONIC_COARSE);
#else
    return read_clock(CLOCK_MONOTONIC);
#endif
}

unsigned long mrn_port_descriptors(unsigned long *open)
{
    struct rlimit limit;
    *open = 0;
    for (int descriptor = 0; descriptor < MRN_DESCRIPTORS_COUNTED; descriptor++)
        *open += fcntl(descriptor, F_GETFD) >= 0;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > 0x40000000u)
        return 0x40000000u;
    return (unsigned long)limit.rlim_cur;
}

unsigned long mrn_port_raise_descriptors(unsigned long wanted)
{
    unsigned long open;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < wanted)
            return (unsigned long)limit.rlim_max;
        limit.rlim_cur = (rlim_t)wanted;
        if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
            return wanted;
    }
    return mrn_port_descriptors(&open);
}

unsigned mrn_port_cores(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 0 ? (unsigned)cores : 1;
}

void mrn_port_host(char *host, size_t host_size, char *machine, size_t machine_size)
{
    struct utsname names;
    if (uname(&names) != 0)
        memset(&names, 0, sizeof names);
    (void)snprintf(host, host_size, "%s", names.nodename);
    (void)snprintf(machine, machine_size, "%s", names.machine);
}
