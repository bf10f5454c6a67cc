/* test_services.c
 * Which request is for which service around SCEP.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "service_building.h"

static const struct {
    const char *target;
    const char *host;
    const char *step; /* NULL for none */
    const char *server;
} rows[] = {
    { "/CertificateRegistrationSvc/Certificate/VerifyRequest", NULL, "Verify", "policy" },
    { "/certificateregistrationsvc/certificate/verifyrequest", NULL, "Verify", "policy" },
    { "/CertificateRegistrationSvc/Certificate/VerifyRequest?x=/Notify", NULL, "Verify", "policy" },
    { "https://ndes.example/CertificateRegistrationSvc/Certificate/Notify", NULL, "Notify", "policy" },
    { "/CMCertificateRegistration/Certificate/VerifyRequest", NULL, "Verify", "policy" },
    { "/CMCertificateRegistration/Certificate/Notify", NULL, "Notify", "policy" },
    { "/CMCertificateRegistration", NULL, "Browse", "policy" },
    { "/CertificateRegistrationSvc/", NULL, "Browse", "policy" },
    { "/a/b/ScepActions/validateRequest?api-version=2018-02-20", NULL, "Validate", "intune" },
    { "/a/ScepActions/successNotification", NULL, "NotifySuccess", "intune" },
    { "/a/scepactions/failurenotification", NULL, "NotifyFailure", "intune" },
    { "/a/CertificateAuthorityRequests/downloadRevocationRequests", NULL, "Revocation", "intune" },
    { "/a/CertificateAuthorityRequests/uploadRevocationResults", NULL, "RevocationResults", "intune" },
    { "/tenant/oauth2/v2.0/token", "login.microsoftonline.com", "Token", "sign-in" },
    { "/tenant/oauth2/token", "LOGIN.microsoftonline.com:443", "Token", "sign-in" },
    { DISCOVERY, "graph.microsoft.com", "Discovery", "sign-in" },
    { "/tenant/servicePrincipalsByAppId/0000000a-0000-0000-c000-000000000000/serviceEndpoints?api-version=1.6", NULL,
      "Discovery", "sign-in" },
    { "/tenant/oauth2/v2.0/token", "login.example.com", NULL, NULL },
    { "/tenant/oauth2/v2.0/token", "microsoftonline.com", NULL, NULL },
    { "/tenant/oauth2/v2.0/token", NULL, NULL, NULL },
    { "/v1.0/servicePrincipals/appId=0000000b-0000-0000-c000-000000000000/endpoints", NULL, NULL, NULL },
    { "/other/VerifyRequest", NULL, NULL, NULL },
    { "/x/CMCertificateRegistration", NULL, NULL, NULL },
    { "/?p=/CertificateRegistrationSvc/Certificate/VerifyRequest", NULL, NULL, NULL },
    { "https://CertificateRegistrationSvc", NULL, NULL, NULL },
    { "VerifyRequest", NULL, NULL, NULL },
    { "/certsrv/mscep/mscep.dll?operation=GetCACaps", NULL, NULL, NULL },
    { "*", NULL, NULL, NULL },
    { "", NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL },
};

static void test_by_path(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const ScepService *found = scep_service_find(rows[i].target, rows[i].host, "application/json");
        if (rows[i].step == NULL) {
            assert_null(found);
            continue;
        }
        assert_non_null(found);
        assert_string_equal(found->step, rows[i].step);
        assert_string_equal(found->server, rows[i].server);
    }
}

/* The cheap test never says no where the other finds one. */
static void test_the_cheap_test_is_wider(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const size_t size = rows[i].target != NULL ? strlen(rows[i].target) : 0;
        if (size == 0)
            continue;
        uint8_t *exact = g_memdup2(rows[i].target, size);
        if (rows[i].step != NULL)
            assert_true(scep_service_may_be(exact, size));
        g_free(exact);
    }
    assert_true(scep_service_may_be((const uint8_t *)"/t/oauth2/token", 15));
    assert_false(scep_service_may_be((const uint8_t *)"/index.html", 11));
    assert_false(scep_service_may_be((const uint8_t *)"/t/token", 8));
}

static void test_syncml_is_known_by_its_type(void **state)
{
    (void)state;
    assert_int_equal(scep_service_find("/any", NULL, "application/vnd.syncml.dm+xml; charset=utf-8")->stage, 1);
    assert_int_equal(scep_service_find("/any", NULL, "Application/vnd.syncml.dm+WBXML")->kind, SCEP_SERVICE_MDM);
    assert_int_equal(scep_service_find("/any", NULL, SCEP_SYNCML_XML)->body, SCEP_BODY_SYNCML);
    assert_null(scep_service_find("/any", NULL, "application/xml"));
    assert_null(scep_service_find("/any", NULL, NULL));
    /* The path counts for more. */
    assert_int_equal(scep_service_find(VERIFY, NULL, SCEP_SYNCML_XML)->kind, SCEP_SERVICE_VERIFY);
}

static void test_apple_is_known_by_its_types(void **state)
{
    (void)state;
    assert_int_equal(scep_service_find("/mdm", NULL, SCEP_APPLE_MDM "; charset=UTF-8")->body, SCEP_BODY_PLIST);
    assert_int_equal(scep_service_find("/mdm", NULL, "Application/X-Apple-Aspen-MDM-CheckIn")->kind, SCEP_SERVICE_MDM);
    assert_int_not_equal(scep_service_find("/mdm", NULL, SCEP_APPLE_MDM)->body, SCEP_BODY_SYNCML);
    assert_int_equal(scep_service_of_answer(SCEP_APPLE_PROFILE)->body, SCEP_BODY_PLIST);
    assert_string_equal(scep_service_of_answer(SCEP_APPLE_PROFILE)->step, "Profile");
    assert_null(scep_service_of_answer(SCEP_APPLE_MDM));
    assert_null(scep_service_of_answer(SCEP_SYNCML_XML));
    assert_null(scep_service_of_answer(NULL));
}

static void test_hosts_of_intune(void **state)
{
    static const char *const hosts[] = { "r.manage.microsoft.com", "FEF.msua06.manage.microsoft.com:443",
                                         "a.manage.microsoft.us" };
    static const char *const others[] = {
        "manage.microsoft.com.example", "xmanage.microsoft.com", ".manage.microsoft.com", "www.microsoft.com", "", NULL
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++)
        assert_true(scep_is_intune_host(hosts[i]));
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        assert_false(scep_is_intune_host(others[i]));
}

/* Every row can be told in words, and belongs to a stage that is not SCEP's or the CA's own. */
static void test_rows_are_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < scep_service_count; i++) {
        const ScepService *row = &scep_services[i];
        assert_true(row->stage == 1 || row->stage == 3 || row->stage == 6);
        assert_true(row->name[0] && row->step[0] && row->party[0] && row->words[0] && row->server[0]);
        assert_int_equal(row->client[0] == '\0', row->kind == SCEP_SERVICE_REGISTRATION);
        assert_true(row->expected >= 200 && row->expected < 300);
        assert_int_equal(row->end_length, row->end != NULL ? strlen(row->end) : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_path),
        cmocka_unit_test(test_the_cheap_test_is_wider),
        cmocka_unit_test(test_syncml_is_known_by_its_type),
        cmocka_unit_test(test_apple_is_known_by_its_types),
        cmocka_unit_test(test_hosts_of_intune),
        cmocka_unit_test(test_rows_are_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
