/* http_count.c
 * How many HTTP messages there were to look at: a report that finds nothing says so, so that silence is never taken for
 * health. Wireshark's taps do not serve: those of HTTP count a message anew when more of it comes, and those of HTTP/2
 * count frames.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "http_count.h"

#include "capture_file.h"
#include "http_source.h"

static unsigned count_http1(packet_info *pinfo, wmem_array_t *sources)
{
    wmem_array_t *messages = http_source_read_http1(pinfo, sources);
    unsigned count = 0;

    for (unsigned i = 0; i < wmem_array_get_count(messages); i++)
        count += !((const HttpPdu *)wmem_array_index(messages, i))->awaited;
    return count;
}

/* Trailers are header lists too, but begin with a field that is none of these (RFC 9113 8.1, 8.3). */
static bool begins_message(const HttpSource *source)
{
    const size_t size = tvb_captured_length(source->tvb);
    ScepSpan name, value;
    size_t offset = 0;

    if (source->kind != SOURCE_HEADER_LIST || size == 0)
        return false;
    const uint8_t *data = tvb_get_ptr(source->tvb, 0, (int)size);
    return scep_http2_field_read(data, size, &offset, &name, &value) && scep_span_has_prefix(data, name, ":");
}

static unsigned count_http2(wmem_array_t *sources)
{
    unsigned count = 0;

    for (unsigned i = 0; i < wmem_array_get_count(sources); i++)
        count += begins_message(wmem_array_index(sources, i));
    return count;
}

void http_count_frame(packet_info *pinfo, const Segment *segment, bool http1, bool http2)
{
    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    if (!http1 && !http2)
        return;
    wmem_array_t *sources = http_source_list(pinfo, segment);
    capture_file->http_messages += http2 ? count_http2(sources) : count_http1(pinfo, sources);
}
