/* rules_cacert.c
 * What GetCACert and its relatives answer: the certificates that a device builds its request on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "diagnosis/rule.h"
#include "cms/certificate_list.h"
#include "cms/issuer.h"
#include "cms/weakness.h"
#include "tracker/client.h"
#include "tracker/extent.h"
#include "tracker/times.h"

static bool is_cacert(const ScepCase *about)
{
    return about->exchange->operation == SCEP_OP_GETCACERT && about->response->certificates != NULL;
}

/* What is said of the list as a whole holds only where all of it was captured. */
static bool is_whole(const ScepCase *about)
{
    return scep_response_is_whole(about->response);
}

/* The next readable certificate of a GetCACert answer, from *at on, which is moved behind it; NULL behind the last. */
static const ScepCertificate *next_certificate(const ScepCase *about, guint *at)
{
    while (is_cacert(about) && *at < about->response->certificates->len) {
        const ScepCertificate *certificate = g_ptr_array_index(about->response->certificates, (*at)++);
        if (certificate != NULL)
            return certificate;
    }
    return NULL;
}

/* The first one that a test holds for. */
static const ScepCertificate *find(const ScepCase *about, bool (*test)(const ScepCertificate *certificate))
{
    const ScepCertificate *certificate;
    guint at = 0;

    while ((certificate = next_certificate(about, &at)) != NULL && !test(certificate))
        ;
    return certificate;
}

/* ---- validity ---------------------------------------------------------------------------------------------------- */

enum { EXPIRED, EXPIRING, NOT_YET, OF_CA = 10 };

/* @a kind: EXPIRED, EXPIRING or NOT_YET, plus OF_CA to look at CAs instead of RAs. */
static bool is_due(const ScepCase *about, const ScepCertificate *certificate, int kind)
{
    const int64_t now = about->exchange->response_time / SCEP_SECOND;

    if (now < SCEP_CLOCK_BEGINS)
        return false;
    if (kind == NOT_YET)
        return now < certificate->not_before;
    if (certificate->is_ca != (kind >= OF_CA))
        return false;
    if (kind % OF_CA == EXPIRED)
        return now > certificate->not_after;
    return now <= certificate->not_after &&
           now > certificate->not_after - (kind >= OF_CA ? SCEP_CA_NOTICE : SCEP_RA_NOTICE);
}

static char *date_text(int64_t seconds)
{
    GDateTime *date = g_date_time_new_from_unix_utc(seconds);
    char *text = date != NULL ? g_date_time_format(date, "%Y-%m-%d") : g_strdup("a date out of range");

    if (date != NULL)
        g_date_time_unref(date);
    return text;
}

static bool certificate_due(ScepCase *about)
{
    const int kind = about->parameter;
    const ScepCertificate *certificate;
    guint at = 0;

    while ((certificate = next_certificate(about, &at)) != NULL && !is_due(about, certificate, kind))
        ;

    if (certificate == NULL)
        return false;
    char *date = date_text(kind == NOT_YET ? certificate->not_before : certificate->not_after);
    about->evidence.detail = g_strdup_printf("\"%s\" %s %s", certificate->subject,
                                             kind == NOT_YET           ? "is valid from"
                                             : kind % OF_CA == EXPIRED ? "was valid until"
                                                                       : "is valid until",
                                             date);
    g_free(date);
    return true;
}

/* ---- what the certificates are for ------------------------------------------------------------------------------- */

enum { ANY_RA, SIGNING_RA, ENCRYPTION_RA, ANY_CA };

static bool is_kind(const ScepCertificate *certificate, int kind)
{
    if (certificate->is_ca)
        return kind == ANY_CA;
    return kind == ANY_RA || (kind == SIGNING_RA && certificate->may_sign) ||
           (kind == ENCRYPTION_RA && certificate->may_encipher);
}

static unsigned count(const ScepCase *about, int kind)
{
    const ScepCertificate *certificate;
    unsigned number = 0;
    guint at = 0;

    while ((certificate = next_certificate(about, &at)) != NULL)
        number += is_kind(certificate, kind);
    return number;
}

static bool is_elliptic(const ScepCertificate *certificate)
{
    return certificate->key_algorithm != NULL && strcmp(certificate->key_algorithm, "EC") == 0;
}

/* A request is encrypted to an RA where there is one, else to the CA; key transport takes an RSA key. */
static bool elliptic_keys_only(ScepCase *about)
{
    const int kind = count(about, ANY_RA) > 0 ? ANY_RA : ANY_CA;
    const ScepCertificate *certificate;
    bool any = false;
    guint at = 0;

    if (!is_whole(about))
        return false;
    while ((certificate = next_certificate(about, &at)) != NULL) {
        if (!is_kind(certificate, kind))
            continue;
        if (!is_elliptic(certificate))
            return false;
        any = true;
    }
    return any;
}

