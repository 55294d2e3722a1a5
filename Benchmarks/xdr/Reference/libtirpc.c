#include "libtirpc.h"
#include "mixed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char bytes[MEASURE_ELEMENTS * 64];
static u_int size;

static Samples *samples(void)
{
    static Sample items[MEASURE_ELEMENTS];
    static char names[MEASURE_ELEMENTS][13];
    static int parents[MEASURE_ELEMENTS];
    static Samples value = {{0, items}};
    int i;

    for (i = 0; value.items.items_len == 0 && i < MEASURE_ELEMENTS; i++) {
        items[i].id = i;
        items[i].time = i * 1000000007LL;
        items[i].value = i / 7.0;
        snprintf(names[i], sizeof names[i], "sample %d", i);
        items[i].name = names[i];
        items[i].color = (Color)(i % 3);
        parents[i] = i / 2;
        items[i].parent = i % 2 == 0 ? &parents[i] : NULL;
    }
    value.items.items_len = MEASURE_ELEMENTS;
    return &value;
}

static void require(bool_t condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "bench: libtirpc: %s\n", what);
    exit(1);
}

struct measured libtirpc_encode(void)
{
    Samples *value = samples();
    struct measured begin = measure_begin();
    XDR stream;

    xdrmem_create(&stream, bytes, sizeof bytes, XDR_ENCODE);
    require(xdr_Samples(&stream, value), "encoding failed");
    begin = measure_end(begin);
    size = xdr_getpos(&stream);
    return begin;
}

struct measured libtirpc_decode(void)
{
    struct measured begin = measure_begin();
    Samples decoded;
    XDR stream;

    memset(&decoded, 0, sizeof decoded);
    xdrmem_create(&stream, bytes, size, XDR_DECODE);
    require(xdr_Samples(&stream, &decoded), "decoding failed");
    /* What was decoded has to go as well: our arena and Swift's array do that too. */
    xdr_free((xdrproc_t)xdr_Samples, &decoded);
    return measure_end(begin);
}
