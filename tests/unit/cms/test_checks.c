/* test_checks.c
 * The checks of a message, kept once for equal outcomes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "exchange_building.h"

#include "crypto/keyring.h"
#include "scep/cms.h"
#include "cms/decrypt.h"
#include "cms/verify.h"

static const ScepChecks *run(ScepChecker *checker, PkiParts parts, bool has_envelope, const ScepOffered *offered)
{
    Carried carried;
    size_t size;

    carry(&carried, pki_signed_data(parts));
    const uint8_t *content = scep_octets_get0_data(carried.body, &carried.message->content, &size);
    const ScepChecks *checks = scep_checker_run(checker, carried.message, carried.body, carried.size,
                                                has_envelope ? carried.envelope : NULL, content, size, offered);
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
    ScepChecker *checker = scep_checker_new(NULL, NULL, NULL, true, true);

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
    ScepChecker *checker = scep_checker_new(NULL, NULL, NULL, true, true);
    GByteArray *der = pki_certificate_der(ra);
    GPtrArray *certificates = g_ptr_array_new_with_free_func((GDestroyNotify)scep_certificate_free);
    ScepOffered offered = { .certificates = certificates };
    const ScepChecks *seen[30];

    (void)state;
    g_ptr_array_add(certificates, scep_certificate_new(der->data, der->len));
    for (size_t i = 0; i < G_N_ELEMENTS(seen); i++) {
        offered.frame = (uint32_t)i + 1;
        seen[i] = run(checker, reply_parts("2", "2"), false, &offered);
        assert_ptr_equal(run(checker, reply_parts("2", "2"), false, &offered), seen[i]);
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
    ScepChecker *checker = scep_checker_new(NULL, NULL, NULL, false, false);

    (void)state;
    const ScepChecks *checks = run(checker, forged_parts(), true, NULL);
    assert_int_equal(checks->digest.status, SCEP_VERIFY_NOT_CHECKED);
    assert_int_equal(checks->signature.status, SCEP_VERIFY_NOT_CHECKED);
    assert_false(checks->decrypts);
    scep_checker_free(checker);
}

/* A query that the RA's key opens. */
static PkiParts query_parts(void)
{
    static const uint8_t names[] = { 0x30, 0x04, 0x30, 0x00, 0x30, 0x00 };
    PkiParts parts = request_parts();

    g_byte_array_unref(parts.content);
    g_byte_array_unref(parts.attributes);
    parts.content = pki_envelope(ra, "AES-128-CBC", names, sizeof names);
    parts.attributes = pki_request_attributes("20", TRANSACTION, pki_nonce_a);
    return parts;
}

/* A file as the checker sees it: a query, a forged message, and an answer that only the server's certificate verifies.
 */
typedef struct {
    Carried query, forged, reply;
} File;

static const ScepChecks *check(ScepChecker *checker, const Carried *carried, const ScepOffered *offered)
{
    size_t size;
    const uint8_t *content = scep_octets_get0_data(carried->body, &carried->message->content, &size);

    return scep_checker_run(checker, carried->message, carried->body, carried->size, carried->envelope, content, size,
                            offered);
}

static void read_file(const File *file, ScepMemory *memory, ScepKeyring *keyring, const ScepOffered *offered)
{
    ScepChecker *checker = scep_checker_new(memory, keyring, NULL, true, true);
    const ScepChecks *query = check(checker, &file->query, NULL);
    size_t size;

    assert_int_equal(query->signature.status, SCEP_VERIFY_GOOD);
    assert_int_equal(query->decryption->status, SCEP_DECRYPTION_OPENED);
    assert_non_null(scep_checks_get0_plaintext(query, &size));
    assert_int_equal(size, 6);
    assert_int_equal(check(checker, &file->forged, NULL)->signature.status, SCEP_VERIFY_BAD);
    const ScepChecks *reply = check(checker, &file->reply, offered);
    assert_int_equal(reply->signature.status,
                     offered->certificates->len > 0 ? SCEP_VERIFY_GOOD : SCEP_VERIFY_NO_CERTIFICATE);
    assert_int_equal(reply->signer_frame, offered->certificates->len > 0 ? offered->frame : 0);
    scep_checker_free(checker);
}

