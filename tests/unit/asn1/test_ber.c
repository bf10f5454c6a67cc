/* test_ber.c
 * Elements of BER: lengths, tags, indefinite forms, pieces, and everything that hostile bytes can claim.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "message_spans.h"
#include "pki_builder.h"
#include "asn1/ber.h"
#include "scep/limits.h"

/* Processor time that no single reading here comes near, sanitizers included. */
#define AT_ONCE (2 * CLOCKS_PER_SEC)

typedef struct {
    uint8_t *data;
    size_t size;
    ScepBer node;
    ScepBerError error;
} Reading;

static void read_array(Reading *reading, GByteArray *array)
{
    reading->data = der_exact(array, &reading->size);
    reading->error = scep_ber_read(reading->data, reading->size, 0, &reading->node);
    if (reading->error == SCEP_BER_OK)
        assert_null(element_fault(&reading->node, reading->size, 0));
}

#define READ(reading, text) read_array(&(reading), der_raw(text, sizeof(text) - 1))

static void assert_error(ScepBerError expected, GByteArray *array)
{
    Reading reading;

    read_array(&reading, array);
    assert_int_equal(reading.error, expected);
    g_free(reading.data);
}

#define REFUSED(error, text) assert_error(error, der_raw(text, sizeof(text) - 1))

static void assert_span(ScepSpan span, size_t offset, size_t length)
{
    assert_int_equal(span.offset, offset);
    assert_int_equal(span.length, length);
}

/* Visits every element, the content of constructed ones too. @return their number; faults end the test. */
static size_t walk(const uint8_t *data, const ScepBer *parent, unsigned depth)
{
    const size_t limit = parent->content.offset + parent->content.length;
    size_t offset = parent->content.offset;
    size_t count = 0;
    ScepBer child;

    for (ScepBerError error = scep_ber_first(data, parent, &child); error == SCEP_BER_OK;
         error = scep_ber_next(data, parent, &child, &child)) {
        const char *fault = element_fault(&child, limit, offset);
        if (fault != NULL)
            fail_msg("%s, at %zu", fault, offset);
        offset = child.whole.offset + child.whole.length;
        count++;
        if (child.constructed && depth < SCEP_BER_MAX_DEPTH)
            count += walk(data, &child, depth + 1);
    }
    return count;
}

static void test_short_length(void **state)
{
    Reading reading;

    (void)state;
    READ(reading, "\x04\x03"
                  "abc"
                  "\x05\x00");
    assert_int_equal(reading.error, SCEP_BER_OK);
    assert_int_equal(reading.node.tag_class, SCEP_BER_UNIVERSAL);
    assert_int_equal(reading.node.tag, SCEP_TAG_OCTET_STRING);
    assert_false(reading.node.constructed);
    assert_false(reading.node.indefinite);
    assert_false(reading.node.truncated);
    assert_span(reading.node.whole, 0, 5);
    assert_span(reading.node.content, 2, 3);
    g_free(reading.data);
}

static void test_long_lengths(void **state)
{
    (void)state;
    for (unsigned octets = 1; octets <= 8; octets++) {
        /* leading zeros are BER, not DER: eight octets may say 200 */
        GByteArray *array = der_raw("\x04", 1);
        const uint8_t count = (uint8_t)(0x80 | octets);
        const uint8_t length[8] = { 0, 0, 0, 0, 0, 0, 0, 200 };
        uint8_t content[200] = { 0 };
        Reading reading;

        g_byte_array_append(array, &count, 1);
        g_byte_array_append(array, length + 8 - octets, octets);
        g_byte_array_append(array, content, sizeof content);
        read_array(&reading, array);
        assert_int_equal(reading.error, SCEP_BER_OK);
        assert_span(reading.node.content, 2 + octets, 200);
        assert_span(reading.node.whole, 0, 202 + octets);
        assert_false(reading.node.truncated);
        g_free(reading.data);
    }
}

static void test_bad_lengths(void **state)
{
    (void)state;
    REFUSED(SCEP_BER_BAD_LENGTH, "\x30\xff\x01");                                  /* reserved, X.690 8.1.3.5 c */
    REFUSED(SCEP_BER_BAD_LENGTH, "\x30\x89\x00\x00\x00\x00\x00\x00\x00\x00\x01z"); /* nine octets */
    REFUSED(SCEP_BER_BAD_LENGTH, "\x04\x80"
                                 "ab\x00\x00"); /* primitive, 8.1.3.2 a */
}

