/* Our C: arrays of numbers beside memcpy, and the mixed list beside libtirpc. */
#include "libtirpc.h"
#include "mixed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct side {
    struct mrn_arena arena;
    struct mrn_writer writer;
};

/* What is measured runs twice in each round, the first time to bring its memory into the caches;
 * references do the same, and the rounds of all of them alternate. */
static struct measured ours[2][MEASURE_ROUNDS], references[2][MEASURE_ROUNDS];

/* The program can't go on: `what` should have been true. */
static void require(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static struct measured measured_copy(char *copy, const void *value, size_t size)
{
    struct measured begin = measure_begin();

    memcpy(copy, value, size);
    __asm__ volatile("" ::"r"(copy) : "memory");
    return measure_end(begin);
}

#define ARRAY_BENCH(type)                                                                          \
    static struct measured encode_##type(struct side *side, const struct mrn_array_##type *value)  \
    {                                                                                              \
        struct measured begin = measure_begin();                                                   \
                                                                                                   \
        mrn_writer_reset(&side->writer);                                                           \
        require(mrn_write_array_##type(&side->writer, UINT32_MAX, value), "encoding failed");      \
        return measure_end(begin);                                                                 \
    }                                                                                              \
                                                                                                   \
    static struct measured decode_##type(struct side *side, const struct mrn_array_##type *value)  \
    {                                                                                              \
        struct measured begin = measure_begin();                                                   \
        struct mrn_array_##type decoded;                                                           \
        struct mrn_reader reader;                                                                  \
                                                                                                   \
        mrn_arena_reset(&side->arena);                                                             \
        mrn_reader_init(&reader, side->writer.bytes, side->writer.count, &side->arena);            \
        require(mrn_read_array_##type(&reader, UINT32_MAX, &decoded), "decoding failed");          \
        begin = measure_end(begin);                                                                \
        require(memcmp(decoded.items, value->items, value->count * sizeof(type)) == 0,             \
                "another array came back");                                                        \
        return begin;                                                                              \
    }                                                                                              \
                                                                                                   \
    static void bench_##type(struct side *side, size_t size)                                       \
    {                                                                                              \
        size_t rounds = size > 4u << 20 ? 61 : MEASURE_ROUNDS;                                     \
        struct mrn_array_##type value = {(uint32_t)(size / sizeof(type)), malloc(size)};           \
        char *copy = malloc(size);                                                                 \
        char name[64];                                                                             \
        size_t i;                                                                                  \
                                                                                                   \
        require(copy != NULL && value.items != NULL, "no memory");                                 \
        for (i = 0; i < value.count; i++)                                                          \
            value.items[i] = (type)i;                                                              \
        for (i = 0; i < rounds; i++) {                                                             \
            measured_copy(copy, value.items, size);                                                \
            references[0][i] = measured_copy(copy, value.items, size);                             \
            encode_##type(side, &value);                                                           \
            ours[0][i] = encode_##type(side, &value);                                              \
            decode_##type(side, &value);                                                           \
            ours[1][i] = decode_##type(side, &value);                                              \
        }                                                                                          \
        snprintf(name, sizeof name, "%s-%zuMiB-encode", #type, size >> 20);                        \
        measure_print(name, rounds, ours[0], references[0]);                                       \
        snprintf(name, sizeof name, "%s-%zuMiB-decode", #type, size >> 20);                        \
        measure_print(name, rounds, ours[1], references[0]);                                       \
        free(value.items);                                                                         \
        free(copy);                                                                                \
    }

ARRAY_BENCH(float)
ARRAY_BENCH(double)
ARRAY_BENCH(int32_t)
ARRAY_BENCH(int64_t)

static Samples samples(void)
{
    static Sample items[MEASURE_ELEMENTS];
    static char names[MEASURE_ELEMENTS][13];
    static int32_t parents[MEASURE_ELEMENTS];
    Samples value = {{MEASURE_ELEMENTS, items}};
    int i;

    for (i = 0; i < MEASURE_ELEMENTS; i++) {
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

static struct measured encode_mixed(struct side *side, const Samples *value)
{
    struct measured begin = measure_begin();

    mrn_writer_reset(&side->writer);
    require(Samples_encode(&side->writer, value), "encoding failed");
    return measure_end(begin);
}

static struct measured decode_mixed(struct side *side)
{
    struct measured begin = measure_begin();
    struct mrn_reader reader;
    Samples decoded;

    mrn_arena_reset(&side->arena);
    mrn_reader_init(&reader, side->writer.bytes, side->writer.count, &side->arena);
    require(Samples_decode(&reader, &decoded) && mrn_reader_finish(&reader), "decoding failed");
    begin = measure_end(begin);
    require(decoded.items.items[MEASURE_ELEMENTS - 1].id == MEASURE_ELEMENTS - 1,
            "another list came back");
    return begin;
}

static void bench_mixed(struct side *side)
{
    Samples value = samples();
    int i;

    for (i = 0; i < MEASURE_ROUNDS; i++) {
        libtirpc_encode();
        references[0][i] = libtirpc_encode();
        encode_mixed(side, &value);
        ours[0][i] = encode_mixed(side, &value);
        libtirpc_decode();
        references[1][i] = libtirpc_decode();
        decode_mixed(side);
        ours[1][i] = decode_mixed(side);
    }
    measure_print("mixed-encode", MEASURE_ROUNDS, ours[0], references[0]);
    measure_print("mixed-decode", MEASURE_ROUNDS, ours[1], references[1]);
    measure_print_allocations("mixed-encode-allocations", MEASURE_ROUNDS, ours[0], references[0]);
    measure_print_allocations("mixed-decode-allocations", MEASURE_ROUNDS, ours[1], references[1]);
}

int main(void)
{
    static const size_t sizes[] = {1u << 20, 16u << 20};
    struct side side;
    size_t i;

    measure_prepare();
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
