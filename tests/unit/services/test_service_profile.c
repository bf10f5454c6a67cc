/* test_service_profile.c
 * Apple's SCEP payload: in a profile, signed, in a command, and what devices say of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "service_building.h"

#include <openssl/cms.h>

#include "crypto/crypto.h"
#include "pki_builder.h"
#include "scep/limits.h"
#include "services/plist.h"
#include "services/service_facts.h"

#define PLIST(content)                                                                                    \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" " \
    "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">" content "</plist>\n"

#define CONTENT                                                                                                \
    "<key>PayloadContent</key><dict><key>URL</key><string>http://ndes/certsrv/mscep/mscep.dll</string>"        \
    "<key>Name</key><string>EnrollmentCA</string><key>Challenge</key><string>S3cr3t &amp; x</string>"          \
    "<key>Subject</key><array><array><array><string>O</string><string>Contoso</string></array></array>"        \
    "<array><array><string>CN</string><string>device-1</string></array><array><string>2.5.4.5</string>"        \
    "<string>77</string></array></array></array>"                                                              \
    "<key>SubjectAltName</key><dict><key>ntPrincipalName</key><string>u@x.y</string><key>dNSName</key><array>" \
    "<string>a.x</string><string>b.x</string></array></dict>"                                                  \
    "<key>Keysize</key><integer>2048</integer><key>Key Type</key><string>RSA</string>"                         \
    "<key>Key Usage</key><integer>5</integer><key>CAFingerprint</key><data>\n\tAQID\n\t/w==\n</data>"          \
    "<key>Retries</key><integer>3</integer><key>RetryDelay</key><integer>10</integer>"                         \
    "<key>AllowAllAppsAccess</key><true/></dict>"

#define PAYLOAD                                                                                                   \
    "<dict>" CONTENT "<key>PayloadIdentifier</key><string>com.contoso.scep</string>"                              \
    "<key>PayloadType</key><string>com.apple.security.scep</string><key>PayloadVersion</key><integer>1</integer>" \
    "</dict>"

#define PROFILE                                                                                              \
    PLIST("<dict><key>PayloadContent</key><array><dict><key>PayloadType</key><string>com.apple.wifi.managed" \
          "</string><key>Password</key><string>other</string></dict>" PAYLOAD                                \
          "</array><key>PayloadType</key><string>Configuration</string></dict>")

static const ScepService *apple(void)
{
    const ScepService *service = scep_service_of_answer("application/x-apple-aspen-config; charset=utf-8");

    assert_non_null(service);
    return service;
}

static ScepServiceFacts *read_octets(const void *octets, size_t size)
{
    return read_service(apple(), octets, size, 200);
}

static ScepServiceFacts *read_text(const char *text)
{
    return read_octets(text, strlen(text));
}

static const char *value_of(const ScepServiceFacts *facts, ScepMdmSetting setting)
{
    for (guint i = 0; i < facts->nodes->len; i++) {
        const ScepMdmNode *node = &g_array_index(facts->nodes, ScepMdmNode, i);
        if (node->setting == setting)
            return node->value;
    }
    return NULL;
}

static void check_profile(const ScepServiceFacts *facts)
{
    static const struct {
        ScepMdmSetting setting;
        const char *value;
    } rows[] = {
        { SCEP_MDM_SERVER_URL, "http://ndes/certsrv/mscep/mscep.dll" },
        { SCEP_MDM_CA_IDENTIFIER, "EnrollmentCA" },
        { SCEP_MDM_SUBJECT, "O=Contoso, CN=device-1+2.5.4.5=77" },
        { SCEP_MDM_SAN, "UPN:u@x.y, DNS:a.x, DNS:b.x" },
        { SCEP_MDM_KEY_LENGTH, "2048" },
        { SCEP_MDM_KEY_TYPE, "RSA" },
        { SCEP_MDM_KEY_USAGE, "5 (signature and encryption)" },
        { SCEP_MDM_CA_THUMBPRINT, "010203FF" },
        { SCEP_MDM_RETRY_COUNT, "3" },
        { SCEP_MDM_RETRY_DELAY, "10" },
    };
    uint8_t hash[32];

    assert_non_null(facts);
    assert_null(facts->problem);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_string_equal(value_of(facts, rows[i].setting), rows[i].value);
    assert_int_equal(facts->nodes->len, G_N_ELEMENTS(rows) + 1);
    const ScepMdmNode *first = &g_array_index(facts->nodes, ScepMdmNode, 0);
    assert_string_equal(first->uri, "com.apple.security.scep/com.contoso.scep/URL");
    assert_true(scep_mdm_is_scep(first->uri));
    assert_false(first->is_result);
    assert_int_equal(facts->secrets->len, 1);
    const ScepServiceSecret *secret = &g_array_index(facts->secrets, ScepServiceSecret, 0);
    scep_crypto_sha256((const uint8_t *)"S3cr3t & x", 10, hash);
    assert_string_equal(secret->name, "Challenge");
    assert_int_equal(secret->length, 10);
    assert_memory_equal(secret->sha256, hash, sizeof hash);
    assert_null(secret->text);
}

static void test_a_profile(void **state)
{
    (void)state;
    ScepServiceFacts *facts = read_text(PROFILE);
    check_profile(facts);
    scep_service_facts_free(facts);
    facts = read_text("\xef\xbb\xbf" PROFILE);
    check_profile(facts);
    scep_service_facts_free(facts);
}

/* @return DER, g_bytes_unref() */
static GBytes *signed_profile(const char *text, int stream)
{
    EVP_PKEY *key = pki_ec_key();
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    BIO *in = BIO_new_mem_buf(text, -1), *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = CMS_sign(certificate, key, NULL, in, CMS_BINARY | (unsigned)stream);
    assert_int_equal(i2d_CMS_bio_stream(out, cms, in, CMS_BINARY | stream), 1);
    char *der = NULL;
    const long size = BIO_get_mem_data(out, &der);
    GBytes *bytes = g_bytes_new(der, (gsize)size);
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    BIO_free(out);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return bytes;
}

