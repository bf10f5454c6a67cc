/* rules_trust.c
 * Signatures, recipients, clocks, keys: what an expert compares by eye.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "diagnosis/rule.h"
#include "cms/certificate_list.h"
#include "tracker/issued.h"
#include "tracker/shown.h"
#include "scep/cms.h"
#include "asn1/asn1_text.h"
#include "tracker/extent.h"
#include "cms/csr.h"
#include "tracker/tracker.h"
#include "tracker/times.h"

static int64_t request_seconds(const ScepCase *about)
{
    return about->exchange->request_time / SCEP_SECOND;
}

static int64_t response_seconds(const ScepCase *about)
{
    return about->exchange->response_time / SCEP_SECOND;
}

/* What was cut cannot have been checked. */
static bool is_whole(const ScepCase *about)
{
    return about->request != NULL ? scep_request_is_whole(about->request) : scep_response_is_whole(about->response);
}

static bool bad_digest(ScepCase *about)
{
    const ScepChecks *checks = about->request ? about->request->checks : about->response->checks;

    return is_whole(about) && checks != NULL && checks->digest.status == SCEP_VERIFY_BAD;
}

static bool bad_signature(ScepCase *about)
{
    const ScepChecks *checks = about->request ? about->request->checks : about->response->checks;

    if (!is_whole(about) || checks == NULL || checks->signature.status != SCEP_VERIFY_BAD)
        return false;
    if (checks->signer_frame != 0)
        scep_case_also(about, checks->signer_frame);
    return true;
}

typedef struct {
    const ScepMessage *message;
    const uint8_t *body;
} Signed;

static const ScepCertificate *find_signer(const GPtrArray *certificates, const void *wanted)
{
    const Signed *answer = wanted;

    return scep_message_get0_signer(answer->message, answer->body, certificates);
}

/* Which GetCACert answer of the server a certificate was in; NULL where nothing can be said of it. */
static const char *when_shown(ScepShownWhen when)
{
    switch (when) {
    case SCEP_SHOWN_NEVER:
        return "no GetCACert answer of this server holds";
    case SCEP_SHOWN_EARLIER:
        return "an earlier GetCACert answer of this server held, and the newest does not";
    case SCEP_SHOWN_REPLACED:
        return "this client was shown, and the GetCACert answers since do not hold";
    default:
        return NULL;
    }
}

/* The answer is signed by a certificate that the GetCACert answer of this server does not hold, whether the answer
 * shows it or not: a client has no reason to trust it. One that cannot be read might be the one. */
static bool unknown_signer(ScepCase *about)
{
    const ScepMessage *message = scep_exchange_get0_certrep(about->exchange, about->response);
    const Signed answer = { message, about->response->body };
    const ScepCertificate *certificate;
    const ScepCaSet *set;

    if (message == NULL || !is_whole(about) || message->signer.issuer.length == 0 || message->signer.serial.length == 0)
        return false;
    const ScepShownWhen when = scep_shown_when(about->exchange, find_signer, &answer, &set, &certificate);
    if (when != SCEP_SHOWN_NEVER && when != SCEP_SHOWN_EARLIER)
        return false;
    about->evidence.detail = g_strdup_printf("Signed with a certificate that %s", when_shown(when));
    scep_case_also(about, when == SCEP_SHOWN_NEVER ? about->exchange->server->cacert_frame : set->last_frame);
    return true;
}

static bool has_encryption_ra(const GPtrArray *certificates)
{
    for (guint i = 0; i < certificates->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(certificates, i);
        if (certificate != NULL && !certificate->is_ca && certificate->may_encipher)
            return true;
    }
    return false;
}

typedef struct {
    const ScepRecipient *recipient;
    const uint8_t *content;
} Sealed;

static const ScepCertificate *find_recipient(const GPtrArray *certificates, const void *wanted)
{
    const Sealed *request = wanted;

    return scep_recipient_get0_certificate(certificates, request->recipient, request->content);
}

/* Where the GetCACert answer offers an RA certificate for encryption, that one is meant (RFC 8894 3.5.1); NDES cannot
 * open anything else. */
