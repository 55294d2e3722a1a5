#include "marionette.h"

#include <stdlib.h>
#include <string.h>

/* A block: this header, then its bytes. */
struct mrn_block {
    struct mrn_block *older;
    size_t size; /* with the header */
    size_t used; /* with the header */
};

enum {
    ALIGNMENT = 16,
    HEADER = (sizeof(struct mrn_block) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT,
    FIRST_BLOCK = 64 * 1024
};

static void *from_heap(size_t size)
{
    return malloc(size);
}

static void to_heap(void *block, size_t size)
{
    (void)size;
    free(block);
}

static const struct mrn_block_source heap = {from_heap, to_heap};

void mrn_arena_init(struct mrn_arena *arena, size_t limit, const struct mrn_block_source *source)
{
    arena->source = source != NULL ? source : &heap;
    arena->newest = NULL;
    arena->limit = limit;
    arena->held = 0;
}

/* Blocks double, so that many small pieces cost few blocks; the last one shrinks to the limit. */
static struct mrn_block *grow(struct mrn_arena *arena, size_t wanted)
{
    size_t available = arena->limit - arena->held;
    size_t size = arena->newest == NULL ? (size_t)FIRST_BLOCK : arena->newest->size;
    struct mrn_block *block;

    if (available < HEADER || wanted > available - HEADER)
        return NULL;
    if (size <= available / 2)
        size *= 2;
    if (size > available)
        size = available;
    if (size < wanted + HEADER)
        size = wanted + HEADER;
    block = arena->source->obtain(size);
    if (block == NULL)
        return NULL;
    block->older = arena->newest;
    block->size = size;
    block->used = HEADER;
    arena->newest = block;
    arena->held += size;
    return block;
}

void *mrn_arena_take_unset(struct mrn_arena *arena, size_t count, size_t size)
{
    struct mrn_block *block = arena->newest;
    size_t wanted;
    void *piece;

    if (size != 0 && count > (SIZE_MAX - HEADER - ALIGNMENT) / size)
        return NULL;
    wanted = (count * size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (block == NULL || wanted > block->size - block->used) {
        block = grow(arena, wanted);
        if (block == NULL)
            return NULL;
    }
    piece = (uint8_t *)block + block->used;
    block->used += wanted;
    return piece;
}

void *mrn_arena_take(struct mrn_arena *arena, size_t count, size_t size)
{
    void *piece = mrn_arena_take_unset(arena, count, size);

    /* A block is used again after a reset: its bytes may be those of an earlier call. */
    if (piece != NULL)
        memset(piece, 0, count * size);
    return piece;
}

static void release(struct mrn_arena *arena, struct mrn_block *block)
{
    arena->held -= block->size;
    arena->source->release(block, block->size);
}

void mrn_arena_reset(struct mrn_arena *arena)
{
    struct mrn_block *kept = arena->newest;
    struct mrn_block *block = kept;
    struct mrn_block *older;

    if (kept == NULL)
        return;
    for (block = kept->older; block != NULL; block = block->older)
        if (block->size > kept->size)
            kept = block;
    for (block = arena->newest; block != NULL; block = older) {
        older = block->older;
        if (block != kept)
            release(arena, block);
    }
    kept->older = NULL;
    kept->used = HEADER;
    arena->newest = kept;
}

void mrn_arena_free(struct mrn_arena *arena)
{
    while (arena->newest != NULL) {
        struct mrn_block *block = arena->newest;
        arena->newest = block->older;
        release(arena, block);
    }
}
