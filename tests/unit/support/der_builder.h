/* der_builder.h
 * Building BER in a test: elements that nest as their calls do.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef DER_BUILDER_H
#define DER_BUILDER_H

#include <glib.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <openssl/asn1.h>

/* Every function returns a new array and takes over the arrays it is given: der(0x30, der_oid("1.2"), der_null(), END)
 * leaves one array to release. */
#define END ((GByteArray *)NULL)

enum {
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTETS = 0x04,
    DER_OID = 0x06,
    DER_UTF8 = 0x0c,
    DER_PRINTABLE = 0x13,
    DER_T61 = 0x14,
    DER_IA5 = 0x16,
    DER_UTC_TIME = 0x17,
    DER_BMP = 0x1e,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_CONTEXT_0 = 0xa0,
    DER_CONTEXT_1 = 0xa1
};

static inline GByteArray *der_raw(const void *bytes, size_t size)
{
    return g_byte_array_append(g_byte_array_new(), bytes, (guint)size);
}

static inline void der_add(GByteArray *out, GByteArray *part)
{
    g_byte_array_append(out, part->data, part->len);
    g_byte_array_unref(part);
}

static inline GByteArray *der_join_va(va_list parts)
{
    GByteArray *out = g_byte_array_new();

    for (GByteArray *part = va_arg(parts, GByteArray *); part != NULL; part = va_arg(parts, GByteArray *))
        der_add(out, part);
    return out;
}

/* One behind the other. */
static inline GByteArray *der_join(GByteArray *first, ...)
{
    va_list parts;

    va_start(parts, first);
    GByteArray *rest = der_join_va(parts);
    va_end(parts);
    der_add(first, rest);
    return first;
}

/* Identifier and the shortest definite length, X.690 10.1. */
static inline GByteArray *der_head(uint8_t identifier, size_t length)
{
    GByteArray *out = der_raw(&identifier, 1);
    uint8_t octets[9];
    unsigned count = 0;

    for (size_t rest = length; length > 0x7f && rest > 0; rest >>= 8)
        octets[sizeof octets - ++count] = (uint8_t)rest;
    octets[sizeof octets - count - 1] = count > 0 ? (uint8_t)(0x80 | count) : (uint8_t)length;
    return g_byte_array_append(out, octets + sizeof octets - count - 1, count + 1);
}

static inline GByteArray *der_primitive(uint8_t identifier, const void *content, size_t size)
{
    return g_byte_array_append(der_head(identifier, size), content, (guint)size);
}

static inline GByteArray *der_wrap(uint8_t identifier, GByteArray *content)
{
    GByteArray *out = der_head(identifier, content->len);

    der_add(out, content);
    return out;
}

/* A constructed element with these parts, END last. The identifier is an int because va_start() wants a type that
 * promotion leaves as it is. */
static inline GByteArray *der(int identifier, ...)
{
    va_list parts;

    va_start(parts, identifier);
    GByteArray *content = der_join_va(parts);
    va_end(parts);
    return der_wrap((uint8_t)identifier, content);
}

static inline GByteArray *ber_wrap(uint8_t identifier, GByteArray *content)
{
    const uint8_t head[] = { identifier, 0x80 };
    const uint8_t mark[] = { 0, 0 };

    g_byte_array_prepend(content, head, sizeof head);
    return g_byte_array_append(content, mark, sizeof mark);
}

/* The same with an indefinite length, X.690 8.1.3.6. */
static inline GByteArray *ber(int identifier, ...)
{
    va_list parts;

    va_start(parts, identifier);
    GByteArray *content = der_join_va(parts);
    va_end(parts);
    return ber_wrap((uint8_t)identifier, content);
}

/* Either form, for tests that hold for both. */
static inline GByteArray *der_or_ber(bool indefinite, uint8_t identifier, GByteArray *content)
{
    return indefinite ? ber_wrap(identifier, content) : der_wrap(identifier, content);
}

static inline GByteArray *der_text(uint8_t identifier, const char *text)
{
    return der_primitive(identifier, text, strlen(text));
}

static inline GByteArray *der_octets(const void *content, size_t size)
{
    return der_primitive(DER_OCTETS, content, size);
}

static inline GByteArray *der_small_integer(uint8_t value)
{
    return der_primitive(DER_INTEGER, &value, 1);
}

static inline GByteArray *der_null(void)
{
    return der_raw("\x05", 2);
}

static inline GByteArray *der_oid(const char *dotted)
{
    uint8_t content[64];
    const int size = a2d_ASN1_OBJECT(content, sizeof content, dotted, -1);

    return der_primitive(DER_OID, content, size > 0 ? (size_t)size : 0);
}

/* SEQUENCE { OID, NULL }. */
static inline GByteArray *der_algorithm(const char *dotted)
{
    return der(DER_SEQUENCE, der_oid(dotted), der_null(), END);
}

/* A constructed OCTET STRING in pieces of this many bytes, X.690 8.7.3. */
static inline GByteArray *ber_chunks(const void *content, size_t size, size_t piece)
{
    GByteArray *pieces = g_byte_array_new();

    for (size_t at = 0; at < size; at += piece)
        der_add(pieces, der_octets((const uint8_t *)content + at, MIN(piece, size - at)));
    return ber_wrap(0x24, pieces);
}

/* The bytes in a block of their own size, so that the sanitizer sees a read behind the end. @return g_free(). */
static inline uint8_t *der_exact(GByteArray *array, size_t *size)
{
    uint8_t *data = g_memdup2(array->data, array->len);

    *size = array->len;
    g_byte_array_unref(array);
    return data;
}

#endif
