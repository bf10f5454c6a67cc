/* decrypt.c
 * Opens an envelope with the keys, passwords and content keys that are there, or says why not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/decrypt.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#include "cms/content_cipher.h"
#include "asn1/der.h"
#include "asn1/hex.h"
#include "crypto/keyring.h"
#include "scep/cms.h"
#include "crypto/crypto.h"
#include "scep/limits.h"
#include "crypto/secret.h"
#include "cms/unwrap.h"
#include "asn1/ber.h"
#include "crypto/cek.h"

/* One envelope on its way. */
typedef struct {
    const ScepEnvelope *envelope;
    const uint8_t *content;
    ScepKeyring *keyring;
    ScepContentCipher cipher;
    ScepDecryption *out;
    unsigned trials; /* operations left for recipients that nothing is known of */
} Attempt;

/* Who a recipient is. */
typedef struct {
    int number;
    ScepSpan serial;
    ScepSpan key_id;
    ScepSpan issuer;
    GByteArray *issuer_der; /* in DER, as certificates have it, where the message has BER; else NULL */
} Addressee;

uint64_t scep_decrypt_operations(void)
{
    return scep_unwrap_operations;
}

static Addressee addressee(const Attempt *attempt, int number, ScepSpan issuer, ScepSpan serial, ScepSpan key_id)
{
    Addressee who = { .number = number, .serial = serial, .key_id = key_id, .issuer = issuer };
    ScepBer name;

    if (attempt->envelope->uses_ber && issuer.length > 0 &&
        scep_ber_read(attempt->content, issuer.offset + issuer.length, issuer.offset, &name) == SCEP_BER_OK) {
        who.issuer_der = g_byte_array_new();
        if (!scep_der_copy(who.issuer_der, attempt->content, &name, false))
            g_clear_pointer(&who.issuer_der, g_byte_array_unref);
    }
    return who;
}

static void addressee_clear(Addressee *who)
{
    g_clear_pointer(&who->issuer_der, g_byte_array_unref);
}

static const uint8_t *issuer_of(const Attempt *attempt, const Addressee *who, size_t *size)
{
    *size = who->issuer_der != NULL ? who->issuer_der->len : who->issuer.length;
    return who->issuer_der != NULL ? who->issuer_der->data : attempt->content + who->issuer.offset;
}

/* ---- reasons ----------------------------------------------------------------------------------------------------- */

/* Keeps the most telling reason. @a text is taken over. */
static void fail(Attempt *attempt, ScepDecryptReason reason, int recipient, const char *label, char *text)
{
    ScepDecryption *out = attempt->out;

    if (out->status == SCEP_DECRYPTION_OPENED || reason <= out->reason) {
        g_free(text);
        return;
    }
    g_free(out->text);
    g_free(out->label);
    out->reason = reason;
    out->recipient = recipient;
    out->label = g_strdup(label);
    out->text = text;
    out->status = reason <= SCEP_DECRYPT_UNREADABLE_KEY ? SCEP_DECRYPTION_NO_KEY : SCEP_DECRYPTION_FAILED;
}

static void append_short_hex(GString *text, const uint8_t *octets, size_t size)
{
    scep_hex_append(text, octets, MIN(size, 64));
}

/* "issuer CN=..., serial 0a1b", "key identifier ..." */
static char *addressee_text(const Attempt *attempt, const Addressee *who)
{
    GString *text = g_string_new(NULL);

    if (who->issuer.length > 0) {
        size_t size;
        const uint8_t *der = issuer_of(attempt, who, &size);
        char *issuer = scep_name_text(der, size);
        g_string_append_printf(text, "issuer %s, serial ", issuer != NULL ? issuer : "that cannot be read");
        append_short_hex(text, attempt->content + who->serial.offset, who->serial.length);
        g_free(issuer);
    } else if (who->key_id.length > 0) {
        g_string_append(text, "key identifier ");
        append_short_hex(text, attempt->content + who->key_id.offset, who->key_id.length);
    } else {
        g_string_append_printf(text, "number %d, without a name", who->number + 1);
    }
    return g_string_free(text, FALSE);
}

