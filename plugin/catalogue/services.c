/* services.c
 * The services around SCEP, by the path of the request.
 *
 * Paths of the registration service: Microsoft's "Troubleshoot the NDES policy module" (SA-NPM). Paths of Intune's API
 * for CAs of other vendors, of the sign-in and of the discovery: the published sample library (Intune-Resource-Access).
 * The directory of the ConfigMgr registration point is documented, what follows it is by analogy. The first row that
 * fits counts, so the closer one goes first.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/catalogue.h"

#include <glib.h>
#include <string.h>

#define REGISTRATION "/CertificateRegistrationSvc"
#define CONFIGMGR "/CMCertificateRegistration"
#define INTUNE_APP "0000000a-0000-0000-c000-000000000000"
#define SIGN_IN "login.microsoftonline.com login.microsoftonline.us login.windows.net login.partner.microsoftonline.cn"
#define END(text) .end = text, .end_length = sizeof(text) - 1

const ScepService scep_services[] = {
    { .kind = SCEP_SERVICE_VERIFY,
      .body = SCEP_BODY_MAYBE_JSON,
      .stage = 3,
      .name = "VerifyRequest",
      .step = "Verify",
      .party = "Policy module",
      .words = "asks whether challenge and request are valid",
      .client = "ndes",
      .server = "policy",
      .part = REGISTRATION,
      END("/Certificate/VerifyRequest"),
      .expected = 201 },
    { .kind = SCEP_SERVICE_NOTIFY,
      .body = SCEP_BODY_MAYBE_JSON,
      .stage = 6,
      .name = "Notify",
      .step = "Notify",
      .party = "Policy module",
      .words = "reports what became of the request",
      .client = "ndes",
      .server = "policy",
      .part = REGISTRATION,
      END("/Certificate/Notify"),
      .expected = 204 },
    { .kind = SCEP_SERVICE_VERIFY,
      .body = SCEP_BODY_MAYBE_JSON,
      .stage = 3,
      .is_configmgr = true,
      .name = "VerifyRequest",
      .step = "Verify",
      .party = "ConfigMgr registration point",
      .words = "asks whether challenge and request are valid",
      .client = "ndes",
      .server = "policy",
      .part = CONFIGMGR,
      END("/VerifyRequest"),
      .expected = 201 },
    { .kind = SCEP_SERVICE_NOTIFY,
      .body = SCEP_BODY_MAYBE_JSON,
      .stage = 6,
      .is_configmgr = true,
      .name = "Notify",
      .step = "Notify",
      .party = "ConfigMgr registration point",
      .words = "reports what became of the request",
      .client = "ndes",
      .server = "policy",
      .part = CONFIGMGR,
      END("/Notify"),
      .expected = 204 },
    { .kind = SCEP_SERVICE_REGISTRATION,
      .body = SCEP_BODY_UNREAD,
      .stage = 3,
      .is_configmgr = true,
      .at_start = true,
      .name = "CMCertificateRegistration",
      .step = "Browse",
      .party = "ConfigMgr registration point",
      .words = "opens the directory of the service",
      .client = "",
      .server = "policy",
      .part = CONFIGMGR,
      .expected = 200 },
    { .kind = SCEP_SERVICE_REGISTRATION,
      .body = SCEP_BODY_UNREAD,
      .stage = 3,
      .at_start = true,
      .name = "CertificateRegistrationSvc",
      .step = "Browse",
      .party = "Policy module",
      .words = "opens the directory of the service",
      .client = "",
      .server = "policy",
      .part = REGISTRATION,
      .expected = 200 },
    { .kind = SCEP_SERVICE_VALIDATE,
      .body = SCEP_BODY_JSON,
      .stage = 3,
      .name = "validateRequest",
      .step = "Validate",
      .party = "Intune",
      .words = "asks whether challenge and request are valid",
      .client = "ndes",
      .server = "intune",
      END("/ScepActions/validateRequest"),
      .expected = 200 },
    { .kind = SCEP_SERVICE_NOTIFY_SUCCESS,
      .body = SCEP_BODY_JSON,
      .stage = 6,
      .name = "successNotification",
      .step = "NotifySuccess",
      .party = "Intune",
      .words = "reports that the certificate was issued",
      .client = "ndes",
      .server = "intune",
      END("/ScepActions/successNotification"),
      .expected = 200 },
    { .kind = SCEP_SERVICE_NOTIFY_FAILURE,
      .body = SCEP_BODY_JSON,
      .stage = 6,
      .name = "failureNotification",
      .step = "NotifyFailure",
      .party = "Intune",
      .words = "reports that no certificate was issued",
      .client = "ndes",
      .server = "intune",
      END("/ScepActions/failureNotification"),
      .expected = 200 },
    { .kind = SCEP_SERVICE_REVOCATION,
      .body = SCEP_BODY_UNREAD,
      .stage = 6,
      .name = "downloadRevocationRequests",
      .step = "Revocation",
      .party = "Intune",
      .words = "asks which certificates to revoke",
      .client = "ndes",
      .server = "intune",
      END("/CertificateAuthorityRequests/downloadRevocationRequests"),
      .expected = 200 },
    { .kind = SCEP_SERVICE_REVOCATION_RESULTS,
      .body = SCEP_BODY_UNREAD,
      .stage = 6,
      .name = "uploadRevocationResults",
      .step = "RevocationResults",
      .party = "Intune",
      .words = "reports which certificates were revoked",
      .client = "ndes",
      .server = "intune",
      END("/CertificateAuthorityRequests/uploadRevocationResults"),
      .expected = 200 },
    { .kind = SCEP_SERVICE_TOKEN,
      .body = SCEP_BODY_TOKEN,
      .stage = 3,
      .name = "token",
      .step = "Token",
      .party = "Microsoft Entra",
      .words = "signs in with its app",
      .client = "ndes",
      .server = "sign-in",
      .part = "/oauth2/",
      END("/token"),
      .hosts = SIGN_IN,
      .expected = 200 },
    { .kind = SCEP_SERVICE_DISCOVERY,
      .body = SCEP_BODY_JSON,
      .stage = 3,
      .name = "endpoints",
      .step = "Discovery",
      .party = "Microsoft Graph",
      .words = "asks where Intune's services are",
      .client = "ndes",
      .server = "sign-in",
      .part = INTUNE_APP,
      END("/endpoints"),
      .expected = 200 },
    { .kind = SCEP_SERVICE_DISCOVERY,
      .body = SCEP_BODY_JSON,
      .stage = 3,
      .name = "serviceEndpoints",
      .step = "Discovery",
      .party = "Microsoft Graph",
      .words = "asks where Intune's services are",
      .client = "ndes",
      .server = "sign-in",
      .part = INTUNE_APP,
      END("/serviceEndpoints"),
      .expected = 200 },
    /* Found by its media type: each MDM server has a path of its own. */
    { .kind = SCEP_SERVICE_MDM,
      .body = SCEP_BODY_SYNCML,
      .stage = 1,
      .name = "SyncML",
      .step = "Sync",
      .party = "MDM server",
      .words = "takes its settings from the MDM server",
      .client = "device",
      .server = "intune",
      .expected = 200 },
    { .kind = SCEP_SERVICE_MDM,
      .body = SCEP_BODY_PLIST,
      .stage = 1,
      .name = "Apple MDM",
      .step = "Sync",
      .party = "MDM server",
      .words = "takes its settings from the MDM server",
      .client = "device",
      .server = "intune",
      .expected = 200 },
    { .kind = SCEP_SERVICE_MDM,
      .body = SCEP_BODY_PLIST,
      .stage = 1,
      .name = "Apple profile",
      .step = "Profile",
      .party = "MDM server",
      .words = "fetches its profile",
      .client = "device",
      .server = "intune",
      .expected = 200 },
};
const size_t scep_service_count = sizeof scep_services / sizeof scep_services[0];

