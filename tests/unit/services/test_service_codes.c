/* test_service_codes.c
 * Result codes in the bodies of calls to services, and in what a device tells its MDM server.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "service_calls.h"

#include "services/service_facts.h"

#define HEADER "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><MsgID>3</MsgID></SyncHdr><SyncBody>"
#define FOOTER "</SyncBody></SyncML>"

static void test_result_of_a_report(void **state)
{
    static const struct {
        const char *value;
        bool is_code;
        uint32_t code;
    } rows[] = {
        { "-2147024809", true, 0x80070057 },
        { "2147942487", true, 0x80070057 },
        { "\"2147942487\"", true, 0x80070057 },
        { "\"0x80070057\"", true, 0x80070057 },
        { "\"80070057h\"", true, 0x80070057 },
        { "\"Access denied (0x80070005)\"", true, 0x80070005 },
        { "\"error: -2146893019, try again\"", true, 0x80090325 },
        { "5", true, 5 },
        { "0", true, 0 },
        { "\"step 5 of 7\"", false, 0 },
        { "\"0x\"", false, 0 },
        { "\"0x800700570\"", false, 0 },
        { "\"-0\"", false, 0 },
        { "99999999999", false, 0 },
        { "1e300", false, 0 },
        { "true", false, 0 },
        { "null", false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *json = g_strdup_printf("{\"notification\":{\"hResult\":%s}}", rows[i].value);
        ScepServiceFacts *facts = read_service(service_of(FAILED), json, strlen(json), 0);
        if (facts->has_hresult != rows[i].is_code || facts->hresult != rows[i].code)
            fail_msg("%s is read as 0x%08x", rows[i].value, facts->hresult);
        scep_service_facts_free(facts);
        g_free(json);
    }
}

/* What stands in a body of SyncML. @param out  scep_service_facts_free() */
static ScepServiceFacts *read_syncml(const char *body)
{
    char *xml = g_strconcat(HEADER, body, FOOTER, NULL);
    ScepServiceFacts *facts = read_service(mdm_service(), xml, strlen(xml), 0);

    g_free(xml);
    assert_null(facts->problem);
    return facts;
}

