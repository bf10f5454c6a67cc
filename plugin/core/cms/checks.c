/* checks.c
 * The cryptography of one message, done once.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/cms.h"

#include <string.h>

#include "crypto/crypto.h"
#include "scep/limits.h"
#include "cms/decrypt.h"
#include "cms/verify.h"
#include "crypto/cek.h"
#include "crypto/keyring.h"

/* Outcomes that may be shared: of requests and answers, with some of them out of the ordinary. */
#define SHARED 8

/* What a checker leaves behind. */
struct ScepMemory {
    GPtrArray *all; /* of ScepChecks*, owned; NULL while empty */
    GHashTable *by_message;
    bool verify; /* the switches that the outcomes came of */
    bool decrypt;
};

struct ScepChecker {
    ScepMemory *memory; /* NULL for none */
    ScepKeyring *keyring;
    ScepCekTable *ceks;
    bool verify;
    bool decrypt;
    GPtrArray *all;             /* of ScepChecks*, owned */
    GHashTable *by_message;     /* SHA-256 of a message (GBytes) -> ScepChecks*: all with something to decrypt, and the
                                   first SCEP_MAX_REMEMBERED others */
    ScepChecks *shared[SHARED]; /* the newest outcomes without decryption, NULL where unused */
    unsigned next_shared;       /* where the next of them goes */
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
           one->signer == other->signer && one->has_envelope == other->has_envelope && one->decrypts == other->decrypts;
}

static void unref_bytes(gpointer bytes)
{
    g_bytes_unref(bytes);
}

ScepMemory *scep_memory_new(void)
{
    return g_new0(ScepMemory, 1);
}

void scep_memory_clear(ScepMemory *memory)
{
    g_clear_pointer(&memory->by_message, g_hash_table_unref);
    g_clear_pointer(&memory->all, g_ptr_array_unref);
}

void scep_memory_free(ScepMemory *memory)
{
    if (memory == NULL)
        return;
    scep_memory_clear(memory);
    g_free(memory);
}

ScepChecker *scep_checker_new(ScepMemory *memory, ScepKeyring *keyring, ScepCekTable *ceks, bool verify, bool decrypt)
{
    ScepChecker *checker = g_new0(ScepChecker, 1);

    if (memory != NULL && (memory->verify != verify || memory->decrypt != decrypt))
        scep_memory_clear(memory);
    checker->memory = memory;
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
    if (checker->memory != NULL) {
        scep_memory_clear(checker->memory);
        *checker->memory = (ScepMemory){ checker->all, checker->by_message, checker->verify, checker->decrypt };
    } else {
        g_hash_table_unref(checker->by_message);
        g_ptr_array_unref(checker->all);
    }
    g_free(checker);
}

static bool has_keys(const ScepChecker *checker)
{
    return !scep_keyring_is_empty(checker->keyring) ||
           (checker->keyring != NULL && scep_keyring_get0_failures(checker->keyring) != NULL) ||
           (checker->ceks != NULL && scep_cek_table_count(checker->ceks) > 0);
}

static uint64_t short_hash(const ScepCertificate *certificate)
{
    uint64_t value;

    memcpy(&value, certificate->sha256, sizeof value);
    return value;
}

/* NDES puts no certificate into its answers: then the GetCACert answer of the same server has it. */
static void verify_by_offered(ScepChecks *checks, const ScepMessage *message, const uint8_t *data,
                              const ScepOffered *offered)
{
    for (guint i = 0; offered != NULL && offered->certificates != NULL && i < offered->certificates->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(offered->certificates, i);
        size_t size;
        if (certificate == NULL)
            continue;
        const uint8_t *der = g_bytes_get_data(certificate->der, &size);
        checks->signature = scep_verify_signature(message, data, der, size);
        if (checks->signature.status == SCEP_VERIFY_NO_CERTIFICATE)
            continue;
        checks->signer_frame = offered->frame;
        checks->signer = short_hash(certificate);
        return;
    }
}

