/* test_comparisons.c
 * The request that decided, beside what is expected and beside the nearest one that was served.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "whole_messages.h"

#include "scep/report.h"

typedef struct {
    const char *transaction;
    bool in_pieces;
    const char *user_agent;
    const char *server; /* NULL for the usual one */
    uint16_t status;    /* 0 for a certificate */
} Enrolled;

static void enroll(ScepTracker *tracker, uint32_t frame, Enrolled enrolled)
{
    const uint8_t nonce[16] = { (uint8_t)frame, 0x55 };
    ScepPlace place = place_at(frame);
    Read read;

    read_message(&read, pki_signed_data((PkiParts){
                            .content = some_envelope(),
                            .attributes = pki_request_attributes("19", enrolled.transaction, nonce),
                            .certificates = pki_certificate_der(device),
                            .signer = device,
                            .key = device_key,
                            .indefinite = enrolled.in_pieces,
                        }));
    ScepRequest request = whole_request(&read);
    request.user_agent = enrolled.user_agent;
    if (enrolled.server != NULL)
        place.server = enrolled.server;
    ScepExchange *exchange = scep_tracker_request(tracker, &place, &request);
    forget(&read);
    if (enrolled.status != 0) {
        const ScepResponse response = { .status = enrolled.status };
        answer(tracker, exchange, frame + 1, &response);
    } else {
        certrep(tracker, exchange, frame + 1, "0", NULL);
    }
}

static const ScepReportEntry *entry_at(const ScepReport *report, guint index)
{
    assert_true(index < report->entries->len);
    return g_ptr_array_index(report->entries, index);
}

static const ScepComparison *row_of(const GArray *rows, const char *what)
{
    for (guint i = 0; i < rows->len; i++) {
        const ScepComparison *row = &g_array_index(rows, ScepComparison, i);
        if (strcmp(row->what, what) == 0)
            return row;
    }
    return NULL;
}

static const Enrolled refused = { .transaction = "F1", .in_pieces = true, .user_agent = "sscep", .status = 500 };

static void test_nearest(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    enroll(tracker, 1, (Enrolled){ .transaction = "0A", .user_agent = "sscep" });
    enroll(tracker, 3, (Enrolled){ .transaction = "0B", .user_agent = "Cisco PKI" });
    enroll(tracker, 5, refused);
    enroll(tracker, 7, (Enrolled){ .transaction = "0C", .user_agent = "sscep", .server = "203.0.113.9" });
    ScepReport *report = scep_report_new(diagnosis_of(tracker), NULL, NULL);
    const ScepReportEntry *entry = entry_at(report, 2);
    assert_int_equal(entry->nearest->number, 1); /* the same kind of client goes before the neighbor */
    assert_int_equal(entry->differences->len, 2);
    const ScepComparison *row = row_of(entry->differences, "content of the SignedData");
    assert_string_equal(row->left, "constructed of pieces (BER)");
    assert_string_equal(row->right, "in one piece");
    assert_false(row->fits);
    assert_null(entry_at(report, 0)->nearest);
    assert_int_equal(entry_at(report, 0)->differences->len, 0);
    GString *text = scep_report_new_text(report);
    assert_non_null(strstr(text->str, "Compared:    with enrollment 1, which was issued: content of the SignedData:"));
    g_string_free(text, TRUE);
    scep_report_free(report);
    diagnosed_tracker_free(tracker);
}

static void test_none_was_served(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    enroll(tracker, 1, (Enrolled){ .transaction = "0A", .server = "203.0.113.9" });
    enroll(tracker, 3, (Enrolled){ .transaction = "0B", .status = 500 });
    enroll(tracker, 5, refused);
    ScepReport *report = scep_report_new(diagnosis_of(tracker), NULL, NULL);
    assert_null(entry_at(report, 2)->nearest);
    assert_int_equal(entry_at(report, 2)->differences->len, 0);
    scep_report_free(report);
    diagnosed_tracker_free(tracker);
}

/* What is unknown is in no table. */
static void test_expected(void **state)
{
    ScepTracker *tracker = diagnosed_tracker_new();

    (void)state;
    enroll(tracker, 1, refused);
    ScepReport *report = scep_report_new(diagnosis_of(tracker), NULL, NULL);
    const GArray *rows = entry_at(report, 0)->comparisons;
    assert_false(row_of(rows, "content of the SignedData")->fits);
    assert_true(row_of(rows, "encryptedContent")->fits);
    assert_string_equal(row_of(rows, "encoding of the SignedData")->right, "DER");
    assert_null(row_of(rows, "signature of the PKCS#10"));
    scep_report_free(report);
    diagnosed_tracker_free(tracker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_none_was_served),
        cmocka_unit_test(test_expected),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
