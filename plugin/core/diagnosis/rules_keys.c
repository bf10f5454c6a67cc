/* rules_keys.c
 * What became of opening a message, where the user gave keys to open it with. Without any key nothing is said: a
 * capture that nobody wants to decrypt lacks nothing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "diagnosis/rule.h"
#include "scep/cms.h"

/* The outcome of opening it, where that was not what it should be; NULL where nothing was tried, or all is well. */
static const ScepDecryption *failure(const ScepCase *about)
{
    const ScepChecks *checks = about->request ? about->request->checks : about->response->checks;
    const ScepDecryption *decryption = checks != NULL ? checks->decryption : NULL;

    return decryption != NULL && decryption->status != SCEP_DECRYPTION_OPENED ? decryption : NULL;
}

static bool failed_by(ScepCase *about, int reason)
{
    const ScepDecryption *decryption = failure(about);

    if (decryption == NULL || (int)decryption->reason != reason)
        return false;
    about->evidence.detail = g_strdup(decryption->text);
    return true;
}

static bool because_of(ScepCase *about)
{
    return failed_by(about, about->parameter);
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
static bool no_key(ScepCase *about)
{
    const bool is_response = about->response != NULL;

    if (is_response ? about->exchange->request_frame != 0 : !is_first_operation(about->exchange))
        return false;
    return because_of(about);
}

/* Without a recipient it is the key of a file of content keys that does not fit. */
static bool wrong_key(ScepCase *about)
{
    const ScepDecryption *decryption = failure(about);

    return decryption != NULL && (decryption->recipient < 0) == (about->parameter != 0) &&
           failed_by(about, SCEP_DECRYPT_WRONG_KEY);
}

static const ScepRule rules[] = {
    { SCEP_HINT_decrypt_content_damaged, SCEP_ON_REQUEST, because_of, SCEP_DECRYPT_DAMAGED },
    { SCEP_HINT_decrypt_content_damaged, SCEP_ON_ANSWER, because_of, SCEP_DECRYPT_DAMAGED },
    { SCEP_HINT_decrypt_key_failed, SCEP_ON_REQUEST, wrong_key, 0 },
    { SCEP_HINT_decrypt_key_failed, SCEP_ON_ANSWER, wrong_key, 0 },
    { SCEP_HINT_cek_wrong_key, SCEP_ON_REQUEST, wrong_key, 1 },
    { SCEP_HINT_cek_wrong_key, SCEP_ON_ANSWER, wrong_key, 1 },
    { SCEP_HINT_decrypt_wrong_password, SCEP_ON_REQUEST, because_of, SCEP_DECRYPT_WRONG_PASSWORD },
    { SCEP_HINT_decrypt_wrong_password, SCEP_ON_ANSWER, because_of, SCEP_DECRYPT_WRONG_PASSWORD },
    { SCEP_HINT_decrypt_unsupported, SCEP_ON_REQUEST, because_of, SCEP_DECRYPT_UNSUPPORTED },
    { SCEP_HINT_decrypt_unsupported, SCEP_ON_REQUEST, because_of, SCEP_DECRYPT_ITERATIONS },
    { SCEP_HINT_decrypt_unsupported, SCEP_ON_ANSWER, because_of, SCEP_DECRYPT_UNSUPPORTED },
    { SCEP_HINT_decrypt_unsupported, SCEP_ON_ANSWER, because_of, SCEP_DECRYPT_ITERATIONS },
    { SCEP_HINT_decrypt_no_key, SCEP_ON_REQUEST, no_key, SCEP_DECRYPT_NO_KEY },
    { SCEP_HINT_decrypt_no_key, SCEP_ON_REQUEST, no_key, SCEP_DECRYPT_UNREADABLE_KEY },
    { SCEP_HINT_decrypt_no_key, SCEP_ON_ANSWER, no_key, SCEP_DECRYPT_NO_KEY },
    { SCEP_HINT_decrypt_no_key, SCEP_ON_ANSWER, no_key, SCEP_DECRYPT_UNREADABLE_KEY },
};

const ScepRuleTable scep_rules_keys = { .rules = rules, .count = G_N_ELEMENTS(rules) };