static void test_ends(void **state)
{
    ScepBer node;

    (void)state;
    assert_int_equal(scep_ber_read(NULL, 0, 0, &node), SCEP_BER_END);
    assert_int_equal(scep_ber_read((const uint8_t *)"\x05", 2, 2, &node), SCEP_BER_END);
    REFUSED(SCEP_BER_END, "\x00\x00\x05\x00");
}

static void test_classes(void **state)
{
    static const char identifiers[] = "\x04\x44\x84\xc4";

    (void)state;
    for (uint8_t tag_class = SCEP_BER_UNIVERSAL; tag_class <= SCEP_BER_PRIVATE; tag_class++) {
        Reading reading;
        read_array(&reading, der_primitive((uint8_t)identifiers[tag_class], "x", 1));
        assert_true(scep_ber_is(&reading.node, tag_class, 4));
        assert_false(scep_ber_is(&reading.node, (tag_class + 1) & 3, 4));
        assert_false(scep_ber_is(&reading.node, tag_class, 5));
        g_free(reading.data);
    }
}

static void test_high_tag_numbers(void **state)
{
    Reading reading;

    (void)state;
    READ(reading, "\x9f\x1f\x01z");
    assert_true(scep_ber_is(&reading.node, SCEP_BER_CONTEXT, 31));
    assert_span(reading.node.content, 3, 1);
    g_free(reading.data);

    READ(reading, "\xff\xff\xff\xff\x7f\x00");
    assert_int_equal(reading.error, SCEP_BER_OK);
    assert_true(scep_ber_is(&reading.node, SCEP_BER_PRIVATE, 0x0fffffff));
    assert_true(reading.node.constructed);
    g_free(reading.data);

    REFUSED(SCEP_BER_BAD_TAG, "\x1f\x81\x80\x80\x80\x01\x00");

    READ(reading, "\x1f\x81\x80"); /* cut inside the number */
    assert_int_equal(reading.error, SCEP_BER_OK);
    assert_true(reading.node.truncated);
    assert_span(reading.node.whole, 0, 3);
    g_free(reading.data);
}

static void test_length_that_overflows(void **state)
{
    Reading reading;
    ScepBer next;

    (void)state;
    READ(reading, "\x04\x88\xff\xff\xff\xff\xff\xff\xff\xff"
                  "ab");
    assert_int_equal(reading.error, SCEP_BER_OK);
    assert_true(reading.node.truncated);
    assert_span(reading.node.content, 10, 2);
    assert_true(reading.node.missing == UINT64_MAX - 2);
    g_free(reading.data);

    /* inside a parent it ends with the parent, and nothing comes behind it */
    READ(reading, "\x30\x0c\x04\x88\xff\xff\xff\xff\xff\xff\xff\xff"
                  "ab"
                  "\x05\x00");
    assert_int_equal(scep_ber_first(reading.data, &reading.node, &next), SCEP_BER_OK);
    assert_span(next.whole, 2, 12);
    assert_true(next.truncated);
    assert_int_equal(scep_ber_next(reading.data, &reading.node, &next, &next), SCEP_BER_END);
    g_free(reading.data);
}

