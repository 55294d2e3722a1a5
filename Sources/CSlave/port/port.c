#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* MADV_HUGEPAGE, POLLRDHUP, memfd_create, O_TMPFILE, where the system has     \
                       them */
#endif
#include "port.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- Descriptors ---- */

static int highest = 2;

static int remember(int fd)
{
    if (fd > highest)
        highest = fd;
    return fd;
}

ptrdiff_t mrn_port_read(int fd, void *bytes, size_t size)
{
    ssize_t count;
    do
        count = read(fd, bytes, size);
    while (count < 0 && errno == EINTR);
    return count;
}

ptrdiff_t mrn_port_write(int fd, const void *bytes, size_t size)
{
    ssize_t count;
    do
        count = write(fd, bytes, size);
    while (count < 0 && errno == EINTR);
    return count;
}

ptrdiff_t mrn_port_write_spans(int fd, const struct iovec *spans, int count)
{
    ssize_t written;
    do
        written = writev(fd, spans, count);
    while (written < 0 && errno == EINTR);
    return written;
}

static bool wait_writable(int fd)
{
    struct pollfd entry = {fd, POLLOUT, 0};
    return (errno == EAGAIN || errno == EWOULDBLOCK) &&
           (poll(&entry, 1, -1) >= 0 || errno == EINTR);
}

bool mrn_port_is_stream(int fd)
{
    int type;
    socklen_t size = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
}

int mrn_port_write_all(int fd, const void *bytes, size_t size)
{
    const uint8_t *next = bytes;
    while (size > 0) {
        ptrdiff_t count = mrn_port_write(fd, next, size);
        if (count < 0 && wait_writable(fd))
            continue;
        if (count < 0)
            return -1;
        next += count;
        size -= (size_t)count;
    }
    return 0;
}

int mrn_port_write_at(int fd, const void *bytes, size_t size, uint64_t offset)
{
    const uint8_t *next = bytes;
    while (size > 0) {
        ssize_t count = pwrite(fd, next, size, (off_t)offset);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return -1;
        next += count;
        offset += (uint64_t)count;
        size -= (size_t)count;
    }
    return 0;
}

int mrn_port_copy(int from, uint64_t from_offset, int to, uint64_t to_offset, size_t size)
{
    uint8_t bytes[64 * 1024];
    while (size > 0) {
        size_t wanted = size < sizeof bytes ? size : sizeof bytes;
        ssize_t count = pread(from, bytes, wanted, (off_t)from_offset);
        if (count < 0 && errno == EINTR)
            continue;
        if (count == 0)
            errno = EIO; /* shorter than what was written to it */
        if (count <= 0 || mrn_port_write_at(to, bytes, (size_t)count, to_offset) != 0)
            return -1;
        from_offset += (uint64_t)count;
        to_offset += (uint64_t)count;
        size -= (size_t)count;
    }
    return 0;
}

void mrn_port_close(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

int mrn_port_duplicate(int fd)
{
    if (fd < 0)
        return -1;
    int other = fcntl(fd, F_DUPFD, 3);
    if (other >= 0 && fcntl(other, F_SETFD, FD_CLOEXEC) != 0) {
        mrn_port_close(other);
        return -1;
    }
    return other < 0 ? -1 : remember(other);
}

void mrn_port_close_others(const int *kept, size_t count)
{
    for (int fd = 3; fd <= highest; fd++) {
        bool keep = false;
        for (size_t i = 0; i < count; i++)
            keep = keep || fd == kept[i];
        if (!keep)
            (void)close(fd);
    }
}

int mrn_port_set_blocking(int fd, bool blocking)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0)
        return -1;
    return fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

static int close_on_exec(const int ends[2])
{
    remember(ends[0]);
    remember(ends[1]);
    if (fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 && fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0)
        return 0;
    (void)close(ends[0]);
    (void)close(ends[1]);
    return -1;
}

int mrn_port_pipe(int ends[2])
{
    return pipe(ends) == 0 ? close_on_exec(ends) : -1;
}

int mrn_port_socket_pair(int ends[2])
{
    return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 ? close_on_exec(ends) : -1;
}

union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(2 * sizeof(int))];
};

ptrdiff_t mrn_port_send(int socket, const void *message, size_t size, const int fds[2])
{
    struct iovec span = {(void *)(uintptr_t)message, size};
    union control control;
    struct msghdr out;
    size_t count = fds[0] < 0 ? 0 : fds[1] < 0 ? 1 : 2;
    memset(&out, 0, sizeof out);
    memset(&control, 0, sizeof control);
    out.msg_iov = &span;
    out.msg_iovlen = 1;
    if (count > 0) {
        out.msg_control = control.bytes;
        out.msg_controllen = (socklen_t)CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&out);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = (socklen_t)CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(header), fds, count * sizeof(int));
    }
    ssize_t sent;
    do
        sent = sendmsg(socket, &out, 0);
    while (sent < 0 && errno == EINTR);
    return sent;
}

static void take_descriptors(struct msghdr *in, int fds[2])
{
    struct cmsghdr *header = CMSG_FIRSTHDR(in);
    if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
        return;
    size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(fds, CMSG_DATA(header), (count > 2 ? 2 : count) * sizeof(int));
    for (size_t i = 0; i < 2; i++)
        if (fds[i] >= 0)
            (void)fcntl(remember(fds[i]), F_SETFD, FD_CLOEXEC);
}

