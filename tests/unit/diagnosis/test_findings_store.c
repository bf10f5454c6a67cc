/* test_findings_store.c
 * Where findings are kept: lists in order, frames, words, and what goes when conclusions are drawn anew.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "diagnosis/root_cause.h"
#include "exchange_building.h"

#define FIRST SCEP_HINT_certrep_fail_badrequest
#define OTHER SCEP_HINT_certrep_pending
#define THIRD SCEP_HINT_certrep_success

static ScepFinding *add(ScepFindings *findings, uint32_t list, ScepHintId hint, bool is_conclusion)
{
    ScepEvidence evidence = { { 0 }, 0, NULL };

    return scep_findings_add(findings, list, hint, 1, &evidence, is_conclusion);
}

static void assert_list(const ScepFindings *findings, uint32_t list, const char *expected)
{
    assert_findings(scep_findings_get0(findings, list), expected);
}

/* ---- lists ------------------------------------------------------------------------------------------------------- */

static void test_lists(void **state)
{
    ScepFindings *findings = scep_findings_new();

    (void)state;
    assert_null(scep_findings_get0(findings, 0));
    assert_null(scep_findings_get0(findings, 4000000000));
    const ScepFinding *first = add(findings, 7, FIRST, false), *second = add(findings, 7, OTHER, false);
    const ScepFinding *elsewhere = add(findings, 3, THIRD, false);
    const ScepFinding *third = add(findings, 7, FIRST, false); /* to tell a hint once is up to whoever adds it */
    assert_ptr_equal(scep_findings_get0(findings, 7), first);
    assert_ptr_equal(first->next, second);
    assert_ptr_equal(second->next, third);
    assert_null(third->next);
    assert_ptr_equal(scep_findings_get0(findings, 3), elsewhere);
    assert_null(elsewhere->next);
    for (uint32_t list = 0; list < 10; list++) {
        if (list != 3 && list != 7)
            assert_null(scep_findings_get0(findings, list));
    }
    scep_findings_free(findings);
}

/* Both halves of what is booked have a list of their own. */
static void test_numbers_of_lists(void **state)
{
    (void)state;
    for (uint32_t subject = 0; subject < 5; subject++) {
        assert_int_equal(scep_findings_list(subject, false), 2 * subject);
        assert_int_equal(scep_findings_list(subject, true), 2 * subject + 1);
    }
}

static void test_what_the_catalogue_says(void **state)
{
    ScepFindings *findings = scep_findings_new();

    (void)state;
    for (int hint = 0; hint < SCEP_HINT_COUNT; hint++) {
        const ScepFinding *finding = add(findings, (uint32_t)hint, (ScepHintId)hint, hint % 2 != 0);
        assert_ptr_equal(scep_finding_get0_hint(finding), &scep_hints[hint]);
        assert_int_equal(finding->severity, scep_hints[hint].severity);
        assert_int_equal(finding->is_conclusion, hint % 2 != 0);
        assert_null(finding->detail);
    }
    scep_findings_free(findings);
}

static void test_finding_of(void **state)
{
    ScepFindings *findings = scep_findings_new();

    (void)state;
    add(findings, 2, OTHER, false);
    const ScepFinding *wanted = add(findings, 2, FIRST, false);
    add(findings, 2, FIRST, false);
    assert_ptr_equal(scep_findings_get0_of(scep_findings_get0(findings, 2), FIRST), wanted);
    assert_null(scep_findings_get0_of(scep_findings_get0(findings, 2), THIRD));
    assert_null(scep_findings_get0_of(NULL, FIRST));
    scep_findings_free(findings);
}

static void test_settle(void **state)
{
    ScepFindings *findings = scep_findings_new();

    (void)state;
    const ScepFinding *kept = add(findings, 1, FIRST, false);
    add(findings, 2, FIRST, false);
    add(findings, 2, OTHER, true);
    scep_findings_settle(scep_findings_get0(findings, 2));
    scep_findings_settle(NULL);
    for (const ScepFinding *finding = scep_findings_get0(findings, 2); finding != NULL; finding = finding->next)
        assert_int_equal(finding->severity, SCEP_SEVERITY_NOTE);
    assert_int_equal(kept->severity, SCEP_SEVERITY_ERROR);
    scep_findings_free(findings);
}

/* ---- frames ------------------------------------------------------------------------------------------------------ */

