/* fuzz_http_query.c
 * Request targets and base64 values: spans lie in the target, no output is longer than its input, and any octets come
 * back whole from each dialect of base64.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "require.h"
#include "scep/wire.h"
#include "scep/limits.h"

static void require_inside(ScepSpan span, size_t size)
{
    REQUIRE(span.offset <= size && span.length <= size - span.offset);
}

static void check_text(const uint8_t *target, ScepSpan value)
{
    char *text = scep_query_new_text(target, value);

    REQUIRE(strlen(text) <= SCEP_MAX_TEXT && strlen(text) <= 4 * value.length);
    REQUIRE(g_utf8_validate(text, -1, NULL));
    g_free(text);
}

static void check_target(const uint8_t *data, size_t size)
{
    ScepQuery query;
    const bool is_scep = scep_query_parse(data, size, &query);

    require_inside(query.path, size);
    require_inside(query.operation_value, size);
    require_inside(query.message_value, size);
    REQUIRE(query.has_message || query.message_value.length == 0);
    REQUIRE((scep_operation_name(query.operation) != NULL) == (query.operation > SCEP_OP_UNKNOWN));
    REQUIRE(is_scep || query.operation == SCEP_OP_NONE);
    REQUIRE(is_scep || query.path_kind == SCEP_PATH_OTHER || query.path_kind == SCEP_PATH_SCEP);
    check_text(data, query.operation_value);
    check_text(data, query.message_value);
}

static void check_value(const uint8_t *data, size_t size)
{
    unsigned flags = 0;
    GBytes *bytes = scep_query_new_message(data, size, &flags);
    const size_t length = g_bytes_get_size(bytes);

    REQUIRE(length <= size && length <= SCEP_MAX_QUERY_MESSAGE / 4 * 3);
    REQUIRE(!(flags & SCEP_B64_EMPTY) || length == 0);
    REQUIRE(!(flags & SCEP_B64_NO_PADDING) || !(flags & (SCEP_B64_TRUNCATED | SCEP_B64_INVALID)));
    if (scep_body_is_base64(data, size))
        REQUIRE(length >= 8 && *(const uint8_t *)g_bytes_get_data(bytes, NULL) == 0x30);
    g_bytes_unref(bytes);
}

/* How a client may write one character of base64. */
static const char *write_character(char character, uint8_t dialect, char escaped[8])
{
    static const char *const forms[] = { "%c", "%%%02x", "%%25%02X", "%%2525%02x" };

    if ((dialect & 0x10) && character == '=')
        return "";
    if (dialect & 0x04)
        character = character == '+' ? '-' : character == '/' ? '_' : character;
    if ((dialect & 0x08) && character == '+')
        character = ' ';
    if (g_ascii_isalnum(character) && !(dialect & 0x20))
        g_snprintf(escaped, 8, "%c", character);
    else
        g_snprintf(escaped, 8, forms[dialect & 0x03], character, character);
    return escaped;
}

/* The first octet chooses the dialect, the rest is the message. */
static void check_round_trip(const uint8_t *data, size_t size)
{
    const uint8_t dialect = size > 0 ? data[0] : 0;
    const uint8_t *message = size > 0 ? data + 1 : data;
    const size_t length = size > 0 ? size - 1 : 0;
    char *plain = g_base64_encode(message, length);
    GString *value = g_string_new(NULL);
    unsigned flags;
    gsize decoded;

    for (size_t i = 0; plain[i] != '\0'; i++) {
        char escaped[8];
        g_string_append(value, write_character(plain[i], dialect, escaped));
        if ((dialect & 0x40) && i % 64 == 63)
            g_string_append(value, dialect & 0x80 ? "%0D%0A" : "\n");
    }
    if (value->len <= SCEP_MAX_QUERY_MESSAGE) {
        GBytes *bytes = scep_query_new_message((const uint8_t *)value->str, value->len, &flags);
        const void *octets = g_bytes_get_data(bytes, &decoded);
        REQUIRE(decoded == length && (length == 0 || memcmp(octets, message, length) == 0));
        REQUIRE(!(flags & (SCEP_B64_INVALID | SCEP_B64_TRUNCATED)));
        REQUIRE(((flags & SCEP_B64_EMPTY) != 0) == (length == 0));
        REQUIRE(((flags & SCEP_B64_NO_PADDING) != 0) == ((dialect & 0x10) && length % 3 != 0));
        g_bytes_unref(bytes);
    }
    g_string_free(value, TRUE);
    g_free(plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_target(data, size);
    check_value(data, size);
    check_round_trip(data, size);
    return 0;
}