static void test_error_code_of_a_node(void **state)
{
    static const struct {
        const char *value;
        bool is_code;
        uint32_t code;
    } rows[] = {
        { "-2147024891", true, 0x80070005 },
        { "2147942405", true, 0x80070005 },
        { "0x80070005", true, 0x80070005 },
        { " -2016345708\n", true, 0x87D10194 },
        { "0", true, 0 },
        { "none", false, 0 },
        { "4294967296", false, 0 },
        { "", false, 0 },
        { "0x80070005 denied", false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *body = g_strdup_printf("<Results><CmdID>4</CmdID><Item><Source><LocURI>" CSP
                                     "ErrorCode</LocURI></Source><Data>%s</Data></Item></Results>",
                                     rows[i].value);
        ScepServiceFacts *facts = read_syncml(body);
        const ScepMdmNode *node = &g_array_index(facts->nodes, ScepMdmNode, 0);
        assert_int_equal(node->setting, SCEP_MDM_ERROR_CODE);
        assert_int_equal(node->has_result, rows[i].is_code);
        assert_int_equal(node->result, rows[i].code);
        scep_service_facts_free(facts);
        g_free(body);
    }
}

/* No other setting is a code, however it looks. */
static void test_other_nodes(void **state)
{
    (void)state;
    ScepServiceFacts *facts = read_syncml("<Add><CmdID>4</CmdID><Item><Target><LocURI>" CSP
                                          "KeyUsage</LocURI></Target><Data>0x80070005</Data></Item></Add>");
    assert_int_equal(facts->nodes->len, 1);
    assert_false(g_array_index(facts->nodes, ScepMdmNode, 0).has_result);
    scep_service_facts_free(facts);
}

static void test_error_behind_a_status(void **state)
{
    static const struct {
        const char *data; /* of the status, and what may stand beside it */
        bool is_code;
        uint32_t code;
    } rows[] = {
        { "<Data>500</Data>", false, 0 },
        { "<Data xmlns:msft='m' msft:originalerror='0x80070005'>500</Data>", true, 0x80070005 },
        { "<Data originalerror=\"-2147024891\">500</Data>", true, 0x80070005 },
        { "<Data originalerror='500'>500</Data>", true, 500 },
        { "<Data originalerror='denied'>500</Data>", false, 0 },
        { "<Data error='0x80070005'>500</Data>", false, 0 },
        { "<Data>500</Data><Item><Data>failed: -2146875392</Data></Item>", true, 0x80094800 },
        { "<Item><Data>0x80094800</Data></Item><Data>500</Data>", true, 0x80094800 },
        { "<Data>500</Data><Item><Data>try 3 of 5</Data></Item>", false, 0 },
        { "<Data originalerror='0x80070005'>500</Data><Item><Data>0x80094800</Data></Item>", true, 0x80070005 },
        { "<Data>500</Data><Item><Data originalerror='0x80070005'>x</Data></Item>", false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *body = g_strdup_printf("<Status><CmdID>1</CmdID><MsgRef>2</MsgRef><CmdRef>5</CmdRef><Cmd>Exec</Cmd>"
                                     "<TargetRef>" CSP "Enroll</TargetRef>%s</Status>"
                                     "<Status><CmdID>2</CmdID><Data>200</Data></Status>",
                                     rows[i].data);
        ScepServiceFacts *facts = read_syncml(body);
        assert_int_equal(facts->statuses->len, 2);
        const ScepMdmStatus *status = &g_array_index(facts->statuses, ScepMdmStatus, 0);
        assert_int_equal(status->code, 500);
        if (status->has_result != rows[i].is_code || status->result != rows[i].code)
            fail_msg("%s is read as 0x%08x", rows[i].data, status->result);
        assert_false(g_array_index(facts->statuses, ScepMdmStatus, 1).has_result);
        scep_service_facts_free(facts);
        g_free(body);
    }
}

static void assert_summary(const ScepServiceCall *call, const char *expected)
{
    GString *words = scep_service_new_summary(call, false);

    if (strstr(words->str, expected) == NULL)
        fail_msg("\"%s\" lacks \"%s\"", words->str, expected);
    g_string_free(words, TRUE);
}

static void test_words(void **state)
{
    static const char told[] = HEADER "<Results><CmdID>4</CmdID><Item><Source><LocURI>" CSP
                                      "ErrorCode</LocURI></Source><Data>-2016345708</Data></Item></Results>" FOOTER;
    static const char well[] = HEADER "<Results><CmdID>4</CmdID><Item><Source><LocURI>" CSP
                                      "ErrorCode</LocURI></Source><Data>0</Data></Item></Results>" FOOTER;
    static const char refused[] = HEADER "<Status><CmdID>1</CmdID><MsgRef>2</MsgRef><CmdRef>5</CmdRef><Cmd>Exec</Cmd>"
                                         "<TargetRef>" CSP "Enroll</TargetRef>"
                                         "<Data originalerror='0x80094800'>500</Data></Status>" FOOTER;
    ScepTracker *tracker = scep_tracker_new();

    (void)state;
    assert_summary(ask_from(tracker, 1, "192.0.2.99", mdm_service(), told),
                   ", ErrorCode -2016345708 (0x87d10194 SyncML 404: a SyncML command ended with status 404)");
    assert_summary(ask_from(tracker, 2, "192.0.2.99", mdm_service(), well), ", ErrorCode 0");
    assert_summary(ask_from(tracker, 3, "192.0.2.99", mdm_service(), refused),
                   "the device answers 500 for " CSP "Enroll (0x80094800 CERTSRV_E_UNSUPPORTED_CERT_TYPE: ");
    assert_summary(ask_service(tracker, 4, FAILED, "{\"hResult\":-2145844819}"),
                   ", hResult 0x801901ad HTTP_E_STATUS 429");
    scep_tracker_free(tracker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_result_of_a_report),
        cmocka_unit_test(test_error_code_of_a_node),
        cmocka_unit_test(test_other_nodes),
        cmocka_unit_test(test_error_behind_a_status),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