int mrn_port_receive(int socket, void *message, size_t size, int fds[2])
{
    size_t have = 0;
    fds[0] = fds[1] = -1;
    while (have < size) {
        struct iovec span = {(uint8_t *)message + have, size - have};
        union control control;
        struct msghdr in;
        memset(&in, 0, sizeof in);
        in.msg_iov = &span;
        in.msg_iovlen = 1;
        in.msg_control = control.bytes;
        in.msg_controllen = sizeof control.bytes;
        ssize_t count = recvmsg(socket, &in, 0);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return (int)count;
        take_descriptors(&in, fds);
        have += (size_t)count;
    }
    return 1;
}

#ifdef POLLRDHUP
const short mrn_port_hang_up = POLLRDHUP;
#else
const short mrn_port_hang_up = 0; /* POLLHUP is always told */
#endif

int mrn_port_poll(struct pollfd *fds, size_t count, int milliseconds)
{
    int ready = poll(fds, (nfds_t)count, milliseconds);
    return ready < 0 && errno == EINTR ? 0 : ready;
}

int mrn_port_take_wire(int *in, int *out)
{
    int null = open("/dev/null", O_RDWR);
    *in = remember(fcntl(0, F_DUPFD, 3));
    *out = remember(fcntl(1, F_DUPFD, 3));
    if (null < 0 || *in < 0 || *out < 0)
        return -1;
    if (dup2(null, 0) < 0 || dup2(2, 1) < 0)
        return -1;
    if (null > 2)
        (void)close(null);
    if (fcntl(*in, F_SETFD, FD_CLOEXEC) < 0 || fcntl(*out, F_SETFD, FD_CLOEXEC) < 0)
        return -1;
    /* Log lines arrive whole: one write for each, also from several workers at once. */
    (void)setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    (void)setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
    return 0;
}

int mrn_port_take_output(int fd)
{
    (void)fflush(stdout);
    (void)fflush(stderr);
    if (dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
        return -1;
    (void)setvbuf(stdout, NULL, _IONBF, 0);
    (void)setvbuf(stderr, NULL, _IONBF, 0);
    return 0;
}

static int temporary_in(const char *directory)
{
    int fd = -1;
#ifdef O_TMPFILE
    /* Without a name from the start: kill -9 at any moment leaves nothing behind. */
    fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
#endif
    char path[1024];
    int length = snprintf(path, sizeof path, "%s/marionette-XXXXXX", directory);
    if (length < 0 || (size_t)length >= sizeof path)
        return -1;
    fd = mkstemp(path);
    if (fd < 0)
        return -1;
    (void)unlink(path);
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
}

int mrn_port_temporary(void)
{
    const char *places[] = {getenv("TMPDIR"), "/tmp", "/var/tmp"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        int fd = places[i] != NULL && *places[i] != '\0' ? temporary_in(places[i]) : -1;
        if (fd >= 0)
            return remember(fd);
    }
#ifdef MFD_CLOEXEC
    return remember(memfd_create("marionette", MFD_CLOEXEC));
#else
    return -1;
#endif
}

/* ---- Memory ---- */

const void *mrn_port_map_file(int fd, size_t size)
{
    int flags = MAP_PRIVATE;
#ifdef MAP_POPULATE
    flags |= MAP_POPULATE; /* all of it is read: one fault instead of one for every few pages */
#endif
    void *address = mmap(NULL, size, PROT_READ, flags, fd, 0);
    return address == MAP_FAILED ? NULL : address;
}

void *mrn_port_map_shared(size_t size)
{
    int flags = MAP_SHARED | MAP_ANONYMOUS;
#ifdef MAP_NORESERVE
    flags |= MAP_NORESERVE; /* most of it is never touched */
#endif
    void *address = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    return address == MAP_FAILED ? NULL : address;
}

void mrn_port_clear(void *address, size_t size)
{
#ifdef MADV_REMOVE
    (void)madvise(address, size, MADV_REMOVE);
#else
    (void)address;
    (void)size;
#endif
}

void mrn_port_protect(void *address, size_t size, bool writable)
{
    (void)mprotect(address, size, writable ? PROT_READ | PROT_WRITE : PROT_READ);
}

void *mrn_port_map(size_t size)
{
    size_t slack = size >= MRN_HUGE_PAGE && size % MRN_HUGE_PAGE == 0 ? MRN_HUGE_PAGE : 0;
    if (size > SIZE_MAX - slack)
        return NULL;
    uint8_t *address =
        mmap(NULL, size + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (address == MAP_FAILED)
        return NULL;
    if (slack > 0) {
        size_t before = (MRN_HUGE_PAGE - (uintptr_t)address % MRN_HUGE_PAGE) % MRN_HUGE_PAGE;
        if (before > 0)
            (void)munmap(address, before);
        address += before;
        if (slack > before)
            (void)munmap(address + size, slack - before);
#ifdef MADV_HUGEPAGE
        /* fork() of 1 GiB takes 43 ms with small pages and 0.3 ms with huge ones. */
        (void)madvise(address, size, MADV_HUGEPAGE);
#endif
    }
    return address;
}

void mrn_port_unmap(const void *address, size_t size)
{
    if (address != NULL)
        (void)munmap((void *)(uintptr_t)address, size);
}
