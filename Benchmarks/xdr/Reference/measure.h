/* What the programs of `make bench-xdr` measure with. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stddef.h>

/* Elements of the mixed list, and the rounds in which it and smaller arrays are measured. */
enum { MEASURE_ELEMENTS = 10000, MEASURE_ROUNDS = 301 };

/* One round of a contestant or its reference. */
struct measured {
    double seconds;
    unsigned long allocations; /* how often memory was taken from the heap, by whatever function */
};

/* From here on the heap keeps what is freed, so that no measured round meets memory that the kernel
 * has yet to give: all that run measure conversions, not page faults. */
void measure_prepare(void);
/* Around what is measured. */
struct measured measure_begin(void);
struct measured measure_end(struct measured begin);
/* A row: `name`, the median seconds of both, and the median of their ratio, round by round. */
void measure_print(const char *name, size_t rounds, const struct measured *ours,
                   const struct measured *reference);
/* A row: `name` and the most allocations of one round of each. */
void measure_print_allocations(const char *name, size_t rounds, const struct measured *ours,
                               const struct measured *reference);

#endif
