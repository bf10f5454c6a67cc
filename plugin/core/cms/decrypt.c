/* decrypt.c
 * Opens an envelope with the keys, passwords and content keys that are there, or says why not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/decrypt.h"

#include <openssl/err.h>

#include "asn1/ber.h"
#include "cms/decrypt_attempt.h"
#include "crypto/cek.h"
#include "crypto/crypto.h"
#include "scep/limits.h"

uint64_t scep_decrypt_operations(void)
{
    return scep_unwrap_operations;
}

void scep_decryption_spoil(ScepDecryption *decryption, const char *what)
{
    decryption->status = SCEP_DECRYPTION_FAILED;
    decryption->reason = SCEP_DECRYPT_DAMAGED;
    decryption->text = g_strdup_printf("The key \"%s\" fits, but the content is damaged: %s", decryption->label, what);
}

static void fail_cipher(ScepAttempt *attempt, ScepCipherState state)
{
    switch (state) {
    case SCEP_CIPHER_UNSUPPORTED:
        scep_attempt_fail(attempt, SCEP_DECRYPT_UNSUPPORTED, -1, NULL,
                          g_strdup_printf("The content is encrypted with an algorithm that is not supported: %s",
                                          attempt->cipher.name != NULL ? attempt->cipher.name : "none is named"));
        break;
    case SCEP_CIPHER_NO_CONTENT:
        scep_attempt_fail(attempt, SCEP_DECRYPT_BROKEN, -1, NULL, g_strdup("There is no encrypted content"));
        break;
    case SCEP_CIPHER_BAD_IV:
        scep_attempt_fail(attempt, SCEP_DECRYPT_BROKEN, -1, NULL,
                          g_strdup_printf("The initialization vector has %" G_GSIZE_FORMAT
                                          " octets, which %s cannot use",
                                          attempt->cipher.iv_size, attempt->cipher.name));
        break;
    case SCEP_CIPHER_BAD_SIZE:
        scep_attempt_fail(attempt, SCEP_DECRYPT_DAMAGED, -1, NULL,
                          g_strdup_printf("The encrypted content is damaged: %" G_GSIZE_FORMAT
                                          " octets are no content of %s",
                                          attempt->cipher.size, attempt->cipher.name));
        break;
    default:
        scep_attempt_fail(attempt, SCEP_DECRYPT_TRUNCATED, -1, NULL,
                          g_strdup("The capture holds too little of the content"));
        break;
    }
}

static bool open_with_content_key(ScepAttempt *attempt, const ScepCekTable *ceks)
{
    const char *label;
    size_t size;
    const uint8_t *key = scep_cek_table_get0_key(ceks, attempt->out->content_sha256, &size, &label);

    if (label == NULL)
        label = "content key file";
    if (key == NULL || scep_attempt_open_content(attempt, key, size, -1, label, false))
        return key != NULL;
    scep_attempt_fail(attempt, SCEP_DECRYPT_WRONG_KEY, -1, label,
                      g_strdup_printf("The content key \"%s\" does not fit", label));
    return false;
}

/* Without anything to open it, say who could; with, find out whether it can be opened before any key is used. */
static void open_envelope(ScepAttempt *attempt, const ScepCekTable *ceks, size_t size)
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
        scep_attempt_fail(attempt,
                          envelope->truncated ? SCEP_DECRYPT_TRUNCATED
                          : envelope->broken  ? SCEP_DECRYPT_BROKEN
                                              : SCEP_DECRYPT_NO_RECIPIENT,
                          -1, NULL, g_strdup("There is no recipient in it, so no key can open it"));
        return;
    }
    bool done = false;
    for (guint i = 0; !done && i < envelope->recipients->len; i++) {
        const ScepRecipient *recipient = &g_array_index(envelope->recipients, ScepRecipient, i);
        ScepAddressee who =
            scep_attempt_addressee(attempt, (int)i, recipient->issuer, recipient->serial, recipient->key_id);

        if (has_keys)
            done = scep_open_recipient(attempt, recipient, &who);
        else
            scep_attempt_fail_no_key(attempt, &who);
        scep_addressee_clear(&who);
    }
    /* A key agreement may have no entry for anybody. */
    if (!done && attempt->out->reason == SCEP_DECRYPT_PLAIN)
        scep_attempt_fail(attempt, envelope->truncated ? SCEP_DECRYPT_TRUNCATED : SCEP_DECRYPT_BROKEN, -1, NULL,
                          g_strdup("The recipient holds no encrypted key, so no key can open it"));
}

ScepDecryption *scep_decryption_new(const ScepEnvelope *envelope, const uint8_t *content, size_t size,
                                    ScepKeyring *keyring, const ScepCekTable *ceks)
{
    ScepDecryption *out = g_new0(ScepDecryption, 1);
    ScepAttempt attempt = {
        .envelope = envelope, .content = content, .keyring = keyring, .out = out, .trials = SCEP_MAX_KEY_TRIALS
    };
    size_t cipher_size;

    out->status = SCEP_DECRYPTION_NO_KEY;
    out->recipient = -1;
    const uint8_t *ciphertext = scep_octets_get0_data(content, &envelope->ciphertext, &cipher_size);
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
