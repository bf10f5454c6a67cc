/* test_checks.c
 * The checks of a message, kept once for equal outcomes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "exchange_building.h"

#include "scep/checks.h"

static const ScepChecks *run(ScepChecker *checker, PkiParts parts, bool has_envelope, const ScepServer *server)
{
    Carried carried;
    size_t size;

    carry(&carried, pki_signed_data(parts));
    const uint8_t *content = scep_octets_data(carried.body, &carried.message->content, &size);
    const ScepChecks *checks = scep_checker_run(checker, carried.message, carried.body, carried.size,
                                                has_envelope ? carried.envelope : NULL, content, size, server);
    drop(&carried);
    return checks;
}

/* Signed by somebody else than it says. */
static PkiParts forged_parts(void)
{
    PkiParts parts = request_parts();

    parts.key = ra_key;
    return parts;
}

static void test_equal_outcomes_are_one(void **state)
{
    ScepChecker *checker = scep_checker_new(NULL, NULL, true, true);

    (void)state;
    const ScepChecks *good = run(checker, request_parts(), true, NULL);
    assert_int_equal(good->digest.status, SCEP_VERIFY_GOOD);
    assert_int_equal(good->signature.status, SCEP_VERIFY_GOOD);
    assert_true(good->has_envelope);
    assert_true(good->decrypts);
    assert_null(good->decryption);
    assert_ptr_equal(run(checker, request_parts(), true, NULL), good);

    const ScepChecks *closed = run(checker, request_parts(), false, NULL);
    assert_false(closed->has_envelope);
    const ScepChecks *forged = run(checker, forged_parts(), true, NULL);
    assert_int_equal(forged->digest.status, SCEP_VERIFY_GOOD);
    assert_int_equal(forged->signature.status, SCEP_VERIFY_BAD);
    assert_int_equal(good->signature.status, SCEP_VERIFY_GOOD);
    assert_ptr_equal(run(checker, request_parts(), true, NULL), good);
    scep_checker_free(checker);
}

/* Each GetCACert answer that knows the signer makes another outcome; more than are shared do no harm. */
static void test_many_outcomes(void **state)
{
    ScepChecker *checker = scep_checker_new(NULL, NULL, true, true);
    GByteArray *der = pki_certificate_der(ra);
    GPtrArray *certificates = g_ptr_array_new_with_free_func((GDestroyNotify)scep_certificate_free);
    ScepServer server = { .certificates = certificates };
    const ScepChecks *seen[30];

    (void)state;
    g_ptr_array_add(certificates, scep_certificate_new(der->data, der->len));
    for (size_t i = 0; i < G_N_ELEMENTS(seen); i++) {
        server.cacert_frame = (uint32_t)i + 1;
        seen[i] = run(checker, reply_parts("2", "2"), false, &server);
        assert_ptr_equal(run(checker, reply_parts("2", "2"), false, &server), seen[i]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(seen); i++) {
        assert_int_equal(seen[i]->signature.status, SCEP_VERIFY_GOOD);
        assert_int_equal(seen[i]->signer_frame, i + 1);
    }
    g_ptr_array_unref(certificates);
    g_byte_array_unref(der);
    scep_checker_free(checker);
}

static void test_switched_off(void **state)
{
    ScepChecker *checker = scep_checker_new(NULL, NULL, false, false);

    (void)state;
    const ScepChecks *checks = run(checker, forged_parts(), true, NULL);
    assert_int_equal(checks->digest.status, SCEP_VERIFY_NOT_CHECKED);
    assert_int_equal(checks->signature.status, SCEP_VERIFY_NOT_CHECKED);
    assert_false(checks->decrypts);
    scep_checker_free(checker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_outcomes_are_one),
        cmocka_unit_test(test_many_outcomes),
        cmocka_unit_test(test_switched_off),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
