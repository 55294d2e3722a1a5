/*
 * The worker of the runtime's own tests: an application whose results tell at which position they
 * were made, and that fails in each way that a worker can.
 */
#define _POSIX_C_SOURCE 200809L

#include <marionette.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int64_t sum;

/* context void add(int): less than nothing is refused, more than a million kills the process */
static bool add(struct mrn_call *call, const void *const *shared, struct mrn_reader *in,
                struct mrn_writer *out)
{
    int32_t value;
    (void)shared;
    (void)out;
    if (!mrn_read_int32(in, &value))
        return false;
    if (value < 0)
        return mrn_fail(call, "%d is less than nothing", (int)value);
    if (value > 1000000)
        (void)raise(SIGSEGV);
    sum += value;
    return true;
}

static void pause_for(uint32_t milliseconds)
{
    struct timespec span = {(time_t)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000000L};
    while (nanosleep(&span, &span) != 0) {
    }
}

/* worker pure hyper square(int value, unsigned milliseconds): value² + the sum of what was added */
static bool square(struct mrn_call *call, const void *const *shared, struct mrn_reader *in,
                   struct mrn_writer *out)
{
    int32_t value;
    uint32_t milliseconds;
    (void)call;
    (void)shared;
    if (!mrn_read_int32(in, &value) || !mrn_read_uint32(in, &milliseconds))
        return false;
    if (milliseconds > 0)
        pause_for(milliseconds);
    return mrn_write_int64(out, (int64_t)value * value + sum);
}

/* worker int process(unsigned milliseconds) */
static bool process(struct mrn_call *call, const void *const *shared, struct mrn_reader *in,
                    struct mrn_writer *out)
{
    uint32_t milliseconds;
    (void)call;
    (void)shared;
    if (!mrn_read_uint32(in, &milliseconds))
        return false;
    pause_for(milliseconds);
    return mrn_write_int32(out, (int32_t)getpid());
}

/* worker void crash(int) */
static bool crash(struct mrn_call *call, const void *const *shared, struct mrn_reader *in,
                  struct mrn_writer *out)
{
    int32_t how;
    (void)shared;
    (void)out;
    if (!mrn_read_int32(in, &how))
        return false;
    if (how == 0)
        return mrn_fail(call, "asked to fail at %d", (int)how);
    (void)signal(SIGSEGV, SIG_DFL);
    (void)raise(how == 1 ? SIGSEGV : SIGKILL);
    return true;
}

struct table {
    struct mrn_bytes bytes;
};

static bool decode_table(struct mrn_reader *in, void *value)
{
    struct table *table = value;
    return mrn_read_bytes(in, UINT32_MAX, &table->bytes);
}

/* worker unsigned look(unsigned index) reads table: the byte there, and the table's size */
static bool look(struct mrn_call *call, const void *const *shared, struct mrn_reader *in,
                 struct mrn_writer *out)
{
    const struct table *table = shared[0];
    uint32_t index;
    if (!mrn_read_uint32(in, &index))
        return false;
    if (index >= table->bytes.count)
        return mrn_fail(call, "byte %u of %u", (unsigned)index, (unsigned)table->bytes.count);
    return mrn_write_uint32(out, table->bytes.bytes[index]) &&
           mrn_write_uint32(out, table->bytes.count);
}

/* worker opaque<> echo(opaque<>) */
static bool echo(struct mrn_call *call, const void *const *shared, struct mrn_reader *in,
                 struct mrn_writer *out)
{
    struct mrn_bytes bytes;
    (void)call;
    (void)shared;
    return mrn_read_bytes(in, UINT32_MAX, &bytes) && mrn_write_bytes(out, UINT32_MAX, &bytes);
}

/* worker void tell(string<>, unsigned milliseconds): a line of the slave's log */
static bool tell(struct mrn_call *call, const void *const *shared, struct mrn_reader *in,
                 struct mrn_writer *out)
{
    struct mrn_string text;
    uint32_t milliseconds;
    (void)call;
    (void)shared;
    (void)out;
    if (!mrn_read_string(in, 1000000, &text) || !mrn_read_uint32(in, &milliseconds))
        return false;
    (void)fprintf(stderr, "%s\n", text.bytes);
    pause_for(milliseconds);
    return true;
}

