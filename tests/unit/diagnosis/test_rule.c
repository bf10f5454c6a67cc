/* test_rule.c
 * How rules are asked, with tables of this test's own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "exchange_building.h"

#define A SCEP_HINT_certrep_fail_badrequest /* an error */
#define B SCEP_HINT_certrep_pending
#define C SCEP_HINT_certrep_fail_badalg
#define D SCEP_HINT_certrep_success
#define E SCEP_HINT_aik_noise
#define F SCEP_HINT_unknown_operation

/* ---- rules ------------------------------------------------------------------------------------------------------- */

static int applying;      /* parameters of the rules that apply, as bits */
static GString *asked_in; /* "1 2 ": parameters of the rules that were asked */

static bool is_set(ScepCase *about)
{
    g_string_append_printf(asked_in, "%d ", about->parameter);
    return (applying & about->parameter) != 0;
}

/* What a rule fills in is its own. */
static bool is_set_with_words(ScepCase *about)
{
    if (!is_set(about))
        return false;
    scep_case_also(about, 40);
    scep_case_also(about, 41);
    about->frame = 30;
    about->most = SCEP_SEVERITY_WARNING;
    about->evidence.detail = g_strdup("of the rule");
    return true;
}

static char *words_of_table(const ScepCase *about)
{
    return g_strdup_printf("of the table, %d", about->parameter);
}

static const ScepRule first_rules[] = {
    { A, SCEP_ON_REQUEST, is_set, 1 },
    { B, SCEP_ON_REQUEST, is_set, 2 },
    { B, SCEP_ON_ANSWER, is_set, 2 },
};
static const ScepRule plain_rules[] = {
    { A, SCEP_ON_REQUEST, is_set, 4 },        { C, SCEP_ON_REQUEST, is_set_with_words, 8 },
    { C, SCEP_ON_REQUEST, is_set, 16 }, /* the same hint for another reason */
    { D, SCEP_AT_ENROLLMENT_END, is_set, 1 }, { D, SCEP_ON_CONNECTION_HELLO, is_set, 1 },
};
static const ScepRule repeated_rules[] = { { F, SCEP_ON_REQUEST, is_set, 32 } };
static const ScepRule aik_rules[] = {
    { E, SCEP_ON_REQUEST, is_set, 64 },
    { E, SCEP_ON_CONNECTION_HELLO, is_set, 2 },
};
static const ScepRuleTable first_table = { first_rules, G_N_ELEMENTS(first_rules), words_of_table, true, false, false };
static const ScepRuleTable plain_table = { plain_rules, G_N_ELEMENTS(plain_rules), NULL, false, false, false };
static const ScepRuleTable repeated_table = { repeated_rules, G_N_ELEMENTS(repeated_rules), NULL, false, true, false };
static const ScepRuleTable aik_table = { aik_rules, G_N_ELEMENTS(aik_rules), words_of_table, false, false, true };

/* ---- asking ------------------------------------------------------------------------------------------------------ */

static ScepExchange exchange;
static ScepTracker *tracker;

static int begin(void **state)
{
    static const ScepRuleTable *const own[] = { &first_table, &plain_table, &repeated_table, &aik_table };

    (void)state;
    applying = 0;
    asked_in = g_string_new(NULL);
    tracker = diagnosed_tracker_new();
    scep_rules_index(diagnosis_of(tracker), own, G_N_ELEMENTS(own));
    exchange = (ScepExchange){ .subject = 5, .request_frame = 10, .response_frame = 11 };
    return 0;
}

static int end(void **state)
{
    (void)state;
    diagnosed_tracker_free(tracker);
    g_string_free(asked_in, TRUE);
    return 0;
}

static void ask_rules(int moment, bool is_answer, int which)
{
    ScepCase about = scep_case_of_exchange(diagnosis_of(tracker), moment, &exchange, is_answer);

    applying = which;
    g_string_truncate(asked_in, 0);
    scep_rules_ask(&about);
}

static void test_order_of_tables(void **state)
{
    (void)state;
    ask_rules(SCEP_ON_REQUEST, false, 0);
    assert_string_equal(asked_in->str, "1 2 4 8 16 32 64 ");
    assert_findings(request_findings(tracker, &exchange), "");
    ask_rules(SCEP_ON_ANSWER, true, 0);
    assert_string_equal(asked_in->str, "2 ");
    ask_rules(SCEP_ON_CA_REQUEST, false, -1); /* nobody asks for it */
    assert_string_equal(asked_in->str, "");
    ask_rules(SCEP_ON_REQUEST, false, 2 | 4 | 32);
    assert_findings(request_findings(tracker, &exchange), "certrep_pending certrep_fail_badrequest unknown_operation");
    assert_findings(response_findings(tracker, &exchange), "");
}