static void verify(ScepChecks *checks, const ScepMessage *message, const uint8_t *data, const ScepOffered *offered)
{
    checks->digest = scep_verify_digest(message, data);
    checks->signature = scep_verify_signature(message, data, NULL, 0);
    if (checks->signature.status == SCEP_VERIFY_NO_CERTIFICATE)
        verify_by_offered(checks, message, data, offered);
}

static bool is_offered(const ScepOffered *offered, uint64_t signer)
{
    for (guint i = 0; offered != NULL && offered->certificates != NULL && i < offered->certificates->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(offered->certificates, i);
        if (certificate != NULL && short_hash(certificate) == signer)
            return true;
    }
    return false;
}

/* Takes verdicts over that would come out the same: by a certificate that is in the message, or one that this server
 * has too. That there was none is found out anew; it costs nothing. */
static bool recall_verdicts(ScepChecks *checks, const ScepChecks *before, const ScepOffered *offered)
{
    if (before->signature.status == SCEP_VERIFY_NO_CERTIFICATE ||
        (before->signer_frame != 0 && !is_offered(offered, before->signer)))
        return false;
    checks->digest = before->digest;
    checks->signature = before->signature;
    checks->signer = before->signer;
    checks->signer_frame = before->signer_frame != 0 ? offered->frame : 0;
    return true;
}

/* An envelope that was opened is opened; what could not be opened is tried again. The plaintext is taken over. */
static bool recall_decryption(ScepChecks *checks, ScepChecks *before)
{
    if (!scep_checks_opened(before))
        return false;
    checks->csr_signature = before->csr_signature;
    checks->decryption = g_steal_pointer(&before->decryption);
    return true;
}

const uint8_t *scep_checks_get0_plaintext(const ScepChecks *checks, size_t *size)
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
    const uint8_t *plaintext = scep_checks_get0_plaintext(checks, &size);
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

/* The outcome of the same message in the file before. */
static ScepChecks *remembered(const ScepChecker *checker, GBytes *key)
{
    const ScepMemory *memory = checker->memory;

    return memory != NULL && memory->by_message != NULL ? g_hash_table_lookup(memory->by_message, key) : NULL;
}

static bool has_room(const ScepChecker *checker)
{
    return g_hash_table_size(checker->by_message) < SCEP_MAX_REMEMBERED;
}

/* Whether a message without anything to decrypt is worth its hash: there is something to recall, or room to remember.
 */
static bool may_remember(const ScepChecker *checker)
{
    return checker->memory != NULL && (checker->memory->by_message != NULL || has_room(checker));
}

/* @param key  taken over, may be NULL */
static void remember(ScepChecker *checker, GBytes *key, const ScepChecks *outcome, bool opens)
{
    if (key == NULL)
        return;
    if (opens || has_room(checker))
        g_hash_table_replace(checker->by_message, key, (gpointer)outcome);
    else
        g_bytes_unref(key);
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
                                   const ScepOffered *offered)
{
    if (message->certs_only)
        return NULL;
    const bool opens = envelope != NULL && checker->decrypt && has_keys(checker);
    GBytes *key = opens || (checker->verify && may_remember(checker)) ? fingerprint(data, size) : NULL;
    const ScepChecks *known = opens ? g_hash_table_lookup(checker->by_message, key) : NULL;

    if (known != NULL) {
        g_bytes_unref(key);
        return known;
    }
    ScepChecks *before = key != NULL ? remembered(checker, key) : NULL;
    ScepChecks outcome = { .has_envelope = envelope != NULL, .decrypts = checker->decrypt };
    if (checker->verify && (before == NULL || !recall_verdicts(&outcome, before, offered)))
        verify(&outcome, message, data, offered);
    if (opens && (before == NULL || !recall_decryption(&outcome, before))) {
        outcome.decryption = scep_decryption_new(envelope, content, content_size, checker->keyring, checker->ceks);
        if (scep_message_type_has_request(message->message_type))
            check_request(&outcome, checker->verify);
    }
    known = opens ? keep(checker, &outcome) : share(checker, &outcome);
    remember(checker, key, known, opens);
    return known;
}
