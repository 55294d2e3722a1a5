/* The operations of bench.x. */
#define _POSIX_C_SOURCE 200809L

#include "bench.h"

#include <time.h>
#include <unistd.h>

bool bench_nothing(struct mrn_call *call, const Payload payload, Payload result)
{
    (void)call;
    memcpy(result, payload, PAYLOAD_BYTES);
    return true;
}

bool bench_echo(struct mrn_call *call, const Bytes *bytes, Bytes *result)
{
    (void)call;
    *result = *bytes;
    return true;
}

bool bench_rest(struct mrn_call *call, uint32_t milliseconds, int32_t *result)
{
    struct timespec span = {(time_t)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000000L};
    (void)call;
    while (nanosleep(&span, &span) != 0)
        continue;
    *result = (int32_t)getpid();
    return true;
}

/* A byte of each page: whoever counts this process's memory then counts all of the table. */
bool bench_look(struct mrn_call *call, const Table *table, uint32_t index, uint32_t *result)
{
    (void)call;
    *result = 0;
    for (size_t i = index; i < table->bytes.count; i += 4096)
        *result += table->bytes.bytes[i];
    return true;
}