static void check_signed_profile(int stream)
{
    GBytes *bytes = signed_profile(PROFILE, stream);
    gsize size;
    const uint8_t *der = g_bytes_get_data(bytes, &size);
    ScepServiceFacts *facts = read_octets(der, size);

    check_profile(facts);
    scep_service_facts_free(facts);
    for (gsize cut = 1; cut < size; cut += 7) {
        uint8_t *exact = g_memdup2(der, cut);
        facts = read_octets(exact, cut);
        if (facts != NULL && facts->nodes->len == 0)
            assert_non_null(facts->problem);
        scep_service_facts_free(facts);
        g_free(exact);
    }
    g_bytes_unref(bytes);
}

/* In DER, and in BER of unknown length as `openssl smime -sign -stream` makes it for many an MDM server. */
static void test_a_signed_profile(void **state)
{
    (void)state;
    check_signed_profile(0);
    check_signed_profile(CMS_STREAM);
}

/* @return g_free() */
static char *command_of(const void *profile, size_t size)
{
    char *base64 = g_base64_encode(profile, size);
    char *text = g_strconcat("<plist><dict><key>Command</key><dict><key>Payload</key><data>", base64,
                             "</data><key>RequestType</key><string>InstallProfile</string></dict>"
                             "<key>CommandUUID</key><string>1</string></dict></plist>",
                             NULL);

    g_free(base64);
    return text;
}

static void test_a_command(void **state)
{
    GBytes *bytes = signed_profile(PROFILE, 0);
    gsize size;

    (void)state;
    char *command = command_of(PROFILE, strlen(PROFILE));
    ScepServiceFacts *facts = read_text(command);
    check_profile(facts);
    scep_service_facts_free(facts);
    g_free(command);

    const void *der = g_bytes_get_data(bytes, &size);
    command = command_of(der, size);
    facts = read_text(command);
    check_profile(facts);
    scep_service_facts_free(facts);
    g_free(command);
    g_bytes_unref(bytes);
}

