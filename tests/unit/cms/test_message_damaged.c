/* test_message_damaged.c
 * Cut, garbled and absurd messages: nothing crashes or hangs, what stands before the damage is read, and a message that
 * the capture cut is not blamed for what it lacks.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <time.h>

#include "message_reading.h"

/* Processor time that no message here comes near, sanitizers included. */
#define AT_ONCE (4 * CLOCKS_PER_SEC)

static GByteArray *request(bool indefinite)
{
    PkiParts parts = request_parts();

    parts.indefinite = indefinite;
    return pki_signed_data(parts);
}

static size_t offset_of(const GByteArray *array, const void *part, size_t size)
{
    for (size_t at = 0; at + size <= array->len; at++) {
        if (memcmp(array->data + at, part, size) == 0)
            return at;
    }
    fail_msg("not in the message");
    return 0;
}

static GByteArray *prefix(const GByteArray *array, size_t size)
{
    return der_raw(array->data, size);
}

/* All that may be said of a prefix of a sound message: that it is cut, and that it is BER. */
static void assert_just_truncated(const Parsed *parsed)
{
    for (guint i = 0; i < parsed->message->problems->len; i++) {
        const ScepProblem *problem = &g_array_index(parsed->message->problems, ScepProblem, i);
        if (problem->code != SCEP_PROBLEM_TRUNCATED && problem->code != SCEP_PROBLEM_BER_NOT_DER)
            fail_with_problems(parsed->message);
    }
    assert_true(parsed->message->truncated);
    assert_non_null(find_problem(parsed->message, SCEP_PROBLEM_TRUNCATED));
}

static void test_every_prefix(void **state)
{
    (void)state;
    for (unsigned indefinite = 0; indefinite <= 1; indefinite++) {
        GByteArray *message = request(indefinite);
        const size_t id = offset_of(message, TRANSACTION, strlen(TRANSACTION));

        for (size_t size = 1; size < message->len; size++) {
            const bool id_is_whole = size >= id + strlen(TRANSACTION);
            Parsed parsed;

            parse(&parsed, prefix(message, size));
            assert_just_truncated(&parsed);
            assert_false(parsed.message->certs_only);
            if (!indefinite && size >= 4)
                assert_int_equal(parsed.message->missing, message->len - size);
            /* all of it or nothing: a part would be another transaction */
            if (id_is_whole)
                assert_string_equal(parsed.message->transaction_id, TRANSACTION);
            else
                assert_null(parsed.message->transaction_id);
            release(&parsed);
        }
        g_byte_array_unref(message);
    }
}

static void test_every_prefix_of_a_refusal(void **state)
{
    (void)state;
    for (unsigned indefinite = 0; indefinite <= 1; indefinite++) {
        PkiParts parts = reply_parts("2", "4");
        parts.indefinite = indefinite;
        GByteArray *message = pki_signed_data(parts);

        for (size_t size = 1; size < message->len; size++) {
            Parsed parsed;

            parse(&parsed, prefix(message, size));
            assert_just_truncated(&parsed);
            assert_false(parsed.message->certs_only);
            assert_true(parsed.message->pki_status == -1 || parsed.message->pki_status == SCEP_STATUS_FAILURE);
            assert_true(parsed.message->fail_info == -1 || parsed.message->fail_info == SCEP_FAIL_BAD_CERT_ID);
            release(&parsed);
        }
        g_byte_array_unref(message);
    }
}

static void test_every_prefix_of_certificates(void **state)
{
    GByteArray *message = pki_signed_data(
        (PkiParts){ .certificates = der_join(pki_certificate_der(ra), pki_certificate_der(device), END) });
    GByteArray *one = pki_certificate_der(ra);
    const size_t first = offset_of(message, one->data, one->len);

    (void)state;
    for (size_t size = 1; size < message->len; size++) {
        Parsed parsed;

        parse(&parsed, prefix(message, size));
        assert_just_truncated(&parsed);
        /* as soon as a certificate is seen in it, and no content before that */
        assert_int_equal(parsed.message->certs_only, size > first);
        release(&parsed);
    }
    g_byte_array_unref(one);
    g_byte_array_unref(message);
}

/* A nonce of which a part is captured is no nonce to compare. */
static void test_cut_inside_the_nonce(void **state)
{
    GByteArray *message = request(false);
    const size_t nonce = offset_of(message, pki_nonce_a, sizeof pki_nonce_a);
    Parsed parsed;

    (void)state;
    parse(&parsed, prefix(message, nonce + 8));
    assert_string_equal(parsed.message->transaction_id, TRANSACTION);
    assert_non_null(scep_message_get0_attribute(parsed.message, SCEP_ATTR_SENDER_NONCE));
    assert_int_equal(scep_message_value(parsed.message, SCEP_ATTR_SENDER_NONCE).length, 0);
    release(&parsed);
    parse(&parsed, prefix(message, nonce + 16));
    assert_int_equal(scep_message_value(parsed.message, SCEP_ATTR_SENDER_NONCE).length, 16);
    release(&parsed);
    g_byte_array_unref(message);
}