/* Where it is shown stands first, each frame once, none that was not seen, and no more than there is room for. */
static void test_frames(void **state)
{
    static const struct {
        uint32_t frame;
        ScepEvidence evidence;
        uint8_t count;
        uint32_t frames[SCEP_FINDING_FRAMES];
    } rows[] = {
        { 9, { { 0 }, 0, NULL }, 1, { 9 } },
        { 9, { { 1, 2, 3 }, 0, NULL }, 1, { 9 } }, /* none of them counts */
        { 9, { { 12, 4, 7 }, 3, NULL }, 4, { 9, 12, 4, 7 } },
        { 9, { { 9, 4, 4 }, 3, NULL }, 2, { 9, 4 } },
        { 9, { { 4, 9, 7 }, 3, NULL }, 3, { 9, 4, 7 } },
        { 9, { { 0, 0, 5 }, 3, NULL }, 2, { 9, 5 } },
        { 0, { { 6, 5 }, 2, NULL }, 2, { 6, 5 } },
        { 0, { { 0 }, 1, NULL }, 0, { 0 } },
        { UINT32_MAX, { { 1 }, 1, NULL }, 2, { UINT32_MAX, 1 } },
    };
    ScepFindings *findings = scep_findings_new();
    const ScepFinding *found[G_N_ELEMENTS(rows)];

    (void)state;
    for (uint32_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScepEvidence evidence = rows[i].evidence;
        found[i] = scep_findings_add(findings, i, FIRST, rows[i].frame, &evidence, false);
    }
    /* looked at when all are there: none has written into the next one */
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (found[i]->frame_count != rows[i].count)
            fail_msg("row %zu: %u frames", i, found[i]->frame_count);
        assert_memory_equal(found[i]->frames, rows[i].frames, rows[i].count * sizeof rows[i].frames[0]);
    }
    scep_findings_free(findings);
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

static const ScepFinding *say(ScepFindings *findings, const char *words, bool is_conclusion)
{
    ScepEvidence evidence = { .detail = g_strdup(words) };
    const ScepFinding *finding = scep_findings_add(findings, 5, FIRST, 1, &evidence, is_conclusion);

    assert_null(evidence.detail); /* taken over */
    return finding;
}

static void test_details(void **state)
{
    ScepFindings *findings = scep_findings_new();

    (void)state;
    const ScepFinding *one = say(findings, "seen", false), *same = say(findings, "seen", true);
    const ScepFinding *other = say(findings, "seen twice", false), *empty = say(findings, "", false);
    assert_string_equal(one->detail, "seen");
    assert_ptr_equal(same->detail, one->detail);
    assert_string_equal(other->detail, "seen twice");
    assert_string_equal(empty->detail, "");
    assert_null(say(findings, NULL, false)->detail);
    /* words outlive the conclusions that said them */
    const char *kept = say(findings, "concluded", true)->detail;
    scep_findings_drop_conclusions(findings);
    assert_ptr_equal(say(findings, "concluded", true)->detail, kept);
    scep_findings_free(findings);
}

/* ---- conclusions ------------------------------------------------------------------------------------------------- */

static void test_conclusions_are_dropped(void **state)
{
    ScepFindings *findings = scep_findings_new();

    (void)state;
    scep_findings_drop_conclusions(findings); /* of nothing */
    add(findings, 1, FIRST, false);
    scep_findings_drop_conclusions(findings); /* where there are none */
    assert_list(findings, 1, "certrep_fail_badrequest");
    for (unsigned again = 0; again < 100; again++) {
        add(findings, 1, OTHER, true);
        add(findings, 1, THIRD, true);
        add(findings, 2, OTHER, true);
        add(findings, 3, THIRD, true);
        if (again == 0)
            add(findings, 3, FIRST, false); /* observed behind a conclusion */
        assert_list(findings, 1, "certrep_fail_badrequest certrep_pending certrep_success");
        assert_list(findings, 2, "certrep_pending");
        assert_list(findings, 3,
                    again == 0 ? "certrep_success certrep_fail_badrequest" : "certrep_fail_badrequest certrep_success");
        scep_findings_drop_conclusions(findings);
        assert_list(findings, 1, "certrep_fail_badrequest");
        assert_list(findings, 2, "");
        assert_list(findings, 3, "certrep_fail_badrequest");
    }
    scep_findings_free(findings);
}

