/* dns_message.c
 * What a DNS message says about a host.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/wire.h"

#include <glib.h>
#include <string.h>

enum {
    HEADER = 12,
    RECORD_FIXED = 10, /* type, class, TTL, length */
    POINTER = 0xc0,    /* RFC 1035 4.1.4 */
    MAX_JUMPS = 16,
    TYPE_A = 1,
    TYPE_CNAME = 5,
    TYPE_AAAA = 28,
    MAX_RECORDS = 64
};

static unsigned get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

bool scep_dns_has_initial(const uint8_t *data, size_t size, const char *letters)
{
    for (size_t at = HEADER; at + 1 < size && data[at] != 0; at += 1u + data[at]) {
        const size_t end = MIN(at + 1 + data[at], size);
        const uint8_t *word = data + at + 1;
        while (word != NULL && word < data + end) {
            if (*word != 0 && strchr(letters, *word | 0x20) != NULL)
                return true;
            word = memchr(word, '-', (size_t)(data + end - word));
            word = word != NULL ? word + 1 : NULL;
        }
    }
    return false;
}

static inline char printable(uint8_t octet)
{
    if (octet >= 'A' && octet <= 'Z')
        return (char)(octet | 0x20);
    return octet > 0x20 && octet < 0x7f ? (char)octet : '?';
}

/* @param at  moved behind the name; @param out  may be NULL. @return false for one that is damaged or cut */
static bool read_name(const uint8_t *data, size_t size, size_t *at, char *out)
{
    size_t here = *at, length = 0;
    bool jumped = false;

    for (unsigned jumps = 0; jumps < MAX_JUMPS;) {
        if (here >= size)
            return false;
        const uint8_t label = data[here];
        if (label == 0) {
            if (out != NULL)
                out[length] = '\0';
            if (!jumped)
                *at = here + 1;
            return true;
        }
        if ((label & POINTER) == POINTER) {
            if (here + 1 >= size)
                return false;
            if (!jumped)
                *at = here + 2;
            jumped = true;
            jumps++;
            here = get16(data + here) & 0x3fff;
            continue;
        }
        if (label & POINTER || here + 1 + label > size || length + label + 2 > SCEP_DNS_NAME)
            return false;
        if (out != NULL) {
            if (length > 0)
                out[length] = '.';
            char *to = out + length + (length > 0);
            for (unsigned i = 0; i < label; i++)
                to[i] = printable(data[here + 1 + i]);
        }
        length += label + (length > 0);
        here += 1u + label;
    }
    return false;
}

bool scep_dns_read_question(const uint8_t *data, size_t size, ScepDnsMessage *out)
{
    size_t at = HEADER;

    if (size < HEADER || get16(data + 4) != 1)
        return false;
    out->id = (uint16_t)get16(data);
    out->is_answer = (data[2] & 0x80) != 0;
    out->is_truncated = (data[2] & 0x02) != 0;
    out->code = data[3] & 0x0f;
    out->alias_count = out->address_count = 0;
    if (!read_name(data, size, &at, out->name) || at + 4 > size)
        return false;
    const unsigned type = get16(data + at);
    out->wants_ipv6 = type == TYPE_AAAA;
    out->wants_address = type == TYPE_A || out->wants_ipv6;
    return true;
}

static void read_record(const uint8_t *data, size_t size, unsigned type, size_t at, unsigned length,
                        ScepDnsMessage *out)
{
    if (type == TYPE_CNAME && out->alias_count < SCEP_DNS_ALIASES) {
        if (read_name(data, size, &at, out->alias[out->alias_count]))
            out->alias_count++;
    } else if ((type == TYPE_A && length == 4) || (type == TYPE_AAAA && length == 16)) {
        if (out->address_count == SCEP_DNS_ADDRESSES)
            return;
        memcpy(out->address[out->address_count].octets, data + at, length);
        out->address[out->address_count++].length = (uint8_t)length;
    }
}

void scep_dns_read_answers(const uint8_t *data, size_t size, ScepDnsMessage *out)
{
    const unsigned count = MIN(get16(data + 6), MAX_RECORDS);
    size_t at = HEADER;

    if (!read_name(data, size, &at, NULL))
        return;
    at += 4;
    for (unsigned i = 0; i < count; i++) {
        if (!read_name(data, size, &at, NULL) || at + RECORD_FIXED > size) {
            out->is_truncated = true;
            return;
        }
        const unsigned type = get16(data + at), length = get16(data + at + 8);
        at += RECORD_FIXED;
        if (at + length > size) {
            out->is_truncated = true;
            return;
        }
        read_record(data, size, type, at, length, out);
        at += length;
    }
}