static void fail_no_key(Attempt *attempt, const Addressee *who)
{
    const char *failures = attempt->keyring != NULL ? scep_keyring_failures(attempt->keyring) : NULL;
    char *name = addressee_text(attempt, who);

    if (failures != NULL)
        fail(attempt, SCEP_DECRYPT_UNREADABLE_KEY, who->number, NULL,
             g_strdup_printf("No key for the recipient (%s), and a configured one could not be read: %s", name,
                             failures));
    else if (scep_keyring_is_empty(attempt->keyring))
        fail(attempt, SCEP_DECRYPT_NO_KEYS, who->number, NULL,
             g_strdup_printf("No key is configured; the recipient is %s", name));
    else if (attempt->trials == 0)
        fail(attempt, SCEP_DECRYPT_NO_KEY, who->number, NULL,
             g_strdup_printf("None of the first %d configured keys fits the recipient, and no more are tried: %s",
                             SCEP_MAX_KEY_TRIALS, name));
    else
        fail(attempt, SCEP_DECRYPT_NO_KEY, who->number, NULL,
             g_strdup_printf("No configured key belongs to the recipient: %s", name));
    g_free(name);
}

static void fail_unwrap(Attempt *attempt, ScepUnwrapResult result, const Addressee *who, char *what)
{
    switch (result) {
    case SCEP_UNWRAP_UNSUPPORTED:
        fail(attempt, SCEP_DECRYPT_UNSUPPORTED, who->number, NULL,
             g_strdup_printf("The key is encrypted with an algorithm that is not supported: %s",
                             what != NULL ? what : "?"));
        break;
    case SCEP_UNWRAP_BROKEN:
        fail(attempt, attempt->envelope->truncated ? SCEP_DECRYPT_TRUNCATED : SCEP_DECRYPT_BROKEN, who->number, NULL,
             g_strdup(attempt->envelope->truncated ? "The capture holds only part of the recipient's data"
                                                   : "The encoding of the recipient's data is broken"));
        break;
    case SCEP_UNWRAP_ITERATIONS:
        fail(attempt, SCEP_DECRYPT_ITERATIONS, who->number, NULL,
             g_strdup_printf(
                 "The password derivation asks for more iterations than are done (%d for one message, %d for one "
                 "capture)",
                 SCEP_MAX_ITERATIONS, SCEP_MAX_TOTAL_ITERATIONS));
        break;
    default:
        break;
    }
    g_free(what);
}

/* ---- content ----------------------------------------------------------------------------------------------------- */

static void succeed(Attempt *attempt, int recipient, const char *label, const uint8_t *key, size_t key_size,
                    GBytes *plaintext)
{
    ScepDecryption *out = attempt->out;

    g_free(out->text);
    g_free(out->label);
    g_clear_pointer(&out->plaintext, g_bytes_unref);
    out->status = SCEP_DECRYPTION_OPENED;
    out->reason = SCEP_DECRYPT_PLAIN;
    out->text = NULL;
    out->label = g_strdup(label);
    out->recipient = recipient;
    out->authenticated = attempt->cipher.is_gcm;
    out->plaintext = plaintext;
    out->content_key = scep_secret_bytes(key, key_size);
}

/* @a plaintext is taken over: what can be read nonetheless. */
static void keep_partial(Attempt *attempt, ScepDecryptReason reason, GBytes *plaintext)
{
    if (attempt->out->reason == reason && attempt->out->plaintext == NULL)
        attempt->out->plaintext = plaintext;
    else if (plaintext != NULL)
        g_bytes_unref(plaintext);
}

void scep_decryption_spoil(ScepDecryption *decryption, const char *what)
{
    decryption->status = SCEP_DECRYPTION_FAILED;
    decryption->reason = SCEP_DECRYPT_DAMAGED;
    decryption->text = g_strdup_printf("The key \"%s\" fits, but the content is damaged: %s", decryption->label, what);
}

/* Tries a content key. @param named  it came with the recipient's own key, so it is the right one whatever comes out
 * @return true when there is no more to try */
