/*
 * What the slave alone does: a master in C that keeps OPEN null operations of bench.x open,
 * follows each read by one write of as many, and decodes nothing.
 *
 *     slave_driver SLAVE COUNT [OPEN [WORKERS]]
 *
 * Prints operations per second, and the nanoseconds of processor time that an operation costs in
 * relay, workers and this driver (Linux: /proc/PID/schedstat).
 */
#define _GNU_SOURCE

#include "measure.h"
#include "protocol/slave_protocol.h"

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PAYLOAD = 64,
    CALL_WORDS = 16, /* mark, header, credential of five words, verifier */
    REPLY = 40 + PAYLOAD,
    CALL = 4 * CALL_WORDS + PAYLOAD,
    OPEN_MAX_ = 16384,
    WORKERS_MAX = 64,
    BUFFER = 1 << 20
};

static const uint32_t bench_program = 0x20001999;

static struct {
    int socket;
    pid_t relay;
    pid_t workers[WORKERS_MAX];
    size_t held; /* bytes of `in` that are no whole message yet */
    uint8_t in[BUFFER];
    uint8_t out[OPEN_MAX_ * CALL];
} driver;

static uint32_t load(const uint8_t *from)
{
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

static uint8_t *store(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> (24 - 8 * i));
    return to + 4;
}

static double busy_nanoseconds(pid_t process)
{
    char path[64];
    double span = 0;
    snprintf(path, sizeof path, "/proc/%ld/schedstat", (long)process);
    FILE *file = fopen(path, "r");
    demand(file != NULL && fscanf(file, "%lf", &span) == 1, path);
    fclose(file);
    return span;
}

/* The interface's hash, as `slave --identify` says it. */
static void learn_hash(const char *slave, uint8_t hash[32])
{
    char line[512];
    int found = 0;
    snprintf(line, sizeof line, "%s --identify", slave);
    FILE *said = popen(line, "r");
    demand(said != NULL, slave);
    while (fgets(line, sizeof line, said) != NULL) {
        const char *digits = strchr(line, '=');
        if (digits == NULL || strncmp(line, "interface", 9) != 0)
            continue;
        found = 1;
        for (int i = 0; i < 32; i++)
            found = found && sscanf(digits + 1 + 2 * i, "%2hhx", &hash[i]) == 1;
    }
    demand(pclose(said) == 0 && found, "slave --identify");
}

