/* test_oids.c
 * The table of object identifiers: in order, complete, found whatever is asked, and of one mind with the attributes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glib.h>
#include <string.h>

#include "cms/attributes.h"
#include "scep/asn1.h"
#include "scep/catalogue.h"

/* What the views rely on, written out so that a lost or mistyped row is noticed. */
static const struct {
    const char *oid;
    const char *name;
} expected[] = {
    { "2.16.840.1.113733.1.9.2", "messageType" },
    { "2.16.840.1.113733.1.9.3", "pkiStatus" },
    { "2.16.840.1.113733.1.9.4", "failInfo" },
    { "2.16.840.1.113733.1.9.5", "senderNonce" },
    { "2.16.840.1.113733.1.9.6", "recipientNonce" },
    { "2.16.840.1.113733.1.9.7", "transactionID" },
    { "2.16.840.1.113733.1.9.8", "extensionReq" },
    { "1.3.6.1.5.5.7.24.1", "failInfoText" },
    { "1.3.6.1.4.1.311.21.33", "szOID_ENROLL_SCEP_ERROR" },
    { "1.3.6.1.4.1.311.21.34", "szOID_ENROLL_SCEP_SERVER_STATE" },
    { "1.3.6.1.4.1.311.21.35", "szOID_ENROLL_SCEP_CHALLENGE_ANSWER" },
    { "1.3.6.1.4.1.311.21.37", "szOID_ENROLL_SCEP_CLIENT_REQUEST" },
    { "1.3.6.1.4.1.311.21.38", "szOID_ENROLL_SCEP_SERVER_MESSAGE" },
    { "1.3.6.1.4.1.311.21.40", "szOID_ENROLL_SCEP_SERVER_SECRET" },
    { "1.3.6.1.4.1.311.21.42", "szOID_ENROLL_SCEP_SIGNER_HASH" },
    { "1.2.840.113549.1.9.7", "challengePassword" },
    { "1.2.840.113549.1.9.14", "extensionRequest" },
    { "1.3.6.1.4.1.311.2.1.14", "szOID_CERT_EXTENSIONS" },
    { "1.3.6.1.4.1.311.13.2.1", "szOID_ENROLLMENT_NAME_VALUE_PAIR" },
    { "1.3.6.1.4.1.311.13.2.2", "szOID_ENROLLMENT_CSP_PROVIDER" },
    { "1.3.6.1.4.1.311.13.2.3", "szOID_OS_VERSION" },
    { "1.3.6.1.4.1.311.21.20", "szOID_REQUEST_CLIENT_INFO" },
    { "1.3.6.1.4.1.311.20.2", "szOID_ENROLL_CERTTYPE_EXTENSION" },
    { "1.3.6.1.4.1.311.20.2.1", "Certificate Request Agent" },
    { "1.3.6.1.4.1.311.20.2.3", "User Principal Name" },
    { "1.3.6.1.4.1.311.21.7", "szOID_CERTIFICATE_TEMPLATE" },
    { "1.3.6.1.4.1.311.25.2", "szOID_NTDS_CA_SECURITY_EXT" },
    { "1.3.6.1.5.5.7.3.1", "serverAuth" },
    { "1.3.6.1.5.5.7.3.2", "clientAuth" },
    { "1.3.6.1.5.5.7.12.2", "id-cct-PKIData" },
};

static void test_expected_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
        const ScepOid *row = scep_oid_find(expected[i].oid);
        if (row == NULL)
            fail_msg("%s is missing", expected[i].oid);
        assert_string_equal(row->oid, expected[i].oid);
        assert_string_equal(row->name, expected[i].name);
    }
}

/* Compared with numbers here and with text in the table, so that a slip in one of them shows. */
static int order_by_number(const char *a, const char *b)
{
    char **a_arcs = g_strsplit(a, ".", -1);
    char **b_arcs = g_strsplit(b, ".", -1);
    int order = 0;
    size_t i = 0;

    for (; order == 0 && a_arcs[i] != NULL && b_arcs[i] != NULL; i++) {
        const guint64 left = g_ascii_strtoull(a_arcs[i], NULL, 10);
        const guint64 right = g_ascii_strtoull(b_arcs[i], NULL, 10);
        order = (left > right) - (left < right);
    }
    if (order == 0)
        order = (a_arcs[i] != NULL) - (b_arcs[i] != NULL);
    g_strfreev(a_arcs);
    g_strfreev(b_arcs);
    return order;
}

static bool is_dotted(const char *oid)
{
    return g_regex_match_simple("^[0-2](\\.(0|[1-9][0-9]*))+$", oid, 0, 0);
}

static void test_rows_are_filled_and_in_order(void **state)
{
    (void)state;
    assert_true(scep_oid_count >= G_N_ELEMENTS(expected));
    for (size_t i = 0; i < scep_oid_count; i++) {
        const ScepOid *row = &scep_oids[i];
        if (!is_dotted(row->oid))
            fail_msg("%s is not dotted decimal", row->oid);
        if (i > 0 && order_by_number(scep_oids[i - 1].oid, row->oid) >= 0)
            fail_msg("%s is not in its place", row->oid);
        if (row->name[0] == '\0' || row->description[0] == '\0')
            fail_msg("%s has an empty field", row->oid);
        if (g_str_has_suffix(row->description, ".") || !g_utf8_validate(row->description, -1, NULL))
            fail_msg("%s: description", row->oid);
    }
}

static void test_every_row_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < scep_oid_count; i++)
        assert_ptr_equal(scep_oid_find(scep_oids[i].oid), &scep_oids[i]);
}

static void test_other_text_is_not_found(void **state)
{
    static const char *const others[] = {
        "",
        ".",
        "..",
        "1",
        "2.5",
        "2.5.29",
        "2.5.29.",
        ".2.5.29.15",
        "2.5.29.15.",
        "2.5.29.015",
        "2.5.29.15.1",
        "2.5.29.150",
        "2.5.29.1",
        "2.5.29,15",
        " 2.5.29.15",
        "2.5.29.15 ",
        "2.5.29.15...",
        "keyUsage",
        "2.16.840.1.113733.1.9",
        "2.16.840.1.113733.1.9.99999999999999999999999999999999999999",
        "1.3.6.1.4.1.311.21.36",
        "9.9.9",
        "\xff\xfe",
    };

    (void)state;
    assert_null(scep_oid_find(NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        if (scep_oid_find(others[i]) != NULL)
            fail_msg("found \"%s\"", others[i]);
    }
}

/* The signed attributes have a table of their own, with the octets: both must tell the same name. */
static void test_agrees_with_the_attributes(void **state)
{
    (void)state;
    for (int id = SCEP_ATTR_UNKNOWN + 1; id < SCEP_ATTR_COUNT; id++) {
        const ScepAttributeInfo *info = scep_attribute_info((ScepAttributeId)id);
        char *dotted = scep_ber_new_oid_text(info->oid, info->oid_length);
        const ScepOid *row = scep_oid_find(dotted);
        if (row == NULL)
            fail_msg("%s (%s) is missing", info->name, dotted);
        assert_string_equal(row->name, info->name);
        g_free(dotted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expected_names),
        cmocka_unit_test(test_rows_are_filled_and_in_order),
        cmocka_unit_test(test_every_row_is_found),
        cmocka_unit_test(test_other_text_is_not_found),
        cmocka_unit_test(test_agrees_with_the_attributes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
