/* crypto.c
 * The plugin's own OpenSSL library context.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "crypto/crypto.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/provider.h>

static OSSL_LIB_CTX *context;
static OSSL_PROVIDER *default_provider;
static OSSL_PROVIDER *legacy_provider;
static void (*releases[4])(void);
static unsigned release_count;

OSSL_LIB_CTX *scep_crypto_context(void)
{
    if (context != NULL)
        return context;

    /* A fresh context reads no configuration file, so a host that disables algorithms does not blind the plugin. */
    context = OSSL_LIB_CTX_new();
    if (context == NULL)
        return NULL;
    default_provider = OSSL_PROVIDER_load(context, "default");
    legacy_provider = OSSL_PROVIDER_load(context, "legacy");
    if (default_provider == NULL)
        scep_crypto_cleanup();
    return context;
}

void scep_crypto_on_cleanup(void (*release)(void))
{
    for (unsigned i = 0; i < release_count; i++) {
        if (releases[i] == release)
            return;
    }
    if (release_count < sizeof releases / sizeof releases[0])
        releases[release_count++] = release;
}

void scep_crypto_cleanup(void)
{
    while (release_count > 0)
        releases[--release_count]();
    if (legacy_provider != NULL)
        OSSL_PROVIDER_unload(legacy_provider);
    if (default_provider != NULL)
        OSSL_PROVIDER_unload(default_provider);
    OSSL_LIB_CTX_free(context);
    legacy_provider = default_provider = NULL;
    context = NULL;
}

static bool digest(const char *name, const uint8_t *data, size_t size, uint8_t *out)
{
    return EVP_Q_digest(scep_crypto_context(), name, NULL, data, size, out, NULL) == 1;
}

bool scep_crypto_sha1(const uint8_t *data, size_t size, uint8_t out[20])
{
    return digest("SHA1", data, size, out);
}

bool scep_crypto_sha256(const uint8_t *data, size_t size, uint8_t out[32])
{
    return digest("SHA256", data, size, out);
}

const char *scep_crypto_oid_name(const char *oid)
{
    ERR_set_mark();
    const int nid = OBJ_txt2nid(oid);
    ERR_pop_to_mark();
    return nid == NID_undef ? oid : OBJ_nid2sn(nid);
}