static void start(const char *slave)
{
    int ends[2];
    demand(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
    driver.relay = fork();
    demand(driver.relay >= 0, "fork");
    if (driver.relay == 0) {
        dup2(ends[1], 0);
        dup2(ends[1], 1);
        close(ends[0]);
        close(ends[1]);
        execl(slave, slave, "--serve", (char *)NULL);
        perror(slave);
        _exit(127);
    }
    close(ends[1]);
    driver.socket = ends[0];
}

static uint8_t *call(uint8_t *to, uint32_t xid, uint32_t program, uint32_t procedure, size_t size)
{
    const uint32_t words[] = {0x80000000u | (uint32_t)size, xid, 0, 2, program, 1, procedure};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        to = store(to, words[i]);
    return to;
}

static void hello(const uint8_t hash[32], uint32_t workers)
{
    uint8_t *to = call(driver.out, 0, SLAVE_PROGRAM, 1, 80);
    memset(to, 0, 16); /* credential and verifier */
    to = store(to + 16, SLAVE_PROTOCOL);
    memcpy(to, hash, 32);
    store(to + 32, workers);
    demand(write(driver.socket, driver.out, 84) == 84, "hello");
}

/* The call of `nothing` number `i`: what never changes of it. */
static void prepare(size_t i)
{
    uint8_t *to = call(driver.out + i * CALL, 0, bench_program, 1, CALL - 4);
    const uint32_t words[] = {0x4d524e01, 20, 0, 0, 1, 0, 0, 0, 0};
    for (size_t j = 0; j < sizeof words / sizeof *words; j++)
        to = store(to, words[j]);
}

/* One message of the slave; whether it was an operation's reply. */
static int take(const uint8_t *message, size_t size)
{
    if (load(message + 4) == 1 && load(message) != 0) {
        demand(size == REPLY && load(message + 36) == 0, "an operation failed");
        return 1;
    }
    if (load(message + 4) == 0 && load(message + 20) == 1 && size >= 48 &&
        load(message + 40) < WORKERS_MAX)
        driver.workers[load(message + 40)] = (pid_t)load(message + 44);
    return 0;
}

static long read_replies(void)
{
    long replies = 0;
    size_t at = 0;
    struct pollfd polled = {driver.socket, POLLIN, 0};
    demand(poll(&polled, 1, -1) > 0, "poll");
    ssize_t count = read(driver.socket, driver.in + driver.held, BUFFER - driver.held);
    demand(count > 0, "the slave's end");
    driver.held += (size_t)count;
    while (driver.held - at >= 4) {
        size_t size = load(driver.in + at) & 0x7fffffff;
        if (driver.held - at - 4 < size)
            break;
        replies += take(driver.in + at + 4, size);
        at += 4 + size;
    }
    memmove(driver.in, driver.in + at, driver.held - at);
    driver.held -= at;
    return replies;
}

/* `calls` operations in one write; what it does not take now follows while replies are read. */
static void send_calls(long calls, uint32_t *xid, long *replies)
{
    size_t size = (size_t)calls * CALL;
    for (long i = 0; i < calls; i++)
        store(driver.out + i * CALL + 4, ++*xid);
    for (size_t done = 0; done < size;) {
        ssize_t count = send(driver.socket, driver.out + done, size - done, MSG_DONTWAIT);
        if (count > 0) {
            done += (size_t)count;
            continue;
        }
        struct pollfd polled = {driver.socket, POLLIN | POLLOUT, 0};
        demand(poll(&polled, 1, -1) > 0, "poll");
        if (polled.revents & POLLIN)
            *replies += read_replies();
    }
}

static void operate(long count, long open)
{
    uint32_t xid = 0;
    long sent = 0, done = 0, due = open;
    while (done < count) {
        long calls = due < count - sent ? due : count - sent;
        due = 0;
        sent += calls;
        send_calls(calls, &xid, &due);
        if (due == 0)
            due = read_replies();
        done += due;
    }
}

int main(int argc, char **argv)
{
    long count = argc > 2 ? atol(argv[2]) : 0;
    long open = argc > 3 ? atol(argv[3]) : 512;
    long workers = argc > 4 ? atol(argv[4]) : 2;
    uint8_t hash[32];
    if (count <= 0 || open <= 0 || open > OPEN_MAX_ || workers <= 0 || workers > WORKERS_MAX) {
        fprintf(stderr, "usage: slave_driver SLAVE COUNT [OPEN [WORKERS]]\n");
        return 64;
    }
    learn_hash(argv[1], hash);
    start(argv[1]);
    hello(hash, (uint32_t)workers);
    for (long i = 0; i < open; i++)
        prepare((size_t)i);
    operate(1000, open); /* forks the workers */
    double own = busy_nanoseconds(getpid()), relay = busy_nanoseconds(driver.relay), others = 0;
    for (long i = 0; i < workers; i++)
        others -= driver.workers[i] > 0 ? busy_nanoseconds(driver.workers[i]) : 0;
    double begun = seconds();
    operate(count, open);
    double span = seconds() - begun;
    for (long i = 0; i < workers; i++)
        others += driver.workers[i] > 0 ? busy_nanoseconds(driver.workers[i]) : 0;
    relay = busy_nanoseconds(driver.relay) - relay;
    own = busy_nanoseconds(getpid()) - own;
    printf("%.0f operations/s; ns for one: relay %.0f, workers %.0f, driver %.0f\n",
           (double)count / span, relay / (double)count, others / (double)count,
           own / (double)count);
    close(driver.socket);
    demand(waitpid(driver.relay, NULL, 0) == driver.relay, "waitpid");
    return 0;
}
