/*
 * What the machine gives a C program that does the same and nothing else: a master and workers over
 * unix sockets, many messages in one write. No relay, no second attempt, no order, no types.
 *
 *     limit batches COUNT          operations per second of two workers, WINDOW open for each
 *     limit alone COUNT            microseconds of a round trip, one at a time: the median
 *     limit bulk COUNT             bytes per second, both ways, of COUNT echoes of 1 MiB
 *     limit share                  seconds until 8 processes have seen 256 MiB in a memfd
 */
#define _GNU_SOURCE

#include "measure.h"

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* WINDOW operations are open at each worker. */
enum { WORKERS = 2, WINDOW = 128, PAYLOAD = 64, BUFFER = 65536, BULK = 1 << 20, READERS = 8 };

/* Sixteen bytes of header: which operation, and how long. */
struct message {
    uint64_t number;
    uint64_t size;
    uint8_t payload[PAYLOAD];
};

static size_t read_some(int fd, void *buffer, size_t size)
{
    ssize_t count = read(fd, buffer, size);
    demand(count >= 0, "read");
    return (size_t)count;
}

static int read_all(int fd, void *buffer, size_t size)
{
    for (size_t done = 0; done < size;) {
        size_t count = read_some(fd, (char *)buffer + done, size - done);
        if (count == 0)
            return 0;
        done += count;
    }
    return 1;
}

static void write_all(int fd, const void *buffer, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t count = write(fd, (const char *)buffer + done, size - done);
        demand(count > 0, "write");
        done += (size_t)count;
    }
}

/* Answers all that one read gives with one write. */
static void answer_messages(int fd)
{
    static uint8_t in[BUFFER], out[BUFFER];
    const size_t size = sizeof(struct message);
    size_t held = 0, count;
    while ((count = read_some(fd, in + held, sizeof in - held)) > 0) {
        held += count;
        size_t whole = held / size * size;
        for (size_t at = 0; at < whole; at += size)
            memcpy(out + at, in + at, size);
        write_all(fd, out, whole);
        memmove(in, in + whole, held - whole);
        held -= whole;
    }
}

static void answer_bulk(int fd)
{
    static uint8_t bulk[BULK];
    while (read_all(fd, bulk, sizeof bulk))
        write_all(fd, bulk, sizeof bulk);
}

static int start(void (*answer)(int))
{
    int ends[2];
    demand(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
    pid_t child = fork();
    demand(child >= 0, "fork");
    if (child == 0) {
        close(ends[0]);
        answer(ends[1]);
        _exit(0);
    }
    close(ends[1]);
    return ends[0];
}

/* Sends `count` operations, and takes their results before it returns. */
static void batches(const int workers[WORKERS], long count)
{
    static struct message out[WINDOW];
    static uint8_t in[WORKERS][BUFFER];
    struct pollfd polled[WORKERS];
    size_t held[WORKERS] = {0};
    long sent = 0, done = 0;
    for (int i = 0; i < WORKERS; i++) {
        polled[i] = (struct pollfd){workers[i], POLLIN, 0};
        for (int j = 0; j < WINDOW; j++, sent++)
            out[j].number = (uint64_t)sent;
        write_all(workers[i], out, sizeof out);
    }
    while (done < count) {
        demand(poll(polled, WORKERS, -1) > 0, "poll");
        for (int i = 0; i < WORKERS; i++) {
            if (polled[i].revents == 0)
                continue;
            held[i] += read_some(workers[i], in[i] + held[i], BUFFER - held[i]);
            size_t whole = held[i] / sizeof *out;
            for (size_t j = 0; j < whole; j++) {
                memcpy(out[j].payload, in[i] + j * sizeof *out + 16, PAYLOAD);
                out[j].number = (uint64_t)sent++;
            }
            held[i] -= whole * sizeof *out;
            memmove(in[i], in[i] + whole * sizeof *out, held[i]);
            done += (long)whole;
            write_all(workers[i], out, whole * sizeof *out);
        }
    }
    for (int i = 0; i < WORKERS; i++)
        shutdown(workers[i], SHUT_WR);
    for (int i = 0; i < WORKERS; i++)
        while (read_some(workers[i], in[i], BUFFER) > 0)
            continue;
}

static double alone(int worker, long count)
{
    struct message message = {0};
    double *spans = calloc((size_t)count, sizeof *spans);
    demand(spans != NULL, "calloc");
    for (long i = 0; i < count; i++) {
        double begun = seconds();
        write_all(worker, &message, sizeof message);
        demand(read_all(worker, &message, sizeof message), "the worker's end");
        spans[i] = seconds() - begun;
    }
    double middle = median(spans, count);
    free(spans);
    return middle;
}

/* Both workers echo at the same time. */
static void bulk(const int workers[WORKERS], long count)
{
    static uint8_t bytes[BULK];
    for (int i = 0; i < WORKERS; i++) {
        pid_t child = fork();
        demand(child >= 0, "fork");
        for (long j = 0; child == 0 && j < count / WORKERS; j++) {
            write_all(workers[i], bytes, sizeof bytes);
            demand(read_all(workers[i], bytes, sizeof bytes), "the worker's end");
        }
        if (child == 0)
            _exit(0);
    }
    for (int i = 0; i < WORKERS; i++)
        demand(wait(NULL) > 0, "wait");
}

/* One copy into a memfd, and a byte of each page read by `READERS` processes. */
static double share(void)
{
    const size_t size = (size_t)256 << 20;
    uint8_t *bytes = malloc(size);
    demand(bytes != NULL, "malloc");
    memset(bytes, 1, size);
    double begun = seconds();
    int file = memfd_create("limit", 0);
    demand(file >= 0, "memfd_create");
    write_all(file, bytes, size);
    for (int i = 0; i < READERS; i++) {
        pid_t child = fork();
        demand(child >= 0, "fork");
        if (child != 0)
            continue;
        const uint8_t *seen = mmap(NULL, size, PROT_READ, MAP_SHARED, file, 0);
        demand(seen != MAP_FAILED, "mmap");
        unsigned sum = 0;
        for (size_t at = 0; at < size; at += 4096)
            sum += seen[at];
        _exit(sum == 0);
    }
    for (int i = 0; i < READERS; i++)
        demand(wait(NULL) > 0, "wait");
    return seconds() - begun;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    long count = argc > 2 ? atol(argv[2]) : 1;
    int is_bulk = strcmp(what, "bulk") == 0;
    int workers[WORKERS];
    if (strcmp(what, "share") == 0) {
        printf("%.9f\n", share());
        return 0;
    }
    for (int i = 0; i < WORKERS; i++)
        workers[i] = start(is_bulk ? answer_bulk : answer_messages);
    double begun = seconds();
    if (is_bulk) {
        bulk(workers, count);
        printf("%.0f\n", 2.0 * BULK * (double)count / (seconds() - begun));
    } else if (strcmp(what, "alone") == 0) {
        printf("%.3f\n", alone(workers[0], count) * 1e6);
    } else if (strcmp(what, "batches") == 0) {
        batches(workers, count);
        printf("%.0f\n", (double)count / (seconds() - begun));
    } else {
        fprintf(stderr, "usage: limit batches|alone|bulk COUNT, limit share\n");
        return 64;
    }
    return 0;
}
