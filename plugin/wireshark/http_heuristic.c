/* http_heuristic.c
 * Long SCEP requests on ports that Wireshark does not know as HTTP.
 *
 * Wireshark's own heuristic wants a whole request line in the first segment. A GET PKIOperation has kilobytes of base64
 * in it (Cisco IOS-XE: HTTP/1.0, three segments), so on an odd port it would never be seen as HTTP.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "http_heuristic.h"

#include <epan/conversation.h>
#include <string.h>

#include "scep/wire.h"
#include "ws_compat.h"

static dissector_handle_t http_handle;

/* A request line that begins here and goes on beyond this segment, and names a SCEP operation. */
static bool begins_long_request(const uint8_t *data, size_t size)
{
    ScepQuery query;

    if (size < 32 || memcmp(data, "GET ", 4) != 0 || memchr(data, '\n', size) != NULL)
        return false;
    return scep_query_parse(data + 4, size - 4, &query) && query.operation == SCEP_OP_PKIOPERATION;
}

static ws_bool_t dissect_long_request(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const int size = (int)tvb_captured_length(tvb);

    if (http_handle == NULL || size < 32 || !begins_long_request(tvb_get_ptr(tvb, 0, size), (size_t)size))
        return FALSE;
    conversation_set_dissector(find_or_create_conversation(pinfo), http_handle);
    /* The heuristic call has used up the right to ask for the rest of the line. */
    pinfo->can_desegment = pinfo->saved_can_desegment;
    call_dissector_with_data(http_handle, tvb, pinfo, tree, data);
    return TRUE;
}

void scep_register_http_heuristic(int proto)
{
    http_handle = find_dissector("http-over-tcp");
    heur_dissector_add("tcp", dissect_long_request, "SCEP request over several segments", "scep_tcp", proto,
                       HEURISTIC_ENABLE);
}