/* The last rows, by their media types. */
static const ScepService *const syncml = &scep_services[sizeof scep_services / sizeof scep_services[0] - 3];
static const ScepService *const apple_mdm = &scep_services[sizeof scep_services / sizeof scep_services[0] - 2];
static const ScepService *const apple_profile = &scep_services[sizeof scep_services / sizeof scep_services[0] - 1];

/* The path alone: what is in front of it in absolute form, and the query behind it, are cut. */
static const uint8_t *path_of(const uint8_t *target, size_t *size)
{
    const uint8_t *query = memchr(target, '?', *size);

    if (query != NULL)
        *size = (size_t)(query - target);
    if (*size == 0 || target[0] == '/')
        return target;
    const char *authority = g_strstr_len((const char *)target, (gssize)*size, "://");
    const size_t skipped = authority != NULL ? (size_t)(authority + 3 - (const char *)target) : *size;
    const uint8_t *path = memchr(target + skipped, '/', *size - skipped);
    *size = path != NULL ? (size_t)(target + *size - path) : 0;
    return path != NULL ? path : target;
}

static bool starts_with(const uint8_t *path, size_t size, const char *text)
{
    const size_t length = strlen(text);

    return size >= length && g_ascii_strncasecmp((const char *)path, text, length) == 0;
}

