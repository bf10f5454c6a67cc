/* rules_cacert.c
 * What GetCACert and its relatives answer: the certificates that a device builds its request on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "diagnosis/facts.h"
#include "cms/weakness.h"
#include "diagnosis/findings.h"

#define SECOND G_GINT64_CONSTANT(1000000000)

/* Captures made from text, and devices without a clock, count from 1970: no date is judged by such a time. */
#define CLOCK_BEGINS G_GINT64_CONSTANT(946684800)

/* Notice before a certificate of an RA, or of a CA, ends, seconds. */
#define RA_NOTICE (30 * 86400)
#define CA_NOTICE (365 * 86400)

static bool is_cacert(const ScepFacts *facts)
{
    return facts->exchange->operation == SCEP_OP_GETCACERT && facts->response->certificates != NULL;
}

/* Calls of a rule for each certificate of a GetCACert answer; the first that it holds for is named as evidence. */
typedef bool (*CertificateTest)(const ScepFacts *facts, const ScepCertificate *certificate, int parameter);

static const ScepCertificate *find(const ScepFacts *facts, CertificateTest test, int parameter)
{
    for (guint i = 0; is_cacert(facts) && i < facts->response->certificates->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(facts->response->certificates, i);
        if (certificate != NULL && test(facts, certificate, parameter))
            return certificate;
    }
    return NULL;
}

static bool found(const ScepFacts *facts, CertificateTest test, int parameter, ScepEvidence *evidence)
{
    const ScepCertificate *certificate = find(facts, test, parameter);

    if (certificate != NULL)
        evidence->detail = g_strdup_printf("\"%s\"", certificate->subject);
    return certificate != NULL;
}

/* ---- validity --------------------------------------------------------------------------------------------------- */

enum { EXPIRED, EXPIRING, NOT_YET, OF_CA = 10 };

/* @a kind: EXPIRED, EXPIRING or NOT_YET, plus OF_CA to look at CAs instead of RAs. */
static bool is_due(const ScepFacts *facts, const ScepCertificate *certificate, int kind)
{
    const int64_t now = facts->exchange->response_time / SECOND;

    if (now < CLOCK_BEGINS)
        return false;
    if (kind == NOT_YET)
        return now < certificate->not_before;
    if (certificate->is_ca != (kind >= OF_CA))
        return false;
    if (kind % OF_CA == EXPIRED)
        return now > certificate->not_after;
    return now <= certificate->not_after && now > certificate->not_after - (kind >= OF_CA ? CA_NOTICE : RA_NOTICE);
}

static char *date_text(int64_t seconds)
{
    GDateTime *date = g_date_time_new_from_unix_utc(seconds);
    char *text = date != NULL ? g_date_time_format(date, "%Y-%m-%d") : g_strdup("a date out of range");

    if (date != NULL)
        g_date_time_unref(date);
    return text;
}

static bool certificate_due(const ScepFacts *facts, int kind, ScepEvidence *evidence)
{
    const ScepCertificate *certificate = find(facts, is_due, kind);

    if (certificate == NULL)
        return false;
    char *date = date_text(kind == NOT_YET ? certificate->not_before : certificate->not_after);
    evidence->detail = g_strdup_printf("\"%s\" %s %s", certificate->subject,
                                       kind == NOT_YET           ? "is valid from"
                                       : kind % OF_CA == EXPIRED ? "was valid until"
                                                                 : "is valid until",
                                       date);
    g_free(date);
    return true;
}

/* ---- what the certificates are for ------------------------------------------------------------------------------ */

enum { ANY_RA, SIGNING_RA, ENCRYPTION_RA, ANY_CA };

static bool is_kind(const ScepFacts *facts, const ScepCertificate *certificate, int kind)
{
    (void)facts;
    if (certificate->is_ca)
        return kind == ANY_CA;
    return kind == ANY_RA || (kind == SIGNING_RA && certificate->may_sign) ||
           (kind == ENCRYPTION_RA && certificate->may_encipher);
}

static unsigned count(const ScepFacts *facts, int kind)
{
    unsigned number = 0;

    for (guint i = 0; is_cacert(facts) && i < facts->response->certificates->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(facts->response->certificates, i);
        number += certificate != NULL && is_kind(facts, certificate, kind);
    }
    return number;
}

static bool is_elliptic(const ScepCertificate *certificate)
{
    return certificate->key_algorithm != NULL && strcmp(certificate->key_algorithm, "EC") == 0;
}

/* A request is encrypted to an RA where there is one, else to the CA; key transport takes an RSA key. */
static bool could_receive(const ScepFacts *facts, const ScepCertificate *certificate, int kind)
{
    return is_kind(facts, certificate, kind) && !is_elliptic(certificate);
}

