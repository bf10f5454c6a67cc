/* decrypt_attempt.c
 * One envelope while it is being opened: who its recipients are, which keys to try, and what the most telling reason
 * is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/decrypt_attempt.h"

#include <string.h>

#include "asn1/ber.h"
#include "asn1/der.h"
#include "asn1/hex.h"
#include "crypto/secret.h"
#include "scep/limits.h"

ScepAddressee scep_attempt_addressee(const ScepAttempt *attempt, int number, ScepSpan issuer, ScepSpan serial,
                                     ScepSpan key_id)
{
    ScepAddressee who = { .number = number, .serial = serial, .key_id = key_id, .issuer = issuer };
    ScepBer name;

    if (attempt->envelope->uses_ber && issuer.length > 0 &&
        scep_ber_read(attempt->content, issuer.offset + issuer.length, issuer.offset, &name) == SCEP_BER_OK) {
        who.issuer_der = g_byte_array_new();
        if (!scep_der_copy(who.issuer_der, attempt->content, &name, false))
            g_clear_pointer(&who.issuer_der, g_byte_array_unref);
    }
    return who;
}

void scep_addressee_clear(ScepAddressee *who)
{
    g_clear_pointer(&who->issuer_der, g_byte_array_unref);
}

static const uint8_t *issuer_of(const ScepAttempt *attempt, const ScepAddressee *who, size_t *size)
{
    *size = who->issuer_der != NULL ? who->issuer_der->len : who->issuer.length;
    return who->issuer_der != NULL ? who->issuer_der->data : attempt->content + who->issuer.offset;
}

/* ---- reasons ----------------------------------------------------------------------------------------------------- */

