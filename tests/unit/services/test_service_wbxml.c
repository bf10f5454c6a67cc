/* test_service_wbxml.c
 * SyncML in binary: what it says, and what it does to a reader who believes it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "service_building.h"

#include "crypto/crypto.h"
#include "scep/limits.h"
#include "services/service_facts.h"

#define CSP "./Device/Vendor/MSFT/ClientCertificateInstall/SCEP/id/Install/"

/* From libwbxml 0.11.8, xml2wbxml -v 1.3: a status, two commands; Data is opaque there. */
static const char sample[] =
    "\x03\xa4\x01j\x00mlq\x03"
    "1.2\x00\x01r\x03"
    "DM/1.2\x00\x01"
    "e\x03"
    "7\x00\x01[\x03"
    "3\x00"
    "\x01nW\x03urn:uuid:1\x00\x01\x01gW\x03https://mdm.example.com\x00\x01\x01Z\x00\x01L\x03"
    "6"
    "4000\x00\x01\x01\x01\x00\x00kiK\x03"
    "1\x00\x01\x5c\x03"
    "2\x00\x01L\x03"
    "5\x00\x01J\x03"
    "A"
    "dd\x00\x01O\x03"
    "425\x00\x01\x01"
    "EK\x03"
    "4\x00\x01TnW\x03./Device/Vendor/MSFT/ClientCer"
    "tificateInstall/SCEP/id/Install/ServerURL\x00\x01\x01Z\x00\x01G\x03"
    "chr\x00\x01\x01\x00\x00"
    "O\xc3\x11http://ndes/mscep\x01\x01\x01"
    "EK\x03"
    "5\x00\x01TnW\x03./Device/Vendor/MSFT/Clie"
    "ntCertificateInstall/SCEP/id/Install/Challenge\x00\x01\x01O\xc3\x06S3cr3t\x01\x01\x01\x12\x01"
    "\x01";

static ScepServiceFacts *read_octets(const void *octets, size_t size)
{
    return read_service(mdm_service(), octets, size, 200);
}

static const ScepMdmNode *node_at(const ScepServiceFacts *facts, guint index)
{
    assert_true(facts->nodes->len > index);
    return &g_array_index(facts->nodes, ScepMdmNode, index);
}

static void check_sample(const ScepServiceFacts *facts)
{
    uint8_t hash[32];

    assert_true(facts->is_binary);
    assert_int_equal(facts->message, 3);
    assert_string_equal(facts->session, "7");
    assert_int_equal(facts->statuses->len, 1);
    const ScepMdmStatus *status = &g_array_index(facts->statuses, ScepMdmStatus, 0);
    assert_int_equal(status->message, 2);
    assert_int_equal(status->command, 5);
    assert_int_equal(status->code, 425);
    assert_string_equal(status->name, "Add");
    assert_int_equal(facts->nodes->len, 2);
    assert_int_equal(node_at(facts, 0)->setting, SCEP_MDM_SERVER_URL);
    assert_int_equal(node_at(facts, 0)->command, 4);
    assert_string_equal(node_at(facts, 0)->uri, CSP "ServerURL");
    assert_string_equal(node_at(facts, 0)->value, "http://ndes/mscep");
    assert_null(node_at(facts, 1)->value);
    assert_int_equal(facts->secrets->len, 1);
    const ScepServiceSecret *secret = &g_array_index(facts->secrets, ScepServiceSecret, 0);
    scep_crypto_sha256((const uint8_t *)"S3cr3t", 6, hash);
    assert_string_equal(secret->name, "Challenge");
    assert_memory_equal(secret->sha256, hash, sizeof hash);
    assert_null(secret->text);
}

static void test_what_an_encoder_writes(void **state)
{
    (void)state;
    ScepServiceFacts *facts = read_octets(sample, sizeof sample - 1);
    assert_null(facts->problem);
    check_sample(facts);
    scep_service_facts_free(facts);
}

/* The media type may say XML: the first octet tells. */
static void test_cut_anywhere(void **state)
{
    (void)state;
    for (size_t size = 1; size < sizeof sample - 1; size++) {
        ScepServiceFacts *facts = read_octets(sample, size);
        assert_non_null(facts->problem);
        assert_true(facts->is_binary);
        for (guint i = 0; i < facts->nodes->len; i++)
            assert_non_null(node_at(facts, i)->uri);
        scep_service_facts_free(facts);
    }
}

