/* rules_keys.c
 * What became of opening a message, where the user gave keys to open it with. Without any key nothing is said: a
 * capture that nobody wants to decrypt lacks nothing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "diagnosis/facts.h"
#include "scep/cms.h"
#include "diagnosis/findings.h"

/* The outcome of opening it, where that was not what it should be; NULL where nothing was tried, or all is well. */
static const ScepDecryption *failure(const ScepFacts *facts)
{
    const ScepChecks *checks = facts->request ? facts->request->checks : facts->response->checks;
    const ScepDecryption *decryption = checks != NULL ? checks->decryption : NULL;

    return decryption != NULL && decryption->status != SCEP_DECRYPTION_OPENED ? decryption : NULL;
}

static bool because_of(const ScepFacts *facts, int reason, ScepEvidence *evidence)
{
    const ScepDecryption *decryption = failure(facts);

    if (decryption == NULL || (int)decryption->reason != reason)
        return false;
    evidence->detail = g_strdup(decryption->text);
    return true;
}

static bool is_first_operation(const ScepExchange *exchange)
{
    const ScepExchange *first = exchange->enrollment != NULL ? exchange->enrollment->first : NULL;

    while (first != NULL && first->operation != SCEP_OP_PKIOPERATION)
        first = first->next;
    return first == NULL || first == exchange;
}

/* Who gives the key of the server cannot open the answers, and who gives the device's not the requests: told once for
 * an enrollment, and of an answer only where its request was not captured. */
static bool no_key(const ScepFacts *facts, int reason, ScepEvidence *evidence)
{
    const bool is_response = facts->response != NULL;

    if (is_response ? facts->exchange->request_frame != 0 : !is_first_operation(facts->exchange))
        return false;
    return because_of(facts, reason, evidence);
}

/* Without a recipient it is the key of a file of content keys that does not fit. */
static bool wrong_key(const ScepFacts *facts, int of_file, ScepEvidence *evidence)
{
    const ScepDecryption *decryption = failure(facts);

    return decryption != NULL && (decryption->recipient < 0) == (of_file != 0) &&
           because_of(facts, SCEP_DECRYPT_WRONG_KEY, evidence);
}

static const ScepRule rules[] = {
    { "decrypt_content_damaged", SCEP_ON_REQUEST, because_of, SCEP_DECRYPT_DAMAGED },
    { "decrypt_content_damaged", SCEP_ON_RESPONSE, because_of, SCEP_DECRYPT_DAMAGED },
    { "decrypt_key_failed", SCEP_ON_REQUEST, wrong_key, 0 },
    { "decrypt_key_failed", SCEP_ON_RESPONSE, wrong_key, 0 },
    { "cek_wrong_key", SCEP_ON_REQUEST, wrong_key, 1 },
    { "cek_wrong_key", SCEP_ON_RESPONSE, wrong_key, 1 },
    { "decrypt_wrong_password", SCEP_ON_REQUEST, because_of, SCEP_DECRYPT_WRONG_PASSWORD },
    { "decrypt_wrong_password", SCEP_ON_RESPONSE, because_of, SCEP_DECRYPT_WRONG_PASSWORD },
    { "decrypt_unsupported", SCEP_ON_REQUEST, because_of, SCEP_DECRYPT_UNSUPPORTED },
    { "decrypt_unsupported", SCEP_ON_REQUEST, because_of, SCEP_DECRYPT_ITERATIONS },
    { "decrypt_unsupported", SCEP_ON_RESPONSE, because_of, SCEP_DECRYPT_UNSUPPORTED },
    { "decrypt_unsupported", SCEP_ON_RESPONSE, because_of, SCEP_DECRYPT_ITERATIONS },
    { "decrypt_no_key", SCEP_ON_REQUEST, no_key, SCEP_DECRYPT_NO_KEY },
    { "decrypt_no_key", SCEP_ON_REQUEST, no_key, SCEP_DECRYPT_UNREADABLE_KEY },
    { "decrypt_no_key", SCEP_ON_RESPONSE, no_key, SCEP_DECRYPT_NO_KEY },
    { "decrypt_no_key", SCEP_ON_RESPONSE, no_key, SCEP_DECRYPT_UNREADABLE_KEY },
};

const ScepRuleTable scep_rules_keys = { rules, G_N_ELEMENTS(rules) };
