/*
 * The second opinion: rpcgen's code for one interface, on libtirpc. Reads values, decodes and
 * encodes them, writes what came of it: see Records.swift. `subject.h` is made for the interface:
 * it includes rpcgen's header and defines PROOF_TYPES.
 */
#include "subject.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct proof_type {
    size_t size;
    xdrproc_t code;
};

static const struct proof_type types[] = {PROOF_TYPES};

static bool_t read_number(uint32_t *number)
{
    uint8_t bytes[4];

    if (fread(bytes, 1, sizeof bytes, stdin) != sizeof bytes)
        return FALSE;
    *number = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
              (uint32_t)bytes[3];
    return TRUE;
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
    fwrite(bytes, 1, count, stdout);
}

static void echo(const struct proof_type *type, char *bytes, uint32_t count)
{
    uint32_t room = 2 * count + 1024;
    char *again = calloc(1, room);
    void *value = calloc(1, type->size);
    XDR in;
    XDR out;

    if (again == NULL || value == NULL)
        exit(2);
    xdrmem_create(&in, bytes, count, XDR_DECODE);
    xdrmem_create(&out, again, room, XDR_ENCODE);
    if (!type->code(&in, value))
        write_record(1, "not decoded", strlen("not decoded"));
    else if (xdr_getpos(&in) != count)
        write_record(1, "left over", strlen("left over"));
    else if (!type->code(&out, value))
        write_record(1, "not encoded", strlen("not encoded"));
    else
        write_record(0, again, xdr_getpos(&out));
    xdr_free(type->code, value);
    free(value);
    free(again);
}

int main(void)
{
    uint32_t index;
    uint32_t same;
    uint32_t limit;
    uint32_t count;

    while (read_number(&index) && read_number(&same) && read_number(&limit) &&
           read_number(&count)) {
        char *bytes = malloc(count + 1);

        if (bytes == NULL || index >= sizeof types / sizeof types[0] ||
            fread(bytes, 1, count, stdin) != count)
            return 2;
        echo(&types[index], bytes, count);
        free(bytes);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
