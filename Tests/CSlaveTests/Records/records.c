/*
 * The way of records through the slave, with shapes that nobody chose: the reader, the areas, the
 * calls that keep a record's memory, and the queue to the master, over a socket. For the
 * sanitizers: a wrong free, a write beyond a buffer or a leak ends this program.
 *
 *   records random SEED   many records of random kinds, sizes, fragments and pieces
 *   records pairs         each kind and size about a limit behind each other one
 *
 * A record is one of two kinds. A call keeps its memory, and gives it back in any order, as workers
 * answer. Anything else (an update, a chunk) is read where it lies and left to the reader.
 */
#include "buffers/areas.h"
#include "buffers/outgoing.h"
#include "limits.h"
#include "port/port.h"
#include "relay/operation.h"
#include "wire/record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAST 0x80000000u
#define HELD_MAX 96u
#define SIZE_MAX_HERE (5u * 1024u * 1024u)
/* Of a random run; what the kernel copies takes most of the time. */
#define BYTES_EACH_RUN (64u * 1024u * 1024u)

/* Sizes about which something changes, of limits.h. */
static const uint32_t edges[] = {1,        MRN_PACKED_MAX,      MRN_PACK,        MRN_LARGE,
                                 MRN_AREA, MRN_WIRE_BUFFER / 2, MRN_WIRE_BUFFER, MRN_GATHERED_KEPT};
#define EDGES (sizeof edges / sizeof edges[0])

struct shape {
    bool is_call;
    uint32_t size;
    uint32_t number; /* its bytes depend on it */
};

struct held {
    struct mrn_operation *operation;
    struct shape shape;
};

struct reading {
    const char *name; /* who reads: its buffer, and whether it has areas */
    size_t capacity;
    bool has_areas;
    struct mrn_records in;
    struct held held[HELD_MAX];
    uint32_t held_count;
    uint32_t held_max;
    uint32_t taken; /* records so far */
};

/* Of all readings: what it keeps for later calls is no leak. */
static struct mrn_operations operations;
static struct mrn_areas areas;
static size_t areas_size;
static uint64_t state;
static uint8_t *pattern; /* of which each record is a part */
static char command[64];

static uint64_t draw(uint64_t below)
{
    /* splitmix64 (Steele, Lea and Flood 2014) */
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

static void require(bool holds, const struct reading *reading, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s: record %u, as %s reads it: %s\n", command, (unsigned)reading->taken,
            reading->name, what);
    exit(1);
}

static const uint8_t *bytes_of(const struct shape *shape)
{
    return pattern + shape->number % 4093;
}

/* ---- The reader's side ---- */

/* What the worker gets of a call is what came. */
static void check_call(const struct reading *reading, const struct held *held)
{
    const struct mrn_operation *operation = held->operation;
    const uint8_t *found =
        operation->far.bytes != NULL ? operation->far.bytes : operation->near + 4;
    size_t size = held->shape.size;
    if (operation->far.bytes != NULL && operation->far_size == 0)
        found = mrn_areas_call(&areas, operation->near + 4, &size);
    require(size == held->shape.size && operation->size == size, reading, "a call's size changed");
    require(memcmp(found, bytes_of(&held->shape), size) == 0, reading,
            "a held call's bytes changed");
}

static void answer_one(struct reading *reading)
{
    uint32_t index = (uint32_t)draw(reading->held_count);
    check_call(reading, &reading->held[index]);
    mrn_operation_free(&operations, reading->held[index].operation);
    reading->held[index] = reading->held[--reading->held_count];
}

static void take(struct reading *reading, const struct mrn_record *record,
                 const struct shape *shape)
{
    require(record->size == shape->size, reading, "another size");
    require(memcmp(record->bytes, bytes_of(shape), shape->size) == 0, reading, "other bytes");
    reading->taken++;
    if (!shape->is_call)
        return;
    while (reading->held_count >= reading->held_max)
        answer_one(reading);
    struct mrn_buffer kept = mrn_records_keep(&reading->in);
    struct mrn_operation *operation =
        mrn_operation_make(&operations, &kept, record->bytes, record->size);
    require(operation != NULL, reading, "no memory");
    reading->held[reading->held_count].operation = operation;
    reading->held[reading->held_count++].shape = *shape;
    if (draw(3) == 0)
        answer_one(reading);
}

static void drain(struct reading *reading, const struct shape *shapes)
{
    struct mrn_record record;
    enum mrn_records_state found;
    while ((found = mrn_records_next(&reading->in, &record)) == MRN_RECORD_COMPLETE)
        take(reading, &record, &shapes[reading->taken]);
    require(found == MRN_RECORD_INCOMPLETE, reading, reading->in.fault);
    /* As the relay does when it has been idle for a while. */
    if (reading->has_areas && operations.count == 0 && !mrn_records_partial(&reading->in) &&
        draw(4) == 0)
        mrn_areas_clear(&areas);
}

