/* The mixed list by rpcgen and libtirpc, from memory to memory. */
#include "bench.h"
#include "mixed.h"

#include <string.h>

static Samples samples(void)
{
    static Sample items[ELEMENTS];
    static char names[ELEMENTS][13];
    static int parents[ELEMENTS];
    Samples value = {{ELEMENTS, items}};
    int i;

    for (i = 0; i < ELEMENTS; i++) {
        items[i].id = i;
        items[i].time = i * 1000000007LL;
        items[i].value = i / 7.0;
        snprintf(names[i], sizeof names[i], "sample %d", i);
        items[i].name = names[i];
        items[i].color = (Color)(i % 3);
        parents[i] = i / 2;
        items[i].parent = i % 2 == 0 ? &parents[i] : NULL;
    }
    return value;
}

int main(void)
{
    static double encodings[ROUNDS], decodings[ROUNDS];
    static char bytes[ELEMENTS * 64];
    unsigned long encoding = 0, decoding = 0;
    Samples value = samples();
    int i;

    for (i = 0; i < ROUNDS; i++) {
        XDR stream;
        Samples decoded;
        u_int size;
        unsigned long before = measure_allocations();
        double start = measure_now();

        xdrmem_create(&stream, bytes, sizeof bytes, XDR_ENCODE);
        require(xdr_Samples(&stream, &value), "encoding failed");
        encodings[i] = measure_now() - start;
        encoding = measure_allocations() - before;
        size = xdr_getpos(&stream);
        before = measure_allocations();
        start = measure_now();
        memset(&decoded, 0, sizeof decoded);
        xdrmem_create(&stream, bytes, size, XDR_DECODE);
        require(xdr_Samples(&stream, &decoded), "decoding failed");
        /* What was decoded has to go as well: our arena and Swift's array do that too. */
        xdr_free((xdrproc_t)xdr_Samples, &decoded);
        decodings[i] = measure_now() - start;
        decoding = measure_allocations() - before;
    }
    printf("mixed-encode %.9f\n", measure_median(encodings, ROUNDS));
    printf("mixed-decode %.9f\n", measure_median(decodings, ROUNDS));
    printf("mixed-encode-allocations %lu\nmixed-decode-allocations %lu\n", encoding, decoding);
    return 0;
}
