/*
 * What the way of one operation costs by itself: the same round trip as `limit alone`, but from a
 * task's thread to an I/O thread, from there through a relay to a worker, and back. It decodes
 * nothing, decides nothing and keeps nothing.
 *
 *     hops COUNT                   microseconds of a round trip, one at a time: the median
 */
#define _GNU_SOURCE

#include "measure.h"

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE = 80 };

static int wake[2];
static int relay;
static sem_t answered;

/* A round of a process or thread that waits for two: what comes from one goes to the other. */
static int forward(int left, int right)
{
    struct pollfd polled[2] = {{left, POLLIN, 0}, {right, POLLIN, 0}};
    uint8_t message[MESSAGE];
    demand(poll(polled, 2, -1) > 0, "poll");
    for (int i = 0; i < 2; i++) {
        if (polled[i].revents == 0)
            continue;
        ssize_t count = read(polled[i].fd, message, sizeof message);
        if (count <= 0)
            return 0;
        demand(write(i == 0 ? right : left, message, (size_t)count) == count, "write");
    }
    return 1;
}

static void pair(int ends[2])
{
    demand(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
}

/* Starts a relay and its worker; returns the master's end. */
static int start(void)
{
    int outer[2], inner[2];
    pair(outer);
    pair(inner);
    pid_t child = fork();
    demand(child >= 0, "fork");
    if (child == 0) {
        close(outer[0]);
        close(inner[1]);
        while (forward(outer[1], inner[0]))
            continue;
        _exit(0);
    }
    close(outer[1]);
    child = fork();
    demand(child >= 0, "fork");
    if (child == 0) {
        close(outer[0]);
        close(inner[0]);
        uint8_t message[MESSAGE];
        for (ssize_t count; (count = read(inner[1], message, sizeof message)) > 0;)
            demand(write(inner[1], message, (size_t)count) == count, "write");
        _exit(0);
    }
    close(inner[0]);
    close(inner[1]);
    return outer[0];
}

/* The I/O thread: from the pipe to the relay, from the relay to who waits. */
static void *work(void *unused)
{
    uint8_t message[MESSAGE];
    for (;;) {
        struct pollfd polled[2] = {{wake[0], POLLIN, 0}, {relay, POLLIN, 0}};
        demand(poll(polled, 2, -1) > 0, "poll");
        if (polled[0].revents != 0) {
            if (read(wake[0], message, 1) <= 0)
                return unused;
            demand(write(relay, message, sizeof message) == sizeof message, "write");
        }
        if (polled[1].revents != 0) {
            demand(read(relay, message, sizeof message) > 0, "read");
            sem_post(&answered);
        }
    }
}

int main(int argc, char **argv)
{
    long count = argc > 1 ? atol(argv[1]) : 0;
    if (count <= 0) {
        fprintf(stderr, "usage: hops COUNT\n");
        return 64;
    }
    double *spans = calloc((size_t)count, sizeof *spans);
    demand(spans != NULL, "calloc");
    relay = start();
    demand(pipe(wake) == 0, "pipe");
    demand(sem_init(&answered, 0, 0) == 0, "sem_init");
    pthread_t thread;
    demand(pthread_create(&thread, NULL, work, NULL) == 0, "pthread_create");
    for (long i = 0; i < count; i++) {
        double begun = seconds();
        demand(write(wake[1], "", 1) == 1, "write");
        sem_wait(&answered);
        spans[i] = seconds() - begun;
    }
    printf("%.3f\n", median(spans, count) * 1e6);
    free(spans);
    close(wake[1]);
    pthread_join(thread, NULL);
    return 0;
}