static bool wrong_use(ScepCase *about, const ScepCaSet *set, const ScepCertificate *certificate)
{
    if (!has_encryption_ra(set->certificates) || (certificate->may_encipher && !certificate->is_ca))
        return false;
    const ScepCertificateRole role = scep_certificate_ca_role(certificate, false);
    about->evidence.detail = g_strdup_printf("Encrypted for the %s certificate \"%s\"",
                                             scep_certificate_role_name(role), certificate->subject);
    scep_case_also(about, set->last_frame);
    return true;
}

/* A client that has just been shown a certificate did nothing wrong, and who replaces it may well keep its key. */
static bool wrong_recipient(ScepCase *about)
{
    const ScepEnvelope *envelope = about->request->envelope;
    const ScepCertificate *certificate;
    const ScepCaSet *set;

    if (envelope == NULL || about->request->content == NULL || envelope->recipients->len == 0 || !is_whole(about))
        return false;
    const Sealed request = { &g_array_index(envelope->recipients, ScepRecipient, 0), about->request->content };
    if (request.recipient->type != SCEP_RECIPIENT_KTRI || request.recipient->issuer.length == 0)
        return false;
    const ScepShownWhen when = scep_shown_when(about->exchange, find_recipient, &request, &set, &certificate);
    if (certificate != NULL && wrong_use(about, set, certificate))
        return true;
    if (when == SCEP_SHOWN_UNKNOWN || when == SCEP_SHOWN_NOW)
        return false;
    about->evidence.detail =
        certificate != NULL ? g_strdup_printf("Encrypted for \"%s\", which %s", certificate->subject, when_shown(when))
                            : g_strdup_printf("Encrypted for a certificate that %s", when_shown(when));
    if (when == SCEP_SHOWN_REPLACED)
        about->most = SCEP_SEVERITY_WARNING;
    scep_case_also(about, set->last_frame);
    if (when != SCEP_SHOWN_NEVER)
        scep_case_also(about, about->exchange->server->cacert_frame);
    return true;
}

static bool signing_time_off(ScepCase *about)
{
    const ScepMessage *message = about->request->message;

    if (message == NULL || message->signing_time == 0 || request_seconds(about) < SCEP_CLOCK_BEGINS)
        return false;
    const int64_t skew = message->signing_time - request_seconds(about);
    if (skew >= -SCEP_CLOCK_TOLERANCE && skew <= SCEP_CLOCK_TOLERANCE)
        return false;
    about->evidence.detail =
        g_strdup_printf("The signer's clock is %" G_GINT64_FORMAT " seconds %s", skew < 0 ? -skew : skew,
                        skew < 0 ? "behind the capture's" : "ahead of the capture's");
    return true;
}

static bool is_valid_at(const ScepCertificate *certificate, int64_t seconds)
{
    return seconds < SCEP_CLOCK_BEGINS || (certificate->not_before <= seconds && seconds <= certificate->not_after);
}

/* @a renewal: look at certificates that a CA issued, else at the self-signed ones of a first enrollment. */
static bool signer_not_valid(ScepCase *about)
{
    const int renewal = about->parameter;
    const ScepCertificate *signer = scep_request_get0_signer(about->request);

    if (signer == NULL || (renewal ? signer->self_signed || !about->exchange->is_renewal : !signer->self_signed) ||
        is_valid_at(signer, request_seconds(about)))
        return false;
    if (renewal && signer->not_before > request_seconds(about))
        return false;
    about->evidence.detail = g_strdup_printf("\"%s\" is %s", signer->subject,
                                             signer->not_before > request_seconds(about) ? "not yet valid" : "expired");
    return true;
}

/* Renewals of old clients are PKCSReq signed with the old certificate (draft-nourse-scep). */
static bool renewal_by_signer(ScepCase *about)
{
    const ScepCertificate *signer = scep_request_get0_signer(about->request);

    if (about->exchange->message_type != SCEP_TYPE_PKCSREQ || !about->exchange->is_renewal || signer == NULL)
        return false;
    about->evidence.detail =
        g_strdup_printf("Signed with the certificate \"%s\" of \"%s\"", signer->subject, signer->issuer);
    return true;
}

/* With an issued signer another key is an ordinary change of keys (RFC 8894 2.3), and Windows makes a signer with a key
 * of its own for each message, which servers take. */
