#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* O_NOFOLLOW and O_DIRECTORY under -std=c99 on each C library */
#endif
#include "port.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int mrn_port_open_directory(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int mrn_port_open_directory_at(int directory, const char *name)
{
    return openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int mrn_port_open_file_at(int directory, const char *name, uint64_t *size)
{
    struct stat status;
    /* O_NONBLOCK: a FIFO that somebody put here must not make us wait. */
    int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        (void)close(fd);
        errno = EINVAL;
        return -1;
    }
    *size = (uint64_t)status.st_size;
    return fd;
}

enum mrn_file_kind mrn_port_kind_at(int directory, const char *name)
{
    struct stat status;
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return MRN_FILE_NONE;
    if (S_ISREG(status.st_mode))
        return MRN_FILE_REGULAR;
    return S_ISDIR(status.st_mode) ? MRN_FILE_DIRECTORY : MRN_FILE_OTHER;
}

int mrn_port_set_mode(int fd, unsigned mode)
{
    return fchmod(fd, (mode_t)mode);
}

int mrn_port_sync(int fd)
{
    int result = fsync(fd);
    /* Some file systems cannot sync a directory; there is nothing to lose by that. */
    return result != 0 && errno == EINVAL ? 0 : result;
}

int mrn_port_rename(const char *from, const char *to)
{
    return rename(from, to);
}

bool mrn_port_each_entry(int directory, bool (*visit)(void *, const char *name), void *context)
{
    bool going = true;
    struct dirent *entry;
    int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = copy < 0 ? NULL : fdopendir(copy);
    if (stream == NULL) {
        if (copy >= 0)
            (void)close(copy);
        return false;
    }
    while (going && (entry = readdir(stream)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            going = visit(context, entry->d_name);
    (void)closedir(stream);
    return going;
}
