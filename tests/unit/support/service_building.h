/* service_building.h
 * Bodies of calls to services, read in a test.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SERVICE_BUILDING_H
#define SERVICE_BUILDING_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scep/services.h"

#define VALIDATE "/Svc/ScepActions/validateRequest?api-version=2018-02-20"
#define SUCCEEDED "/Svc/ScepActions/successNotification"
#define FAILED "/Svc/ScepActions/failureNotification"
#define VERIFY "/CertificateRegistrationSvc/Certificate/VerifyRequest"
#define NOTIFY "/CertificateRegistrationSvc/Certificate/Notify"
#define TOKEN "/11111111-2222-3333-4444-555555555555/oauth2/v2.0/token"
#define DISCOVERY "/v1.0/servicePrincipals/appId=0000000a-0000-0000-c000-000000000000/endpoints"
#define SIGN_IN_HOST "login.microsoftonline.com"

/* The service of a path; one that ends like the sign-in gets the host it needs. */
static inline const ScepService *service_of(const char *path)
{
    const ScepService *service = scep_service_find(path, SIGN_IN_HOST, NULL);

    assert_non_null(service);
    return service;
}

static inline const ScepService *mdm_service(void)
{
    const ScepService *service = scep_service_find("/any", NULL, SCEP_SYNCML_XML);

    assert_non_null(service);
    return service;
}

/* The text in a buffer of its exact size. @param status  0 for a request */
static inline ScepServiceFacts *read_service(const ScepService *service, const char *text, size_t size, uint16_t status)
{
    uint8_t *copy = g_memdup2(text, size);
    const ScepServiceBody body = {
        .service = service, .is_request = status == 0, .status = status, .body = copy, .size = size
    };
    ScepServiceFacts *facts = scep_service_facts_new(&body);

    g_free(copy);
    return facts;
}

#endif
