#ifndef ALLOCATOR_H
#define ALLOCATOR_H

#include <stddef.h>

/* Bytes that this process has taken from its allocator and not given back. */
size_t allocator_bytes_in_use(void);

#endif
