/* http_target.c
 * Cheap tests of what a request asks for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "http_target.h"

#include <string.h>

#include "scep/wire.h"
#include "scep/limits.h"
#include "scep/catalogue.h"

/* Services are asked by GET, POST, PUT; a longer method is none of theirs. */
#define LONGEST_METHOD 5

/* The path ends well in front of this; only a query goes on behind it. */
#define LONGEST_PATH 1024

bool http_target_is_service(const uint8_t *line, size_t size)
{
    const size_t method = size < LONGEST_METHOD + 1 ? size : LONGEST_METHOD + 1;
    const uint8_t *blank = memchr(line, ' ', method);

    if (blank == NULL)
        return false;
    const uint8_t *target = blank + 1;
    size_t left = (size_t)(line + size - target);
    if (left > LONGEST_PATH)
        left = LONGEST_PATH;
    const uint8_t *end = memchr(target, ' ', left);
    return scep_service_may_be(target, end != NULL ? (size_t)(end - target) : left);
}

bool http_target_list_is_service(const uint8_t *list, size_t size)
{
    ScepSpan name, value;
    size_t offset = 0;

    for (unsigned count = 0; count < SCEP_HTTP_MAX_FIELDS && scep_http2_field_read(list, size, &offset, &name, &value);
         count++) {
        if (scep_span_equals(list, name, ":path") && scep_service_may_be(list + value.offset, value.length))
            return true;
        if (scep_span_equals(list, name, "content-type") && (scep_span_has_prefix(list, value, SCEP_SYNCML_XML) ||
                                                             scep_span_has_prefix(list, value, SCEP_SYNCML_WBXML)))
            return true;
    }
    return false;
}
