/* Who this slave is: for hello, and for --identify. */
#ifndef MRN_IDENTITY_H
#define MRN_IDENTITY_H

#include "slave_protocol.h"

/* The build's identity; SlaveBuild links its own over ours, "development". */
extern const char mrn_build_identity[];

struct mrn_host_names {
    char host[SLAVE_NAME_MAX + 1];
    char machine[SLAVE_NAME_MAX + 1];
};

/* `names` holds the memory of some fields. The number of workers is the caller's. */
void mrn_identity(slave_identity *identity, struct mrn_host_names *names,
                  const struct mrn_application *application);
/* Lines of key=value on standard output. */
void mrn_identity_print(const struct mrn_application *application);
/* A string that points to `text`, cut off at `size_max` bytes; it is only read. */
struct mrn_string mrn_borrowed(const char *text, size_t size_max);

#endif
