/* Decodes values of one type, encodes them again, and writes what came of it: for each
 * length-prefixed value of the input a length-prefixed value, or the length 0xffffffff where it was
 * refused. */
#include "subject.h"

#include <stdio.h>
#include <stdlib.h>

static bool get(uint32_t *word)
{
    uint8_t bytes[4];
    if (fread(bytes, 4, 1, stdin) != 1)
        return false;
    *word =
        (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    return true;
}

static void put(uint32_t word)
{
    putchar((int)(word >> 24));
    putchar((int)(word >> 16 & 255));
    putchar((int)(word >> 8 & 255));
    putchar((int)(word & 255));
}

int main(void)
{
    struct mrn_arena arena;
    struct mrn_writer out;
    uint32_t count;

    mrn_arena_init(&arena, 64u << 20, NULL);
    mrn_writer_init(&out, 64u << 20);
    while (get(&count)) {
        /* Exactly as large as the value, so that a sanitizer sees a read behind its end. */
        uint8_t *bytes = malloc(count + (count == 0));
        struct mrn_reader in;
        SUBJECT value;

        if (count > 0 && fread(bytes, count, 1, stdin) != 1)
            return 2;
        mrn_reader_init(&in, bytes, count, &arena);
        mrn_writer_reset(&out);
        if (SUBJECT_DECODE(&in, &value) && mrn_reader_finish(&in) && SUBJECT_ENCODE(&out, &value)) {
            put((uint32_t)out.count);
            fwrite(out.bytes, 1, out.count, stdout);
        } else {
            put(UINT32_MAX);
        }
        mrn_arena_reset(&arena);
        free(bytes);
    }
    mrn_arena_free(&arena);
    mrn_writer_free(&out);
    return 0;
}