static void test_a_cut_by_the_capture(void **state)
{
    const ScepServiceBody body = {
        .service = mdm_service(), .status = 200, .body = (const uint8_t *)sample, .size = 100, .missing = 5
    };

    (void)state;
    ScepServiceFacts *facts = scep_service_facts_new(&body);
    assert_non_null(strstr(facts->problem, "capture lacks"));
    scep_service_facts_free(facts);
}

/* Each octet turned over: sanitizers see to the reads, and nothing grows. */
static void test_flipped_anywhere(void **state)
{
    uint8_t copy[sizeof sample - 1];

    (void)state;
    for (size_t at = 0; at < sizeof copy; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(copy, sample, sizeof copy);
            copy[at] ^= (uint8_t)(1u << bit);
            ScepServiceFacts *facts = read_octets(copy, sizeof copy);
            assert_true(facts->nodes->len <= 2);
            scep_service_facts_free(facts);
        }
    }
}

/* ---- forms of text and of tags ----------------------------------------------------------------------------------- */

#define START "\x6d\x6b\x45\x54\x6e\x57\x03" CSP "ServerURL\0\x01\x01\x4f" /* SyncML SyncBody Add Item ... Data */
#define STOP "\x01\x01\x01\x01\x01"
#define OCTETS(text) text, sizeof(text) - 1

static const struct {
    const char *what;
    const char *octets;
    size_t size;
    const char *value;
    const char *problem;
} forms[] = {
    { "1.1, inline", OCTETS("\x01\xa4\x01\x6a\0" START "\x03http://n\0" STOP), "http://n", NULL },
    { "1.2, table", OCTETS("\x02\xa4\x01\x6a\x0cxx\0http://n\0" START "\x83\x03" STOP), "http://n", NULL },
    { "end of the table", OCTETS("\x03\x01\x6a\x03xx\0" START "\x83\x01" STOP), "x", NULL },
    { "name in the table", OCTETS("\x03\0\0\x6a\x0bxx\0SyncML\0\0\x44\x03\x01"), NULL, NULL },
    { "pieces",
      OCTETS("\x03\x01\x6a\0" START "\x03"
             "a\0\xc3\x01"
             "b\x02\x81\x40\x03"
             "c\0" STOP),
      "ab\xc3\x80"
      "c",
      NULL },
    { "Latin-1", OCTETS("\x03\x01\x04\0" START "\x03\xe4\0" STOP), "\xc3\xa4", NULL },
    { "ASCII",
      OCTETS("\x03\x01\x03\0" START "\x03"
             "a\0" STOP),
      "a", NULL },
    { "no charset",
      OCTETS("\x03\x01\0\0" START "\x03"
             "a\0" STOP),
      "a", NULL },
    { "extensions",
      OCTETS("\x03\x01\x6a\0" START "\x40zz\0\x81\x05\xc2\x03"
             "a\0" STOP),
      "a", NULL },
    { "attributes",
      OCTETS("\x03\x01\x6a\0\xed\x05\x03zz\0\x04\x01\x02\x05\x83\0\xc3\x01\x01\x40z\0\0\x02\x86\x01"
             "\x6b\x45\x54\x6e\x57\x03" CSP "ServerURL\0\x01\x01\x4f\x03"
             "a\0" STOP),
      "a", NULL },
    { "instruction",
      OCTETS("\x03\x01\x6a\0\x43\x05\x03zz\0\x01" START "\x03"
             "a\0" STOP),
      "a", NULL },
    { "bytes behind",
      OCTETS("\x03\x01\x6a\0" START "\x03"
             "a\0" STOP "\x01\x01"),
      "a", NULL },
    { "unknown tags",
      OCTETS("\x03\x01\x6a\0\x6d\x3f\x6b\0\x09\x45\x01\0\0"
             "\x45\x54\x6e\x57\x03" CSP "ServerURL\0\x01\x01\x4f"
             "\x03"
             "a\0" STOP),
      "a", NULL },
    { "no UTF-8", OCTETS("\x03\x01\x6a\0" START "\x03\xff\xfe\0" STOP), NULL, NULL },
    { "document inside", OCTETS("\x03\x01\x6a\0" START "\xc3\x05\x03\x01\x6a\0\x01" STOP), NULL, NULL },
    { "UTF-16",
      OCTETS("\x03\x01\x87\x68\0" START "\x03"
             "a\0" STOP),
      NULL, "damaged" },
    { "outside of the table", OCTETS("\x03\x01\x6a\x02x\0" START "\x83\x02" STOP), NULL, "damaged" },
    { "no end in the table", OCTETS("\x03\x01\x6a\x02xx" START "\x83\0" STOP), NULL, "damaged" },
    { "number too large", OCTETS("\x03\x01\x6a\0" START "\x83\xff\xff\xff\xff\x7f" STOP), NULL, "damaged" },
    { "endless number", OCTETS("\x03\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"), NULL, "too early" },
    { "table too long", OCTETS("\x03\x01\x6a\x8f\xff\xff\xff\x7f" START), NULL, "too early" },
    { "END of nothing", OCTETS("\x03\x01\x6a\0\x01"), NULL, "damaged" },
    { "surrogate",
      OCTETS("\x03\x01\x6a\0" START "\x02\x83\xb0\0\x02\0\x03"
             "a\0" STOP),
      "a", NULL },
};