static void begin(struct reading *reading, int which)
{
    static const struct {
        const char *name;
        size_t capacity;
        bool has_areas;
    } readers[] = {{"a relay", MRN_WIRE_BUFFER, true},
                   {"a serial slave", MRN_WIRE_BUFFER, false},
                   {"a worker", MRN_WORKER_BUFFER, false}};
    memset(reading, 0, sizeof *reading);
    reading->name = readers[which].name;
    reading->capacity = readers[which].capacity;
    reading->has_areas = readers[which].has_areas;
    reading->held_max = 1u + (uint32_t)draw(HELD_MAX);
    mrn_port_unmap(areas.base, areas_size);
    memset(&areas, 0, sizeof areas);
    if (reading->has_areas) {
        uint32_t workers = 1u + (uint32_t)draw(20);
        mrn_areas_make(&areas, workers);
        areas_size = (areas.calls + (size_t)workers * MRN_REPLY_AREAS) * MRN_AREA;
    }
    require(mrn_records_init(&reading->in, reading->capacity, MRN_RECORD_MAX), reading,
            "no memory");
    if (reading->has_areas)
        reading->in.areas = &areas;
}

static void end(struct reading *reading)
{
    while (reading->held_count > 0)
        answer_one(reading);
    mrn_records_free(&reading->in);
    uint64_t kept = operations.spare_packs + (operations.pack != NULL ? 1u : 0u);
    require(areas.taken == 0, reading, "an area was not given back");
    require(operations.count == 0, reading, "a call was not given back");
    require(operations.bytes == kept * MRN_PACK, reading, "the bytes of calls are miscounted");
}

/* ---- The sender's side ---- */

struct stream {
    uint8_t *bytes;
    size_t size;
};

static void put(struct stream *stream, const struct shape *shape, uint32_t fragments)
{
    const uint8_t *bytes = bytes_of(shape);
    size_t left = shape->size;
    while (fragments > 0) {
        size_t count = --fragments == 0 ? left : (size_t)draw(left + 1);
        mrn_store32(stream->bytes + stream->size, (fragments == 0 ? LAST : 0) | (uint32_t)count);
        memcpy(stream->bytes + stream->size + 4, bytes, count);
        stream->size += 4 + count;
        bytes += count;
        left -= count;
    }
}

/* Pieces of random sizes, as a network delivers them; all of it at once now and then. */
static size_t piece(size_t left)
{
    static const size_t sizes[] = {8, 5000, MRN_WIRE_BUFFER, 4u * MRN_WIRE_BUFFER};
    size_t most = sizes[draw(4)];
    size_t count = 1 + (size_t)draw(most);
    return count < left ? count : left;
}

#define LOANS 8u

/* Straight into the socket, or through what a relay has for the master: bytes that are copied, that
 * are given away, and that are lent until they are sent. */
struct sender {
    const struct stream *stream;
    size_t sent;
    bool is_queued;
    size_t queued;
    struct mrn_outgoing out;
    uint32_t lent[LOANS];
};

static void queue_one(struct sender *sender, const struct reading *reading)
{
    size_t count = piece(sender->stream->size - sender->queued);
    uint8_t *bytes = sender->stream->bytes + sender->queued;
    uint32_t *loan = &sender->lent[draw(LOANS)];
    bool done;
    struct mrn_buffer buffer = {NULL, 0, NULL, NULL};
    if (draw(3) == 0) {
        require(mrn_buffer_grow(&buffer, count), reading, "no memory");
        memcpy(buffer.bytes, bytes, count);
        done = mrn_outgoing_take(&sender->out, &buffer, count);
    } else if (draw(2) == 0 && *loan == 0) {
        *loan = 1;
        buffer.bytes = bytes;
        buffer.size = count;
        buffer.lent = loan;
        done = mrn_outgoing_take(&sender->out, &buffer, count);
        require(mrn_outgoing_has(&sender->out, loan), reading, "what is lent is not known");
    } else {
        done = mrn_outgoing_add(&sender->out, bytes, count);
    }
    require(done, reading, "no memory");
    sender->queued += count;
}

/* How many bytes went into the socket. */
static size_t offer(struct sender *sender, const struct reading *reading, int socket)
{
    const struct stream *stream = sender->stream;
    size_t count;
    if (sender->is_queued) {
        size_t most = (size_t)draw(1024u * 1024u);
        while (sender->queued < stream->size && sender->out.size <= most)
            queue_one(sender, reading);
        size_t waiting = sender->out.size;
        require(mrn_outgoing_flush(&sender->out, socket), reading, "the socket is broken");
        count = waiting - sender->out.size;
    } else {
        ptrdiff_t written = mrn_port_write(socket, stream->bytes + sender->sent,
                                           piece(stream->size - sender->sent));
        require(written > 0 || errno == EAGAIN, reading, "the socket is broken");
        count = written > 0 ? (size_t)written : 0;
    }
    sender->sent += count;
    return count;
}

static void flow(struct reading *reading, struct sender *sender, const struct shape *shapes,
                 const int ends[2])
{
    size_t unread = 0;
    drain(reading, shapes);
    while (sender->sent < sender->stream->size || unread > 0) {
        if (sender->sent < sender->stream->size && (unread == 0 || draw(2) == 0))
            unread += offer(sender, reading, ends[0]);
        if (unread == 0)
            continue;
        ptrdiff_t count = mrn_records_fill(&reading->in, ends[1]);
        require(count > 0, reading, "what was sent is not there");
        unread -= (size_t)count;
        drain(reading, shapes);
    }
    for (uint32_t i = 0; i < LOANS; i++)
        require(sender->lent[i] == 0, reading, "what was lent is not given back");
}

