/* Our C: arrays of numbers beside memcpy, and the mixed list. */
#include "bench.h"
#include "mixed.h"

#include <string.h>

struct side {
    struct mrn_arena arena;
    struct mrn_writer writer;
};

static void print(const char *type, size_t size, const char *what, double seconds, double reference)
{
    printf("%s-%zuMiB-%s %.9f %.9f\n", type, size >> 20, what, seconds, reference);
}

/* Rounds of the three alternate, so that a disturbance hits all of them. */
#define ARRAY_BENCH(type)                                                                          \
    static void bench_##type(struct side *side, size_t size)                                       \
    {                                                                                              \
        static double copies[ROUNDS], encodings[ROUNDS], decodings[ROUNDS];                        \
        size_t rounds = size > 4u << 20 ? 31 : ROUNDS;                                             \
        struct mrn_array_##type value;                                                             \
        char *copy = malloc(size);                                                                 \
        double median;                                                                             \
        size_t i;                                                                                  \
                                                                                                   \
        value.count = (uint32_t)(size / sizeof(type));                                             \
        value.items = malloc(size);                                                                \
        require(copy != NULL && value.items != NULL, "no memory");                                 \
        for (i = 0; i < value.count; i++)                                                          \
            value.items[i] = (type)i;                                                              \
        for (i = 0; i < rounds; i++) {                                                             \
            struct mrn_array_##type decoded;                                                       \
            struct mrn_reader reader;                                                              \
            double start = measure_now();                                                          \
            memcpy(copy, value.items, size);                                                       \
            __asm__ volatile("" ::"r"(copy) : "memory");                                           \
            copies[i] = measure_now() - start;                                                     \
            start = measure_now();                                                                 \
            mrn_writer_reset(&side->writer);                                                       \
            require(mrn_write_array_##type(&side->writer, UINT32_MAX, &value), "encoding failed"); \
            encodings[i] = measure_now() - start;                                                  \
            start = measure_now();                                                                 \
            mrn_arena_reset(&side->arena);                                                         \
            mrn_reader_init(&reader, side->writer.bytes, side->writer.count, &side->arena);        \
            require(mrn_read_array_##type(&reader, UINT32_MAX, &decoded), "decoding failed");      \
            decodings[i] = measure_now() - start;                                                  \
            require(memcmp(decoded.items, value.items, size) == 0, "another array came back");     \
        }                                                                                          \
        median = measure_median(copies, rounds);                                                   \
        print(#type, size, "encode", measure_median(encodings, rounds), median);                   \
        print(#type, size, "decode", measure_median(decodings, rounds), median);                   \
        free(value.items);                                                                         \
        free(copy);                                                                                \
    }

ARRAY_BENCH(float)
ARRAY_BENCH(double)
ARRAY_BENCH(int32_t)
ARRAY_BENCH(int64_t)

static struct mrn_array_Sample samples(void)
{
    static Sample items[ELEMENTS];
    static char names[ELEMENTS][13];
    static int32_t parents[ELEMENTS];
    struct mrn_array_Sample value = {ELEMENTS, items};
    int i;

    for (i = 0; i < ELEMENTS; i++) {
        items[i].id = i;
        items[i].time = i * INT64_C(1000000007);
        items[i].value = i / 7.0;
        items[i].name.count = (uint32_t)snprintf(names[i], sizeof names[i], "sample %d", i);
        items[i].name.bytes = names[i];
        items[i].color = (Color)(i % 3);
        parents[i] = i / 2;
        items[i].parent = i % 2 == 0 ? &parents[i] : NULL;
    }
    return value;
}

static void bench_mixed(struct side *side)
{
    static double encodings[ROUNDS], decodings[ROUNDS];
    unsigned long encoding = 0, decoding = 0;
    Samples value = {samples()};
    int i;

    for (i = 0; i < ROUNDS; i++) {
        struct mrn_reader reader;
        Samples decoded;
        unsigned long before = measure_allocations();
        double start = measure_now();

        mrn_writer_reset(&side->writer);
        require(Samples_encode(&side->writer, &value), "encoding failed");
        encodings[i] = measure_now() - start;
        encoding = measure_allocations() - before;
        before = measure_allocations();
        start = measure_now();
        mrn_arena_reset(&side->arena);
        mrn_reader_init(&reader, side->writer.bytes, side->writer.count, &side->arena);
        require(Samples_decode(&reader, &decoded) && mrn_reader_finish(&reader), "decoding failed");
        decodings[i] = measure_now() - start;
        decoding = measure_allocations() - before;
        require(decoded.items.items[ELEMENTS - 1].id == ELEMENTS - 1, "another list came back");
    }
    printf("mixed-encode %.9f\n", measure_median(encodings, ROUNDS));
    printf("mixed-decode %.9f\n", measure_median(decodings, ROUNDS));
    printf("mixed-encode-allocations %lu\nmixed-decode-allocations %lu\n", encoding, decoding);
}

int main(void)
{
    static const size_t sizes[] = {1u << 20, 16u << 20};
    struct side side;
    size_t i;

    mrn_arena_init(&side.arena, 256u << 20, NULL);
    mrn_writer_init(&side.writer, 256u << 20);
    bench_mixed(&side);
    for (i = 0; i < 2; i++) {
        bench_float(&side, sizes[i]);
        bench_double(&side, sizes[i]);
        bench_int32_t(&side, sizes[i]);
        bench_int64_t(&side, sizes[i]);
    }
    mrn_writer_free(&side.writer);
    mrn_arena_free(&side.arena);
    return 0;
}