/* worker once void note(string<> path, unsigned milliseconds): a byte more in that file */
static bool note(struct mrn_call *call, const void *const *shared, struct mrn_reader *in,
                 struct mrn_writer *out)
{
    struct mrn_string path;
    uint32_t milliseconds;
    FILE *file;
    (void)shared;
    (void)out;
    if (!mrn_read_string(in, 4096, &path) || !mrn_read_uint32(in, &milliseconds))
        return false;
    file = fopen(path.bytes, "a");
    if (file == NULL || fputc('x', file) == EOF || fclose(file) != 0)
        return mrn_fail(call, "no note in '%s'", path.bytes);
    pause_for(milliseconds);
    return true;
}

/* worker unsigned burst(unsigned index) reads table: dies where the byte and the sum make 42 */
static bool burst(struct mrn_call *call, const void *const *shared, struct mrn_reader *in,
                  struct mrn_writer *out)
{
    const struct table *table = shared[0];
    uint32_t index;
    if (!mrn_read_uint32(in, &index))
        return false;
    if (index >= table->bytes.count)
        return mrn_fail(call, "byte %u of %u", (unsigned)index, (unsigned)table->bytes.count);
    if (table->bytes.bytes[index] + sum == 42)
        abort();
    return mrn_write_uint32(out, table->bytes.bytes[index]);
}

/* worker void hold(unsigned megabytes): takes so much memory of its call, and writes to it */
static bool hold(struct mrn_call *call, const void *const *shared, struct mrn_reader *in,
                 struct mrn_writer *out)
{
    uint32_t megabytes;
    (void)shared;
    (void)out;
    if (!mrn_read_uint32(in, &megabytes))
        return false;
    (void)mrn_take(call, megabytes, 1048576);
    return true;
}

/* worker unsigned measure(opaque<>) */
static bool measure(struct mrn_call *call, const void *const *shared, struct mrn_reader *in,
                    struct mrn_writer *out)
{
    struct mrn_bytes bytes;
    (void)call;
    (void)shared;
    return mrn_read_bytes(in, UINT32_MAX, &bytes) && mrn_write_uint32(out, bytes.count);
}

/* worker opaque<> make(unsigned size) */
static bool make(struct mrn_call *call, const void *const *shared, struct mrn_reader *in,
                 struct mrn_writer *out)
{
    uint32_t size;
    struct mrn_bytes bytes;
    (void)shared;
    if (!mrn_read_uint32(in, &size))
        return false;
    bytes = mrn_bytes(call, size);
    return mrn_write_bytes(out, UINT32_MAX, &bytes);
}

/* worker int wait(string<> path): ends when there is that file */
static bool wait_for(struct mrn_call *call, const void *const *shared, struct mrn_reader *in,
                     struct mrn_writer *out)
{
    struct mrn_string path;
    (void)call;
    (void)shared;
    if (!mrn_read_string(in, 4096, &path))
        return false;
    while (access(path.bytes, F_OK) != 0)
        pause_for(2);
    return mrn_write_int32(out, (int32_t)getpid());
}

static const struct mrn_procedure procedures[] = {
    {1, "add", MRN_CONTEXT, 0, add},
    {2, "square", MRN_WORKER_PURE, 0, square},
    {3, "process", MRN_WORKER, 0, process},
    {4, "crash", MRN_WORKER, 0, crash},
    {5, "crashOnce", MRN_WORKER_ONCE, 0, crash},
    {6, "look", MRN_WORKER, 1, look},
    {7, "echo", MRN_WORKER, 0, echo},
    {8, "tell", MRN_WORKER, 0, tell},
    {9, "note", MRN_WORKER_ONCE, 0, note},
    {10, "burst", MRN_WORKER, 1, burst},
    {11, "hold", MRN_WORKER, 0, hold},
    {12, "measure", MRN_WORKER, 0, measure},
    {13, "make", MRN_WORKER, 0, make},
    {14, "wait", MRN_WORKER, 0, wait_for},
};

static const struct mrn_shared tables[] = {{"table", sizeof(struct table), decode_table}};

static const struct mrn_application trial = {
    "Trial", 0x20001234, 1, {1, 2, 3}, procedures, sizeof procedures / sizeof procedures[0],
    tables,  1,
};

int main(int argc, char **argv)
{
    return mrn_slave_main(argc, argv, &trial);
}