static bool only_signs(const ScepCertificate *certificate)
{
    return !certificate->is_ca && certificate->has_key_usage && certificate->may_sign && !certificate->may_encipher;
}

static bool only_enciphers(const ScepCertificate *certificate)
{
    return !certificate->is_ca && certificate->has_key_usage && certificate->may_encipher && !certificate->may_sign;
}

/* Two certificates, each for one of the two uses, and the chain. One for both uses is another product's. */
static bool ndes_pair(ScepCase *about)
{
    return find(about, only_signs) != NULL && find(about, only_enciphers) != NULL &&
           about->response->certificates->len > 2;
}

static bool one_use_is_missing(const ScepCase *about)
{
    return (count(about, SIGNING_RA) > 0) != (count(about, ENCRYPTION_RA) > 0);
}

/* One of the two RA certificates without the other. */
static bool ndes_pair_incomplete(ScepCase *about)
{
    return is_whole(about) && count(about, ANY_RA) == 1 && about->response->certificates->len > 1 &&
           one_use_is_missing(about);
}

static bool serves_nothing(const ScepCertificate *certificate)
{
    return !certificate->is_ca && !certificate->may_sign && !certificate->may_encipher && !is_elliptic(certificate);
}

/* Both RA certificates are there, and neither is marked for one of the two uses. */
static bool wrong_key_usage(ScepCase *about)
{
    if (!is_whole(about) || elliptic_keys_only(about))
        return false;
    if (count(about, ANY_RA) > 1 && one_use_is_missing(about)) {
        about->evidence.detail = g_strdup(count(about, SIGNING_RA) > 0 ? "None of them has keyEncipherment"
                                                                       : "None of them has digitalSignature");
        return true;
    }
    const ScepCertificate *certificate = find(about, serves_nothing);
    if (certificate != NULL)
        about->evidence.detail = g_strdup_printf("\"%s\"", certificate->subject);
    return certificate != NULL;
}

