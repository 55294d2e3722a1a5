#include "areas.h"

#include "../port/invariant.h"
#include "../port/port.h"
#include "words.h"

#include <string.h>

void mrn_areas_make(struct mrn_areas *areas, uint32_t workers)
{
    uint32_t calls = workers * MRN_CALL_AREAS_WORKER;
    memset(areas, 0, sizeof *areas);
    areas->workers = workers;
    areas->calls = calls < MRN_CALL_AREAS_MAX ? calls : MRN_CALL_AREAS_MAX;
    uint64_t count = areas->calls + (uint64_t)workers * MRN_REPLY_AREAS;
    if (count <= MRN_AREAS_BYTES_MAX / MRN_AREA)
        areas->base = mrn_port_map_shared((size_t)count * MRN_AREA);
}

struct mrn_buffer mrn_areas_take(struct mrn_areas *areas, size_t size)
{
    struct mrn_buffer area = {NULL, 0, NULL, NULL};
    /* The first one: the fewer are used, the more of them stay in the processor's cache. */
    for (uint32_t i = 0; areas->base != NULL && i < areas->calls; i++) {
        if ((areas->taken >> i & 1u) != 0)
            continue;
        areas->taken |= UINT64_C(1) << i;
        areas->touched = true;
        area.bytes = areas->base + (size_t)i * MRN_AREA;
        area.size = size;
        area.areas = areas;
        break;
    }
    return area;
}

void mrn_areas_give_back(struct mrn_areas *areas, const uint8_t *bytes)
{
    size_t offset = (size_t)(bytes - areas->base);
    size_t number = offset / MRN_AREA;
    MRN_INVARIANT(offset % MRN_AREA == 0 && number < areas->calls &&
                  (areas->taken >> number & 1u) != 0);
    areas->taken &= ~(UINT64_C(1) << number);
}

static size_t whole_size(const struct mrn_areas *areas)
{
    return (areas->calls + (size_t)areas->workers * MRN_REPLY_AREAS) * MRN_AREA;
}

void mrn_areas_clear(struct mrn_areas *areas)
{
    MRN_INVARIANT(areas->taken == 0);
    mrn_port_clear(areas->base, whole_size(areas));
    areas->touched = false;
}

void mrn_areas_enter(const struct mrn_areas *areas, uint32_t worker)
{
    if (areas->base == NULL)
        return;
    mrn_port_protect(areas->base, whole_size(areas), false);
    mrn_port_protect(mrn_areas_reply(areas, worker, 0), (size_t)MRN_REPLY_AREAS * MRN_AREA, true);
}

uint8_t *mrn_areas_reply(const struct mrn_areas *areas, uint32_t worker, uint32_t number)
{
    return areas->base + (areas->calls + (size_t)worker * MRN_REPLY_AREAS + number) * MRN_AREA;
}

void mrn_areas_refer(const struct mrn_areas *areas, const uint8_t *bytes, size_t size,
                     uint8_t reference[static MRN_REFERENCE_SIZE])
{
    size_t offset = (size_t)(bytes - areas->base);
    MRN_INVARIANT(size <= MRN_AREA - offset % MRN_AREA);
    mrn_store32(reference, (uint32_t)(offset / MRN_AREA));
    mrn_store32(reference + 4, (uint32_t)(offset % MRN_AREA));
    mrn_store32(reference + 8, (uint32_t)size);
}

const uint8_t *mrn_areas_call(const struct mrn_areas *areas, const uint8_t *reference, size_t *size)
{
    *size = mrn_load32(reference + 8);
    return areas->base + (size_t)mrn_load32(reference) * MRN_AREA + mrn_load32(reference + 4);
}

struct mrn_buffer mrn_areas_replied(struct mrn_areas *areas, uint32_t worker,
                                    const uint8_t *reference, uint32_t lent[static MRN_REPLY_AREAS])
{
    struct mrn_buffer reply = {NULL, 0, NULL, NULL};
    uint32_t start = mrn_load32(reference + 4);
    uint32_t size = mrn_load32(reference + 8);
    uint32_t number = mrn_load32(reference) - areas->calls - worker * MRN_REPLY_AREAS;
    if (areas->base == NULL || number >= MRN_REPLY_AREAS || start > MRN_AREA ||
        size > MRN_AREA - start)
        return reply;
    areas->touched = true;
    reply.bytes = mrn_areas_reply(areas, worker, number) + start;
    reply.size = size;
    reply.lent = &lent[number];
    return reply;
}