static bool elliptic_keys_only(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    const int kind = count(facts, ANY_RA) > 0 ? ANY_RA : ANY_CA;

    (void)parameter;
    (void)evidence;
    return count(facts, kind) > 0 && find(facts, could_receive, kind) == NULL;
}

static bool ndes_pair(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    (void)parameter;
    (void)evidence;
    return count(facts, SIGNING_RA) > 0 && count(facts, ENCRYPTION_RA) > 0 && facts->response->certificates->len > 2;
}

static bool one_use_is_missing(const ScepFacts *facts)
{
    return (count(facts, SIGNING_RA) > 0) != (count(facts, ENCRYPTION_RA) > 0);
}

/* One of the two RA certificates without the other. */
static bool ndes_pair_incomplete(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    (void)parameter;
    (void)evidence;
    return count(facts, ANY_RA) == 1 && facts->response->certificates->len > 1 && one_use_is_missing(facts);
}

static bool serves_nothing(const ScepFacts *facts, const ScepCertificate *certificate, int parameter)
{
    (void)facts;
    (void)parameter;
    return !certificate->is_ca && !certificate->may_sign && !certificate->may_encipher && !is_elliptic(certificate);
}

/* Both RA certificates are there, and neither is marked for one of the two uses. */
static bool wrong_key_usage(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    (void)parameter;
    if (elliptic_keys_only(facts, 0, NULL))
        return false;
    if (count(facts, ANY_RA) > 1 && one_use_is_missing(facts)) {
        evidence->detail = g_strdup(count(facts, SIGNING_RA) > 0 ? "None of them has keyEncipherment"
                                                                 : "None of them has digitalSignature");
        return true;
    }
    return found(facts, serves_nothing, 0, evidence);
}

static bool comes_from_elsewhere(const ScepFacts *facts, const ScepCertificate *certificate, int parameter)
{
    (void)parameter;
    return !certificate->is_ca && !scep_has_subject(facts->response->certificates, certificate->issuer);
}

static bool ra_of_another_ca(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    const ScepCertificate *certificate = count(facts, ANY_CA) > 0 ? find(facts, comes_from_elsewhere, parameter) : NULL;

    if (certificate == NULL)
        return false;
    evidence->detail = g_strdup_printf("\"%s\" was issued by \"%s\"", certificate->subject, certificate->issuer);
    return true;
}

static bool holds(const GPtrArray *certificates, const ScepCertificate *wanted)
{
    for (guint i = 0; i < certificates->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(certificates, i);
        if (certificate != NULL && memcmp(certificate->sha256, wanted->sha256, sizeof wanted->sha256) == 0)
            return true;
    }
    return false;
}

/* What the profile expects is not in the capture; that one server shows one root, and later another, is. */
static bool root_changed(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    const ScepServer *server = facts->exchange->server;
    const ScepCertificate *root = is_cacert(facts) ? scep_root_of(facts->response->certificates) : NULL;
    const ScepCertificate *before = scep_root_of(server->former);

    (void)parameter;
    if (root == NULL || before == NULL || holds(server->former, root) || holds(facts->response->certificates, before))
        return false;
    char *now = scep_thumbprint_text(root), *then = scep_thumbprint_text(before);
    evidence->detail = g_strdup_printf("Now %s; before %s", now, then);
    g_free(now);
    g_free(then);
    evidence->also[evidence->also_count++] = server->former_frame;
    return true;
}

/* ---- how they are signed ---------------------------------------------------------------------------------------- */

static bool refused_by_apple(const ScepFacts *facts, const ScepCertificate *certificate, int parameter)
{
    (void)facts;
    (void)parameter;
    return scep_signed_with_pss(certificate) || (!certificate->self_signed && scep_signed_with_sha1(certificate));
}

static bool pss_or_sha1(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    const ScepCertificate *certificate = find(facts, refused_by_apple, parameter);

    if (certificate == NULL)
        return false;
    evidence->detail =
        g_strdup_printf("\"%s\" is signed with %s", certificate->subject, certificate->signature_algorithm);
    return true;
}

/* SHA-1 has a hint of its own. */
static bool is_weak(const ScepFacts *facts, const ScepCertificate *certificate, int parameter)
{
    (void)facts;
    (void)parameter;
    return scep_key_is_short(certificate->key_algorithm, certificate->key_bits) ||
           (!certificate->self_signed && scep_signed_with_md5(certificate));
}

static bool weak_certificate(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    const ScepCertificate *certificate = find(facts, is_weak, parameter);

    if (certificate != NULL)
        evidence->detail = scep_weakness_text(certificate);
    return certificate != NULL;
}

/* ---- the answer around them ------------------------------------------------------------------------------------- */

static bool type_is(const ScepFacts *facts, const char *type)
{
    const char *given = facts->response->content_type;
    const size_t length = strlen(type);

    return given != NULL && g_ascii_strncasecmp(given, type, length) == 0 &&
           (given[length] == '\0' || given[length] == ';' || given[length] == ' ');
}

