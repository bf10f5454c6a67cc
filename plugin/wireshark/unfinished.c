/* unfinished.c
 * HTTP/1 messages that began and whose end has not come yet.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "unfinished.h"

static const char *kept(const char *text)
{
    return text != NULL ? wmem_strdup(wmem_file_scope(), text) : NULL;
}

Unfinished *unfinished_keep(const packet_info *pinfo, const HttpPdu *http)
{
    Unfinished *unfinished = wmem_new0(wmem_file_scope(), Unfinished);
    HttpHead *head = &unfinished->head;

    *head = *http->head;
    head->target = kept(head->target);
    head->host = kept(head->host);
    head->user_agent = kept(head->user_agent);
    head->server = kept(head->server);
    head->location = kept(head->location);
    head->content_type = kept(head->content_type);
    head->content_encoding = kept(head->content_encoding);
    head->authenticate = kept(head->authenticate);
    head->ms_proxy = kept(head->ms_proxy);
    head->client_request_id = kept(head->client_request_id);
    unfinished->extent = http->extent;
    unfinished->frame = pinfo->num;
    unfinished->moment = pinfo->abs_ts;
    return unfinished;
}

HttpPdu unfinished_pdu(const Unfinished *unfinished)
{
    return (HttpPdu){ .head = &unfinished->head, .target_offset = -1, .extent = unfinished->extent };
}
