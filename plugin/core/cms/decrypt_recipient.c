/* decrypt_recipient.c
 * Opens an envelope for one recipient, by the kind of recipient that it is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/decrypt_attempt.h"

#include <openssl/evp.h>

#include "asn1/ber.h"
#include "crypto/secret.h"
#include "scep/limits.h"

static bool try_transport(ScepAttempt *attempt, const void *recipient, const ScepAddressee *who, const ScepKey *key,
                          bool named)
{
    const ScepKeyTransport *transport = recipient;
    ScepSecret secret = { .size = 0 };
    char *what = NULL;
    bool done = false;

    if (!scep_key_transport_fits(transport, attempt->content, key)) {
        if (named)
            scep_attempt_fail_wrong_key(attempt, who, key, "it is no RSA key of the length that the encrypted key has");
        return false;
    }
    if (!scep_attempt_may_try(attempt, named))
        return false;
    const ScepUnwrapResult result = scep_unwrap_key_transport(transport, attempt->content, key, &secret, &what);
    if (result == SCEP_UNWRAPPED)
        done = scep_attempt_open_content(attempt, secret.octets, secret.size, who->number, key->label, named);
    else if (result == SCEP_UNWRAP_DOES_NOT_FIT && named)
        scep_attempt_fail_wrong_key(attempt, who, key, "the padding of the encrypted key is wrong");
    else
        scep_attempt_fail_unwrap(attempt, result, who, g_steal_pointer(&what));
    g_free(what);
    scep_secret_clear(&secret);
    return done;
}

/* The service outside, for keys that the capture has shown to be somebody else's. */
static bool try_external(ScepAttempt *attempt, const ScepKeyTransport *transport, const ScepAddressee *who)
{
    const ScepKeyring *keyring = attempt->keyring;
    const uint8_t *spki_sha1 = NULL;
    size_t size;

    if (keyring->external == NULL || !scep_key_transport_is_pkcs1(transport, attempt->content) ||
        !scep_attempt_is_other(attempt, who, &spki_sha1) || spki_sha1 == NULL)
        return false;
    const uint8_t *encrypted = scep_octets_get0_data(attempt->content, &transport->encrypted_key, &size);
    GBytes *key = keyring->external(spki_sha1, encrypted, size, keyring->external_data);
    if (key == NULL)
        return false;
    size_t key_size;
    const uint8_t *octets = g_bytes_get_data(key, &key_size);
    scep_unwrap_operations++;
    const bool done = key_size <= SCEP_MAX_CEK &&
                      scep_attempt_open_content(attempt, octets, key_size, who->number, keyring->external_label, true);
    g_bytes_unref(key);
    return done;
}

static bool open_transport(ScepAttempt *attempt, const ScepRecipient *recipient, const ScepAddressee *who)
{
    ScepKeyTransport transport;
    bool done = false;

    if (!scep_key_transport_read(attempt->content, recipient, &transport))
        scep_attempt_fail_unwrap(attempt, SCEP_UNWRAP_BROKEN, who, NULL);
    else
        done = scep_attempt_try_keys(attempt, &transport, who, try_transport) || try_external(attempt, &transport, who);
    scep_octets_clear(&transport.encrypted_key);
    return done;
}

/* A key agreement and the one of its entries that is tried. */
typedef struct {
    ScepKeyAgreement agreement;
    ScepAgreedKey entry;
} Agreed;

static bool try_agreement(ScepAttempt *attempt, const void *recipient, const ScepAddressee *who, const ScepKey *key,
                          bool named)
{
    const Agreed *agreed = recipient;
    ScepSecret secret = { .size = 0 };
    char *what = NULL;
    bool done = false;

    if (!EVP_PKEY_is_a(key->key, "EC")) {
        if (named)
            scep_attempt_fail_wrong_key(attempt, who, key, "it is no EC key");
        return false;
    }
    if (!scep_attempt_may_try(attempt, named))
        return false;
    const ScepUnwrapResult result =
        scep_unwrap_key_agreement(&agreed->agreement, &agreed->entry, attempt->content, key, &secret, &what);
    if (result == SCEP_UNWRAPPED)
        done = scep_attempt_open_content(attempt, secret.octets, secret.size, who->number, key->label, named);
    else if (result == SCEP_UNWRAP_DOES_NOT_FIT && named)
        scep_attempt_fail_wrong_key(attempt, who, key, "the wrapped key does not check");
    else
        scep_attempt_fail_unwrap(attempt, result, who, g_steal_pointer(&what));
    g_free(what);
    scep_secret_clear(&secret);
    return done;
}