static void test_indefinite_on_every_level(void **state)
{
    Reading reading;
    ScepBer child;

    (void)state;
    read_array(&reading, der_join(ber(DER_SEQUENCE, der_oid(OID_DATA),
                                      ber(DER_CONTEXT_0, ber(0x24, der_octets("abc", 3), der_octets("", 0), END), END),
                                      ber(DER_SET, END), END),
                                  der_null(), END));
    assert_int_equal(reading.error, SCEP_BER_OK);
    assert_true(reading.node.indefinite);
    assert_false(reading.node.truncated);
    /* the end-of-contents mark belongs to the whole and not to the content; the NULL behind it to neither */
    assert_span(reading.node.whole, 0, reading.size - 2);
    assert_span(reading.node.content, 2, reading.size - 6);
    assert_int_equal(walk(reading.data, &reading.node, 0), 6);

    assert_int_equal(scep_ber_first(reading.data, &reading.node, &child), SCEP_BER_OK);
    assert_true(scep_ber_oid_is(reading.data, &child, (const uint8_t *)"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01", 9));
    assert_false(scep_ber_oid_is(reading.data, &child, (const uint8_t *)"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 9));
    assert_false(scep_ber_oid_is(reading.data, &child, (const uint8_t *)"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01", 8));
    assert_int_equal(scep_ber_next(reading.data, &reading.node, &child, &child), SCEP_BER_OK);
    assert_true(child.indefinite && scep_ber_is(&child, SCEP_BER_CONTEXT, 0));
    assert_int_equal(scep_ber_next(reading.data, &reading.node, &child, &child), SCEP_BER_OK);
    assert_int_equal(child.content.length, 0);
    assert_int_equal(scep_ber_next(reading.data, &reading.node, &child, &child), SCEP_BER_END);
    g_free(reading.data);
}

static void test_indefinite_without_mark(void **state)
{
    Reading reading;

    (void)state;
    READ(reading, "\x30\x80\x04\x01z\x00");
    assert_int_equal(reading.error, SCEP_BER_OK);
    assert_true(reading.node.truncated);
    assert_int_equal(reading.node.missing, 0);
    assert_span(reading.node.whole, 0, 6);
    assert_span(reading.node.content, 2, 4);
    g_free(reading.data);
}

/* Where bytes inside are no BER, the end cannot be found; what stands before them can still be read. */
static void test_indefinite_with_broken_content(void **state)
{
    Reading reading;
    ScepBer child;

    (void)state;
    read_array(&reading, ber(DER_SEQUENCE, der_oid(OID_DATA),
                             ber(DER_CONTEXT_0, der_null(), der_raw("\x04\x80", 2), END), der_null(), END));
    assert_int_equal(reading.error, SCEP_BER_OK);
    assert_true(reading.node.broken);
    assert_false(reading.node.truncated);
    assert_span(reading.node.whole, 0, reading.size);

    assert_int_equal(scep_ber_first(reading.data, &reading.node, &child), SCEP_BER_OK);
    assert_true(scep_ber_is(&child, SCEP_BER_UNIVERSAL, SCEP_TAG_OID));
    assert_false(child.broken);
    assert_int_equal(scep_ber_next(reading.data, &reading.node, &child, &child), SCEP_BER_OK);
    assert_true(child.broken);
    const ScepBer inner = child;
    assert_int_equal(scep_ber_first(reading.data, &inner, &child), SCEP_BER_OK);
    assert_true(scep_ber_is(&child, SCEP_BER_UNIVERSAL, SCEP_TAG_NULL));
    assert_int_equal(scep_ber_next(reading.data, &inner, &child, &child), SCEP_BER_BAD_LENGTH);
    g_free(reading.data);
}

static void test_depth(void **state)
{
    GByteArray *just = g_byte_array_new();

    (void)state;
    for (unsigned i = 0; i <= SCEP_BER_MAX_DEPTH; i++)
        just = ber_wrap(DER_SEQUENCE, just);
    GByteArray *over = ber_wrap(DER_SEQUENCE, der_raw(just->data, just->len));
    assert_error(SCEP_BER_OK, just);
    assert_error(SCEP_BER_TOO_DEEP, over);
}

static void test_depth_bomb(void **state)
{
    enum { OPENINGS = 10000 };
    GByteArray *bomb = g_byte_array_new();

    (void)state;
    for (unsigned i = 0; i < OPENINGS; i++)
        g_byte_array_append(bomb, (const guint8 *)"\x30\x80", 2);
    const clock_t start = clock();
    assert_error(SCEP_BER_TOO_DEEP, bomb);
    assert_true(clock() - start < AT_ONCE);
}

/* Definite lengths cost nothing to read however deep they nest; collecting pieces stops at its own limit. */
static void test_nested_strings_bomb(void **state)
{
    GByteArray *bomb = der_octets("x", 1);
    Reading reading;
    ScepOctets octets;

    (void)state;
    for (unsigned i = 0; i < 5000; i++)
        bomb = der_wrap(0x24, bomb);
    read_array(&reading, bomb);
    assert_int_equal(reading.error, SCEP_BER_OK);
    const clock_t start = clock();
    scep_octets_read(reading.data, &reading.node, &octets);
    assert_true(clock() - start < AT_ONCE);
    assert_null(octets_fault(&octets, reading.size));
    assert_true(octets.truncated);
    scep_octets_clear(&octets);
    g_free(reading.data);
}

/* A message as big as a body may get, indefinite as deep as is allowed: every level is scanned again, no more. */
static void test_wide_and_deep_is_bounded(void **state)
{
    GByteArray *array = g_byte_array_new();
    Reading reading;

    (void)state;
    for (unsigned i = 0; i < 500000; i++)
        g_byte_array_append(array, (const guint8 *)"\x04\x00", 2);
    for (unsigned i = 0; i < SCEP_BER_MAX_DEPTH; i++)
        array = ber_wrap(0x24, array);
    const clock_t start = clock();
    read_array(&reading, array);
    ScepOctets octets;
    scep_octets_read(reading.data, &reading.node, &octets);
    assert_true(clock() - start < 4 * AT_ONCE);
    assert_int_equal(octets.pieces, SCEP_MAX_PIECES);
    assert_true(octets.truncated);
    scep_octets_clear(&octets);
    g_free(reading.data);
}

static void assert_octets(GByteArray *element, const char *expected, size_t pieces, bool joined)
{
    Reading reading;
    ScepOctets octets;
    size_t size;

    read_array(&reading, element);
    assert_int_equal(reading.error, SCEP_BER_OK);
    scep_octets_read(reading.data, &reading.node, &octets);
    const uint8_t *bytes = scep_octets_get0_data(reading.data, &octets, &size);
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(bytes, expected, size);
    assert_int_equal(octets.pieces, pieces);
    assert_int_equal(octets.joined != NULL, joined);
    assert_false(octets.truncated);
    assert_null(octets_fault(&octets, reading.size));
    scep_octets_clear(&octets);
    assert_null(octets.joined);
    g_free(reading.data);
}

static void test_octet_strings(void **state)
{
    (void)state;
    assert_octets(der_octets("abc", 3), "abc", 1, false);
    assert_octets(der_octets("", 0), "", 1, false);
    assert_octets(ber_chunks("abcdefgh", 8, 3), "abcdefgh", 3, true);
    assert_octets(ber_chunks("abc", 3, 3), "abc", 1, false);
    assert_octets(ber(0x24, END), "", 0, false);
    assert_octets(der(0x24, der_octets("ab", 2), der_octets("", 0), der_octets("c", 1), END), "abc", 3, true);
    /* strings in strings, X.690 8.7.3.2 */
    assert_octets(ber(0x24, ber_chunks("abc", 3, 2), der(0x24, der_octets("de", 2), END), der_octets("f", 1), END),
                  "abcdef", 4, true);
    /* encryptedContent is [0] IMPLICIT */
    assert_octets(ber(DER_CONTEXT_0, der_octets("ab", 2), der_octets("cd", 2), END), "abcd", 2, true);
    assert_octets(der_primitive(0x80, "abcd", 4), "abcd", 1, false);
}

static void test_octet_string_span(void **state)
{
    Reading reading;
    ScepOctets octets;

    (void)state;
    read_array(&reading, ber_chunks("abc", 3, 3));
    scep_octets_read(reading.data, &reading.node, &octets);
    assert_span(octets.span, 4, 3);
    scep_octets_clear(&octets);
    g_free(reading.data);
}

static void test_octet_string_truncated(void **state)
{
    static const char *const broken[] = { "\x24\x80\x04\x02"
                                          "ab\x04\x05"
                                          "cd",
                                          "\x24\x80\x04\x02"
                                          "ab\x04\x80\x01\x01" };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(broken); i++) {
        Reading reading;
        ScepOctets octets;
        size_t size;

        read_array(&reading, der_raw(broken[i], 10));
        assert_int_equal(reading.error, SCEP_BER_OK);
        scep_octets_read(reading.data, &reading.node, &octets);
        assert_true(octets.truncated);
        const uint8_t *bytes = scep_octets_get0_data(reading.data, &octets, &size);
        assert_true(size >= 2);
        assert_memory_equal(bytes, "ab", 2);
        scep_octets_clear(&octets);
        g_free(reading.data);
    }
}

/* Exactly the limit is whole; one piece more is cut, and says so. */
static void test_octet_string_limit(void **state)
{
    (void)state;
    for (size_t over = 0; over <= 1; over++) {
        uint8_t content[SCEP_MAX_PIECES + 1] = { 0 };
        Reading reading;
        ScepOctets octets;
        size_t size;

        read_array(&reading, ber_chunks(content, SCEP_MAX_PIECES + over, 1));
        scep_octets_read(reading.data, &reading.node, &octets);
        scep_octets_get0_data(reading.data, &octets, &size);
        assert_int_equal(size, SCEP_MAX_PIECES);
        assert_int_equal(octets.truncated, over > 0);
        scep_octets_clear(&octets);
        g_free(reading.data);
    }
}

static GByteArray *real_message(bool indefinite)
{
    EVP_PKEY *key = pki_ec_key(), *ra_key = pki_rsa_key();
    X509 *device = pki_self_signed("device", key), *ra = pki_self_signed("ra", ra_key);
    const PkiParts parts = {
        .content = pki_envelope(ra, "AES-128-CBC", "a request", 9),
        .attributes = pki_request_attributes("19", "0123456789ABCDEF", pki_nonce_a),
        .certificates = pki_certificate_der(device),
        .signer = device,
        .key = key,
        .indefinite = indefinite,
    };
    GByteArray *message = pki_signed_data(parts);

    X509_free(device);
    X509_free(ra);
    EVP_PKEY_free(key);
    EVP_PKEY_free(ra_key);
    return message;
}

/* Every prefix of a real message, each in a block of its own. */
static void test_every_prefix(void **state)
{
    (void)state;
    for (unsigned indefinite = 0; indefinite <= 1; indefinite++) {
        GByteArray *message = real_message(indefinite);
        size_t last = 0;

        for (size_t size = 0; size <= message->len; size++) {
            uint8_t *data = g_memdup2(message->data, size);
            ScepBer outer;
            const ScepBerError error = scep_ber_read(data, size, 0, &outer);

            if (size == 0) {
                assert_int_equal(error, SCEP_BER_END);
            } else {
                assert_int_equal(error, SCEP_BER_OK);
                assert_int_equal(outer.whole.length, size);
                assert_int_equal(outer.truncated, size < message->len);
                if (outer.truncated && !indefinite && size >= 4)
                    assert_int_equal(outer.missing, message->len - size);
                const size_t count = walk(data, &outer, 0);
                assert_true(count >= last);
                last = count;
            }
            g_free(data);
        }
        assert_true(last > 40);
        g_byte_array_unref(message);
    }
}

/* One byte changed anywhere: spans stay inside. */
static void test_every_byte_changed(void **state)
{
    static const uint8_t changes[] = { 0x00, 0x80, 0xff, 0x1f, 0x30 };
    size_t size;

    (void)state;
    for (unsigned indefinite = 0; indefinite <= 1; indefinite++) {
        uint8_t *data = der_exact(real_message(indefinite), &size);

        for (size_t at = 0; at < size; at++) {
            const uint8_t before = data[at];
            for (size_t i = 0; i < sizeof changes; i++) {
                ScepBer outer;
                data[at] = changes[i];
                if (scep_ber_read(data, size, 0, &outer) == SCEP_BER_OK) {
                    assert_null(element_fault(&outer, size, 0));
                    walk(data, &outer, 0);
                }
            }
            data[at] = before;
        }
        g_free(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_short_length),
        cmocka_unit_test(test_long_lengths),
        cmocka_unit_test(test_bad_lengths),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_high_tag_numbers),
        cmocka_unit_test(test_length_that_overflows),
        cmocka_unit_test(test_indefinite_on_every_level),
        cmocka_unit_test(test_indefinite_without_mark),
        cmocka_unit_test(test_indefinite_with_broken_content),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_depth_bomb),
        cmocka_unit_test(test_nested_strings_bomb),
        cmocka_unit_test(test_wide_and_deep_is_bounded),
        cmocka_unit_test(test_octet_strings),
        cmocka_unit_test(test_octet_string_span),
        cmocka_unit_test(test_octet_string_truncated),
        cmocka_unit_test(test_octet_string_limit),
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_every_byte_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