#define TYPE_ONE "application/x-x509-ca-cert"
#define TYPE_SEVERAL "application/x-x509-ca-ra-cert"

/* RFC 8894 4.2.1: one certificate as such under the one type, several in a degenerate SignedData under the other. */
static bool type_and_body_differ(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    const bool is_set = facts->response->message != NULL;

    (void)parameter;
    if (!is_cacert(facts) || facts->response->status != 200 || facts->response->certificates->len == 0 ||
        !type_is(facts, is_set ? TYPE_ONE : TYPE_SEVERAL))
        return false;
    evidence->detail = g_strdup_printf("The body is %s, its type %s", is_set ? "a PKCS#7 set" : "a single certificate",
                                       facts->response->content_type);
    return true;
}

static bool is_apple(const ScepFacts *facts)
{
    const ScepEnrollment *enrollment = facts->exchange->enrollment;
    const char *agent = enrollment ? enrollment->user_agent : NULL;

    return agent != NULL && strstr(agent, "CFNetwork") != NULL;
}

/* RFC 8894 4.2.1.2 wants this type for a chain without RA too, and only Apple's clients are known to mind. */
static bool ra_type_without_ra(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    (void)parameter;
    (void)evidence;
    return is_apple(facts) && type_is(facts, TYPE_SEVERAL) && facts->response->message != NULL &&
           !facts->response->message->truncated && count(facts, ANY_CA) > 0 && count(facts, ANY_RA) == 0 &&
           count(facts, ANY_CA) == facts->response->certificates->len;
}

/* RFC 8894 4.7.1: the new certificates come signed by the current CA. */
static bool next_ca_unsigned(const ScepFacts *facts, int parameter, ScepEvidence *evidence)
{
    const ScepResponse *response = facts->response;
    const ScepServer *server = facts->exchange->server;

    (void)parameter;
    if (facts->exchange->operation != SCEP_OP_GETNEXTCACERT || response->status != 200 ||
        response->certificates == NULL || (response->message != NULL && response->message->truncated))
        return false;
    if (response->message == NULL || response->message->signer_count == 0) {
        evidence->detail = g_strdup("It is not signed");
        return true;
    }
    if (server->certificates == NULL || response->message->signer.issuer.length == 0)
        return false;
    const ScepCertificate *signer = scep_signer_certificate(response->message, response->body, server->certificates);
    if (signer != NULL && (signer->is_ca || server->certificates->len == 1))
        return false;
    evidence->detail = signer ? g_strdup_printf("Signed by \"%s\", which is no CA", signer->subject)
                              : g_strdup("Its signer is not in the GetCACert answer");
    evidence->also[evidence->also_count++] = server->cacert_frame;
    return true;
}

/* What explains most comes first. */
static const ScepRule rules[] = {
    { "cacert_ra_expired", SCEP_ON_RESPONSE, certificate_due, EXPIRED },
    { "cacert_ca_expired", SCEP_ON_RESPONSE, certificate_due, EXPIRED + OF_CA },
    { "cacert_not_yet_valid", SCEP_ON_RESPONSE, certificate_due, NOT_YET },
    { "cacert_ra_ecc_key", SCEP_ON_RESPONSE, elliptic_keys_only, 0 },
    { "cacert_ra_pair_incomplete", SCEP_ON_RESPONSE, ndes_pair_incomplete, 0 },
    { "cacert_ra_wrong_key_usage", SCEP_ON_RESPONSE, wrong_key_usage, 0 },
    { "cacert_ra_issuer_not_ca", SCEP_ON_RESPONSE, ra_of_another_ca, 0 },
    { "cacert_root_not_expected", SCEP_ON_RESPONSE, root_changed, 0 },
    { "cacert_ra_type_without_ra", SCEP_ON_RESPONSE, ra_type_without_ra, 0 },
    { "cacert_type_body_mismatch", SCEP_ON_RESPONSE, type_and_body_differ, 0 },
    { "cacert_pss_or_sha1", SCEP_ON_RESPONSE, pss_or_sha1, 0 },
    { "weak_signature", SCEP_ON_RESPONSE, weak_certificate, 0 },
    { "nextca_not_signed_by_ca", SCEP_ON_RESPONSE, next_ca_unsigned, 0 },
    { "cacert_ra_expiring", SCEP_ON_RESPONSE, certificate_due, EXPIRING },
    { "cacert_ca_expiring", SCEP_ON_RESPONSE, certificate_due, EXPIRING + OF_CA },
    { "cacert_ndes_shape_ok", SCEP_ON_RESPONSE, ndes_pair, 0 },
};

const ScepRuleTable scep_rules_cacert = { rules, G_N_ELEMENTS(rules) };