static void test_commands_in_commands(void **state)
{
    char *text = g_strdup(PROFILE);

    (void)state;
    for (unsigned i = 0; i < SCEP_PROFILE_MAX_LAYERS + 1; i++) {
        ScepServiceFacts *facts = read_text(text);
        check_profile(facts);
        scep_service_facts_free(facts);
        char *outer = command_of(text, strlen(text));
        g_free(text);
        text = outer;
    }
    ScepServiceFacts *facts = read_text(text);
    assert_int_equal(facts->nodes->len, 0);
    scep_service_facts_free(facts);
    g_free(text);
}

/* The first error is of the profile, the second of the payload in it. */
static void test_what_a_device_says(void **state)
{
    static const char text[] =
        PLIST("<dict><key>Status</key><string>Error</string><key>ErrorChain</key><array>"
              "<dict><key>ErrorCode</key><integer>4001</integer><key>ErrorDomain</key><string>MCInstallationErrorDomain"
              "</string><key>USEnglishDescription</key><string>Not installed.</string></dict>"
              "<dict><key>ErrorCode</key><integer>22013</integer><key>ErrorDomain</key><string>MCSCEPErrorDomain"
              "</string><key>LocalizedDescription</key><string>Nein.</string><key>USEnglishDescription</key>"
              "<string>The SCEP server returned an invalid response.</string></dict></array></dict>");

    (void)state;
    const ScepService *service = scep_service_find("/mdm", NULL, "application/x-apple-aspen-mdm; charset=UTF-8");
    assert_non_null(service);
    ScepServiceFacts *facts = read_service(service, text, strlen(text), 0);
    assert_null(facts->problem);
    assert_int_equal(facts->nodes->len, 1);
    const ScepMdmNode *node = &g_array_index(facts->nodes, ScepMdmNode, 0);
    assert_true(node->is_result);
    assert_int_equal(node->setting, SCEP_MDM_ERROR_CODE);
    assert_string_equal(node->value, "22013");
    assert_string_equal(node->uri, "com.apple.security.scep/MCSCEPErrorDomain/ErrorCode");
    assert_string_equal(facts->text[SCEP_FACT_DESCRIPTION], "The SCEP server returned an invalid response.");
    scep_service_facts_free(facts);
}

static void test_other_bodies(void **state)
{
    static const char *const nothing[] = { "", "x", "<html><body>plist</body></html>", "{\"a\":1}", "0\x82\x01" };
    static const struct {
        const char *text;
        const char *problem;
    } rows[] = {
        { "bplist00\xd1\x01", "binary" },
        { PLIST("<dict><key>EncryptedPayloadContent</key><data>AAAA</data></dict>"), "encrypted" },
        { "<plist><dict><key>a</key><string>b</st", "damaged" },
        { "<plist><dict><string><string>x</string></string></dict></plist>", "damaged" },
        { "<plist><dict><key><key>x</key></key></dict></plist>", "damaged" },
        { "<plist><dict/><dict/></plist>", "damaged" },
        { "<!DOCTYPE plist [<!ENTITY a \"aaaa\">]><plist><string>&a;</string></plist>", "damaged" },
        { "<plist><string>\xff</string></plist>", "damaged" },
        { "<plist><dict></array></plist>", "damaged" },
        { "<plist/>", NULL },
        { "<plist><dict><key>PayloadType</key><string>com.apple.security.scep</string></dict></plist>", NULL },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(nothing); i++)
        assert_null(read_text(nothing[i]));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepServiceFacts *facts = read_text(rows[i].text);
        assert_non_null(facts);
        assert_int_equal(facts->nodes->len, 0);
        if (rows[i].problem == NULL ? facts->problem != NULL : !strstr(facts->problem, rows[i].problem))
            fail_msg("row %zu: %s", i, facts->problem ? facts->problem : "no problem");
        scep_service_facts_free(facts);
    }
}

