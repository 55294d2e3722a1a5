/* Reads values, decodes and encodes them, writes what came of it: see Records.swift. */
#include "proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_number(uint32_t *number)
{
    uint8_t bytes[4];

    if (fread(bytes, 1, sizeof bytes, stdin) != sizeof bytes)
        return false;
    *number = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
              (uint32_t)bytes[3];
    return true;
}

static void write_record(uint32_t status, const void *bytes, size_t count)
{
    uint8_t head[8] = {0,
                       0,
                       0,
                       (uint8_t)status,
                       (uint8_t)(count >> 24),
                       (uint8_t)(count >> 16),
                       (uint8_t)(count >> 8),
                       (uint8_t)count};

    fwrite(head, 1, sizeof head, stdout);
    if (count > 0)
        fwrite(bytes, 1, count, stdout);
}

int main(void)
{
    struct mrn_arena arena;
    struct mrn_writer out;
    char text[MRN_FAILURE_MAX + MRN_PATH_MAX];
    uint32_t decoded;
    uint32_t encoded;
    uint32_t limit;
    uint32_t count;

    mrn_arena_init(&arena, (size_t)64 << 20, NULL);
    mrn_writer_init(&out, 0);
    while (read_number(&decoded) && read_number(&encoded) && read_number(&limit) &&
           read_number(&count)) {
        const struct proof_type *type = proof_type_at(decoded);
        const struct proof_type *same = proof_type_at(encoded);
        /* Of the exact size, so that a sanitizer sees the first byte that is too many. */
        uint8_t *bytes = malloc(count > 0 ? count : 1);

        if (type == NULL || same == NULL || bytes == NULL || fread(bytes, 1, count, stdin) != count)
            return 2;
        /* What it has room for already may be more than the limit. */
        if (out.limit != limit) {
            mrn_writer_free(&out);
            mrn_writer_init(&out, limit);
        }
        if (proof_echo(type, same, bytes, count, &arena, &out, text, sizeof text))
            write_record(0, out.bytes, out.count);
        else
            write_record(1, text, strlen(text));
        free(bytes);
    }
    mrn_writer_free(&out);
    mrn_arena_free(&arena);
    return fflush(stdout) == 0 ? 0 : 1;
}
