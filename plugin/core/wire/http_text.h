/* http_text.h
 * Octets of HTTP texts, for the modules that read them. Inline: these run for each octet of a header section.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_WIRE_HTTP_TEXT_H
#define SCEP_CORE_WIRE_HTTP_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "scep/asn1.h"

/* ASCII only, whatever the locale; octets over 0x7f stay. */
static inline uint8_t lower_case(uint8_t octet)
{
    return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet | 0x20) : octet;
}

static inline size_t span_end(ScepSpan span)
{
    return span.offset + span.length;
}

#endif