static void test_missing_by_the_carrier(void **state)
{
    GByteArray *message = request(false);
    Parsed parsed;

    (void)state;
    parse_with(&parsed, prefix(message, message->len - 10), 0);
    assert_only(&parsed, SCEP_PROBLEM_TRUNCATED, SCEP_ATTR_UNKNOWN, 10);
    release(&parsed);
    parse_with(&parsed, prefix(message, message->len - 10), 14);
    assert_int_equal(parsed.message->missing, 14);
    assert_only(&parsed, SCEP_PROBLEM_TRUNCATED, SCEP_ATTR_UNKNOWN, 14);
    release(&parsed);
    parse_with(&parsed, prefix(message, message->len - 10), 3);
    assert_int_equal(parsed.message->missing, 10);
    release(&parsed);
    parse_with(&parsed, request(true), 0);
    assert_false(parsed.message->truncated);
    release(&parsed);
    /* an indefinite message cannot tell, its carrier can */
    GByteArray *indefinite = request(true);
    parse_with(&parsed, prefix(indefinite, indefinite->len - 4), 4);
    assert_int_equal(parsed.message->missing, 4);
    release(&parsed);
    g_byte_array_unref(indefinite);
    g_byte_array_unref(message);
}

/* One byte in the middle is no BER any more: what stands before it is shown, with the reason for the rest. */
static void test_garbled_in_the_middle(void **state)
{
    (void)state;
    for (unsigned indefinite = 0; indefinite <= 1; indefinite++) {
        GByteArray *message = request(indefinite);
        Parsed parsed;

        /* the length of the certificate, which comes behind the content */
        GByteArray *certificate = pki_certificate_der(device);
        message->data[offset_of(message, certificate->data, certificate->len) + 1] = 0xff;
        g_byte_array_unref(certificate);
        parse(&parsed, message);
        assert_true(parsed.message->is_signed_data);
        assert_false(parsed.message->truncated);
        assert_int_equal(parsed.message->content_kind, SCEP_CONTENT_ENVELOPED);
        assert_false(parsed.message->certs_only);
        if (indefinite) {
            assert_non_null(find_problem(parsed.message, SCEP_PROBLEM_BAD_BER));
            assert_int_equal(parsed.message->problems->len, 2);
        } else {
            /* definite lengths lead over the damage to the attributes */
            assert_string_equal(parsed.message->transaction_id, TRANSACTION);
            assert_only(&parsed, SCEP_PROBLEM_BAD_BER, SCEP_ATTR_UNKNOWN, 0);
        }
        release(&parsed);
    }
}

/* An inner length that goes beyond its parent, while the whole is there. */
static void test_length_beyond_the_parent(void **state)
{
    GByteArray *body =
        der(DER_SEQUENCE, der_small_integer(1), der(DER_SET, END), der(DER_SEQUENCE, der_oid(OID_DATA), END), END);
    GByteArray *message = der(DER_SEQUENCE, der_oid(OID_SIGNED_DATA), der(DER_CONTEXT_0, body, END), END);
    Parsed parsed;

    (void)state;
    message->data[message->len - 12] += 3; /* of the inner SEQUENCE { OID } */
    parse(&parsed, message);
    assert_false(parsed.message->truncated);
    assert_string_equal(parsed.message->inner_type, OID_DATA);
    assert_only(&parsed, SCEP_PROBLEM_BAD_BER, SCEP_ATTR_UNKNOWN, 0);
    release(&parsed);
}

static void test_every_byte_changed(void **state)
{
    static const uint8_t changes[] = { 0x00, 0x80, 0xff, 0x1f, 0x24, 0x30, 0xa0 };

    (void)state;
    for (unsigned indefinite = 0; indefinite <= 1; indefinite++) {
        GByteArray *message = request(indefinite);

        for (size_t at = 0; at < message->len; at++) {
            for (size_t i = 0; i < sizeof changes; i++) {
                GByteArray *changed = prefix(message, message->len);
                Parsed parsed;

                changed->data[at] = changes[i];
                parse(&parsed, changed);
                release(&parsed);
            }
        }
        g_byte_array_unref(message);
    }
}

static void assert_quick(GByteArray *message, ScepProblemCode code)
{
    Parsed parsed;
    const clock_t start = clock();

    parse(&parsed, message);
    assert_true(clock() - start < AT_ONCE);
    assert_non_null(find_problem(parsed.message, code));
    assert_true(parsed.message->problems->len <= SCEP_MAX_PROBLEMS);
    release(&parsed);
}

static void test_depth_bomb(void **state)
{
    GByteArray *bomb = g_byte_array_new();

    (void)state;
    for (unsigned i = 0; i < 10000; i++)
        g_byte_array_append(bomb, (const guint8 *)"\x30\x80", 2);
    assert_quick(bomb, SCEP_PROBLEM_BAD_BER);
}

static GByteArray *many(const char *element, size_t size, unsigned times)
{
    GByteArray *out = g_byte_array_new();

    for (unsigned i = 0; i < times; i++)
        g_byte_array_append(out, (const guint8 *)element, (guint)size);
    return out;
}

