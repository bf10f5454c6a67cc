/* checks.c
 * The cryptography of one message, done once.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/checks.h"

#include <string.h>

#include "scep/crypto.h"
#include "scep/csr.h"

/* Outcomes that may be shared: of requests and answers, with some of them out of the ordinary. */
#define SHARED 8

struct ScepChecker {
    ScepKeyring *keyring;
    ScepCekTable *ceks;
    bool verify;
    bool decrypt;
    GPtrArray *all;              /* of ScepChecks*, owned */
    GHashTable *by_message;      /* SHA-256 of a message with something to decrypt (GBytes) -> ScepChecks* */
    ScepChecks *shared[SHARED];  /* the newest outcomes without decryption, NULL where unused */
    unsigned next_shared;        /* where the next of them goes */
};

static void free_checks(gpointer data)
{
    ScepChecks *checks = data;

    scep_decryption_free(checks->decryption);
    g_free(checks);
}

static bool verdict_equal(ScepVerdict one, ScepVerdict other)
{
    return one.status == other.status && one.reason == other.reason;
}

static bool checks_equal(const ScepChecks *one, const ScepChecks *other)
{
    return verdict_equal(one->digest, other->digest) && verdict_equal(one->signature, other->signature) &&
           verdict_equal(one->csr_signature, other->csr_signature) && one->signer_frame == other->signer_frame &&
           one->has_envelope == other->has_envelope && one->decrypts == other->decrypts;
}

static void unref_bytes(gpointer bytes)
{
    g_bytes_unref(bytes);
}

ScepChecker *scep_checker_new(ScepKeyring *keyring, ScepCekTable *ceks, bool verify, bool decrypt)
{
    ScepChecker *checker = g_new0(ScepChecker, 1);

    checker->keyring = keyring;
    checker->ceks = ceks;
    checker->verify = verify;
    checker->decrypt = decrypt;
    checker->all = g_ptr_array_new_with_free_func(free_checks);
    checker->by_message = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, unref_bytes, NULL);
    return checker;
}

void scep_checker_free(ScepChecker *checker)
{
    if (checker == NULL)
        return;
    g_hash_table_unref(checker->by_message);
    g_ptr_array_unref(checker->all);
    g_free(checker);
}

static bool has_keys(const ScepChecker *checker)
{
    return !scep_keyring_is_empty(checker->keyring) ||
           (checker->keyring != NULL && scep_keyring_failures(checker->keyring) != NULL) ||
           (checker->ceks != NULL && scep_cek_table_count(checker->ceks) > 0);
}

/* NDES puts no certificate into its answers: then the GetCACert answer of the same server has it. */
static ScepVerdict verify_by_server(const ScepMessage *message, const uint8_t *data, const ScepServer *server,
                                    uint32_t *frame)
{
    ScepVerdict verdict = { SCEP_VERIFY_NO_CERTIFICATE, SCEP_VERIFY_PLAIN };

    for (guint i = 0; server != NULL && server->certificates != NULL && i < server->certificates->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(server->certificates, i);
        size_t size;
        if (certificate == NULL)
            continue;
        const uint8_t *der = g_bytes_get_data(certificate->der, &size);
        verdict = scep_verify_signature(message, data, der, size);
        if (verdict.status == SCEP_VERIFY_NO_CERTIFICATE)
            continue;
        *frame = server->cacert_frame;
        return verdict;
    }
    return verdict;
}

static void verify(ScepChecks *checks, const ScepMessage *message, const uint8_t *data, const ScepServer *server)
{
    checks->digest = scep_verify_digest(message, data);
    checks->signature = scep_verify_signature(message, data, NULL, 0);
    if (checks->signature.status == SCEP_VERIFY_NO_CERTIFICATE)
        checks->signature = verify_by_server(message, data, server, &checks->signer_frame);
}

const uint8_t *scep_checks_plaintext(const ScepChecks *checks, size_t *size)
{
    *size = 0;
    return checks != NULL && checks->decryption != NULL && checks->decryption->plaintext != NULL
               ? g_bytes_get_data(checks->decryption->plaintext, size)
               : NULL;
}

bool scep_checks_opened(const ScepChecks *checks)
{
    return checks != NULL && checks->decryption != NULL && checks->decryption->status == SCEP_DECRYPTION_OPENED;
}

/* A request that does not hold together and whose signature is not good is not the one that was encrypted. */
static void check_request(ScepChecks *checks, bool verify)
{
    size_t size;
    const uint8_t *plaintext = scep_checks_plaintext(checks, &size);
    ScepCsr *csr = plaintext ? scep_csr_new(plaintext, size, verify ? SCEP_CSR_VERIFY : 0) : NULL;

    if (csr != NULL)
        checks->csr_signature = csr->signature;
    if (scep_checks_opened(checks) && !checks->decryption->authenticated &&
        (csr == NULL || (csr->broken && csr->signature.status != SCEP_VERIFY_GOOD)))
        scep_decryption_spoil(checks->decryption, "what comes out is no well-formed request");
    scep_csr_free(csr);
}

static GBytes *fingerprint(const uint8_t *data, size_t size)
{
    uint8_t hash[32];

    return scep_crypto_sha256(data, size, hash) ? g_bytes_new(hash, sizeof hash) : g_bytes_new(NULL, 0);
}

/* Keeps an outcome as long as the capture file. */
static ScepChecks *keep(ScepChecker *checker, const ScepChecks *outcome)
{
    ScepChecks *checks = g_new(ScepChecks, 1);

    *checks = *outcome;
    g_ptr_array_add(checker->all, checks);
    return checks;
}

/* Most messages are in order, so that their outcomes are equal: a capture may hold millions. */
static const ScepChecks *share(ScepChecker *checker, const ScepChecks *outcome)
{
    for (unsigned i = 0; i < SHARED && checker->shared[i] != NULL; i++) {
        if (checks_equal(checker->shared[i], outcome))
            return checker->shared[i];
    }
    ScepChecks *checks = keep(checker, outcome);
    checker->shared[checker->next_shared] = checks;
    checker->next_shared = (checker->next_shared + 1) % SHARED;
    return checks;
}

const ScepChecks *scep_checker_run(ScepChecker *checker, const ScepMessage *message, const uint8_t *data, size_t size,
                                   const ScepEnvelope *envelope, const uint8_t *content, size_t content_size,
                                   const ScepServer *server)
{
    if (message->certs_only)
        return NULL;
    const bool opens = envelope != NULL && checker->decrypt && has_keys(checker);
    GBytes *key = opens ? fingerprint(data, size) : NULL;
    ScepChecks *checks = opens ? g_hash_table_lookup(checker->by_message, key) : NULL;

    if (checks != NULL) {
        g_bytes_unref(key);
        return checks;
    }
    ScepChecks outcome = { .has_envelope = envelope != NULL, .decrypts = checker->decrypt };
    if (checker->verify)
        verify(&outcome, message, data, server);
    if (!opens)
        return share(checker, &outcome);
    outcome.decryption = scep_decrypt(envelope, content, content_size, checker->keyring, checker->ceks);
    if (scep_message_type_has_request(message->message_type))
        check_request(&outcome, checker->verify);
    checks = keep(checker, &outcome);
    g_hash_table_insert(checker->by_message, key, checks);
    return checks;
}
