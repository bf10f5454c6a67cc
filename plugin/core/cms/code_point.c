/* code_point.c
 * messageType, pkiStatus and failInfo: absent, known by name, or there and not understood are three things.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/code_point.h"

#include <errno.h>
#include <string.h>

#include "asn1/asn1_text.h"
#include "asn1/hex.h"
#include "cms/attributes.h"
#include "scep/limits.h"

#define TAG_ENUMERATED 10

static bool decimal(const char *text, int64_t *number)
{
    char *end;

    if (!g_ascii_isdigit(text[0]) && text[0] != '-')
        return false;
    errno = 0;
    *number = g_ascii_strtoll(text, &end, 10);
    return errno == 0 && end != text && *end == '\0';
}

/* An INTEGER in place of the text of a number, as long as it fits. */
static char *integer_text(const uint8_t *octets, size_t size)
{
    uint64_t bits = size > 0 && (octets[0] & 0x80) ? UINT64_MAX : 0;

    for (size_t i = 0; i < size; i++)
        bits = bits << 8 | octets[i];
    return g_strdup_printf("%" G_GINT64_FORMAT, (int64_t)bits);
}

static char *hex_text(const uint8_t *octets, size_t size)
{
    GString *text = g_string_new("0x");

    scep_hex_append(text, octets, size);
    return g_string_free(text, FALSE);
}

static bool is_printable(const char *text)
{
    while (*text != '\0' && g_unichar_isprint(g_utf8_get_char(text)))
        text = g_utf8_next_char(text);
    return *text == '\0';
}

/* What holds characters that do not print, NUL among them, is told in hex. */
static char *string_text(uint32_t tag, const uint8_t *octets, size_t size)
{
    size_t characters;
    char *text = g_malloc(SCEP_UTF8_ROOM(size) + 1);

    text[scep_string_utf8(tag, octets, size, (uint8_t *)text, &characters)] = '\0';
    if (g_utf8_strlen(text, -1) == (glong)characters && is_printable(text))
        return text;
    g_free(text);
    return hex_text(octets, size);
}

static char *value_text(const uint8_t *data, const ScepAttribute *attribute)
{
    const uint8_t *octets = data + attribute->value.offset;
    const size_t size = MIN(attribute->value.length, SCEP_MAX_TEXT);

    if (attribute->value_tag == SCEP_TAG_INTEGER || attribute->value_tag == TAG_ENUMERATED)
        return size > 0 && size <= sizeof(int64_t) ? integer_text(octets, size) : hex_text(octets, size);
    return string_text(attribute->value_tag, octets, size);
}

/* Numbers that nobody defines are told of by scep_message_check(); these are none, or too large to be one. */
static void check(ScepMessage *message, const ScepAttribute *attribute, bool is_number, int64_t number)
{
    if (attribute->value_count > 0 && !(is_number && number >= 0 && number <= UINT8_MAX))
        scep_message_problem(message, SCEP_PROBLEM_NOT_A_NUMBER, attribute->info->id, attribute->whole, 0);
}

static void read(ScepMessage *message, const uint8_t *data, const ScepAttribute *attribute, int *code, char **other,
                 const char *(*name)(int))
{
    int64_t number = -1;
    char *text = attribute->value_count > 0 ? value_text(data, attribute) : g_strdup("");
    const bool is_number = decimal(text, &number);

    if (is_number && number >= 0 && number <= UINT8_MAX)
        *code = (int)number;
    check(message, attribute, is_number, number);
    if (*code >= 0 && name(*code) != NULL)
        g_free(text);
    else
        *other = text;
}

bool scep_code_point_read(ScepMessage *message, const uint8_t *data, const ScepAttribute *attribute)
{
    switch (attribute->info->id) {
    case SCEP_ATTR_MESSAGE_TYPE:
        read(message, data, attribute, &message->message_type, &message->message_type_other, scep_message_type_name);
        return true;
    case SCEP_ATTR_PKI_STATUS:
        read(message, data, attribute, &message->pki_status, &message->pki_status_other, scep_pki_status_name);
        return true;
    case SCEP_ATTR_FAIL_INFO:
        read(message, data, attribute, &message->fail_info, &message->fail_info_other, scep_fail_info_name);
        return true;
    default:
        return false;
    }
}

bool scep_code_number(int code, const char *other, int64_t *number)
{
    *number = code;
    return code >= 0 || (other != NULL && decimal(other, number));
}

/* As much of a text as a line takes. */
#define SHOWN_CHARACTERS 64

/* Some servers write the name of a code where its number belongs. */
static bool is_name(ScepAttributeId id, const char *other)
{
    const char *(*const name)(int) = id == SCEP_ATTR_MESSAGE_TYPE ? scep_message_type_name
                                     : id == SCEP_ATTR_PKI_STATUS ? scep_pki_status_name
                                                                  : scep_fail_info_name;

    for (int code = 0; code <= UINT8_MAX; code++) {
        if (name(code) != NULL && g_ascii_strcasecmp(name(code), other) == 0)
            return true;
    }
    return false;
}

char *scep_code_new_other_text(ScepAttributeId id, const char *other, bool of_client)
{
    const char *attribute = scep_attribute_info(id)->name;
    const char *quote = decimal(other, &(int64_t){ 0 }) ? "" : "\"";
    const char *owner = of_client ? "client" : "CA";
    const glong length = g_utf8_strlen(other, -1);

    if (length == 0)
        return g_strdup_printf("%s without a value", attribute);
    if (is_name(id, other))
        return g_strdup_printf("%s \"%s\" (a code of the %s's own: the name in place of the number)", attribute, other,
                               owner);
    char *shown = g_utf8_substring(other, 0, MIN(length, SHOWN_CHARACTERS));
    char *text = g_strdup_printf("%s %s%s%s%s (a code of the %s's own)", attribute, quote, shown,
                                 length > SHOWN_CHARACTERS ? "..." : "", quote, owner);
    g_free(shown);
    return text;
}
