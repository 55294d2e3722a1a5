/*
 * The worker of the soak. Each result follows from the operation's argument, the context and the
 * shared data at its position, as ReplicaState (Tests/Simulation) computes it too; an operation can
 * fail and crash as its argument asks for.
 */
#define _POSIX_C_SOURCE 200809L

#include <marionette.h>

#include "soak_bytes.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define FACTOR UINT64_C(0x100000001b3)

enum how { SOUND, FAILS, FAULTS, KILLS, EXITS, ABORTS };

static uint64_t context;
static uint64_t replaced[2];

struct bytes {
    struct mrn_bytes bytes;
};

struct numbers {
    struct mrn_array_int32_t numbers;
};

static bool decode_bytes(struct mrn_reader *in, void *value)
{
    struct bytes *bytes = value;
    return mrn_read_bytes(in, UINT32_MAX, &bytes->bytes);
}

static bool decode_numbers(struct mrn_reader *in, void *value)
{
    struct numbers *numbers = value;
    return mrn_read_array_int32_t(in, UINT32_MAX, &numbers->numbers);
}

static void pause_for(uint32_t microseconds)
{
    struct timespec span = {(time_t)(microseconds / 1000000),
                            (long)(microseconds % 1000000) * 1000L};
    while (microseconds > 0 && nanosleep(&span, &span) != 0) {
    }
}

/* Returns only where the operation is to go on. */
static bool act(struct mrn_call *call, uint32_t how, uint64_t argument)
{
    switch (how) {
    case SOUND:
        return true;
    case FAILS:
        return mrn_fail(call, "asked to fail at %llu", (unsigned long long)argument);
    case FAULTS:
        (void)signal(SIGSEGV, SIG_DFL);
        (void)raise(SIGSEGV);
        break;
    case KILLS:
        (void)raise(SIGKILL);
        break;
    case EXITS:
        exit(3);
    default:
        break;
    }
    abort();
}

/* context void apply(unsigned hyper value, unsigned how, unsigned microseconds, opaque<>) */
static bool apply(struct mrn_call *call, struct mrn_reader *in, int subject)
{
    uint64_t value;
    uint32_t how, microseconds;
    struct mrn_bytes filler;
    if (!mrn_read_uint64(in, &value) || !mrn_read_uint32(in, &how) ||
        !mrn_read_uint32(in, &microseconds) || !mrn_read_bytes(in, UINT32_MAX, &filler))
        return false;
    pause_for(microseconds);
    if (!act(call, how, value))
        return false;
    value ^= soak_digest(filler.bytes, filler.count);
#ifdef SOAK_FORGETS
    /* Whether the soak would notice. */
    if (value % SOAK_FORGETS == 0)
        return true;
#endif
    if (subject < 0)
        context = (context ^ value) * FACTOR + 1;
    else
        replaced[subject] = value;
    return true;
}

#define CONTEXT(name, subject)                                                                     \
    static bool name(struct mrn_call *call, const void *const *shared, struct mrn_reader *in,      \
                     struct mrn_writer *out)                                                       \
    {                                                                                              \
        (void)shared;                                                                              \
        (void)out;                                                                                 \
        return apply(call, in, subject);                                                           \
    }
CONTEXT(set_first, 0)
CONTEXT(set_second, 1)
CONTEXT(fold, -1)

/* One write(2) of a line, so that lines of many processes stay whole. */
static bool note(struct mrn_call *call, const char *path, uint64_t argument)
{
    char line[24];
    int count = snprintf(line, sizeof line, "%016llx\n", (unsigned long long)argument);
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT, 0600);
    bool done = file >= 0 && write(file, line, (size_t)count) == count;
    if (file >= 0)
        (void)close(file);
    return done || mrn_fail(call, "no note in '%s'", path);
}

