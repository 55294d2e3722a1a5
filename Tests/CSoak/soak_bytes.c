/* The header has it all; SwiftPM wants a source. */
#include "soak_bytes.h"
