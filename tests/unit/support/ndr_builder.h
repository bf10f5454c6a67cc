/* ndr_builder.h
 * Builds NDR and NDR64 stubs, sound ones and others, for the tests of the reader.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef NDR_BUILDER_H
#define NDR_BUILDER_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "scep/rpc.h"

/* A stub in the making. flags are those of scep_ndr_init(). */
typedef struct {
    GByteArray *bytes;
    unsigned flags;
} Stub;

static inline Stub stub_new(unsigned flags)
{
    return (Stub){ g_byte_array_new(), flags };
}

static inline void stub_free(Stub *stub)
{
    g_byte_array_unref(stub->bytes);
}

/* Padding is not zero: nothing may depend on it. */
static inline void stub_align(Stub *stub, size_t alignment)
{
    const uint8_t filler = 0xbf;

    while (stub->bytes->len % alignment != 0)
        g_byte_array_append(stub->bytes, &filler, 1);
}

static inline void stub_scalar(Stub *stub, uint64_t value, size_t size)
{
    stub_align(stub, size);
    for (size_t i = 0; i < size; i++) {
        const size_t shift = 8 * ((stub->flags & SCEP_NDR_BIG_ENDIAN) ? size - 1 - i : i);
        const uint8_t octet = (uint8_t)(value >> shift);
        g_byte_array_append(stub->bytes, &octet, 1);
    }
}

static inline void stub_u32(Stub *stub, uint32_t value)
{
    stub_scalar(stub, value, 4);
}

/* A count or a referent id. */
static inline void stub_word(Stub *stub, uint64_t value)
{
    stub_scalar(stub, value, (stub->flags & SCEP_NDR_64) ? 8 : 4);
}

static inline void stub_octets(Stub *stub, const void *octets, size_t size)
{
    g_byte_array_append(stub->bytes, octets, (guint)size);
}

/* ASCII as UTF-16 in the byte order of the stub, without a null. */
static inline void stub_units(Stub *stub, const char *text)
{
    for (; *text != '\0'; text++)
        stub_scalar(stub, (uint8_t)*text, 2);
}

/* [string, unique] wchar_t *; NULL is the null pointer. */
static inline void stub_string(Stub *stub, const char *text)
{
    stub_word(stub, text != NULL ? 0x20004 : 0);
    if (text == NULL)
        return;
    stub_word(stub, strlen(text) + 1);
    stub_word(stub, 0);
    stub_word(stub, strlen(text) + 1);
    stub_units(stub, text);
    stub_scalar(stub, 0, 2);
}

/* CERTTRANSBLOB with every number free to be wrong. */
static inline void stub_blob_parts(Stub *stub, uint32_t size, uint64_t referent, uint64_t count, const void *octets,
                                   size_t there)
{
    if (stub->flags & SCEP_NDR_64)
        stub_align(stub, 8);
    stub_u32(stub, size);
    stub_word(stub, referent);
    if (referent == 0)
        return;
    stub_word(stub, count);
    stub_octets(stub, octets, there);
}

static inline void stub_blob(Stub *stub, const void *octets, size_t size)
{
    stub_blob_parts(stub, (uint32_t)size, size > 0 ? 0x20008 : 0, size, octets, size);
}

/* A blob with text is UTF-16LE and ends with a null, in either byte order. */
static inline void stub_text_blob(Stub *stub, const char *text)
{
    GByteArray *octets = g_byte_array_new();

    for (const char *at = text;; at++) {
        const uint8_t unit[] = { (uint8_t)*at, 0 };
        g_byte_array_append(octets, unit, 2);
        if (*at == '\0')
            break;
    }
    stub_blob(stub, octets->data, octets->len);
    g_byte_array_unref(octets);
}

static inline void stub_orpcthis(Stub *stub, uint16_t major)
{
    static const uint8_t causality[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

    stub_scalar(stub, major, 2);
    stub_scalar(stub, 7, 2);
    stub_u32(stub, 0);
    stub_u32(stub, 0);
    stub_octets(stub, causality, sizeof causality);
    stub_u32(stub, 0);
}

static inline void stub_orpcthat(Stub *stub, uint32_t flags)
{
    stub_u32(stub, flags);
    stub_u32(stub, 0);
}

#endif
