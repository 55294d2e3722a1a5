/* Who this slave is: for hello, and for --identify. */
#ifndef MRN_IDENTITY_H
#define MRN_IDENTITY_H

#include "marionette.h"

/* The build's identity; SlaveBuild links its own over ours, "development". */
extern const char mrn_build_identity[];

/* The slave_identity of Interfaces/slave.x. */
void mrn_identity_write(struct mrn_writer *out, const struct mrn_application *application,
                        uint32_t workers);
/* Lines of key=value on standard output. */
void mrn_identity_print(const struct mrn_application *application);

#endif
