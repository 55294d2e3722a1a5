/*
 * What the Embedded Swift standard library expects of the C library beyond what musl has.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <stdlib.h>

/* A C library that has these keeps its own. */
#if !defined(__GLIBC__)

#include <sys/random.h>

void arc4random_buf(void *buffer, size_t size);
const char *_swift_stdlib_strtod_clocale(const char *text, double *value);
const char *_swift_stdlib_strtof_clocale(const char *text, float *value);

/* Seeds Hasher: Dictionary and Set. */
void arc4random_buf(void *buffer, size_t size)
{
    unsigned char *next = buffer;

    while (size > 0) {
        ssize_t got = getrandom(next, size, 0);
        if (got < 0 && errno != EINTR)
            abort();
        if (got > 0) {
            next += got;
            size -= (size_t)got;
        }
    }
}

/* Double("2.5"): the slave never leaves the C locale. Returns where the number ended. */
const char *_swift_stdlib_strtod_clocale(const char *text, double *value)
{
    char *end;

    *value = strtod(text, &end);
    return end;
}

const char *_swift_stdlib_strtof_clocale(const char *text, float *value)
{
    char *end;

    *value = strtof(text, &end);
    return end;
}

#endif
