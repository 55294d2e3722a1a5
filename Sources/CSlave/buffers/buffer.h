/*
 * Bytes that carry their owner: the heap, the areas for calls, or the worker in whose area for
 * replies they lie. Whoever holds a buffer gives it back here; nobody else frees or grows it.
 */
#ifndef MRN_BUFFER_H
#define MRN_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mrn_areas;

struct mrn_buffer {
    uint8_t *bytes; /* NULL: none */
    size_t size;
    struct mrn_areas *areas; /* whose area it is; NULL: none */
    uint32_t *lent;          /* a worker's: becomes 0 when given back; NULL: no worker's */
};

/* One of the heap, or none. False: no memory, and it is as before. */
bool mrn_buffer_grow(struct mrn_buffer *buffer, size_t size);
/* Gives it back: none is left. */
void mrn_buffer_free(struct mrn_buffer *buffer);
/* All of `from`, which has none from now on. */
static inline struct mrn_buffer mrn_buffer_move(struct mrn_buffer *from)
{
    const struct mrn_buffer none = {NULL, 0, NULL, NULL};
    const struct mrn_buffer moved = *from;
    *from = none;
    return moved;
}

#endif