/* Keeps the most telling reason. @a text is taken over. */
void scep_attempt_fail(ScepAttempt *attempt, ScepDecryptReason reason, int recipient, const char *label, char *text)
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
static char *addressee_text(const ScepAttempt *attempt, const ScepAddressee *who)
{
    GString *text = g_string_new(NULL);

    if (who->issuer.length > 0) {
        size_t size;
        const uint8_t *der = issuer_of(attempt, who, &size);
        char *issuer = scep_name_new_text(der, size);
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

void scep_attempt_fail_no_key(ScepAttempt *attempt, const ScepAddressee *who)
{
    const char *failures = attempt->keyring != NULL ? scep_keyring_get0_failures(attempt->keyring) : NULL;
    char *name = addressee_text(attempt, who);

    if (failures != NULL)
        scep_attempt_fail(attempt, SCEP_DECRYPT_UNREADABLE_KEY, who->number, NULL,
                          g_strdup_printf("No key for the recipient (%s), and a configured one could not be read: %s",
                                          name, failures));
    else if (scep_keyring_is_empty(attempt->keyring))
        scep_attempt_fail(attempt, SCEP_DECRYPT_NO_KEYS, who->number, NULL,
                          g_strdup_printf("No key is configured; the recipient is %s", name));
    else if (attempt->trials == 0)
        scep_attempt_fail(
            attempt, SCEP_DECRYPT_NO_KEY, who->number, NULL,
            g_strdup_printf("None of the first %d configured keys fits the recipient, and no more are tried: %s",
                            SCEP_MAX_KEY_TRIALS, name));
    else
        scep_attempt_fail(attempt, SCEP_DECRYPT_NO_KEY, who->number, NULL,
                          g_strdup_printf("No configured key belongs to the recipient: %s", name));
    g_free(name);
}

void scep_attempt_fail_unwrap(ScepAttempt *attempt, ScepUnwrapResult result, const ScepAddressee *who, char *what)
{
    switch (result) {
    case SCEP_UNWRAP_UNSUPPORTED:
        scep_attempt_fail(attempt, SCEP_DECRYPT_UNSUPPORTED, who->number, NULL,
                          g_strdup_printf("The key is encrypted with an algorithm that is not supported: %s",
                                          what != NULL ? what : "?"));
        break;
    case SCEP_UNWRAP_BROKEN:
        scep_attempt_fail(attempt, attempt->envelope->truncated ? SCEP_DECRYPT_TRUNCATED : SCEP_DECRYPT_BROKEN,
                          who->number, NULL,
                          g_strdup(attempt->envelope->truncated ? "The capture holds only part of the recipient's data"
                                                                : "The encoding of the recipient's data is broken"));
        break;
    case SCEP_UNWRAP_ITERATIONS:
        scep_attempt_fail(
            attempt, SCEP_DECRYPT_ITERATIONS, who->number, NULL,
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

static void succeed(ScepAttempt *attempt, int recipient, const char *label, const uint8_t *key, size_t key_size,
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
    out->content_key = scep_secret_new_bytes(key, key_size);
}

/* @a plaintext is taken over: what can be read nonetheless. */
static void keep_partial(ScepAttempt *attempt, ScepDecryptReason reason, GBytes *plaintext)
{
    if (attempt->out->reason == reason && attempt->out->plaintext == NULL)
        attempt->out->plaintext = plaintext;
    else if (plaintext != NULL)
        g_bytes_unref(plaintext);
}

/* Tries a content key. @param named  it came with the recipient's own key, so it is the right one whatever comes out
 * @return true when there is no more to try */
bool scep_attempt_open_content(ScepAttempt *attempt, const uint8_t *key, size_t key_size, int recipient,
                               const char *label, bool named)
{
    GBytes *plaintext;
    const ScepContentState state = scep_content_cipher_open(&attempt->cipher, key, key_size, &plaintext);

    switch (state) {
    case SCEP_CONTENT_OPENED:
        succeed(attempt, recipient, label, key, key_size, plaintext);
        return true;
    case SCEP_CONTENT_TRUNCATED:
        scep_attempt_fail(
            attempt, SCEP_DECRYPT_TRUNCATED, recipient, label,
            g_strdup_printf("The key \"%s\" fits, but the capture holds only part of the content", label));
        keep_partial(attempt, SCEP_DECRYPT_TRUNCATED, plaintext);
        return true;
    case SCEP_CONTENT_PADDING:
        scep_attempt_fail(
            attempt, SCEP_DECRYPT_DAMAGED, recipient, label,
            g_strdup_printf("The key \"%s\" fits, but the content is damaged: its padding is wrong", label));
        keep_partial(attempt, SCEP_DECRYPT_DAMAGED, plaintext);
        return true;
    case SCEP_CONTENT_START:
        scep_attempt_fail(attempt, SCEP_DECRYPT_DAMAGED, recipient, label,
                          g_strdup_printf("The key \"%s\" fits, but the content is damaged at its beginning", label));
        return true;
    case SCEP_CONTENT_TAG:
        if (named)
            scep_attempt_fail(
                attempt, SCEP_DECRYPT_DAMAGED, recipient, label,
                g_strdup_printf("The key \"%s\" fits, but the content is damaged: its GCM tag is wrong", label));
        return false;
    case SCEP_CONTENT_NONSENSE:
        if (named)
            scep_attempt_fail(attempt, SCEP_DECRYPT_DAMAGED, recipient, label,
                              g_strdup_printf("The key \"%s\" is the recipient's, but the content is damaged", label));
        return false;
    default:
        if (named)
            scep_attempt_fail(attempt, SCEP_DECRYPT_WRONG_KEY, recipient, label,
                              g_strdup_printf("The key \"%s\" gives a content key of the wrong length", label));
        return false;
    }
}

/* ---- which keys -------------------------------------------------------------------------------------------------- */

static const GPtrArray *named_keys(const ScepAttempt *attempt, const ScepAddressee *who)
{
    const uint8_t *content = attempt->content;
    size_t size;

    if (who->key_id.length > 0)
        return scep_keyring_get0_by_key_id(attempt->keyring, content + who->key_id.offset, who->key_id.length);
    const uint8_t *issuer = issuer_of(attempt, who, &size);
    return scep_keyring_get0_by_serial(attempt->keyring, issuer, size, content + who->serial.offset,
                                       who->serial.length);
}

/* True when the capture shows that the recipient has another key. */
bool scep_attempt_is_other(const ScepAttempt *attempt, const ScepAddressee *who, const uint8_t **spki_sha1)
{
    size_t size;
    const uint8_t *issuer = issuer_of(attempt, who, &size);

    *spki_sha1 = NULL;
    return size > 0 && scep_keyring_is_other(attempt->keyring, issuer, size, attempt->content + who->serial.offset,
                                             who->serial.length, spki_sha1);
}

/* The keys that are the recipient's, or, if nothing is known of it, all. @return true when there is no more to try */
bool scep_attempt_try_keys(ScepAttempt *attempt, const void *recipient, const ScepAddressee *who, ScepTryKey try)
{
    const GPtrArray *named = named_keys(attempt, who);
    const uint8_t *spki_sha1;

    for (guint i = 0; named != NULL && i < named->len; i++) {
        if (try(attempt, recipient, who, g_ptr_array_index(named, i), true))
            return true;
    }
    if (named != NULL)
        return false;
    if (!scep_attempt_is_other(attempt, who, &spki_sha1)) {
        for (guint i = 0; i < attempt->keyring->keys->len; i++) {
            if (try(attempt, recipient, who, g_ptr_array_index(attempt->keyring->keys, i), false))
                return true;
        }
    }
    scep_attempt_fail_no_key(attempt, who);
    return false;
}

void scep_attempt_fail_wrong_key(ScepAttempt *attempt, const ScepAddressee *who, const ScepKey *key, const char *how)
{
    char *name = addressee_text(attempt, who);

    scep_attempt_fail(
        attempt, SCEP_DECRYPT_WRONG_KEY, who->number, key->label,
        g_strdup_printf("The key \"%s\" is that of the recipient (%s) and does not fit: %s", key->label, name, how));
    g_free(name);
}

/* Trying costs a private-key operation each, so it is limited. */
bool scep_attempt_may_try(ScepAttempt *attempt, bool named)
{
    if (named)
        return true;
    if (attempt->trials == 0)
        return false;
    attempt->trials--;
    return true;
}