/* Reading the same file again costs no operation on keys; with other keys, or without what the server told, it does. */
static void test_read_again(void **state)
{
    ScepMemory *memory = scep_memory_new();
    ScepKeyring *keyring = scep_keyring_new();
    GByteArray *der = pki_certificate_der(ra);
    GPtrArray *certificates = g_ptr_array_new_with_free_func((GDestroyNotify)scep_certificate_free);
    ScepOffered offered = { .certificates = certificates, .frame = 7 };
    File file;

    (void)state;
    EVP_PKEY_up_ref(ra_key);
    scep_keyring_take_key(keyring, ra_key, "RA");
    g_ptr_array_add(certificates, scep_certificate_new(der->data, der->len));
    carry(&file.query, pki_signed_data(query_parts()));
    carry(&file.forged, pki_signed_data(forged_parts()));
    carry(&file.reply, pki_signed_data(reply_parts("2", "2")));

    read_file(&file, memory, keyring, &offered);
    const uint64_t verified = scep_verify_operations(), opened = scep_decrypt_operations();
    /* one for the certificate of the RA; the forged signature is of another kind than the key */
    assert_int_equal(verified, 3);
    assert_int_equal(opened, 2);
    /* the forged message's envelope holds nonsense, so its key is tried each time */
    offered.frame = 9;
    read_file(&file, memory, keyring, &offered);
    read_file(&file, memory, keyring, &offered);
    assert_int_equal(scep_verify_operations(), verified);
    assert_int_equal(scep_decrypt_operations(), opened + 2);
    g_ptr_array_set_size(certificates, 0);
    read_file(&file, memory, keyring, &offered);
    assert_int_equal(scep_verify_operations(), verified);

    scep_memory_clear(memory);
    read_file(&file, memory, keyring, &offered);
    assert_int_equal(scep_verify_operations(), verified + 1); /* the query; nobody knows the signer of the answer */
    assert_int_equal(scep_decrypt_operations(), opened + 5);
    drop(&file.query);
    drop(&file.forged);
    drop(&file.reply);
    g_ptr_array_unref(certificates);
    g_byte_array_unref(der);
    scep_keyring_free(keyring);
    scep_memory_free(memory);
    scep_memory_free(NULL);
}

static GPtrArray *certificates_of(X509 *const *people, size_t count)
{
    GPtrArray *certificates = g_ptr_array_new_with_free_func((GDestroyNotify)scep_certificate_free);

    for (size_t i = 0; i < count; i++) {
        GByteArray *der = pki_certificate_der(people[i]);
        g_ptr_array_add(certificates, scep_certificate_new(der->data, der->len));
        g_byte_array_unref(der);
    }
    return certificates;
}

/* One GetCACert answer knows two signers. What they signed is good either way, but who it was makes another outcome:
 * read again where the server shows the second one only, the first one's word is not taken over. */
static void test_two_signers_of_one_server(void **state)
{
    X509 *const people[] = { ra, device };
    ScepMemory *memory = scep_memory_new();
    ScepChecker *checker = scep_checker_new(memory, NULL, NULL, true, true);
    GPtrArray *both = certificates_of(people, 2), *second = certificates_of(people + 1, 1);
    ScepOffered server = { .certificates = both, .frame = 7 };
    Carried replies[2];

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(replies); i++) {
        PkiParts parts = reply_parts("2", "2");
        parts.signer = people[i];
        parts.key = i ? device_key : ra_key;
        carry(&replies[i], pki_signed_data(parts));
    }
    const ScepChecks *one = check(checker, &replies[0], &server), *other = check(checker, &replies[1], &server);
    assert_int_equal(one->signature.status, SCEP_VERIFY_GOOD);
    assert_int_equal(other->signature.status, SCEP_VERIFY_GOOD);
    assert_int_equal(one->signer_frame, other->signer_frame);
    assert_ptr_not_equal(one, other);
    assert_true(one->signer != other->signer);
    scep_checker_free(checker);

    server.certificates = second;
    checker = scep_checker_new(memory, NULL, NULL, true, true);
    const uint64_t verified = scep_verify_operations();
    assert_int_equal(check(checker, &replies[0], &server)->signature.status, SCEP_VERIFY_NO_CERTIFICATE);
    assert_int_equal(check(checker, &replies[1], &server)->signature.status, SCEP_VERIFY_GOOD);
    assert_int_equal(scep_verify_operations(), verified); /* the second one's is recalled */
    scep_checker_free(checker);
    for (size_t i = 0; i < G_N_ELEMENTS(replies); i++)
        drop(&replies[i]);
    g_ptr_array_unref(both);
    g_ptr_array_unref(second);
    scep_memory_free(memory);
}

/* What the switches leave out is not remembered as if it had been done. */
static void test_switches_make_it_forget(void **state)
{
    ScepMemory *memory = scep_memory_new();

    (void)state;
    for (int verify = 0; verify <= 1; verify++) {
        ScepChecker *checker = scep_checker_new(memory, NULL, NULL, verify != 0, true);
        const ScepChecks *checks = run(checker, request_parts(), true, NULL);
        assert_int_equal(checks->signature.status, verify ? SCEP_VERIFY_GOOD : SCEP_VERIFY_NOT_CHECKED);
        scep_checker_free(checker);
    }
    scep_memory_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_again),
        cmocka_unit_test(test_switches_make_it_forget),
        cmocka_unit_test(test_equal_outcomes_are_one),
        cmocka_unit_test(test_many_outcomes),
        cmocka_unit_test(test_two_signers_of_one_server),
        cmocka_unit_test(test_switched_off),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