static GByteArray *signed_data(GByteArray *after_content)
{
    return der(DER_SEQUENCE, der_oid(OID_SIGNED_DATA),
               der(DER_CONTEXT_0,
                   der(DER_SEQUENCE, der_small_integer(1), der(DER_SET, END), der(DER_SEQUENCE, der_oid(OID_DATA), END),
                       after_content, END),
                   END),
               END);
}

/* The same fault a hundred thousand times over: told a few times, and found in no more than linear time. */
static void test_many_faults(void **state)
{
    enum { TIMES = 200000 };

    (void)state;
    /* sets of certificates whose only element has no length, then more certificates than are looked at, in many sets */
    assert_quick(signed_data(many("\xa0\x02\x04\x80", 4, TIMES)), SCEP_PROBLEM_BAD_BER);
    assert_quick(signed_data(many("\xa0\x02\x30\x00", 4, TIMES)), SCEP_PROBLEM_TOO_MANY);
    /* attributes without a type */
    GByteArray *signer = der(DER_SEQUENCE, der_small_integer(1), der(DER_SEQUENCE, END), der(DER_SEQUENCE, END),
                             der_wrap(DER_CONTEXT_0, many("\x30\x00", 2, TIMES)), END);
    assert_quick(signed_data(der(DER_SET, signer, END)), SCEP_PROBLEM_BAD_BER);
    assert_quick(signed_data(der_wrap(DER_SET, many("\x30\x00", 2, TIMES))), SCEP_PROBLEM_SEVERAL_SIGNERS);
}

static void test_looks_like(void **state)
{
    PkiParts parts;
    Parsed parsed;

    (void)state;
    for (unsigned indefinite = 0; indefinite <= 1; indefinite++) {
        GByteArray *message = request(indefinite);
        /* the first of the attributes with SCEP's arc, up to the octet that tells which one it is */
        const size_t arc = offset_of(message, "\x06\x0a\x60\x86\x48\x01\x86\xf8\x45\x01\x09", 11);

        for (size_t size = 0; size <= message->len; size++) {
            uint8_t *copy = g_memdup2(message->data, size);
            assert_int_equal(scep_message_looks_like(copy, size), size >= arc + 11);
            g_free(copy);
        }
        g_byte_array_unref(message);
    }

    /* SignedData without an attribute of SCEP: signed mail, certs-only, a signed document */
    parts = request_parts();
    g_byte_array_unref(parts.attributes);
    parts.attributes = der_join(pki_content_type(), pki_signing_time("250102030405Z"), END);
    parse(&parsed, pki_signed_data(parts));
    assert_false(scep_message_looks_like(parsed.data, parsed.size));
    assert_true(scep_message_is_signed_data(parsed.data, parsed.size));
    release(&parsed);
    parse(&parsed, pki_signed_data((PkiParts){ .certificates = pki_certificate_der(ra) }));
    assert_false(scep_message_looks_like(parsed.data, parsed.size));
    assert_true(scep_message_is_signed_data(parsed.data, parsed.size));
    release(&parsed);

    /* the arc alone, and the arc inside another kind of CMS */
    assert_false(scep_message_looks_like((const uint8_t *)"\x06\x0a\x60\x86\x48\x01\x86\xf8\x45\x01\x09\x02", 12));
    parse(&parsed, der(DER_SEQUENCE, der_oid(OID_ENVELOPED_DATA), pki_text(2, "19"), END));
    assert_false(scep_message_looks_like(parsed.data, parsed.size));
    assert_false(scep_message_is_signed_data(parsed.data, parsed.size));
    release(&parsed);
}

static void test_is_signed_data(void **state)
{
    (void)state;
    assert_false(scep_message_is_signed_data(NULL, 0));
    assert_false(scep_message_is_signed_data((const uint8_t *)"0", 1));
    assert_false(scep_message_is_signed_data((const uint8_t *)"<html>", 6));
    assert_false(
        scep_message_is_signed_data((const uint8_t *)"\x31\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 13));
    assert_true(
        scep_message_is_signed_data((const uint8_t *)"\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 13));
    /* what comes behind may be cut or garbled: it begins like SignedData */
    assert_true(scep_message_is_signed_data(
        (const uint8_t *)"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x04\x80", 17));
    assert_true(
        scep_message_is_signed_data((const uint8_t *)"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\x00", 14));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_every_prefix_of_a_refusal),
        cmocka_unit_test(test_every_prefix_of_certificates),
        cmocka_unit_test(test_cut_inside_the_nonce),
        cmocka_unit_test(test_missing_by_the_carrier),
        cmocka_unit_test(test_garbled_in_the_middle),
        cmocka_unit_test(test_length_beyond_the_parent),
        cmocka_unit_test(test_every_byte_changed),
        cmocka_unit_test(test_depth_bomb),
        cmocka_unit_test(test_many_faults),
        cmocka_unit_test(test_looks_like),
        cmocka_unit_test(test_is_signed_data),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
