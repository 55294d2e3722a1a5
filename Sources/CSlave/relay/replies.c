#include "replies.h"

#include <string.h>

bool mrn_reply_resolve(struct mrn_reply *reply, struct mrn_areas *areas, uint32_t worker,
                       struct mrn_mark *mark)
{
    memset(&reply->rest, 0, sizeof reply->rest);
    if (reply->record.size != MRN_REFERENCE_SIZE)
        return reply->record.size >= MRN_REPLY_MIN;
    reply->rest = mrn_areas_replied(areas, worker, reply->record.bytes, mark->lent);
    if (reply->rest.bytes == NULL || reply->rest.size <= MRN_REPLY_MIN)
        return false;
    memcpy(reply->head, reply->rest.bytes, MRN_REPLY_MIN);
    reply->record.bytes = reply->head;
    reply->record.size = MRN_REPLY_MIN;
    reply->record.is_marked = false;
    reply->rest.bytes += MRN_REPLY_MIN;
    reply->rest.size -= MRN_REPLY_MIN;
    return true;
}