static bool open_content(Attempt *attempt, const uint8_t *key, size_t key_size, int recipient, const char *label,
                         bool named)
{
    GBytes *plaintext;
    const ScepContentState state = scep_content_cipher_open(&attempt->cipher, key, key_size, &plaintext);

    switch (state) {
    case SCEP_CONTENT_OPENED:
        succeed(attempt, recipient, label, key, key_size, plaintext);
        return true;
    case SCEP_CONTENT_TRUNCATED:
        fail(attempt, SCEP_DECRYPT_TRUNCATED, recipient, label,
             g_strdup_printf("The key \"%s\" fits, but the capture holds only part of the content", label));
        keep_partial(attempt, SCEP_DECRYPT_TRUNCATED, plaintext);
        return true;
    case SCEP_CONTENT_PADDING:
        fail(attempt, SCEP_DECRYPT_DAMAGED, recipient, label,
             g_strdup_printf("The key \"%s\" fits, but the content is damaged: its padding is wrong", label));
        keep_partial(attempt, SCEP_DECRYPT_DAMAGED, plaintext);
        return true;
    case SCEP_CONTENT_START:
        fail(attempt, SCEP_DECRYPT_DAMAGED, recipient, label,
             g_strdup_printf("The key \"%s\" fits, but the content is damaged at its beginning", label));
        return true;
    case SCEP_CONTENT_TAG:
        if (named)
            fail(attempt, SCEP_DECRYPT_DAMAGED, recipient, label,
                 g_strdup_printf("The key \"%s\" fits, but the content is damaged: its GCM tag is wrong", label));
        return false;
    case SCEP_CONTENT_NONSENSE:
        if (named)
            fail(attempt, SCEP_DECRYPT_DAMAGED, recipient, label,
                 g_strdup_printf("The key \"%s\" is the recipient's, but the content is damaged", label));
        return false;
    default:
        if (named)
            fail(attempt, SCEP_DECRYPT_WRONG_KEY, recipient, label,
                 g_strdup_printf("The key \"%s\" gives a content key of the wrong length", label));
        return false;
    }
}

/* ---- which keys -------------------------------------------------------------------------------------------------- */

static const GPtrArray *named_keys(const Attempt *attempt, const Addressee *who)
{
    const uint8_t *content = attempt->content;
    size_t size;

    if (who->key_id.length > 0)
        return scep_keyring_find_key_id(attempt->keyring, content + who->key_id.offset, who->key_id.length);
    const uint8_t *issuer = issuer_of(attempt, who, &size);
    return scep_keyring_find_serial(attempt->keyring, issuer, size, content + who->serial.offset, who->serial.length);
}

/* True when the capture shows that the recipient has another key. */
static bool is_other(const Attempt *attempt, const Addressee *who, const uint8_t **spki_sha1)
{
    size_t size;
    const uint8_t *issuer = issuer_of(attempt, who, &size);

    *spki_sha1 = NULL;
    return size > 0 && scep_keyring_is_other(attempt->keyring, issuer, size, attempt->content + who->serial.offset,
                                             who->serial.length, spki_sha1);
}

/* Tries one key on one recipient. @return true when there is no more to try */
typedef bool (*TryKey)(Attempt *attempt, const void *recipient, const Addressee *who, const ScepKey *key, bool named);

/* The keys that are the recipient's, or, if nothing is known of it, all. @return true when there is no more to try */
static bool try_keys(Attempt *attempt, const void *recipient, const Addressee *who, TryKey try)
{
    const GPtrArray *named = named_keys(attempt, who);
    const uint8_t *spki_sha1;

    for (guint i = 0; named != NULL && i < named->len; i++) {
        if (try(attempt, recipient, who, g_ptr_array_index(named, i), true))
            return true;
    }
    if (named != NULL)
        return false;
    if (!is_other(attempt, who, &spki_sha1)) {
        for (guint i = 0; i < attempt->keyring->keys->len; i++) {
            if (try(attempt, recipient, who, g_ptr_array_index(attempt->keyring->keys, i), false))
                return true;
        }
    }
    fail_no_key(attempt, who);
    return false;
}

static void fail_wrong_key(Attempt *attempt, const Addressee *who, const ScepKey *key, const char *how)
{
    char *name = addressee_text(attempt, who);

    fail(attempt, SCEP_DECRYPT_WRONG_KEY, who->number, key->label,
         g_strdup_printf("The key \"%s\" is that of the recipient (%s) and does not fit: %s", key->label, name, how));
    g_free(name);
}