static void test_first_only(void **state)
{
    (void)state;
    ask_rules(SCEP_ON_REQUEST, false, 1 | 2);
    assert_string_equal(asked_in->str,
                        "1 8 16 32 64 "); /* the rest of the table, and the same hint elsewhere, is not */
    assert_findings(request_findings(tracker, &exchange), "certrep_fail_badrequest");
    /* of another half it is told again */
    ask_rules(SCEP_ON_ANSWER, true, 2);
    assert_findings(response_findings(tracker, &exchange), "certrep_pending");
}

static void test_told_once(void **state)
{
    (void)state;
    ask_rules(SCEP_ON_REQUEST, false, 4 | 8 | 16);
    assert_string_equal(asked_in->str, "1 2 4 8 32 64 ");
    assert_findings(request_findings(tracker, &exchange), "certrep_fail_badrequest certrep_fail_badalg");
    ask_rules(SCEP_ON_REQUEST, false, 1 | 4 | 8 | 16);
    assert_string_equal(asked_in->str, "2 32 64 ");
    assert_findings(request_findings(tracker, &exchange), "certrep_fail_badrequest certrep_fail_badalg");
}

static void test_repeats(void **state)
{
    (void)state;
    ask_rules(SCEP_ON_REQUEST, false, 32);
    ask_rules(SCEP_ON_REQUEST, false, 32);
    assert_findings(request_findings(tracker, &exchange), "unknown_operation unknown_operation");
}

/* ---- what is kept ------------------------------------------------------------------------------------------------ */

static void test_evidence_and_severity(void **state)
{
    (void)state;
    ask_rules(SCEP_ON_REQUEST, false, 8 | 32);
    const ScepFinding *finding = find_finding(request_findings(tracker, &exchange), "certrep_fail_badalg");
    assert_non_null(finding);
    assert_int_equal(scep_hints[C].severity, SCEP_SEVERITY_ERROR);
    assert_int_equal(finding->severity, SCEP_SEVERITY_WARNING);
    assert_int_equal(finding->frame_count, 3);
    assert_memory_equal(finding->frames, ((const uint32_t[]){ 30, 40, 41 }), 3 * sizeof finding->frames[0]);
    assert_string_equal(finding->detail, "of the rule");
    assert_false(finding->is_conclusion);
    /* the next rule begins anew */
    finding = find_finding(request_findings(tracker, &exchange), "unknown_operation");
    assert_int_equal(finding->severity, scep_hints[F].severity);
    assert_int_equal(finding->frame_count, 1);
    assert_int_equal(finding->frames[0], 10);
    assert_null(finding->detail);
}

/* A severity is lowered, never raised. */
static void test_most(void **state)
{
    ScepCase about = scep_case_of_exchange(diagnosis_of(tracker), SCEP_ON_REQUEST, &exchange, false);

    (void)state;
    applying = 1 | 64;
    scep_rules_ask(&about);
    assert_int_equal(find_finding(request_findings(tracker, &exchange), "aik_noise")->severity, SCEP_SEVERITY_NOTE);
    assert_int_equal(find_finding(request_findings(tracker, &exchange), "certrep_fail_badrequest")->severity,
                     SCEP_SEVERITY_ERROR);
    exchange.subject++;
    about = scep_case_of_exchange(diagnosis_of(tracker), SCEP_ON_REQUEST, &exchange, false);
    about.most = SCEP_SEVERITY_NOTE;
    scep_rules_ask(&about);
    assert_int_equal(find_finding(request_findings(tracker, &exchange), "certrep_fail_badrequest")->severity,
                     SCEP_SEVERITY_NOTE);
}

static void test_words_of_the_table(void **state)
{
    (void)state;
    ask_rules(SCEP_ON_REQUEST, false, 2 | 4 | 64);
    assert_detail(request_findings(tracker, &exchange), "certrep_pending", "of the table, 2");
    assert_detail(request_findings(tracker, &exchange), "aik_noise", "of the table, 64");
    assert_detail(request_findings(tracker, &exchange), "certrep_fail_badrequest", NULL);
}

static void test_conclusions(void **state)
{
    (void)state;
    ask_rules(SCEP_ON_ANSWER, true, 2);
    ask_rules(SCEP_AT_ENROLLMENT_END, true, 1);
    assert_findings(response_findings(tracker, &exchange), "certrep_pending certrep_success");
    assert_false(response_findings(tracker, &exchange)->is_conclusion);
    assert_true(response_findings(tracker, &exchange)->next->is_conclusion);
    scep_findings_drop_conclusions(diagnosis_of(tracker)->findings);
    assert_findings(response_findings(tracker, &exchange), "certrep_pending");
}

/* ---- whom it is about -------------------------------------------------------------------------------------------- */