/* By its name, or by its signature: a CA that got a new key keeps its name. */
static bool ra_of_another_ca(ScepCase *about)
{
    const ScepCertificate *certificate;
    guint at = 0;

    if (!is_whole(about) || count(about, ANY_CA) == 0)
        return false;
    while ((certificate = next_certificate(about, &at)) != NULL) {
        if (certificate->is_ca || certificate->self_signed)
            continue;
        const ScepIssuerKind kind = scep_issuer_among(about->response->certificates, certificate, NULL);
        if (kind == SCEP_ISSUER_ABSENT || kind == SCEP_ISSUER_OTHER_KEY) {
            about->evidence.detail =
                g_strdup_printf(kind == SCEP_ISSUER_ABSENT
                                    ? "\"%s\" was issued by \"%s\""
                                    : "\"%s\" names \"%s\" as its issuer, whose key here did not make its signature",
                                certificate->subject, certificate->issuer);
            return true;
        }
    }
    return false;
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
static bool root_changed(ScepCase *about)
{
    const ScepServer *server = about->exchange->server;
    const ScepCertificate *root = is_cacert(about) ? scep_certificates_get0_root(about->response->certificates) : NULL;
    const ScepCertificate *before = scep_certificates_get0_root(server->former);

    if (root == NULL || before == NULL || !is_whole(about) || holds(server->former, root) ||
        holds(about->response->certificates, before))
        return false;
    char *now = scep_thumbprint_new_text(root), *then = scep_thumbprint_new_text(before);
    about->evidence.detail = g_strdup_printf("Now %s; before %s", now, then);
    g_free(now);
    g_free(then);
    scep_case_also(about, server->former_frame);
    return true;
}

/* ---- how they are signed ----------------------------------------------------------------------------------------- */

static bool refused_by_apple(const ScepCertificate *certificate)
{
    return scep_signed_with_pss(certificate) || (!certificate->self_signed && scep_signed_with_sha1(certificate));
}

static bool pss_or_sha1(ScepCase *about)
{
    const ScepCertificate *certificate = find(about, refused_by_apple);

    if (certificate == NULL)
        return false;
    about->evidence.detail =
        g_strdup_printf("\"%s\" is signed with %s", certificate->subject, certificate->signature_algorithm);
    return true;
}

/* SHA-1 has a hint of its own. */
static bool is_weak(const ScepCertificate *certificate)
{
    return scep_key_is_short(certificate->key_algorithm, certificate->key_bits) ||
           (!certificate->self_signed && scep_signed_with_md5(certificate));
}

static bool weak_certificate(ScepCase *about)
{
    const ScepCertificate *certificate = find(about, is_weak);

    if (certificate != NULL)
        about->evidence.detail = scep_weakness_new_text(certificate);
    return certificate != NULL;
}

/* ---- the answer around them -------------------------------------------------------------------------------------- */

static bool type_is(const ScepCase *about, const char *type)
{
    const char *given = about->response->content_type;
    const size_t length = strlen(type);

    return given != NULL && g_ascii_strncasecmp(given, type, length) == 0 &&
           (given[length] == '\0' || given[length] == ';' || given[length] == ' ');
}

#define TYPE_ONE "application/x-x509-ca-cert"
#define TYPE_SEVERAL "application/x-x509-ca-ra-cert"

/* RFC 8894 4.2.1: one certificate as such under the one type, several in a degenerate SignedData under the other. */
static bool type_and_body_differ(ScepCase *about)
{
    const bool is_set = about->response->message != NULL;

    if (!is_cacert(about) || !is_whole(about) || about->response->status != 200 ||
        about->response->certificates->len == 0 || !type_is(about, is_set ? TYPE_ONE : TYPE_SEVERAL))
        return false;
    about->evidence.detail = g_strdup_printf(
        "The body is %s, its type %s", is_set ? "a PKCS#7 set" : "a single certificate", about->response->content_type);
    return true;
}

static bool is_apple(const ScepCase *about)
{
    return scep_enrollment_client_is(about->exchange->enrollment, SCEP_CLIENT_APPLE);
}

/* RFC 8894 4.2.1.2 wants this type for a chain without RA too, and only Apple's clients are known to mind. */
static bool ra_type_without_ra(ScepCase *about)
{
    return is_apple(about) && type_is(about, TYPE_SEVERAL) && about->response->message != NULL && is_whole(about) &&
           count(about, ANY_CA) > 0 && count(about, ANY_RA) == 0 &&
           count(about, ANY_CA) == about->response->certificates->len;
}

/* RFC 8894 4.7.1: the new certificates come signed by the current CA. */
static bool next_ca_unsigned(ScepCase *about)
{
    const ScepResponse *response = about->response;
    const ScepServer *server = about->exchange->server;

    if (about->exchange->operation != SCEP_OP_GETNEXTCACERT || response->status != 200 ||
        response->certificates == NULL || !is_whole(about))
        return false;
    if (response->message == NULL || response->message->signer_count == 0) {
        about->evidence.detail = g_strdup("It is not signed");
        return true;
    }
    if (server->certificates == NULL || response->message->signer.issuer.length == 0)
        return false;
    const ScepCertificate *signer = scep_message_get0_signer(response->message, response->body, server->certificates);
    if (signer == NULL && !scep_server_list_is_whole(server))
        return false;
    if (signer != NULL && (signer->is_ca || server->certificates->len == 1))
        return false;
    about->evidence.detail = signer ? g_strdup_printf("Signed by \"%s\", which is no CA", signer->subject)
                                    : g_strdup("Its signer is not in the GetCACert answer");
    scep_case_also(about, server->cacert_frame);
    return true;
}

/* What explains most comes first. */
static const ScepRule rules[] = {
    { SCEP_HINT_cacert_ra_expired, SCEP_ON_ANSWER, certificate_due, EXPIRED },
    { SCEP_HINT_cacert_ca_expired, SCEP_ON_ANSWER, certificate_due, EXPIRED + OF_CA },
    { SCEP_HINT_cacert_not_yet_valid, SCEP_ON_ANSWER, certificate_due, NOT_YET },
    { SCEP_HINT_cacert_ra_ecc_key, SCEP_ON_ANSWER, elliptic_keys_only, 0 },
    { SCEP_HINT_cacert_ra_pair_incomplete, SCEP_ON_ANSWER, ndes_pair_incomplete, 0 },
    { SCEP_HINT_cacert_ra_wrong_key_usage, SCEP_ON_ANSWER, wrong_key_usage, 0 },
    { SCEP_HINT_cacert_ra_issuer_not_ca, SCEP_ON_ANSWER, ra_of_another_ca, 0 },
    { SCEP_HINT_cacert_root_not_expected, SCEP_ON_ANSWER, root_changed, 0 },
    { SCEP_HINT_cacert_ra_type_without_ra, SCEP_ON_ANSWER, ra_type_without_ra, 0 },
    { SCEP_HINT_cacert_type_body_mismatch, SCEP_ON_ANSWER, type_and_body_differ, 0 },
    { SCEP_HINT_cacert_pss_or_sha1, SCEP_ON_ANSWER, pss_or_sha1, 0 },
    { SCEP_HINT_weak_signature, SCEP_ON_ANSWER, weak_certificate, 0 },
    { SCEP_HINT_nextca_not_signed_by_ca, SCEP_ON_ANSWER, next_ca_unsigned, 0 },
    { SCEP_HINT_cacert_ra_expiring, SCEP_ON_ANSWER, certificate_due, EXPIRING },
    { SCEP_HINT_cacert_ca_expiring, SCEP_ON_ANSWER, certificate_due, EXPIRING + OF_CA },
    { SCEP_HINT_cacert_ndes_shape_ok, SCEP_ON_ANSWER, ndes_pair, 0 },
};

const ScepRuleTable scep_rules_cacert = { .rules = rules, .count = G_N_ELEMENTS(rules) };