struct manner {
    int reader;
    bool in_fragments;
    bool is_cut; /* a stream may end anywhere: nothing may be leaked then */
    bool is_queued;
};

static void run(const struct manner *manner, const struct shape *shapes, uint32_t count)
{
    struct reading reading;
    struct stream stream = {NULL, 0};
    struct sender sender;
    size_t room = 0;
    int ends[2];
    for (uint32_t i = 0; i < count; i++)
        room += shapes[i].size + 4u * 8u;
    stream.bytes = malloc(room);
    begin(&reading, manner->reader);
    require(stream.bytes != NULL && mrn_port_socket_pair(ends) == 0 &&
                mrn_port_set_blocking(ends[0], false) == 0 &&
                mrn_port_set_blocking(ends[1], false) == 0,
            &reading, "no memory or no socket");
    for (uint32_t i = 0; i < count; i++)
        put(&stream, &shapes[i], manner->in_fragments && draw(4) == 0 ? 1 + (uint32_t)draw(7) : 1);
    if (manner->is_cut)
        stream.size = 1 + (size_t)draw(stream.size);
    memset(&sender, 0, sizeof sender);
    sender.stream = &stream;
    sender.is_queued = manner->is_queued;
    flow(&reading, &sender, shapes, ends);
    require(manner->is_cut || reading.taken == count, &reading, "not all records came");
    end(&reading);
    mrn_outgoing_free(&sender.out);
    mrn_port_close(ends[0]);
    mrn_port_close(ends[1]);
    free(stream.bytes);
}

/* ---- Which records ---- */

static uint32_t about_an_edge(void)
{
    int64_t size = (int64_t)edges[draw(EDGES)] + (int64_t)draw(17) - 8;
    return size < 1 ? 1 : (uint32_t)size;
}

/* Each order of magnitude is as likely as the others. */
static uint32_t anywhere(void)
{
    uint64_t magnitude = UINT64_C(1) << draw(23);
    uint64_t size = magnitude + draw(magnitude);
    return size > SIZE_MAX_HERE ? SIZE_MAX_HERE : (uint32_t)size;
}

static void run_random(void)
{
    static struct shape shapes[4096];
    uint32_t count = 0;
    uint64_t bytes = 0;
    uint64_t most = BYTES_EACH_RUN >> draw(6);
    uint64_t calls_of_ten = draw(11);
    while (count < 4096 && bytes < most) {
        struct shape *shape = &shapes[count];
        shape->is_call = draw(10) < calls_of_ten;
        shape->size = draw(2) == 0 ? about_an_edge() : anywhere();
        shape->number = count++;
        bytes += shape->size;
    }
    const struct manner manner = {(int)draw(3), draw(2) == 0, draw(4) == 0, draw(2) == 0};
    run(&manner, shapes, count);
}

static uint32_t list_all(struct shape *all)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < EDGES * 3 * 2; i++) {
        uint32_t size = edges[i / 6] + (i / 2) % 3 - 1;
        all[count].is_call = i % 2 == 0;
        all[count].size = size;
        all[count].number = i;
        count += size > 0;
    }
    return count;
}

/* As a relay reads them, which has areas. */
static void run_pairs(void)
{
    const struct manner manner = {0, false, false, false};
    struct shape all[EDGES * 3 * 2];
    uint32_t count = list_all(all);
    for (uint32_t first = 0; first < count; first++) {
        struct shape shapes[EDGES * 3 * 2 * 2];
        uint32_t written = 0;
        for (uint32_t second = 0; second < count; second++) {
            /* Two of the largest are tried once, not with each of their neighbours. */
            if (all[first].size > MRN_GATHERED_KEPT + 1 &&
                all[second].size > MRN_GATHERED_KEPT + 1 && first != second)
                continue;
            shapes[written] = all[first];
            shapes[written].number = written;
            written++;
            shapes[written] = all[second];
            shapes[written].number = written;
            written++;
        }
        run(&manner, shapes, written);
    }
}

int main(int argc, char **argv)
{
    pattern = malloc(SIZE_MAX_HERE + 8192u);
    if (pattern == NULL)
        return 1;
    for (size_t i = 0; i < SIZE_MAX_HERE + 8192u; i++)
        pattern[i] = (uint8_t)((i * 2654435761u) >> 13);
    if (argc == 3 && strcmp(argv[1], "random") == 0) {
        state = strtoull(argv[2], NULL, 10);
        (void)snprintf(command, sizeof command, "records random %s", argv[2]);
        run_random();
    } else if (argc == 2 && strcmp(argv[1], "pairs") == 0) {
        (void)snprintf(command, sizeof command, "records pairs");
        run_pairs();
    } else {
        fprintf(stderr, "usage: records random SEED | records pairs\n");
        return 64;
    }
    free(pattern);
    return 0;
}