static void test_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        ScepServiceFacts *facts = read_octets(forms[i].octets, forms[i].size);
        if (forms[i].problem == NULL ? facts->problem != NULL : !strstr(facts->problem, forms[i].problem))
            fail_msg("%s: %s", forms[i].what, facts->problem ? facts->problem : "no problem");
        const char *value = facts->nodes->len > 0 ? node_at(facts, 0)->value : NULL;
        if (g_strcmp0(value, forms[i].value) != 0)
            fail_msg("%s: %s", forms[i].what, value ? value : "no value");
        scep_service_facts_free(facts);
    }
}

/* ---- more than a reader takes ------------------------------------------------------------------------------------ */

static ScepServiceFacts *read_array(GByteArray *array)
{
    ScepServiceFacts *facts = read_octets(array->data, array->len);

    g_byte_array_free(array, TRUE);
    return facts;
}

static GByteArray *array_of(const char *octets, size_t size)
{
    return g_byte_array_append(g_byte_array_new(), (const guint8 *)octets, (guint)size);
}

static void test_nesting(void **state)
{
    GByteArray *array = array_of(OCTETS("\x03\x01\x6a\0"));

    (void)state;
    for (unsigned i = 0; i < 10000; i++)
        g_byte_array_append(array, (const guint8 *)"\x48", 1);
    ScepServiceFacts *facts = read_array(array);
    assert_non_null(strstr(facts->problem, "nested"));
    scep_service_facts_free(facts);
}

/* Two octets for 30,000, over and over. */
static void test_a_text_told_many_times(void **state)
{
    char *text = g_strnfill(30000, 'x');
    GByteArray *array = array_of(OCTETS("\x03\x01\x6a\x81\xea\x31"));

    (void)state;
    g_byte_array_append(array, (const guint8 *)text, 30001);
    g_byte_array_append(array, (const guint8 *)OCTETS(START));
    for (unsigned i = 0; i < 100000; i++)
        g_byte_array_append(array, (const guint8 *)"\x83\0", 2);
    ScepServiceFacts *facts = read_array(array);
    assert_non_null(strstr(facts->problem, "too long"));
    assert_int_equal(facts->nodes->len, 0);
    scep_service_facts_free(facts);
    g_free(text);
}

static void test_a_long_name(void **state)
{
    char *name = g_strnfill(SCEP_WBXML_MAX_NAME + 1, 'x');

    (void)state;
    for (size_t size = SCEP_WBXML_MAX_NAME; size <= SCEP_WBXML_MAX_NAME + 1; size++) {
        GByteArray *array = array_of(OCTETS("\x03\x01\x6a\x42"));
        memset(name, 'x', size);
        name[size] = '\0';
        g_byte_array_append(array, (const guint8 *)name, SCEP_WBXML_MAX_NAME + 2);
        g_byte_array_append(array, (const guint8 *)OCTETS("\x04\0"));
        ScepServiceFacts *facts = read_array(array);
        assert_int_equal(facts->problem != NULL, size > SCEP_WBXML_MAX_NAME);
        scep_service_facts_free(facts);
    }
    g_free(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_an_encoder_writes),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_a_cut_by_the_capture),
        cmocka_unit_test(test_flipped_anywhere),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_a_text_told_many_times),
        cmocka_unit_test(test_a_long_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
