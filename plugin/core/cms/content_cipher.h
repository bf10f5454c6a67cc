/* content_cipher.h
 * Decrypting the content of an envelope once its key is known; private to the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_CMS_CONTENT_CIPHER_H
#define SCEP_CORE_CMS_CONTENT_CIPHER_H

#include <openssl/types.h>

#include "scep/cms.h"

/** contentEncryptionAlgorithm, ready to be used. */
typedef struct {
    EVP_CIPHER *cipher;
    const char *name; /**< OpenSSL's */
    bool is_gcm;
    size_t block;    /**< octets; 1 for GCM */
    size_t key_size; /**< octets; 0 where the key may have any length (RC2) */
    int rc2_bits;    /**< effective key bits of RC2, 0 for other ciphers */
    ScepOctets iv_octets;
    const uint8_t *iv;
    size_t iv_size;
    const uint8_t *ciphertext;
    size_t size;        /**< without the tag */
    const uint8_t *tag; /**< GCM */
    size_t tag_size;
    bool truncated;  /**< the buffer ends before the ciphertext does */
    GPtrArray *aads; /**< of GByteArray*, forms of the additional data worth trying; empty for none */
} ScepContentCipher;

typedef enum {
    SCEP_CIPHER_READY = 0,
    SCEP_CIPHER_UNSUPPORTED, /**< not in this OpenSSL, or a mode that is not CBC or GCM */
    SCEP_CIPHER_NO_CONTENT,  /**< no encryptedContent */
    SCEP_CIPHER_BAD_IV,      /**< an IV of the wrong length */
    SCEP_CIPHER_BAD_SIZE,    /**< not a whole number of blocks, or no tag */
    SCEP_CIPHER_TRUNCATED    /**< nothing left of the content */
} ScepCipherState;

/** Looks the algorithm up and finds its parameters. An absent IV stands for zeros: the client that leaves it out uses
 * them. Release with scep_content_cipher_clear() in any case. */
ScepCipherState scep_content_cipher_init(ScepContentCipher *cipher, const ScepEnvelope *envelope,
                                         const uint8_t *content, size_t size);
void scep_content_cipher_clear(ScepContentCipher *cipher);

/** What came out. */
typedef enum {
    SCEP_CONTENT_OPENED = 0,
    SCEP_CONTENT_KEY_SIZE,  /**< the key has the wrong length for the cipher: it is the wrong one */
    SCEP_CONTENT_TRUNCATED, /**< only part is there; what there is has been decrypted */
    SCEP_CONTENT_PADDING,   /**< it begins as it should, and its end is damaged */
    SCEP_CONTENT_START,     /**< padding is right, the beginning is no DER: damaged there */
    SCEP_CONTENT_NONSENSE,  /**< neither beginning nor end make sense: another key, or all of it damaged */
    SCEP_CONTENT_TAG        /**< GCM: the tag does not fit key and content */
} ScepContentState;

/** Decrypts.
 * @param plaintext  set for SCEP_CONTENT_OPENED, SCEP_CONTENT_CUT and SCEP_CONTENT_PADDING; g_bytes_unref() wipes it */
ScepContentState scep_content_cipher_open(const ScepContentCipher *cipher, const uint8_t *key, size_t key_size,
                                          GBytes **plaintext);

#endif
