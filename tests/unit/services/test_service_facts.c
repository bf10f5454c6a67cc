/* test_service_facts.c
 * What the JSON and SyncML of calls to services say; what is secret in them, cut or damaged.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "service_building.h"
#include "services/service_facts.h"

#include "pki_builder.h"
#include "scep/limits.h"
#include "crypto/crypto.h"

static ScepServiceFacts *read_text(const ScepService *service, const char *text, uint16_t status)
{
    return read_service(service, text, strlen(text), status);
}

static const char *fact(const ScepServiceFacts *facts, ScepServiceFact which)
{
    assert_non_null(facts);
    return facts->text[which] != NULL ? facts->text[which] : "";
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

/* @param password  challenge in the request. @return base64, g_free() */
static char *request_text(const char *password, uint8_t spki[32])
{
    X509_REQ *request = X509_REQ_new();
    EVP_PKEY *key = pki_ec_key();
    unsigned char *der = NULL, *spki_der = NULL;

    X509_REQ_set_pubkey(request, key);
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "CN", MBSTRING_UTF8, (const uint8_t *)"device-1", -1,
                               -1, 0);
    X509_REQ_add1_attr_by_NID(request, NID_pkcs9_challengePassword, MBSTRING_UTF8, (const uint8_t *)password, -1);
    X509_REQ_sign(request, key, EVP_sha256());
    const int size = i2d_X509_REQ(request, &der);
    const int spki_size = i2d_PUBKEY(key, &spki_der);
    scep_crypto_sha256(spki_der, (size_t)spki_size, spki);
    char *text = g_base64_encode(der, (gsize)size);
    OPENSSL_free(der);
    OPENSSL_free(spki_der);
    EVP_PKEY_free(key);
    X509_REQ_free(request);
    return text;
}

static void check_request(const ScepServiceFacts *facts, const uint8_t spki[32])
{
    assert_non_null(facts->csr);
    assert_string_equal(facts->csr->subject, "CN=device-1");
    assert_memory_equal(facts->csr->spki_sha256, spki, 32);
    assert_true(facts->csr->challenge.present);
    assert_int_equal(facts->csr->challenge.bytes, 6);
    assert_null(facts->csr->challenge.text);
}

static void test_a_request(void **state)
{
    static const char *const forms[] = {
        "{\"request\":{\"transactionId\":\"AB12\",\"certificateRequest\":\"%s\",\"callerInfo\":\"CA\"}}",
        "\xef\xbb\xbf \n{\"x\":[{\"CERTIFICATEREQUEST\":\"-----BEGIN CERTIFICATE REQUEST-----\\r\\n%s\\r\\n-----END "
        "CERTIFICATE REQUEST-----\"}],\"TransactionID\":\"AB12\",\"callerinfo\":\"CA\"}",
    };
    uint8_t spki[32];
    char *base64 = request_text("S3cr3t", spki);

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        char **pieces = g_strsplit(forms[i], "%s", 2);
        char *json = g_strconcat(pieces[0], base64, pieces[1], NULL);
        const ScepService *service = service_of(i == 0 ? VALIDATE : VERIFY);
        ScepServiceFacts *facts = read_text(service, json, 0);
        assert_string_equal(fact(facts, SCEP_FACT_TRANSACTION_ID), "AB12");
        assert_string_equal(fact(facts, SCEP_FACT_CALLER), "CA");
        assert_null(facts->problem);
        assert_int_equal(facts->secrets->len, 0);
        check_request(facts, spki);
        scep_service_facts_free(facts);
        g_strfreev(pieces);
        g_free(json);
    }
    g_free(base64);
}