static void test_cut_anywhere(void **state)
{
    const size_t all = strlen(PROFILE), payload = (size_t)(strstr(PROFILE, "<key>PayloadVersion") - PROFILE);

    (void)state;
    for (size_t size = 1; size < all - 1; size++) {
        const ScepServiceBody body = {
            .service = apple(), .status = 200, .body = (const uint8_t *)PROFILE, .size = size, .missing = all - size
        };
        ScepServiceFacts *facts = scep_service_facts_new(&body);
        if (facts != NULL)
            assert_non_null(strstr(facts->problem, "capture lacks"));
        if (size >= payload)
            assert_string_equal(value_of(facts, SCEP_MDM_KEY_LENGTH), "2048");
        scep_service_facts_free(facts);
    }
}

static void test_too_deep_or_too_much(void **state)
{
    GString *xml = g_string_new("<plist>");
    bool is_whole;

    (void)state;
    for (unsigned i = 0; i < 20000; i++)
        g_string_append(xml, "<array>");
    ScepPlist *list = scep_plist_new((const uint8_t *)xml->str, xml->len, &is_whole);
    assert_false(is_whole);
    unsigned depth = 0;
    for (const ScepPlist *one = list; one != NULL; one = one->first)
        depth++;
    assert_int_equal(depth, SCEP_XML_MAX_DEPTH - 1);
    scep_plist_free(list);

    for (unsigned values = SCEP_PLIST_MAX_VALUES; values <= SCEP_PLIST_MAX_VALUES + 1; values++) {
        g_string_assign(xml, "<plist><array>");
        for (unsigned i = 1; i < values; i++)
            g_string_append(xml, "<true/>");
        g_string_append(xml, "</array></plist>");
        list = scep_plist_new((const uint8_t *)xml->str, xml->len, &is_whole);
        assert_int_equal(is_whole, values == SCEP_PLIST_MAX_VALUES);
        scep_plist_free(list);
    }

    g_string_assign(xml, "<plist><array>");
    for (unsigned i = 0; i < 60; i++)
        g_string_append(xml, PAYLOAD);
    g_string_append(xml, "</array></plist>");
    ScepServiceFacts *facts = read_octets(xml->str, xml->len);
    assert_int_equal(facts->nodes->len, SCEP_MDM_MAX_ITEMS);
    assert_int_equal(facts->secrets->len, SCEP_SERVICE_MAX_SECRETS);
    scep_service_facts_free(facts);
    g_string_free(xml, TRUE);
}

/* A text is cut between characters. */
static void test_long_texts(void **state)
{
    GString *xml = g_string_new("<plist><dict><key>PayloadType</key><string>com.apple.security.scep</string>"
                                "<key>PayloadContent</key><dict><key>URL</key><string>x");

    (void)state;
    for (unsigned i = 0; i < SCEP_MAX_TEXT; i++)
        g_string_append(xml, "\xc3\xa4");
    g_string_append(xml, "</string><key>Subject</key><array><array><array><string>CN</string><string>x");
    for (unsigned i = 0; i < SCEP_MAX_TEXT; i++)
        g_string_append(xml, "\xe2\x82\xac");
    g_string_append(xml, "</string></array></array></array></dict></dict></plist>");
    ScepServiceFacts *facts = read_octets(xml->str, xml->len);
    assert_null(facts->problem);
    for (guint i = 0; i < facts->nodes->len; i++) {
        const char *value = g_array_index(facts->nodes, ScepMdmNode, i).value;
        assert_true(g_utf8_validate(value, -1, NULL));
        assert_true(strlen(value) <= SCEP_MAX_TEXT && strlen(value) > 200);
    }
    assert_int_equal(facts->nodes->len, 2);
    scep_service_facts_free(facts);
    g_string_free(xml, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_profile),          cmocka_unit_test(test_a_signed_profile),
        cmocka_unit_test(test_a_command),          cmocka_unit_test(test_commands_in_commands),
        cmocka_unit_test(test_what_a_device_says), cmocka_unit_test(test_other_bodies),
        cmocka_unit_test(test_cut_anywhere),       cmocka_unit_test(test_too_deep_or_too_much),
        cmocka_unit_test(test_long_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