/* Trying costs a private-key operation each, so it is limited. */
static bool may_try(Attempt *attempt, bool named)
{
    if (named)
        return true;
    if (attempt->trials == 0)
        return false;
    attempt->trials--;
    return true;
}

static bool try_transport(Attempt *attempt, const void *recipient, const Addressee *who, const ScepKey *key, bool named)
{
    const ScepKeyTransport *transport = recipient;
    ScepSecret secret = { .size = 0 };
    char *what = NULL;
    bool done = false;

    if (!scep_key_transport_fits(transport, attempt->content, key)) {
        if (named)
            fail_wrong_key(attempt, who, key, "it is no RSA key of the length that the encrypted key has");
        return false;
    }
    if (!may_try(attempt, named))
        return false;
    const ScepUnwrapResult result = scep_unwrap_key_transport(transport, attempt->content, key, &secret, &what);
    if (result == SCEP_UNWRAPPED)
        done = open_content(attempt, secret.octets, secret.size, who->number, key->label, named);
    else if (result == SCEP_UNWRAP_DOES_NOT_FIT && named)
        fail_wrong_key(attempt, who, key, "the padding of the encrypted key is wrong");
    else
        fail_unwrap(attempt, result, who, g_steal_pointer(&what));
    g_free(what);
    scep_secret_clear(&secret);
    return done;
}

/* The service outside, for keys that the capture has shown to be somebody else's. */
static bool try_external(Attempt *attempt, const ScepKeyTransport *transport, const Addressee *who)
{
    const ScepKeyring *keyring = attempt->keyring;
    const uint8_t *spki_sha1 = NULL;
    size_t size;

    if (keyring->external == NULL || !scep_key_transport_is_pkcs1(transport, attempt->content) ||
        !is_other(attempt, who, &spki_sha1) || spki_sha1 == NULL)
        return false;
    const uint8_t *encrypted = scep_octets_data(attempt->content, &transport->encrypted_key, &size);
    GBytes *key = keyring->external(spki_sha1, encrypted, size, keyring->external_data);
    if (key == NULL)
        return false;
    size_t key_size;
    const uint8_t *octets = g_bytes_get_data(key, &key_size);
    scep_unwrap_operations++;
    const bool done =
        key_size <= SCEP_MAX_CEK && open_content(attempt, octets, key_size, who->number, keyring->external_label, true);
    g_bytes_unref(key);
    return done;
}

static bool open_transport(Attempt *attempt, const ScepRecipient *recipient, const Addressee *who)
{
    ScepKeyTransport transport;
    bool done = false;

    if (!scep_key_transport_read(attempt->content, recipient, &transport))
        fail_unwrap(attempt, SCEP_UNWRAP_BROKEN, who, NULL);
    else
        done = try_keys(attempt, &transport, who, try_transport) || try_external(attempt, &transport, who);
    scep_octets_clear(&transport.encrypted_key);
    return done;
}

/* A key agreement and the one of its entries that is tried. */
typedef struct {
    ScepKeyAgreement agreement;
    ScepAgreedKey entry;
} Agreed;

static bool try_agreement(Attempt *attempt, const void *recipient, const Addressee *who, const ScepKey *key, bool named)
{
    const Agreed *agreed = recipient;
    ScepSecret secret = { .size = 0 };
    char *what = NULL;
    bool done = false;

    if (!EVP_PKEY_is_a(key->key, "EC")) {
        if (named)
            fail_wrong_key(attempt, who, key, "it is no EC key");
        return false;
    }
    if (!may_try(attempt, named))
        return false;
    const ScepUnwrapResult result =
        scep_unwrap_key_agreement(&agreed->agreement, &agreed->entry, attempt->content, key, &secret, &what);
    if (result == SCEP_UNWRAPPED)
        done = open_content(attempt, secret.octets, secret.size, who->number, key->label, named);
    else if (result == SCEP_UNWRAP_DOES_NOT_FIT && named)
        fail_wrong_key(attempt, who, key, "the wrapped key does not check");
    else
        fail_unwrap(attempt, result, who, g_steal_pointer(&what));
    g_free(what);
    scep_secret_clear(&secret);
    return done;
}

