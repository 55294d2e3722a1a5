/*
 * Memory that the relay has in common with its workers: large records cross no socket between them.
 * Whoever has a record there sends a reference instead, a record shorter than any message. What no
 * area is free for, or is larger, goes through the socket.
 *
 * Calls lie in areas that the relay takes and gives back; workers see them, and cannot write. Each
 * worker has areas of its own for replies, which nobody else writes. One that the relay has still
 * to send is marked as lent until it is sent.
 */
#ifndef MRN_AREAS_H
#define MRN_AREAS_H

#include "../limits.h"
#include "buffer.h"

#define MRN_REFERENCE_SIZE 12u

struct mrn_areas {
    uint8_t *base; /* NULL: the system gives none */
    uint32_t workers;
    uint32_t calls; /* areas for calls; those for replies stand behind them */
    uint64_t taken; /* a bit for each of them */
    bool touched;   /* since mrn_areas_clear */
};

/* Before any process is forked that is to see them. */
void mrn_areas_make(struct mrn_areas *areas, uint32_t workers);

/* One for a call of that size, at most MRN_AREA; none, where none is free. */
struct mrn_buffer mrn_areas_take(struct mrn_areas *areas, size_t size);
/* For mrn_buffer_free alone. */
void mrn_areas_give_back(struct mrn_areas *areas, const uint8_t *bytes);
/* Something was written there, and nobody has it any more. */
static inline bool mrn_areas_can_clear(const struct mrn_areas *areas)
{
    return areas->touched && areas->taken == 0;
}
/* Returns the memory to the system: its bytes are lost. */
void mrn_areas_clear(struct mrn_areas *areas);

/* In a worker: from now on it can write its own only. */
void mrn_areas_enter(const struct mrn_areas *areas, uint32_t worker);
/* Of MRN_REPLY_AREAS. */
uint8_t *mrn_areas_reply(const struct mrn_areas *areas, uint32_t worker, uint32_t number);

void mrn_areas_refer(const struct mrn_areas *areas, const uint8_t *bytes, size_t size,
                     uint8_t reference[static MRN_REFERENCE_SIZE]);
/* What the relay referred to. */
const uint8_t *mrn_areas_call(const struct mrn_areas *areas, const uint8_t *reference,
                              size_t *size);
/* What a worker referred to; none, where that is in none of its own areas. `lent`: its marks. */
struct mrn_buffer mrn_areas_replied(struct mrn_areas *areas, uint32_t worker,
                                    const uint8_t *reference,
                                    uint32_t lent[static MRN_REPLY_AREAS]);

#endif
