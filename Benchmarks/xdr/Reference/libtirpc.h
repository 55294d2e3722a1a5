/* The mixed list by rpcgen's code and libtirpc, from memory to memory. */
#ifndef LIBTIRPC_H
#define LIBTIRPC_H

#include "measure.h"

/* Encodes the list once, into memory that was written before. */
struct measured libtirpc_encode(void);
/* Decodes what was encoded last, and frees the value. */
struct measured libtirpc_decode(void);

#endif