static bool open_agreement(Attempt *attempt, const ScepRecipient *recipient, int number)
{
    Agreed agreed;
    ScepAgreedKey *entry = &agreed.entry;
    bool done = false;
    unsigned count = 0;

    if (!scep_key_agreement_read(attempt->content, recipient, &agreed.agreement)) {
        const Addressee nobody = { .number = number };
        fail_unwrap(attempt, SCEP_UNWRAP_BROKEN, &nobody, NULL);
        return false;
    }
    for (bool more = scep_key_agreement_next(attempt->content, &agreed.agreement, NULL, entry);
         more && !done && count < SCEP_MAX_RECIPIENTS; count++) {
        Addressee who = addressee(attempt, number, entry->issuer, entry->serial, entry->key_id);
        done = try_keys(attempt, &agreed, &who, try_agreement);
        addressee_clear(&who);
        ScepAgreedKey previous = *entry;
        more = scep_key_agreement_next(attempt->content, &agreed.agreement, &previous, entry);
        scep_octets_clear(&previous.encrypted_key);
    }
    scep_octets_clear(&entry->encrypted_key);
    return done;
}

static bool open_password(Attempt *attempt, const ScepRecipient *recipient, const Addressee *who)
{
    ScepKeyring *keyring = attempt->keyring;
    bool done = false, wrong = false;

    if (keyring->passwords->len == 0) {
        fail(attempt, SCEP_DECRYPT_NO_KEY, who->number, NULL,
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
            done = open_content(attempt, secret.octets, secret.size, who->number, password->label, true);
        else
            fail_unwrap(attempt, result, who, what);
        scep_secret_clear(&secret);
        if (result != SCEP_UNWRAPPED && result != SCEP_UNWRAP_DOES_NOT_FIT) {
            wrong = false; /* nobody knows: the passwords that are left would meet the same */
            break;
        }
    }
    if (!done && wrong)
        fail(attempt, SCEP_DECRYPT_WRONG_PASSWORD, who->number, NULL,
             g_strdup(keyring->passwords->len == 1 ? "Wrong password: the configured one does not fit"
                                                   : "Wrong password: none of the configured ones fits"));
    return done;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static bool open_recipient(Attempt *attempt, const ScepRecipient *recipient, const Addressee *who)
{
    switch (recipient->type) {
    case SCEP_RECIPIENT_KTRI:
        return open_transport(attempt, recipient, who);
    case SCEP_RECIPIENT_KARI:
        return open_agreement(attempt, recipient, who->number);
    case SCEP_RECIPIENT_PWRI:
        return open_password(attempt, recipient, who);
    case SCEP_RECIPIENT_KEKRI:
        fail(attempt, SCEP_DECRYPT_NO_KEY, who->number, NULL,
             g_strdup(
                 "Encrypted with a symmetric key that both sides had before: only a file of content keys opens it"));
        return false;
    default:
        fail(attempt, SCEP_DECRYPT_UNSUPPORTED, who->number, NULL,
             g_strdup_printf("A kind of recipient that is not supported: %s",
                             recipient->algorithm != NULL ? scep_crypto_oid_name(recipient->algorithm) : "unknown"));
        return false;
    }
}

static void fail_cipher(Attempt *attempt, ScepCipherState state)
{
    switch (state) {
    case SCEP_CIPHER_UNSUPPORTED:
        fail(attempt, SCEP_DECRYPT_UNSUPPORTED, -1, NULL,
             g_strdup_printf("The content is encrypted with an algorithm that is not supported: %s",
                             attempt->cipher.name != NULL ? attempt->cipher.name : "none is named"));
        break;
    case SCEP_CIPHER_NO_CONTENT:
        fail(attempt, SCEP_DECRYPT_BROKEN, -1, NULL, g_strdup("There is no encrypted content"));
        break;
    case SCEP_CIPHER_BAD_IV:
        fail(attempt, SCEP_DECRYPT_BROKEN, -1, NULL,
             g_strdup_printf("The initialization vector has %" G_GSIZE_FORMAT " octets, which %s cannot use",
                             attempt->cipher.iv_size, attempt->cipher.name));
        break;
    case SCEP_CIPHER_BAD_SIZE:
        fail(attempt, SCEP_DECRYPT_DAMAGED, -1, NULL,
             g_strdup_printf("The encrypted content is damaged: %" G_GSIZE_FORMAT " octets are no content of %s",
                             attempt->cipher.size, attempt->cipher.name));
        break;
    default:
        fail(attempt, SCEP_DECRYPT_TRUNCATED, -1, NULL, g_strdup("The capture holds too little of the content"));
        break;
    }
}

static bool open_with_content_key(Attempt *attempt, const ScepCekTable *ceks)
{
    const char *label;
    size_t size;
    const uint8_t *key = scep_cek_table_find(ceks, attempt->out->content_sha256, &size, &label);

    if (label == NULL)
        label = "content key file";
    if (key == NULL || open_content(attempt, key, size, -1, label, false))
        return key != NULL;
    fail(attempt, SCEP_DECRYPT_WRONG_KEY, -1, label, g_strdup_printf("The content key \"%s\" does not fit", label));
    return false;
}

/* Without anything to open it, say who could; with, find out whether it can be opened before any key is used. */
static void open_envelope(Attempt *attempt, const ScepCekTable *ceks, size_t size)
{
    const ScepEnvelope *envelope = attempt->envelope;
    ScepKeyring *keyring = attempt->keyring;
    const bool has_keys = !scep_keyring_is_empty(keyring);
    const ScepCipherState state = scep_content_cipher_init(&attempt->cipher, envelope, attempt->content, size);

    if (state == SCEP_CIPHER_READY && ceks != NULL && open_with_content_key(attempt, ceks))
        return;
    if (has_keys && state != SCEP_CIPHER_READY) {
        fail_cipher(attempt, state);
        return;
    }
    if (envelope->recipients->len == 0) {
        fail(attempt,
             envelope->truncated ? SCEP_DECRYPT_TRUNCATED
             : envelope->broken  ? SCEP_DECRYPT_BROKEN
                                 : SCEP_DECRYPT_NO_RECIPIENT,
             -1, NULL, g_strdup("There is no recipient in it, so no key can open it"));
        return;
    }
    bool done = false;
    for (guint i = 0; !done && i < envelope->recipients->len; i++) {
        const ScepRecipient *recipient = &g_array_index(envelope->recipients, ScepRecipient, i);
        Addressee who = addressee(attempt, (int)i, recipient->issuer, recipient->serial, recipient->key_id);

        if (has_keys)
            done = open_recipient(attempt, recipient, &who);
        else
            fail_no_key(attempt, &who);
        addressee_clear(&who);
    }
    /* A key agreement may have no entry for anybody. */
    if (!done && attempt->out->reason == SCEP_DECRYPT_PLAIN)
        fail(attempt, envelope->truncated ? SCEP_DECRYPT_TRUNCATED : SCEP_DECRYPT_BROKEN, -1, NULL,
             g_strdup("The recipient holds no encrypted key, so no key can open it"));
}

ScepDecryption *scep_decrypt(const ScepEnvelope *envelope, const uint8_t *content, size_t size, ScepKeyring *keyring,
                             const ScepCekTable *ceks)
{
    ScepDecryption *out = g_new0(ScepDecryption, 1);
    Attempt attempt = {
        .envelope = envelope, .content = content, .keyring = keyring, .out = out, .trials = SCEP_MAX_KEY_TRIALS
    };
    size_t cipher_size;

    out->status = SCEP_DECRYPTION_NO_KEY;
    out->recipient = -1;
    const uint8_t *ciphertext = scep_octets_data(content, &envelope->ciphertext, &cipher_size);
    scep_crypto_sha256(ciphertext, cipher_size, out->content_sha256);
    ERR_set_mark();
    open_envelope(&attempt, ceks, size);
    ERR_pop_to_mark();
    scep_content_cipher_clear(&attempt.cipher);
    return out;
}

void scep_decryption_free(ScepDecryption *decryption)
{
    if (decryption == NULL)
        return;
    g_free(decryption->text);
    g_free(decryption->label);
    g_clear_pointer(&decryption->plaintext, g_bytes_unref);
    g_clear_pointer(&decryption->content_key, g_bytes_unref);
    g_free(decryption);
}
