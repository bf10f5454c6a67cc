/* decrypt_attempt.h
 * One envelope while it is being opened.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_CMS_DECRYPT_ATTEMPT_H
#define SCEP_CORE_CMS_DECRYPT_ATTEMPT_H

#include "cms/content_cipher.h"
#include "cms/decrypt.h"
#include "cms/unwrap.h"
#include "crypto/keyring.h"

/** One envelope on its way. */
typedef struct {
    const ScepEnvelope *envelope;
    const uint8_t *content;
    ScepKeyring *keyring;
    ScepContentCipher cipher;
    ScepDecryption *out;
    unsigned trials; /* operations left for recipients that nothing is known of */
} ScepAttempt;

/** Who a recipient is. */
typedef struct {
    int number;
    ScepSpan serial;
    ScepSpan key_id;
    ScepSpan issuer;
    GByteArray *issuer_der; /* in DER, as certificates have it, where the message has BER; else NULL */
} ScepAddressee;

/** Release with scep_addressee_clear(). */
ScepAddressee scep_attempt_addressee(const ScepAttempt *attempt, int number, ScepSpan issuer, ScepSpan serial,
                                     ScepSpan key_id);
void scep_addressee_clear(ScepAddressee *who);

/** Keeps the most telling reason. @param text  taken over */
void scep_attempt_fail(ScepAttempt *attempt, ScepDecryptReason reason, int recipient, const char *label, char *text);
void scep_attempt_fail_no_key(ScepAttempt *attempt, const ScepAddressee *who);
void scep_attempt_fail_wrong_key(ScepAttempt *attempt, const ScepAddressee *who, const ScepKey *key, const char *how);

/** @param what  the algorithm that is not supported, taken over; may be NULL */
void scep_attempt_fail_unwrap(ScepAttempt *attempt, ScepUnwrapResult result, const ScepAddressee *who, char *what);

/** Tries a content key.
 * @param named  it came with the recipient's own key, so it is the right one whatever comes out
 * @return true when there is no more to try */
bool scep_attempt_open_content(ScepAttempt *attempt, const uint8_t *key, size_t key_size, int recipient,
                               const char *label, bool named);

/** True when the capture shows that the recipient has another key. @param spki_sha1  of it, or NULL */
bool scep_attempt_is_other(const ScepAttempt *attempt, const ScepAddressee *who, const uint8_t **spki_sha1);

/** Tries one key on one recipient. @return true when there is no more to try */
typedef bool (*ScepTryKey)(ScepAttempt *attempt, const void *recipient, const ScepAddressee *who, const ScepKey *key,
                           bool named);

/** The keys that are the recipient's, or, if nothing is known of it, all. @return true when there is no more to try */
bool scep_attempt_try_keys(ScepAttempt *attempt, const void *recipient, const ScepAddressee *who, ScepTryKey try);

/** Trying costs a private-key operation each, so it is limited. */
bool scep_attempt_may_try(ScepAttempt *attempt, bool named);

/** Tries everything on one recipient (decrypt_recipient.c). @return true when there is no more to try */
bool scep_open_recipient(ScepAttempt *attempt, const ScepRecipient *recipient, const ScepAddressee *who);

#endif