static bool signer_key_differs(ScepCase *about)
{
    const ScepCertificate *signer = scep_request_get0_signer(about->request);
    const ScepCsr *csr = about->request->csr;

    return csr != NULL && signer != NULL && signer->self_signed && !scep_certificate_is_throwaway(signer) &&
           memcmp(csr->spki_sha256, signer->spki_sha256, sizeof csr->spki_sha256) != 0;
}

static bool is_initial(const ScepCase *about)
{
    const ScepCertificate *signer = scep_request_get0_signer(about->request);

    return about->exchange->message_type == SCEP_TYPE_PKCSREQ && signer != NULL && signer->self_signed;
}

static bool challenge_missing(ScepCase *about)
{
    return about->request->csr != NULL && is_initial(about) && !about->request->csr->challenge.present;
}

/* NDES compares PrintableString; a UTF8String with the same characters is refused. */
static bool challenge_string_type(ScepCase *about)
{
    const ScepCsr *csr = about->request->csr;

    if (csr == NULL || !csr->challenge.present || csr->challenge.tag == SCEP_TAG_PRINTABLE_STRING)
        return false;
    about->evidence.detail = g_strdup_printf("It is a %s", scep_string_type_name(csr->challenge.tag));
    return true;
}

static bool challenge_reused(ScepCase *about)
{
    const uint32_t before = scep_exchange_same_challenge(about->exchange);

    if (before == 0 || about->exchange->repeats != NULL || about->exchange->challenge_lasts ||
        scep_server_guess_product(about->exchange->server_guess_asked) != SCEP_PRODUCT_NDES)
        return false;
    scep_case_also(about, before);
    return true;
}

/* The key that was asked for is that of the PKCS#10; where that cannot be read, a first request was signed with it
 * (RFC 8894 2.3). A renewal may change the key. */
static bool issued_key_differs(ScepCase *about)
{
    const ScepEnrollment *enrollment = about->exchange->enrollment;
    const ScepCertificate *issued = scep_exchange_get0_issued(about->exchange, about->response);

    if (issued == NULL || enrollment == NULL || enrollment->spki_known == SCEP_KEY_UNKNOWN ||
        (enrollment->spki_known == SCEP_KEY_OF_SIGNER && about->exchange->is_renewal) ||
        memcmp(issued->spki_sha256, enrollment->spki_sha256, sizeof issued->spki_sha256) == 0)
        return false;
    about->evidence.detail = g_strdup_printf(
        "\"%s\" is not for the key of the %s", issued->subject,
        enrollment->spki_known == SCEP_KEY_OF_REQUEST ? "PKCS#10" : "self-signed certificate that signed the request");
    return true;
}

/* @return scep_csr_free(); NULL where no request of this enrollment was opened */
static ScepCsr *opened_request(const ScepEnrollment *enrollment)
{
    for (const ScepExchange *one = enrollment ? enrollment->first : NULL; one != NULL; one = one->next) {
        size_t size;
        const uint8_t *request = one->message_type != SCEP_TYPE_CERTPOLL && scep_checks_opened(one->request_checks)
                                     ? scep_checks_get0_plaintext(one->request_checks, &size)
                                     : NULL;
        if (request != NULL)
            return scep_csr_new(request, size, 0);
    }
    return NULL;
}

static bool same_names(const GPtrArray *one, const GPtrArray *other)
{
    const guint count = one ? one->len : 0;

    if (count != (other ? other->len : 0))
        return false;
    for (guint i = 0; i < count; i++) {
        if (strcmp(g_ptr_array_index(one, i), g_ptr_array_index(other, i)) != 0)
            return false;
    }
    return true;
}

static bool issued_name_differs(ScepCase *about)
{
    const ScepCertificate *issued = scep_exchange_get0_issued(about->exchange, about->response);
    ScepCsr *csr = issued != NULL ? opened_request(about->exchange->enrollment) : NULL;

    if (csr != NULL && csr->subject != NULL && !csr->broken && !csr->truncated) {
        if (strcmp(csr->subject, issued->subject) != 0)
            about->evidence.detail =
                g_strdup_printf("Asked for \"%.200s\", got \"%.200s\"", csr->subject, issued->subject);
        else if (!same_names(csr->alternative_names, issued->alternative_names))
            about->evidence.detail = g_strdup("The subject is the same, the alternative names are not");
    }
    scep_csr_free(csr);
    return about->evidence.detail != NULL;
}

