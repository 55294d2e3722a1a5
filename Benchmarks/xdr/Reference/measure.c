#define _POSIX_C_SOURCE 200809L
#include "measure.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* glibc lets a program have its own functions for the heap, and keeps the real ones reachable. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static unsigned long allocations;

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

void measure_prepare(void)
{
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

struct measured measure_begin(void)
{
    struct measured begin = {now(), allocations};

    return begin;
}

struct measured measure_end(struct measured begin)
{
    struct measured round = {now() - begin.seconds, allocations - begin.allocations};

    return round;
}

static int ascending(const void *one, const void *other)
{
    double left = *(const double *)one;
    double right = *(const double *)other;

    return left < right ? -1 : left > right;
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, ascending);
    return values[count / 2];
}

void measure_print(const char *name, size_t rounds, const struct measured *ours,
                   const struct measured *reference)
{
    static double columns[3][MEASURE_ROUNDS];
    size_t i;

    for (i = 0; i < rounds; i++) {
        columns[0][i] = ours[i].seconds;
        columns[1][i] = reference[i].seconds;
        columns[2][i] = reference[i].seconds / ours[i].seconds;
    }
    printf("%s %.9f %.9f %.4f\n", name, median(columns[0], rounds), median(columns[1], rounds),
           median(columns[2], rounds));
}

void measure_print_allocations(const char *name, size_t rounds, const struct measured *ours,
                               const struct measured *reference)
{
    unsigned long most = 0, most_of_reference = 0;
    size_t i;

    for (i = 0; i < rounds; i++) {
        if (ours[i].allocations > most)
            most = ours[i].allocations;
        if (reference[i].allocations > most_of_reference)
            most_of_reference = reference[i].allocations;
    }
    printf("%s %lu %lu\n", name, most, most_of_reference);
}

void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *piece, size_t size)
{
    allocations++;
    return __libc_realloc(piece, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    allocations++;
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **piece, size_t alignment, size_t size)
{
    allocations++;
    *piece = __libc_memalign(alignment, size);
    return *piece != NULL ? 0 : ENOMEM;
}
