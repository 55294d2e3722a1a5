/* What both programs in C print: `name seconds reference`, or `name count` of allocations. */
#ifndef BENCH_H
#define BENCH_H

#include "measure.h"

#include <stdio.h>
#include <stdlib.h>

enum { ELEMENTS = 10000, ROUNDS = 301 };

/* The program can't go on: `what` should have been true. */
static inline void require(int condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

#endif