static bool open_agreement(ScepAttempt *attempt, const ScepRecipient *recipient, const ScepAddressee *whole)
{
    Agreed agreed;
    ScepAgreedKey *entry = &agreed.entry;
    bool done = false;
    unsigned count = 0;

    if (!scep_key_agreement_read(attempt->content, recipient, &agreed.agreement)) {
        const ScepAddressee nobody = { .number = whole->number };
        scep_attempt_fail_unwrap(attempt, SCEP_UNWRAP_BROKEN, &nobody, NULL);
        return false;
    }
    for (bool more = scep_key_agreement_next(attempt->content, &agreed.agreement, NULL, entry);
         more && !done && count < SCEP_MAX_RECIPIENTS; count++) {
        ScepAddressee who = scep_attempt_addressee(attempt, whole->number, entry->issuer, entry->serial, entry->key_id);
        done = scep_attempt_try_keys(attempt, &agreed, &who, try_agreement);
        scep_addressee_clear(&who);
        ScepAgreedKey previous = *entry;
        more = scep_key_agreement_next(attempt->content, &agreed.agreement, &previous, entry);
        scep_octets_clear(&previous.encrypted_key);
    }
    scep_octets_clear(&entry->encrypted_key);
    return done;
}

static bool open_password(ScepAttempt *attempt, const ScepRecipient *recipient, const ScepAddressee *who)
{
    ScepKeyring *keyring = attempt->keyring;
    bool done = false, wrong = false;

    if (keyring->passwords->len == 0) {
        scep_attempt_fail(attempt, SCEP_DECRYPT_NO_KEY, who->number, NULL,
                          g_strdup("Encrypted with a password (usually the challenge), and none is configured"));
        return false;
    }
    for (guint i = 0; !done && i < keyring->passwords->len; i++) {
        const ScepPassword *password = g_ptr_array_index(keyring->passwords, i);
        ScepSecret secret = { .size = 0 };
        char *what = NULL;
        const ScepUnwrapResult result =
            scep_unwrap_password(recipient, attempt->content, password, &keyring->iterations, &secret, &what);

        wrong |= result == SCEP_UNWRAP_DOES_NOT_FIT;
        if (result == SCEP_UNWRAPPED)
            done = scep_attempt_open_content(attempt, secret.octets, secret.size, who->number, password->label, true);
        else
            scep_attempt_fail_unwrap(attempt, result, who, what);
        scep_secret_clear(&secret);
        if (result != SCEP_UNWRAPPED && result != SCEP_UNWRAP_DOES_NOT_FIT) {
            wrong = false; /* nobody knows: the passwords that are left would meet the same */
            break;
        }
    }
    if (!done && wrong)
        scep_attempt_fail(attempt, SCEP_DECRYPT_WRONG_PASSWORD, who->number, NULL,
                          g_strdup(keyring->passwords->len == 1 ? "Wrong password: the configured one does not fit"
                                                                : "Wrong password: none of the configured ones fits"));
    return done;
}

static bool open_shared_key(ScepAttempt *attempt, G_GNUC_UNUSED const ScepRecipient *recipient,
                            const ScepAddressee *who)
{
    scep_attempt_fail(
        attempt, SCEP_DECRYPT_NO_KEY, who->number, NULL,
        g_strdup("Encrypted with a symmetric key that both sides had before: only a file of content keys opens it"));
    return false;
}

static bool open_other(ScepAttempt *attempt, const ScepRecipient *recipient, const ScepAddressee *who)
{
    scep_attempt_fail(
        attempt, SCEP_DECRYPT_UNSUPPORTED, who->number, NULL,
        g_strdup_printf("A kind of recipient that is not supported: %s",
                        recipient->algorithm != NULL ? scep_crypto_oid_name(recipient->algorithm) : "unknown"));
    return false;
}

static bool (*const openers[])(ScepAttempt *attempt, const ScepRecipient *recipient, const ScepAddressee *who) = {
    [SCEP_RECIPIENT_KTRI] = open_transport,   [SCEP_RECIPIENT_KARI] = open_agreement,
    [SCEP_RECIPIENT_KEKRI] = open_shared_key, [SCEP_RECIPIENT_PWRI] = open_password,
    [SCEP_RECIPIENT_ORI] = open_other,
};

bool scep_open_recipient(ScepAttempt *attempt, const ScepRecipient *recipient, const ScepAddressee *who)
{
    return openers[recipient->type](attempt, recipient, who);
}