/* worker answer NAME(unsigned hyper argument, unsigned how, unsigned microseconds,
 *                    unsigned result_size, string notes<>, opaque<>) reads SLOTS;
 * struct answer { unsigned hyper value; opaque filler<>; } */
static bool answer(struct mrn_call *call, const void *const *shared, uint32_t slots,
                   struct mrn_reader *in, struct mrn_writer *out)
{
    uint64_t argument, value;
    uint32_t how, microseconds, size;
    struct mrn_string notes;
    struct mrn_bytes filler;
    int index;
    if (!mrn_read_uint64(in, &argument) || !mrn_read_uint32(in, &how) ||
        !mrn_read_uint32(in, &microseconds) || !mrn_read_uint32(in, &size) ||
        !mrn_read_string(in, 4096, &notes) || !mrn_read_bytes(in, UINT32_MAX, &filler))
        return false;
    if (notes.count > 0 && !note(call, notes.bytes, argument))
        return false;
    pause_for(microseconds);
    if (!act(call, how, argument))
        return false;
    value = argument ^ soak_digest(filler.bytes, filler.count) ^ context;
    for (index = 0; index < 2; index++)
        value = (value ^ replaced[index]) * FACTOR;
    for (index = 0; index < 3; index++) {
        uint64_t digest;
        if ((slots >> index & 1) == 0)
            continue;
        if (index == 1) {
            const struct numbers *numbers = shared[index];
            digest = soak_digest_numbers(numbers->numbers.items, numbers->numbers.count);
        } else {
            const struct bytes *bytes = shared[index];
            digest = soak_digest(bytes->bytes.bytes, bytes->bytes.count);
        }
        value = (value ^ digest) * FACTOR;
    }
    filler = mrn_bytes(call, size);
    soak_fill(value, 0, filler.bytes, size);
    return mrn_write_uint64(out, value) && mrn_write_bytes(out, UINT32_MAX, &filler);
}

#define ANSWER(slots)                                                                              \
    static bool answer_##slots(struct mrn_call *call, const void *const *shared,                   \
                               struct mrn_reader *in, struct mrn_writer *out)                      \
    {                                                                                              \
        return answer(call, shared, slots, in, out);                                               \
    }
/* clang-format off */
ANSWER(0)
ANSWER(1)
ANSWER(2)
ANSWER(3)
ANSWER(4)
ANSWER(5)
ANSWER(6)
ANSWER(7)
/* clang-format on */

#define ANSWERS(first, name, kind)                                                                 \
    {first, name "0", kind, 0, answer_0}, {first + 1, name "1", kind, 1, answer_1},                \
        {first + 2, name "2", kind, 2, answer_2}, {first + 3, name "3", kind, 3, answer_3},        \
        {first + 4, name "4", kind, 4, answer_4}, {first + 5, name "5", kind, 5, answer_5},        \
        {first + 6, name "6", kind, 6, answer_6},                                                  \
    {                                                                                              \
        first + 7, name "7", kind, 7, answer_7                                                     \
    }

static const struct mrn_procedure procedures[] = {
    {1, "setFirst", MRN_CONTEXT, 0, set_first}, {2, "setSecond", MRN_CONTEXT, 0, set_second},
    {3, "fold", MRN_CONTEXT, 0, fold},          ANSWERS(10, "answer", MRN_WORKER),
    ANSWERS(18, "pure", MRN_WORKER_PURE),       ANSWERS(26, "once", MRN_WORKER_ONCE),
};

static const struct mrn_shared variables[] = {
    {"bytes", sizeof(struct bytes), decode_bytes},
    {"numbers", sizeof(struct numbers), decode_numbers},
    {"text", sizeof(struct bytes), decode_bytes},
};

static const struct mrn_application soak = {
    "Soak",    0x20005041, 1, {5, 0, 4, 1}, procedures, sizeof procedures / sizeof procedures[0],
    variables, 3,
};

int main(int argc, char **argv)
{
    return mrn_slave_main(argc, argv, &soak);
}