/* What was observed stays where it is, with all that became of it since. */
static void test_observed_stays(void **state)
{
    ScepFindings *findings = scep_findings_new();
    ScepEvidence evidence = { { 4, 5 }, 2, g_strdup("seen") };

    (void)state;
    add(findings, 1, OTHER, true);
    ScepFinding *finding = scep_findings_add(findings, 1, FIRST, 3, &evidence, false);
    finding->severity = SCEP_SEVERITY_WARNING;
    add(findings, 1, THIRD, true);
    scep_findings_drop_conclusions(findings);
    assert_ptr_equal(scep_findings_get0(findings, 1), finding);
    assert_null(finding->next);
    assert_int_equal(finding->severity, SCEP_SEVERITY_WARNING);
    assert_int_equal(finding->frame_count, 3);
    assert_memory_equal(finding->frames, ((const uint32_t[]){ 3, 4, 5 }), 3 * sizeof finding->frames[0]);
    assert_string_equal(finding->detail, "seen");
    scep_findings_free(findings);
}

/* ---- many -------------------------------------------------------------------------------------------------------- */

/* More than one block of memory holds, in lists that do not come in order. */
static void test_many(void **state)
{
    enum { LISTS = 20011, STEP = 7919 }; /* both prime: every list once */
    ScepFindings *findings = scep_findings_new();

    (void)state;
    for (uint32_t i = 0; i < LISTS; i++) {
        const uint32_t list = (uint32_t)((uint64_t)i * STEP % LISTS);
        ScepEvidence evidence = { { list + 1, list + 2, list + 3 }, (uint8_t)(list % SCEP_FINDING_FRAMES), NULL };
        evidence.detail = list % 3 == 0 ? g_strdup_printf("list %u", list) : NULL;
        scep_findings_add(findings, list, FIRST, list + 10, &evidence, false);
        add(findings, list, OTHER, true);
    }
    scep_findings_drop_conclusions(findings);
    for (uint32_t list = 0; list < LISTS; list++) {
        const ScepFinding *finding = scep_findings_get0(findings, list);
        assert_non_null(finding);
        assert_null(finding->next);
        assert_int_equal(finding->hint, FIRST);
        assert_int_equal(finding->frame_count, 1 + list % SCEP_FINDING_FRAMES);
        assert_int_equal(finding->frames[0], list + 10);
        for (unsigned i = 1; i < finding->frame_count; i++)
            assert_int_equal(finding->frames[i], list + i);
        char *expected = g_strdup_printf("list %u", list);
        assert_true(list % 3 == 0 ? strcmp(finding->detail, expected) == 0 : finding->detail == NULL);
        g_free(expected);
    }
    scep_findings_free(findings);
}

/* ---- diagnoses --------------------------------------------------------------------------------------------------- */

/* Two capture files know nothing of each other, and one that is closed takes nothing from the other. */
static void test_two_diagnoses(void **state)
{
    const ScepRequest request = operation_request(SCEP_OP_UNKNOWN), fine = operation_request(SCEP_OP_GETCACERT);
    ScepTracker *one = diagnosed_tracker_new(), *other = diagnosed_tracker_new();

    (void)state;
    assert_ptr_equal(scep_diagnosis_get0_tracker(diagnosis_of(one)), one);
    assert_ptr_equal(scep_diagnosis_get0_tracker(diagnosis_of(other)), other);
    const ScepExchange *told = ask(one, 1, &request), *silent = ask(other, 1, &fine);
    assert_int_equal(told->subject, silent->subject);
    assert_findings(request_findings(one, told), "unknown_operation");
    assert_findings(request_findings(other, silent), "");
    diagnosed_tracker_free(one);
    assert_findings(request_findings(other, ask(other, 2, &request)), "unknown_operation");
    diagnosed_tracker_free(other);
}

/* The tracker goes on when its diagnosis is gone. */
static void test_tracker_without_its_diagnosis(void **state)
{
    const ScepRequest request = operation_request(SCEP_OP_UNKNOWN);
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    ask(tracker, 1, &request);
    scep_diagnosis_free(diagnosis_of(tracker));
    assert_null(diagnosis_of(tracker));
    assert_non_null(ask(tracker, 2, &request));
    scep_tracker_finish(tracker);
    scep_tracker_free(tracker);
    scep_diagnosis_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_numbers_of_lists),
        cmocka_unit_test(test_what_the_catalogue_says),
        cmocka_unit_test(test_finding_of),
        cmocka_unit_test(test_settle),
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_details),
        cmocka_unit_test(test_conclusions_are_dropped),
        cmocka_unit_test(test_observed_stays),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_two_diagnoses),
        cmocka_unit_test(test_tracker_without_its_diagnosis),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
