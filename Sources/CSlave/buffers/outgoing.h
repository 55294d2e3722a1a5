/* Bytes on their way to the master: small messages gathered in segments, large ones as they are. */
#ifndef MRN_OUTGOING_H
#define MRN_OUTGOING_H

#include "buffer.h"

struct mrn_segment;

struct mrn_outgoing {
    struct mrn_segment *first;
    struct mrn_segment *last;
    struct mrn_segment *spare; /* one is kept, so that a steady stream takes no memory */
    size_t size;               /* bytes that wait */
};

/* Copies. False: no memory. */
bool mrn_outgoing_add(struct mrn_outgoing *out, const uint8_t *bytes, size_t size);
/* Takes the buffer over, and gives it back when its first `size` bytes are sent, or when this
 * fails.
 */
bool mrn_outgoing_take(struct mrn_outgoing *out, struct mrn_buffer *buffer, size_t size);
/* A buffer that was lent so waits. */
bool mrn_outgoing_has(const struct mrn_outgoing *out, const uint32_t *lent);
/* Writes what the descriptor takes now. False: it is broken. */
bool mrn_outgoing_flush(struct mrn_outgoing *out, int fd);
void mrn_outgoing_free(struct mrn_outgoing *out);

#endif
