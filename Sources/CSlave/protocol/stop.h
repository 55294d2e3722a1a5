/* Why a slave ends, relay or serial: a status of exits.h. The first reason counts. */
#ifndef MRN_STOP_H
#define MRN_STOP_H

#include "../exits.h"
#include "marionette.h"

#include <stdbool.h>

struct mrn_stop {
    bool is_set;
    int status;
};

static inline bool mrn_stop_is_set(const struct mrn_stop *stop)
{
    return stop->is_set;
}
static inline int mrn_stop_status(const struct mrn_stop *stop)
{
    return stop->status;
}
/* Without a word: nobody is left who would read it, or all is well. */
void mrn_stop_silently(struct mrn_stop *stop, int status);
/* With a sentence on stderr. */
void mrn_stop_with(struct mrn_stop *stop, int status, const char *format, ...) MRN_PRINTF(3, 4);

#endif
