/* hex.h
 * Octets as hexadecimal digits, lower case; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_ASN1_HEX_H
#define SCEP_CORE_ASN1_HEX_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

static inline void scep_hex_append(GString *text, const uint8_t *octets, size_t size)
{
    for (size_t i = 0; i < size; i++)
        g_string_append_printf(text, "%02x", octets[i]);
}

#endif
