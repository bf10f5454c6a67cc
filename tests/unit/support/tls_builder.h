/* tls_builder.h
 * Records and clear handshake messages of TLS for a test (RFC 5246, RFC 8446).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TLS_BUILDER_H
#define TLS_BUILDER_H

#include "der_builder.h"
#include "wire/tls_stream.h"

enum { TLS_CHANGE_CIPHER = 20, TLS_ALERT = 21, TLS_HANDSHAKE = 22, TLS_DATA = 23 };

/* A vector: its length in so many octets, then its content. Takes the content over. */
static inline GByteArray *tls_vector(unsigned length_octets, GByteArray *content)
{
    GByteArray *out = g_byte_array_new();

    for (unsigned i = length_octets; i > 0; i--) {
        const uint8_t octet = (uint8_t)(content->len >> 8 * (i - 1));
        g_byte_array_append(out, &octet, 1);
    }
    der_add(out, content);
    return out;
}

static inline GByteArray *tls_number(unsigned octets, unsigned value)
{
    GByteArray *out = g_byte_array_new();

    for (unsigned i = octets; i > 0; i--) {
        const uint8_t octet = (uint8_t)(value >> 8 * (i - 1));
        g_byte_array_append(out, &octet, 1);
    }
    return out;
}

static inline GByteArray *tls_zeros(unsigned size)
{
    GByteArray *out = g_byte_array_new();

    for (unsigned i = 0; i < size; i++)
        g_byte_array_append(out, (const uint8_t *)"", 1);
    return out;
}

static inline GByteArray *tls_record(uint8_t type, GByteArray *content)
{
    return der_join(tls_number(1, type), tls_number(2, SCEP_TLS_1_2), tls_vector(2, content), END);
}

static inline GByteArray *tls_message(uint8_t type, GByteArray *body)
{
    return der_join(tls_number(1, type), tls_vector(3, body), END);
}

static inline GByteArray *tls_extension(unsigned type, GByteArray *content)
{
    return der_join(tls_number(2, type), tls_vector(2, content), END);
}

static inline GByteArray *tls_server_name(const void *name, size_t size)
{
    return tls_extension(0, tls_vector(2, der_join(tls_number(1, 0), tls_vector(2, der_raw(name, size)), END)));
}

/* @param names  separated by ',' */
static inline GByteArray *tls_protocols(const char *names)
{
    char **list = g_strsplit(names, ",", -1);
    GByteArray *content = g_byte_array_new();

    for (char **name = list; *name != NULL; name++)
        der_add(content, tls_vector(1, der_raw(*name, strlen(*name))));
    g_strfreev(list);
    return tls_extension(16, tls_vector(2, content));
}

/* Body of a ClientHello. @param extensions  taken over; NULL: there is no list at all */
static inline GByteArray *tls_client_hello_with(GByteArray *extensions)
{
    GByteArray *out = der_join(tls_number(2, SCEP_TLS_1_2), tls_zeros(32), tls_vector(1, tls_zeros(32)),
                               tls_vector(2, tls_number(2, 0xc02f)), tls_vector(1, tls_zeros(1)), END);

    return extensions != NULL ? der_join(out, tls_vector(2, extensions), END) : out;
}

/* One that offers both versions. @param host  NULL for none; @param protocols  as for tls_protocols(); NULL for none */
static inline GByteArray *tls_client_hello(const char *host, const char *protocols)
{
    return tls_client_hello_with(
        der_join(host != NULL ? tls_server_name(host, strlen(host)) : g_byte_array_new(),
                 protocols != NULL ? tls_protocols(protocols) : g_byte_array_new(),
                 tls_extension(43, tls_vector(1, tls_number(4, SCEP_TLS_1_3 << 16 | SCEP_TLS_1_2))), END));
}

static inline GByteArray *tls_server_hello(unsigned version, const char *protocol)
{
    GByteArray *extensions =
        der_join(protocol != NULL ? tls_protocols(protocol) : g_byte_array_new(),
                 version > SCEP_TLS_1_2 ? tls_extension(43, tls_number(2, version)) : g_byte_array_new(), END);

    return der_join(tls_number(2, MIN(version, SCEP_TLS_1_2)), tls_zeros(32), tls_vector(1, tls_zeros(32)),
                    tls_number(3, 0xc02f00), tls_vector(2, extensions), END);
}

/* Body of a Certificate message up to TLS 1.2. @param certificate  taken over; NULL for a list without any */
static inline GByteArray *tls_certificates(GByteArray *certificate)
{
    return tls_vector(3, certificate != NULL ? tls_vector(3, certificate) : g_byte_array_new());
}

static inline GByteArray *tls_alert(uint8_t level, uint8_t description)
{
    return tls_record(TLS_ALERT, der_join(tls_number(1, level), tls_number(1, description), END));
}

/* A record of application data with so much in it, overhead and all. */
static inline GByteArray *tls_data(unsigned size)
{
    return tls_record(TLS_DATA, tls_zeros(size));
}

static inline GByteArray *tls_hello_record(const char *host, const char *protocols)
{
    return tls_record(TLS_HANDSHAKE, tls_message(SCEP_TLS_CLIENT_HELLO, tls_client_hello(host, protocols)));
}

#endif