static void test_key_of_a_tpm(void **state)
{
    (void)state;
    exchange.is_aik = true;
    ask_rules(SCEP_ON_REQUEST, false, -1);
    assert_string_equal(asked_in->str, "64 ");
    assert_findings(request_findings(tracker, &exchange), "aik_noise");
}

/* Of which something is said, that is kept; of the TPM's key only what is about it. */
static void test_connections(void **state)
{
    ScepConnection connection = { .subject = 9 };

    (void)state;
    for (int which = 0; which < 4; which++) {
        connection.subject++;
        connection.is_noted = false;
        connection.server_role = which == 3 ? SCEP_HOST_AIK : SCEP_HOST_NDES;
        ScepCase about = scep_case_of_connection(diagnosis_of(tracker), SCEP_ON_CONNECTION_HELLO, &connection, 21, 20);
        applying = which;
        scep_rules_ask(&about);
        assert_int_equal(connection.is_noted, which != 0);
        assert_findings(connection_findings(tracker, &connection),
                        ((const char *const[]){ "", "certrep_success", "aik_noise", "aik_noise" })[which]);
        if (which != 0)
            assert_first_frames(connection_findings(tracker, &connection), which == 1 ? "certrep_success" : "aik_noise",
                                21, 20);
    }
}

/* ---- cases ------------------------------------------------------------------------------------------------------- */

static void assert_case(const ScepCase *about, uint32_t list, uint32_t frame, uint32_t other)
{
    assert_ptr_equal(about->diagnosis, diagnosis_of(tracker));
    assert_ptr_equal(about->tracker, tracker);
    assert_int_equal(about->list, list);
    assert_int_equal(about->frame, frame);
    assert_int_equal(about->evidence.also_count, other != 0);
    assert_int_equal(about->evidence.also[0], other);
    assert_int_equal(about->most, SCEP_SEVERITY_ERROR);
    assert_null(about->evidence.detail);
}

static void test_cases(void **state)
{
    ScepDiagnosis *diagnosis = diagnosis_of(tracker);
    ScepCaCall call = { .subject = 6, .request_frame = 12, .response_frame = 13 };
    ScepServiceCall service = { .subject = 7, .request_frame = 14, .response_frame = 15 };
    ScepConnection connection = { .subject = 8 };

    (void)state;
    for (int is_answer = 0; is_answer < 2; is_answer++) {
        ScepCase about = scep_case_of_exchange(diagnosis, SCEP_ON_ANSWER, &exchange, is_answer);
        assert_case(&about, 10 + is_answer, 10 + is_answer, is_answer ? 10 : 0);
        assert_int_equal(about.moment, SCEP_ON_ANSWER);
        assert_ptr_equal(about.exchange, &exchange);
        about = scep_case_of_ca_call(diagnosis, SCEP_ON_CA_ANSWER, &call, is_answer);
        assert_case(&about, 12 + is_answer, 12 + is_answer, is_answer ? 12 : 0);
        assert_int_equal(about.moment, SCEP_ON_CA_ANSWER);
        assert_ptr_equal(about.call, &call);
        about = scep_case_of_service(diagnosis, SCEP_ON_SERVICE_ANSWER, &service, is_answer);
        assert_case(&about, 14 + is_answer, 14 + is_answer, is_answer ? 14 : 0);
        assert_ptr_equal(about.service, &service);
        about = scep_case_of_connection(diagnosis, SCEP_ON_CONNECTION_ALERT, &connection, 31, is_answer ? 30 : 0);
        assert_case(&about, 16, 31, is_answer ? 30 : 0);
        assert_ptr_equal(about.connection, &connection);
    }
}

/* An answer whose request the capture lacks, and more frames than there is room for. */
static void test_frames_of_a_case(void **state)
{
    (void)state;
    exchange.request_frame = 0;
    ScepCase about = scep_case_of_exchange(diagnosis_of(tracker), SCEP_ON_ANSWER, &exchange, true);
    assert_case(&about, 11, 11, 0);
    for (uint32_t frame = 1; frame <= 9; frame++)
        scep_case_also(&about, frame);
    assert_int_equal(about.evidence.also_count, SCEP_FINDING_FRAMES - 1);
    assert_memory_equal(about.evidence.also, ((const uint32_t[]){ 1, 2, 3 }), sizeof about.evidence.also);
}

#define rule_test(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        rule_test(test_order_of_tables),
        rule_test(test_first_only),
        rule_test(test_told_once),
        rule_test(test_repeats),
        rule_test(test_evidence_and_severity),
        rule_test(test_most),
        rule_test(test_words_of_the_table),
        rule_test(test_conclusions),
        rule_test(test_key_of_a_tpm),
        rule_test(test_connections),
        rule_test(test_cases),
        rule_test(test_frames_of_a_case),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
