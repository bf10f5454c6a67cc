/* frame_pdus.c
 * The SCEP messages of a frame, parsed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "frame_pdus.h"

#include "first_pass.h"

/* The same PDU again, from the same sources. */
static ScepHttpPdu *find_pdu(packet_info *pinfo, const FrameMessage *part, wmem_array_t *sources, wmem_array_t *http1)
{
    wmem_array_t *list = frame_state_claims(pinfo);

    if (part->claimed) {
        if (list == NULL || part->position >= wmem_array_get_count(list))
            return NULL;
        const HttpPdu http = scep_pdu_of_body(*(tvbuff_t **)wmem_array_index(list, part->position));
        return scep_pdu_new(pinfo, &http);
    }
    if (part->http2 != NULL) {
        const HttpPdu http = http2_message_unit(part->http2, pinfo, sources);
        return scep_pdu_new(pinfo, &http);
    }
    return part->position < wmem_array_get_count(http1) ? scep_pdu_new(pinfo, wmem_array_index(http1, part->position))
                                                        : NULL;
}

static wmem_array_t *later_pass(packet_info *pinfo, const Segment *segment, bool parse)
{
    wmem_array_t *shown = wmem_array_new(pinfo->pool, sizeof(ScepShown));
    wmem_array_t *sources = http_source_list(pinfo, segment);
    wmem_array_t *http1 = http_source_read_http1(pinfo, sources);
    const FrameMessage *part;

    for (unsigned i = 0; (part = frame_state_get(pinfo->num, i)) != NULL; i++) {
        const ScepShown entry = { part, find_pdu(pinfo, part, sources, http1) };

        if (entry.pdu == NULL)
            continue;
        if (part->is_request && part->call == NULL)
            scep_pdu_is_request(entry.pdu);
        if (parse && part->call == NULL) {
            scep_pdu_parse(entry.pdu, pinfo, part->exchange->operation);
            entry.pdu->checks = part->is_request ? part->exchange->request_checks : part->exchange->response_checks;
            scep_pdu_open(entry.pdu);
        }
        wmem_array_append_one(shown, entry);
    }
    return shown;
}

wmem_array_t *frame_pdus(packet_info *pinfo, const Segment *segment, bool http1, bool http2, bool parse)
{
    if (!PINFO_FD_VISITED(pinfo))
        return first_pass(pinfo, segment, http1, http2);
    return frame_state_get(pinfo->num, 0) != NULL ? later_pass(pinfo, segment, parse) : NULL;
}
