/* wireshark_keys.c
 * The RSA keys that the user gave Wireshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wireshark_keys.h"

#include "ws_compat.h"

#ifdef SCEP_HAS_WIRESHARK_KEYS

/* The header hides the function where its own configuration is not known; that it is there, CMake found out. */
#ifndef HAVE_LIBGNUTLS
#define HAVE_LIBGNUTLS
#endif
#include <epan/secrets.h>
#include <epan/uat-int.h>
#include <string.h>

static void wipe_key(gpointer data)
{
    GByteArray *key = data;

    memset(key->data, 0, key->len);
    g_byte_array_unref(key);
}

/* A ScepExternalDecrypt. GnuTLS names a key by the SHA-1 of its SubjectPublicKeyInfo too. */
static GBytes *decrypt(const uint8_t spki_sha1[20], const uint8_t *encrypted, size_t size, void *user_data _U_)
{
    cert_key_id_t id;
    uint8_t *key = NULL;
    int key_size = 0;

    memcpy(id.key_id, spki_sha1, sizeof id.key_id);
    if (size > INT_MAX || secrets_rsa_decrypt(&id, encrypted, (int)size, &key, &key_size) != 0 || key_size <= 0)
        return NULL;
    GByteArray *owned = g_byte_array_new_take(key, (gsize)key_size);
    return g_bytes_new_with_free_func(owned->data, owned->len, wipe_key, owned);
}

void scep_use_wireshark_keys(ScepKeyring *keyring)
{
    const uat_t *table = uat_get_table_by_name("RSA Private Keys");
    const bool has_keys = table != NULL && table->user_data->len > 0;

    scep_keyring_set_external(keyring, has_keys ? decrypt : NULL, NULL, "Wireshark's RSA keys");
}

#else

void scep_use_wireshark_keys(ScepKeyring *keyring _U_)
{
}

#endif
