/* unfinished.h
 * HTTP/1 messages that began and whose end has not come yet. In most cases a later frame has the whole of it; where the
 * capture lacks a part, what the other side does next shows that none will.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_UNFINISHED_H
#define SCEP_UNFINISHED_H

#include "http_source.h"

/** One of them. File scope */
typedef struct {
    HttpHead head;
    ScepExtent extent;
    uint32_t frame; /**< in which it begins */
    nstime_t moment;
} Unfinished;

/** Keeps the begin of a message. @return file scope */
Unfinished *unfinished_keep(const packet_info *pinfo, const HttpPdu *http);

/** The same as a message without a body. Lives as long as @a unfinished. */
HttpPdu unfinished_pdu(const Unfinished *unfinished);

#endif
