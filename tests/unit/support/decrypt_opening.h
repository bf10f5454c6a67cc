/* decrypt_opening.h
 * Opening envelopes in tests; included by one test program each.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_DECRYPT_OPENING_H
#define SCEP_DECRYPT_OPENING_H

#include <openssl/err.h>
#include <string.h>

#include "cms_fixture.h"
#include "crypto/keyring.h"
#include "cms/decrypt.h"

/** Takes an envelope apart and opens it. The outcome holds no pointer into @a der. */
static inline ScepDecryption *open_as(GBytes *der, ScepContentKind kind, ScepKeyring *keyring, const ScepCekTable *ceks)
{
    size_t size;
    const uint8_t *data = g_bytes_get_data(der, &size);
    ScepEnvelope *envelope = scep_envelope_new(data, size, kind);

    assert_non_null(envelope);
    ScepDecryption *outcome = scep_decryption_new(envelope, data, size, keyring, ceks);
    scep_envelope_free(envelope);
    assert_int_equal(ERR_peek_error(), 0);
    assert_true((outcome->status == SCEP_DECRYPTION_OPENED) == (outcome->reason == SCEP_DECRYPT_PLAIN));
    assert_true((outcome->status == SCEP_DECRYPTION_OPENED) == (outcome->text == NULL));
    assert_true((outcome->status == SCEP_DECRYPTION_OPENED) == (outcome->content_key != NULL));
    return outcome;
}

static inline ScepDecryption *open_enveloped(GBytes *der, ScepKeyring *keyring)
{
    return open_as(der, SCEP_CONTENT_ENVELOPED, keyring, NULL);
}

static inline void assert_plaintext(const ScepDecryption *outcome, GBytes *wanted)
{
    assert_non_null(outcome->plaintext);
    assert_true(g_bytes_equal(outcome->plaintext, wanted));
}

/** Opened, with this text inside and by this key. Frees the outcome. */
static inline void expect_opened(ScepDecryption *outcome, GBytes *wanted, const char *label)
{
    if (outcome->text != NULL)
        print_message("%s\n", outcome->text);
    assert_int_equal(outcome->status, SCEP_DECRYPTION_OPENED);
    assert_plaintext(outcome, wanted);
    assert_string_equal(outcome->label, label);
    scep_decryption_free(outcome);
}

/** Not opened, for this reason, and the sentence has these words in it. Frees the outcome. */
static inline void expect_reason(ScepDecryption *outcome, ScepDecryptReason reason, const char *words)
{
    if (outcome->text != NULL && strstr(outcome->text, words) == NULL)
        print_message("%s\n", outcome->text);
    assert_int_equal(outcome->reason, reason);
    assert_int_equal(outcome->status,
                     reason <= SCEP_DECRYPT_UNREADABLE_KEY ? SCEP_DECRYPTION_NO_KEY : SCEP_DECRYPTION_FAILED);
    assert_non_null(strstr(outcome->text, words));
    scep_decryption_free(outcome);
}

/** A keyring with one key and no certificate. */
static inline ScepKeyring *keyring_with(FixtureKey which, const char *label)
{
    ScepKeyring *keyring = scep_keyring_new();

    EVP_PKEY_up_ref(fixture_key(which));
    assert_true(scep_keyring_take_key(keyring, fixture_key(which), label));
    return keyring;
}

static inline bool keyring_learn(ScepKeyring *keyring, X509 *certificate)
{
    GBytes *der = fixture_der(certificate);
    size_t size;
    const uint8_t *data = g_bytes_get_data(der, &size);
    const bool own = scep_keyring_learn_certificate(keyring, data, size);

    g_bytes_unref(der);
    return own;
}

/** What SCEP puts into envelopes: a PKCS#10 request. */
static inline GBytes *payload_request(void)
{
    X509_REQ *request = fixture_request(fixture_key(KEY_DEVICE), "device", "secret");
    GBytes *der = fixture_request_der(request);

    X509_REQ_free(request);
    return der;
}

#endif
