#include "identity.h"

/* Weak: the generated build_identity.c of a bundle replaces it. In a file of its own, so that no
 * compiler takes the text for a constant. */
__attribute__((weak)) const char mrn_build_identity[] = "development";
