#include "worker_bridge.h"

#include "marionette.h"

const uint8_t *mrn_bridge_take(struct mrn_reader *in, size_t *count)
{
    const uint8_t *rest = in->bytes + in->offset;

    *count = in->count - in->offset;
    in->offset = in->count;
    return rest;
}

bool mrn_bridge_refuse(struct mrn_reader *in, const char *path, const char *reason)
{
    mrn_reader_fail(in, "%s", reason);
    return path[0] != '\0' && mrn_reader_in_field(in, path);
}

bool mrn_bridge_unsendable(struct mrn_writer *out, const char *path, const char *reason)
{
    mrn_writer_fail(out, "%s", reason);
    return path[0] != '\0' && mrn_writer_in_field(out, path);
}

bool mrn_bridge_answer(struct mrn_writer *out, const uint8_t *bytes, size_t count)
{
    if (count > UINT32_MAX)
        return mrn_writer_fail(out, "%zu bytes are more than a message holds", count);
    return mrn_write_opaque(out, (uint32_t)count, bytes);
}

bool mrn_bridge_fail(struct mrn_call *call, const char *sentence)
{
    return mrn_fail(call, "%s", sentence);
}

uint64_t mrn_bridge_position(const struct mrn_call *call)
{
    return mrn_position(call);
}
