/* test_transaction_ids.c
 * transactionIDs in every string type: equal texts are equal.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "message_reading.h"

static void parse_transaction(Parsed *parsed, GByteArray *value)
{
    parse(parsed,
          pki_signed_data((PkiParts){ .content = der_raw("x", 1),
                                      .attributes = der_join(pki_content_type(), pki_text(2, "19"), pki_scep(7, value),
                                                             pki_nonce(5, pki_nonce_a), END),
                                      .certificates = pki_certificate_der(device),
                                      .signer = device,
                                      .key = device_key }));
}

/* RFC 8894 3.2.1.1 asks for a PrintableString; whatever a peer takes, equal texts are equal. */
static void test_transaction_ids_of_all_types(void **state)
{
    static const uint8_t bmp[] = { 0, 'T', 0, 'X', 0, '1' };
    static const uint8_t universal[] = { 0, 0, 0, 'T', 0, 0, 0, 'X', 0, 0, 0, '1' };
    GByteArray *const values[] = {
        der_text(DER_PRINTABLE, "TX1"),
        der_text(DER_UTF8, "TX1"),
        der_text(DER_T61, "TX1"),
        der_text(DER_IA5, "TX1"),
        der_text(0x12, "TX1"), /* NumericString */
        der_text(0x1a, "TX1"), /* VisibleString */
        der_text(0x1b, "TX1"), /* GeneralString */
        der_text(DER_OCTETS, "TX1"),
        der_primitive(DER_BMP, bmp, sizeof bmp),
        der_primitive(0x1c, universal, sizeof universal),
        der(0x33, der_text(DER_OCTETS, "T"), der_text(DER_OCTETS, "X1"), END), /* PrintableString in pieces */
    };
    Parsed parsed;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        parse_transaction(&parsed, values[i]);
        assert_string_equal(parsed.message->transaction_id, "TX1");
        release(&parsed);
    }
}

/* Letters beyond ASCII, too; digests under a wrong tag and what nobody can see are shown in hexadecimal. */
static void test_transaction_ids_beyond_ascii(void **state)
{
    static const uint8_t bmp[] = { 0, 0xe4, 0, '1' };
    static const struct {
        uint8_t tag;
        const char *octets;
        size_t size;
        const char *text;
    } rows[] = {
        { DER_UTF8,
          "\xc3\xa4"
          "1",
          3,
          "\xc3\xa4"
          "1" },
        { DER_T61,
          "\xe4"
          "1",
          2,
          "\xc3\xa4"
          "1" },
        { DER_BMP, (const char *)bmp, sizeof bmp,
          "\xc3\xa4"
          "1" },
        { DER_PRINTABLE,
          "\xe4"
          "1",
          2, "e431" },
        { DER_UTF8,
          "\xe2\x80\xae"
          "1",
          4, "e280ae31" }, /* turns the text around */
        { DER_T61, "\xd4\x1d\x8c", 3, "d41d8c" },
        { DER_BMP,
          "\xd8\x00"
          "\x00"
          "1",
          4, "d8000031" }, /* half of a pair */
    };
    Parsed parsed;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        parse_transaction(&parsed, der_primitive(rows[i].tag, rows[i].octets, rows[i].size));
        assert_string_equal(parsed.message->transaction_id, rows[i].text);
        release(&parsed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transaction_ids_of_all_types),
        cmocka_unit_test(test_transaction_ids_beyond_ascii),
    };

    return cmocka_run_group_tests(tests, make_people, free_people);
}
