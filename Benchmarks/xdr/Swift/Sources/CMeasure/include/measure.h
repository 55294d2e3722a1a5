/* A clock and a count of allocations, for the programs of `make bench-xdr`. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stddef.h>

/* Seconds since some moment. */
double measure_now(void);
/* How often memory was taken from the heap by this process, by whatever function. */
unsigned long measure_allocations(void);
/* The middle one; sorts them. */
double measure_median(double *values, size_t count);

#endif