static void test_answers_and_reports(void **state)
{
    (void)state;
    ScepServiceFacts *facts =
        read_text(service_of(VALIDATE), "{\"code\":\"ChallengeExpired\",\"errorDescription\":\"too old\"}", 200);
    assert_string_equal(fact(facts, SCEP_FACT_CODE), "ChallengeExpired");
    assert_string_equal(fact(facts, SCEP_FACT_DESCRIPTION), "too old");
    assert_false(facts->has_hresult);
    scep_service_facts_free(facts);

    facts = read_text(service_of(SUCCEEDED),
                      "{\"notification\":{\"certificateThumbprint\":\"AA\",\"certificateSerialNumber\":\"01\","
                      "\"certificateExpirationDateUtc\":\"2027\",\"issuingCertificateAuthority\":\"CN=CA\"}}",
                      0);
    assert_string_equal(fact(facts, SCEP_FACT_THUMBPRINT), "AA");
    assert_string_equal(fact(facts, SCEP_FACT_SERIAL), "01");
    assert_string_equal(fact(facts, SCEP_FACT_EXPIRES), "2027");
    assert_string_equal(fact(facts, SCEP_FACT_CA), "CN=CA");
    scep_service_facts_free(facts);
}

static void test_result_codes(void **state)
{
    static const struct {
        const char *value;
        bool is_number;
        uint32_t number;
    } rows[] = {
        { "-2147024809", true, 0x80070057 },
        { "2147942487", true, 0x80070057 },
        { "\"0x80070057\"", true, 0x80070057 },
        { "\"-2147024809\"", true, 0x80070057 },
        { "\"no\"", false, 0 },
        { "99999999999", false, 0 },
        { "\"\"", false, 0 },
        { "null", false, 0 },
        { "1e300", false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *json = g_strdup_printf("{\"notification\":{\"hResult\":%s}}", rows[i].value);
        ScepServiceFacts *facts = read_text(service_of(FAILED), json, 0);
        assert_int_equal(facts->has_hresult, rows[i].is_number);
        assert_int_equal(facts->hresult, rows[i].number);
        scep_service_facts_free(facts);
        g_free(json);
    }
}

/* Length and hash, and the text only for a user who asked for it. */
static void test_secrets_are_not_kept(void **state)
{
    static const char json[] =
        "{\"certificateRequestToken\":\"S3cr3t\",\"a\":{\"Challenge\":\"S3cr3t\",\"code\":\"x\"},"
        "\"userPassword\":\"\"}";
    uint8_t hash[32];

    (void)state;
    scep_crypto_sha256((const uint8_t *)"S3cr3t", 6, hash);
    for (int reveal = 0; reveal < 2; reveal++) {
        const ScepServiceBody body = { .service = service_of(VERIFY),
                                       .is_request = true,
                                       .body = (const uint8_t *)json,
                                       .size = sizeof json - 1,
                                       .reveal = reveal != 0 };
        ScepServiceFacts *facts = scep_service_facts_new(&body);
        assert_int_equal(facts->secrets->len, 2);
        const ScepServiceSecret *secret = &g_array_index(facts->secrets, ScepServiceSecret, 1);
        assert_string_equal(secret->name, "Challenge");
        assert_int_equal(secret->length, 6);
        assert_memory_equal(secret->sha256, hash, 32);
        if (reveal)
            assert_string_equal(secret->text, "S3cr3t");
        else
            assert_null(secret->text);
        scep_service_facts_free(facts);
    }
}

/* Of a sign-in the reason of a refusal is read, and nothing else. */
static void test_sign_in(void **state)
{
    (void)state;
    assert_null(read_text(service_of(TOKEN), "{\"client_secret\":\"S3cr3t\"}", 0));
    assert_null(read_text(service_of(TOKEN), "{\"access_token\":\"S3cr3t\"}", 200));
    ScepServiceFacts *facts =
        read_text(service_of(TOKEN), "{\"error\":\"invalid_client\",\"error_description\":\"gone\"}", 401);
    assert_string_equal(fact(facts, SCEP_FACT_CODE), "invalid_client");
    assert_string_equal(fact(facts, SCEP_FACT_DESCRIPTION), "gone");
    scep_service_facts_free(facts);
}

static void test_discovery(void **state)
{
    static const struct {
        const char *json;
        bool lists;
        bool has;
    } rows[] = {
        { "{\"value\":[{\"providerName\":\"ScepRequestValidationFEService\",\"uri\":\"https://x\"}]}", true, true },
        { "{\"value\":[{\"providerName\":\"Other\"}]}", true, false },
        { "{\"value\":[]}", true, false },
        { "{\"value\":[{\"providerName\":\"Oth", false, false },
        { "<html>", false, false },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepServiceFacts *facts = read_text(service_of(DISCOVERY), rows[i].json, 200);
        assert_int_equal(facts->lists_endpoints, rows[i].lists);
        assert_int_equal(facts->has_scep_endpoint, rows[i].has);
        assert_int_equal(facts->problem == NULL, rows[i].lists);
        scep_service_facts_free(facts);
    }
}

static void expect_problem(const ScepServiceBody *body, const char *word)
{
    ScepServiceFacts *facts = scep_service_facts_new(body);

    assert_non_null(facts);
    assert_non_null(facts->problem);
    assert_non_null(strstr(facts->problem, word));
    assert_null(facts->text[SCEP_FACT_CODE]);
    scep_service_facts_free(facts);
}

static void test_what_cannot_be_read(void **state)
{
    static const char json[] = "{\"code\":\"Success\",\"errorDescription\":\"\"}";
    ScepServiceBody body = {
        .service = service_of(VALIDATE), .status = 200, .body = (const uint8_t *)json, .size = sizeof json - 1
    };
    char *deep = g_malloc(SCEP_JSON_MAX_DEPTH + 1), *large = g_malloc0(SCEP_MAX_SERVICE_BODY + 1);

    (void)state;
    for (size_t size = 1; size < sizeof json - 1; size++) {
        body.size = size;
        body.missing = sizeof json - 1 - size;
        expect_problem(&body, "capture lacks");
    }
    body.missing = 0;
    expect_problem(&body, "damaged");
    body.unreadable = true;
    expect_problem(&body, "compressed");
    body.unreadable = false;
    memset(deep, '[', SCEP_JSON_MAX_DEPTH + 1);
    body.body = (const uint8_t *)deep;
    body.size = SCEP_JSON_MAX_DEPTH + 1;
    expect_problem(&body, "nested");
    body.size = SCEP_JSON_MAX_DEPTH;
    expect_problem(&body, "damaged");
    body.body = (const uint8_t *)large;
    body.size = SCEP_MAX_SERVICE_BODY + 1;
    expect_problem(&body, "too long");
    body.body = NULL;
    assert_null(scep_service_facts_new(&body));
    g_free(deep);
    g_free(large);
}

/* Of the registration service no layout is published: what is no JSON is left alone, and so is an error page. */
static void test_other_bodies_are_left_alone(void **state)
{
    (void)state;
    assert_null(read_text(service_of(VERIFY), "<xml/>", 0));
    assert_null(read_text(service_of(VERIFY), "true", 201));
    assert_null(read_text(service_of(VALIDATE), "<html>", 500));
    assert_null(read_text(service_of("/CMCertificateRegistration"), "{\"code\":\"x\"}", 200));
}

/* ---- SyncML ------------------------------------------------------------------------------------------------------ */

#define CSP "./Device/Vendor/MSFT/ClientCertificateInstall/SCEP/id/"
#define HEADER                                                                           \
    "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><SessionID>7</SessionID><MsgID>3</MsgID>" \
    "<Source><LocURI>" CSP "x</LocURI></Source></SyncHdr><SyncBody>"
#define FOOTER "</SyncBody></SyncML>"
#define ITEM(uri, data) "<Item><Target><LocURI>" uri "</LocURI></Target><Data>" data "</Data></Item>"

static const ScepMdmNode *node_at(const ScepServiceFacts *facts, guint index)
{
    assert_true(facts->nodes->len > index);
    return &g_array_index(facts->nodes, ScepMdmNode, index);
}

static void check_node(const ScepMdmNode *node, ScepMdmSetting setting, uint32_t command, const char *value)
{
    assert_int_equal(node->setting, setting);
    assert_int_equal(node->command, command);
    if (value == NULL)
        assert_null(node->value);
    else
        assert_string_equal(node->value, value);
}

static void test_a_profile(void **state)
{
    static const char xml[] = HEADER
        "<Atomic><CmdID>2</CmdID>"
        "<Add><CmdID>3</CmdID>" ITEM(
            CSP "Install/ServerURL",
            " http://ndes/mscep ") "</Add>"
                                   "<Add><CmdID>4</CmdID>" ITEM(
                                       CSP "Install/Challenge",
                                       "S3cr3t") "</Add>"
                                                 "<Replace><CmdID>5</CmdID>" ITEM(CSP "Install/KeyLength", "2048") ITEM(
                                                     CSP "Install/Unheard",
                                                     "x") "</Replace>"
                                                          "<Add><CmdID>6</CmdID>" ITEM(
                                                              "./Vendor/MSFT/Policy/Config/Other",
                                                              "S3cr3t") "</Add>"
                                                                        "<Exec><CmdID>7</"
                                                                        "CmdID><Item><Target><LocURI>" CSP
                                                                        "Install/Enroll</LocURI></Target></Item></Exec>"
                                                                        "</Atomic>" FOOTER;

    (void)state;
    ScepServiceFacts *facts = read_text(mdm_service(), xml, 200);
    assert_null(facts->problem);
    assert_int_equal(facts->message, 3);
    assert_string_equal(facts->session, "7");
    assert_int_equal(facts->nodes->len, 5);
    check_node(node_at(facts, 0), SCEP_MDM_SERVER_URL, 3, "http://ndes/mscep");
    check_node(node_at(facts, 1), SCEP_MDM_OTHER, 4, NULL);
    check_node(node_at(facts, 2), SCEP_MDM_KEY_LENGTH, 5, "2048");
    check_node(node_at(facts, 3), SCEP_MDM_OTHER, 5, NULL);
    check_node(node_at(facts, 4), SCEP_MDM_ENROLL, 7, NULL);
    assert_string_equal(node_at(facts, 4)->uri, CSP "Install/Enroll");
    assert_int_equal(facts->secrets->len, 1);
    assert_string_equal(g_array_index(facts->secrets, ScepServiceSecret, 0).name, "Challenge");
    scep_service_facts_free(facts);
}

/* The configuration of the older CSP: XML as text, in CDATA, or as elements. */
static void test_the_older_kind(void **state)
{
#define OLD "./Vendor/MSFT/CertificateStore/Enroll/ModelName=AC_1/Install"
    static const char *const forms[] = {
        HEADER "<Exec><CmdID>2</CmdID>" ITEM(
            OLD, "&lt;C&gt;&lt;NDESUrls&gt;&lt;NDESUrl&gt;http://n&lt;/NDESUrl&gt;&lt;/NDESUrls&gt;"
                 "&lt;CertificateRequestToken&gt;S3cr3t&lt;/CertificateRequestToken&gt;&lt;/C&gt;") "</Exec>" FOOTER,
        HEADER
        "<Exec><CmdID>2</CmdID>" ITEM(OLD, "<![CDATA[<C><NDESUrl>http://n</NDESUrl><CertificateRequestToken>S3cr3t"
                                           "</CertificateRequestToken></C>]]>") "</Exec>" FOOTER,
        HEADER "<Exec><CmdID>2</CmdID>" ITEM(OLD, "<C><NDESUrl>http://n</NDESUrl><CertificateRequestToken>S3cr3t"
                                                  "</CertificateRequestToken></C>") "</Exec>" FOOTER,
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        ScepServiceFacts *facts = read_text(mdm_service(), forms[i], 200);
        assert_null(facts->problem);
        check_node(node_at(facts, 0), SCEP_MDM_SERVER_URL, 2, "http://n");
        check_node(node_at(facts, 1), SCEP_MDM_OTHER, 2, NULL);
        assert_int_equal(facts->secrets->len, 1);
        scep_service_facts_free(facts);
    }
}

static void test_what_a_device_tells(void **state)
{
    static const char xml[] = HEADER
        "<Status><CmdID>1</CmdID><MsgRef>2</MsgRef><CmdRef>5</CmdRef><Cmd>Add</Cmd><Data>425</Data></Status>"
        "<Status><CmdID>2</CmdID><MsgRef>2</MsgRef><CmdRef>6</CmdRef><Cmd>Add</Cmd><TargetRef>" CSP "Install/KeyUsage"
        "</TargetRef><Data>500</Data></Status>"
        "<Status><CmdID>3</CmdID><MsgRef>2</MsgRef><CmdRef>7</CmdRef><Cmd>Exec</Cmd><Item><Source><LocURI>" CSP
        "Install"
        "</LocURI></Source></Item><Data>405</Data></Status>"
        "<Get><CmdID>9</CmdID><Data>500</Data></Get>" /* no status, whatever stands in it */
        "<Results><CmdID>4</CmdID><Item><Source><LocURI>" CSP
        "ErrorCode</LocURI></Source><Data>-2147024891</Data></Item>"
        "</Results>" FOOTER;

    (void)state;
    ScepServiceFacts *facts = read_text(mdm_service(), xml, 0);
    assert_int_equal(facts->statuses->len, 3);
    const ScepMdmStatus *status = &g_array_index(facts->statuses, ScepMdmStatus, 0);
    assert_int_equal(status->message, 2);
    assert_int_equal(status->command, 5);
    assert_int_equal(status->code, 425);
    assert_string_equal(status->name, "Add");
    assert_null(status->target);
    assert_string_equal(g_array_index(facts->statuses, ScepMdmStatus, 1).target, CSP "Install/KeyUsage");
    assert_string_equal(g_array_index(facts->statuses, ScepMdmStatus, 2).target, CSP "Install");
    assert_int_equal(facts->nodes->len, 1);
    check_node(node_at(facts, 0), SCEP_MDM_ERROR_CODE, 4, "-2147024891");
    assert_true(node_at(facts, 0)->is_result);
    scep_service_facts_free(facts);
}

/* Read up to the cut, wherever that is; sanitizers see to the rest. */
static void test_cut_anywhere(void **state)
{
    static const char xml[] = HEADER "<Add><CmdID>3</CmdID>" ITEM(
        CSP "Install/RetryCount", "3") "</Add>"
                                       "<Add><CmdID>4</CmdID>" ITEM(CSP "Install/Challenge", "S3cr3t") "</Add>" FOOTER;
    const size_t first = (size_t)(strstr(xml, "</Item>") + 7 - xml);

    (void)state;
    for (size_t size = 1; size < sizeof xml - 1; size++) {
        ScepServiceFacts *facts = read_service(mdm_service(), xml, size, 200);
        assert_non_null(facts->problem);
        if (size >= first)
            check_node(node_at(facts, 0), SCEP_MDM_RETRY_COUNT, 3, "3");
        else
            assert_int_equal(facts->nodes->len, 0);
        scep_service_facts_free(facts);
    }
}

static void test_too_deep_or_too_much(void **state)
{
    GString *xml = g_string_new(NULL);

    (void)state;
    for (unsigned i = 0; i < 10000; i++)
        g_string_append(xml, "<a>");
    ScepServiceFacts *facts = read_text(mdm_service(), xml->str, 0);
    assert_non_null(facts->problem);
    scep_service_facts_free(facts);

    g_string_assign(xml, HEADER "<Add>");
    for (unsigned i = 0; i < SCEP_MDM_MAX_ITEMS + 5; i++)
        g_string_append(xml, ITEM(CSP "Install/KeyUsage", "1"));
    g_string_append(xml, "</Add>" FOOTER);
    facts = read_text(mdm_service(), xml->str, 0);
    assert_null(facts->problem);
    assert_int_equal(facts->nodes->len, SCEP_MDM_MAX_ITEMS);
    scep_service_facts_free(facts);
    g_string_free(xml, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request),
        cmocka_unit_test(test_answers_and_reports),
        cmocka_unit_test(test_result_codes),
        cmocka_unit_test(test_secrets_are_not_kept),
        cmocka_unit_test(test_sign_in),
        cmocka_unit_test(test_discovery),
        cmocka_unit_test(test_what_cannot_be_read),
        cmocka_unit_test(test_other_bodies_are_left_alone),
        cmocka_unit_test(test_a_profile),
        cmocka_unit_test(test_the_older_kind),
        cmocka_unit_test(test_what_a_device_tells),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_too_deep_or_too_much),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
