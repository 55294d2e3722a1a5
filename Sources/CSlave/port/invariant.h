/*
 * What always holds, unless there is a fault of ours: looked at where its breach would damage
 * memory or lose an operation, and in every build, since a slave that ends is found out and
 * replaced, and one that goes on may answer wrongly.
 */
#ifndef MRN_INVARIANT_H
#define MRN_INVARIANT_H

#include "port.h"

#define MRN_INVARIANT(holds) ((holds) ? (void)0 : mrn_port_impossible(__func__, #holds))

#endif