static bool issued_not_valid(ScepCase *about)
{
    const ScepCertificate *issued = scep_exchange_get0_issued(about->exchange, about->response);

    if (issued == NULL || is_valid_at(issued, response_seconds(about)))
        return false;
    about->evidence.detail = g_strdup_printf("\"%s\"", issued->subject);
    return true;
}

static bool success_without_certificate(ScepCase *about)
{
    const ScepMessage *message = about->response->message;

    if (!about->exchange->brings_nothing)
        return false;
    about->evidence.detail =
        g_strdup_printf("%s%s",
                        message->content_kind == SCEP_CONTENT_ABSENT      ? "There is no content"
                        : message->content_kind == SCEP_CONTENT_EMPTY     ? "Its content is empty"
                        : message->content_kind == SCEP_CONTENT_ZERO_BYTE ? "Its content is one zero octet"
                                                                          : "There is no certificate in its content",
                        message->certificates->len > 0 ? "; no certificate beside it is a new one" : "");
    return true;
}

/* RFC 2986 4.2: signed with the key that it is for. Where the message itself was changed on its way, that says it all.
 */
static bool csr_signature_bad(ScepCase *about)
{
    const ScepChecks *checks = about->request->checks;

    return checks != NULL && about->request->csr != NULL && checks->csr_signature.status == SCEP_VERIFY_BAD &&
           checks->digest.status != SCEP_VERIFY_BAD && checks->signature.status != SCEP_VERIFY_BAD;
}

/* A clock that is wrong comes before the refusals that it explains, damage before everything. */
static const ScepRule rules[] = {
    { SCEP_HINT_pkiop_digest_bad, SCEP_ON_REQUEST, bad_digest, 0 },
    { SCEP_HINT_pkiop_signature_bad, SCEP_ON_REQUEST, bad_signature, 0 },
    { SCEP_HINT_pkiop_wrong_recipient, SCEP_ON_REQUEST, wrong_recipient, 0 },
    { SCEP_HINT_signer_clock, SCEP_ON_REQUEST, signing_time_off, 0 },
    { SCEP_HINT_pkiop_signer_clock_skew, SCEP_ON_REQUEST, signer_not_valid, 0 },
    { SCEP_HINT_pkiop_renewal_expired_signer, SCEP_ON_REQUEST, signer_not_valid, 1 },
    { SCEP_HINT_csr_signature_bad, SCEP_ON_REQUEST, csr_signature_bad, 0 },
    { SCEP_HINT_pkiop_signer_not_matching_csr, SCEP_ON_REQUEST, signer_key_differs, 0 },
    { SCEP_HINT_pkiop_challenge_absent, SCEP_ON_REQUEST, challenge_missing, 0 },
    { SCEP_HINT_pkiop_challenge_not_printable, SCEP_ON_REQUEST, challenge_string_type, 0 },
    { SCEP_HINT_challenge_one_time_reused, SCEP_ON_REQUEST, challenge_reused, 0 },
    { SCEP_HINT_pkiop_renewalreq, SCEP_ON_REQUEST, renewal_by_signer, 0 },
    { SCEP_HINT_certrep_digest_bad, SCEP_ON_ANSWER, bad_digest, 0 },
    { SCEP_HINT_certrep_signature_bad, SCEP_ON_ANSWER, bad_signature, 0 },
    { SCEP_HINT_certrep_signer_not_ra, SCEP_ON_ANSWER, unknown_signer, 0 },
    { SCEP_HINT_issued_key_mismatch, SCEP_ON_ANSWER, issued_key_differs, 0 },
    { SCEP_HINT_issued_not_valid_now, SCEP_ON_ANSWER, issued_not_valid, 0 },
    { SCEP_HINT_issued_subject_differs, SCEP_ON_ANSWER, issued_name_differs, 0 },
    { SCEP_HINT_certrep_success_no_certificate, SCEP_ON_ANSWER, success_without_certificate, 0 },
};

const ScepRuleTable scep_rules_trust = { .rules = rules, .count = G_N_ELEMENTS(rules) };