static bool contains(const uint8_t *path, size_t size, const char *text)
{
    const size_t length = strlen(text);

    for (size_t at = 0; at + length <= size; at++) {
        if ((path[at] | 0x20) == (text[0] | 0x20) && g_ascii_strncasecmp((const char *)path + at, text, length) == 0)
            return true;
    }
    return false;
}

/* Two octets tell nearly all apart: this runs for each request of a capture and each row. */
static inline bool may_fit(const ScepService *row, const uint8_t *path, size_t size)
{
    if (row->end != NULL)
        return size >= row->end_length && path[size - row->end_length] == (uint8_t)row->end[0] &&
               (path[size - 1] | 0x20) == (row->end[row->end_length - 1] | 0x20);
    return row->part != NULL && size > 2 && (path[1] | 0x20) == (row->part[1] | 0x20) &&
           (path[2] | 0x20) == (row->part[2] | 0x20);
}

static bool fits(const ScepService *row, const uint8_t *path, size_t size)
{
    if (!may_fit(row, path, size))
        return false;
    if (row->end != NULL &&
        g_ascii_strncasecmp((const char *)path + size - row->end_length, row->end, row->end_length) != 0)
        return false;
    if (row->part == NULL)
        return true;
    return row->at_start ? starts_with(path, size, row->part) : contains(path, size, row->part);
}

bool scep_service_may_be(const uint8_t *target, size_t size)
{
    const uint8_t *path = path_of(target, &size);

    for (size_t i = 0; i < scep_service_count; i++) {
        if (may_fit(&scep_services[i], path, size) && fits(&scep_services[i], path, size))
            return true;
    }
    return false;
}

static bool is_host(const char *host, const char *hosts)
{
    const size_t length = host != NULL ? strcspn(host, ":") : 0;

    for (const char *at = hosts; length > 0 && *at != '\0'; at += strcspn(at, " "), at += strspn(at, " ")) {
        if (strcspn(at, " ") == length && g_ascii_strncasecmp(at, host, length) == 0)
            return true;
    }
    return false;
}

bool scep_is_intune_host(const char *host)
{
    static const char *const domains[] = { ".manage.microsoft.com", ".manage.microsoft.us" };
    const size_t length = host != NULL ? strcspn(host, ":") : 0;

    for (size_t i = 0; i < sizeof domains / sizeof domains[0]; i++) {
        const size_t end = strlen(domains[i]);
        if (length > end && g_ascii_strncasecmp(host + length - end, domains[i], end) == 0)
            return true;
    }
    return false;
}

static bool is_type(const char *content_type, const char *wanted)
{
    return content_type != NULL && g_ascii_strncasecmp(content_type, wanted, strlen(wanted)) == 0;
}

/* True for both media types of SyncML, whatever parameters follow. NULL is none. */
static bool is_syncml(const char *content_type)
{
    return is_type(content_type, SCEP_SYNCML_XML) || is_type(content_type, SCEP_SYNCML_WBXML);
}

const ScepService *scep_service_of_answer(const char *content_type)
{
    return is_type(content_type, SCEP_APPLE_PROFILE) ? apple_profile : NULL;
}

static const ScepService *by_type(const char *content_type)
{
    if (is_syncml(content_type))
        return syncml;
    return is_type(content_type, SCEP_APPLE_MDM) ? apple_mdm : NULL;
}

const ScepService *scep_service_find(const char *target, const char *host, const char *content_type)
{
    size_t size = target != NULL ? strlen(target) : 0;
    const uint8_t *path = size > 0 ? path_of((const uint8_t *)target, &size) : NULL;

    for (size_t i = 0; path != NULL && i < scep_service_count; i++) {
        const ScepService *row = &scep_services[i];
        if (fits(row, path, size) && (row->hosts == NULL || is_host(host, row->hosts)))
            return row;
    }
    return by_type(content_type);
}
