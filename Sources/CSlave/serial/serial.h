/*
 * The serial slave: the same wire, one process, no fork. For `marionette run --serial` and for
 * debuggers. It stands at one position only: its master goes through the program step by step.
 */
#ifndef MRN_SERIAL_H
#define MRN_SERIAL_H

#include "marionette.h"

int mrn_serial_serve(const struct mrn_application *application);

#endif
