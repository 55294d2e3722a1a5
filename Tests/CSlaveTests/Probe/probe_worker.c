#define _POSIX_C_SOURCE 200809L
#include "probe.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int32_t bias;
static volatile int *volatile nowhere = (volatile int *)8;

bool probe_set_bias(struct mrn_call *call, int32_t value)
{
    (void)call;
    bias = value;
    return true;
}

/* The forked process comes back first, and the operation later. */
static void return_twice(void)
{
    if (fork() != 0) {
        const struct timespec pause = {0, 20000000};
        (void)nanosleep(&pause, NULL);
    }
}

bool probe_break_context(struct mrn_call *call, int32_t value)
{
    if (value < 0) {
        bias = value;
        return_twice();
        return true;
    }
    bias = -1; /* must be seen by nobody */
    if (value != 0)
        raise(value);
    return mrn_fail(call, "the context is broken");
}

static uint64_t kept;

bool probe_keep(struct mrn_call *call, const Blob *blob)
{
    (void)call;
    uint32_t digest = 2166136261u;
    for (uint32_t i = 0; i < blob->bytes.count; i++)
        digest = (digest ^ blob->bytes.bytes[i]) * 16777619u;
    kept = (uint64_t)blob->bytes.count << 32 | digest;
    return true;
}

bool probe_kept(struct mrn_call *call, uint64_t *result)
{
    (void)call;
    *result = kept;
    return true;
}

bool probe_nothing(struct mrn_call *call)
{
    (void)call;
    return true;
}

bool probe_echo(struct mrn_call *call, const Blob *blob, Blob *result)
{
    (void)call;
    *result = *blob;
    return true;
}

bool probe_add(struct mrn_call *call, int32_t value, int32_t value2, int32_t *result)
{
    (void)call;
    *result = value + value2 + bias;
    return true;
}

static uint32_t total(const Table *table)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < table->numbers.count; i++)
        sum += table->numbers.items[i];
    return sum;
}

bool probe_sum(struct mrn_call *call, const Table *table, uint32_t *result)
{
    (void)call;
    *result = total(table) + (uint32_t)bias;
    return true;
}

bool probe_sum_both(struct mrn_call *call, const Table *table, const Table *other, uint32_t *result)
{
    (void)call;
    *result = total(table) + total(other);
    return true;
}

static int overflow(int depth)
{
    volatile char frame[4096];
    memset((char *)frame, depth & 127, sizeof frame);
    return depth < 0 ? 0 : overflow(depth + 1) + frame[depth % 4096];
}

bool probe_crash(struct mrn_call *call, int32_t value)
{
    if (value == 0)
        return overflow(1) == 7;
    if (value == SIGSEGV)
        *nowhere = 1;
    raise(value);
    return mrn_fail(call, "still here");
}

bool probe_fail(struct mrn_call *call, const struct mrn_string *text)
{
    return mrn_fail(call, "%s", text->bytes);
}

bool probe_leave(struct mrn_call *call, int32_t value)
{
    int null;
    (void)call;
    switch (value) {
    case -1: /* as one that becomes a daemon */
        for (int fd = 0; fd < 64; fd++)
            (void)close(fd);
        return true;
    case -2: /* others take the numbers */
        null = open("/dev/null", O_RDWR);
        for (int fd = 0; fd < 64; fd++)
            (void)dup2(null, fd);
        return true;
    case -3:
        return_twice();
        return true;
    default:
        exit(value);
    }
}

bool probe_wait_for(struct mrn_call *call, const struct mrn_string *text, int32_t *result)
{
    const struct timespec pause = {0, 2000000};
    char waiting[1024];
    (void)call;
    (void)snprintf(waiting, sizeof waiting, "%s.waiting", text->bytes);
    if (access(text->bytes, F_OK) != 0)
        (void)close(open(waiting, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    while (access(text->bytes, F_OK) != 0)
        nanosleep(&pause, NULL);
    *result = (int32_t)getpid();
    return true;
}

bool probe_wait_once_for(struct mrn_call *call, const struct mrn_string *text, int32_t *result)
{
    printf("waiting\n");
    return probe_wait_for(call, text, result);
}

bool probe_print(struct mrn_call *call, const struct mrn_string *text)
{
    (void)call;
    printf("%s", text->bytes);
    return true;
}

bool probe_large(struct mrn_call *call, uint32_t value, Blob *result)
{
    result->bytes = mrn_bytes(call, value);
    return true;
}

bool probe_process(struct mrn_call *call, int32_t *result)
{
    (void)call;
    *result = (int32_t)getpid();
    return true;
}

bool probe_position(struct mrn_call *call, uint64_t *result)
{
    *result = mrn_position(call);
    return true;
}

bool probe_mirror(struct mrn_call *call, const Counts *counts, Counts *result)
{
    (void)call;
    *result = *counts;
    return true;
}

bool probe_shell(struct mrn_call *call, const struct mrn_string *text)
{
    return system(text->bytes) == 0 || mrn_fail(call, "the command failed");
}

bool probe_shell_context(struct mrn_call *call, const struct mrn_string *text)
{
    return probe_shell(call, text);
}

bool probe_print_and_end(struct mrn_call *call, const struct mrn_string *text, int32_t value)
{
    printf("%s", text->bytes);
    if (value == 0)
        exit(3);
    return probe_crash(call, value);
}

bool probe_print_errors(struct mrn_call *call, const struct mrn_string *text)
{
    (void)call;
    fprintf(stderr, "%s", text->bytes);
    return true;
}

bool probe_print_context(struct mrn_call *call, const struct mrn_string *text)
{
    return probe_print(call, text);
}
