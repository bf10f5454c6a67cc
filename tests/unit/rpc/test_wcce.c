/* test_wcce.c
 * Calls to a CA: every method in both directions, the attribute string, names, and stubs that are none.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ndr_builder.h"
#include "scep/limits.h"
#include "scep/rpc.h"

static const uint8_t blob_bytes[] = { 0x30, 0x03, 0x02, 0x01, 0x07 };

static ScepWcceCall *read_call(ScepWcceInterface interface, unsigned opnum, bool is_response, const Stub *stub)
{
    const ScepWcceMethod *method = scep_wcce_method(interface, opnum);
    uint8_t *exact = g_memdup2(stub->bytes->data, stub->bytes->len);

    assert_non_null(method);
    ScepWcceCall *call =
        scep_wcce_call_new(method, is_response, exact, stub->bytes->len, stub->bytes->len, stub->flags);
    for (guint i = 0; i < call->values->len; i++) {
        const ScepWcceValue *value = &g_array_index(call->values, ScepWcceValue, i);
        assert_true(value->whole.offset + value->whole.length <= stub->bytes->len);
        assert_true(value->octets.offset + value->octets.length <= stub->bytes->len);
    }
    g_free(exact);
    return call;
}

/* What the builder below writes for a parameter, by its place in the list, so that no two are alike. */
static void add_parameter(Stub *stub, ScepWcceParameterId id, unsigned place)
{
    char text[32];

    g_snprintf(text, sizeof text, "value:%u", place);
    switch (scep_wcce_parameter(id)->kind) {
    case SCEP_WCCE_NUMBER:
        stub_u32(stub, 0x01020300 + place);
        break;
    case SCEP_WCCE_STRING:
        stub_string(stub, text);
        break;
    case SCEP_WCCE_BLOB:
        stub_blob(stub, blob_bytes, sizeof blob_bytes - place % 3);
        break;
    case SCEP_WCCE_TEXT_BLOB:
        stub_text_blob(stub, text);
        break;
    }
}

static void check_parameter(const Stub *stub, const ScepWcceCall *call, ScepWcceParameterId id, unsigned place)
{
    const ScepWcceValue *value = &g_array_index(call->values, ScepWcceValue, place);
    char text[32];

    g_snprintf(text, sizeof text, "value:%u", place);
    assert_int_equal(value->id, id);
    assert_false(value->null);
    assert_false(value->truncated);
    assert_ptr_equal(scep_wcce_call_get0_value(call, id), value);
    switch (scep_wcce_parameter(id)->kind) {
    case SCEP_WCCE_NUMBER:
        assert_int_equal(value->number, 0x01020300 + place);
        break;
    case SCEP_WCCE_STRING:
    case SCEP_WCCE_TEXT_BLOB:
        assert_string_equal(value->text, text);
        assert_int_equal(value->octets.length, 2 * strlen(text));
        break;
    case SCEP_WCCE_BLOB:
        assert_int_equal(value->octets.length, sizeof blob_bytes - place % 3);
        assert_memory_equal(stub->bytes->data + value->octets.offset, blob_bytes, value->octets.length);
        break;
    }
}

static void check_method(const ScepWcceMethod *method, bool is_response, unsigned flags)
{
    const bool orpc = method->interface != SCEP_WCCE_ICERTPASSAGE;
    const uint8_t *ids = is_response ? method->outputs : method->inputs;
    Stub stub = stub_new(flags);
    unsigned count = 0;

    if (orpc && is_response)
        stub_orpcthat(&stub, 0);
    else if (orpc)
        stub_orpcthis(&stub, 5);
    for (; ids[count] != SCEP_WCCE_END; count++)
        add_parameter(&stub, (ScepWcceParameterId)ids[count], count);
    ScepWcceCall *call = read_call(method->interface, method->opnum, is_response, &stub);
    assert_true(call->complete);
    assert_false(call->nonsense);
    assert_int_equal(call->problems->len, 0);
    assert_int_equal(call->values->len, count);
    assert_int_equal(call->rest.length, 0);
    assert_int_equal(call->prefix.length, !orpc ? 0 : is_response ? 8 : 32);
    for (unsigned i = 0; i < count; i++)
        check_parameter(&stub, call, (ScepWcceParameterId)ids[i], i);
    scep_wcce_call_free(call);
    stub_free(&stub);
}

static void test_every_method(void **state)
{
    (void)state;
    assert_int_equal(scep_wcce_method_count, 11);
    for (size_t i = 0; i < scep_wcce_method_count; i++) {
        const ScepWcceMethod *method = &scep_wcce_methods[i];
        const bool passage = method->interface == SCEP_WCCE_ICERTPASSAGE;
        for (unsigned flags = 0; flags < (passage ? 4 : 2); flags++) {
            check_method(method, false, flags);
            check_method(method, true, flags);
        }
        assert_ptr_equal(scep_wcce_method(method->interface, method->opnum), method);
    }
    assert_null(scep_wcce_method(SCEP_WCCE_ICERTREQUESTD, 6));
    assert_null(scep_wcce_method(SCEP_WCCE_ICERTREQUESTD2, 2));
    assert_null(scep_wcce_method(SCEP_WCCE_ICERTREQUESTD2, 10));
    assert_null(scep_wcce_method(SCEP_WCCE_ICERTPASSAGE, 1));
}

/* The order of the parameters is that of the IDL, which the table above and the reader share: here it stands apart. */
static void test_request2_by_hand(void **state)
{
    Stub stub = stub_new(0);

    (void)state;
    stub_orpcthis(&stub, 5);
    stub_string(&stub, "Contoso CA");
    stub_u32(&stub, 0x300);
    stub_string(&stub, NULL);
    stub_u32(&stub, 0);
    stub_string(&stub, "CertificateTemplate:NDESUser\n");
    stub_blob(&stub, blob_bytes, sizeof blob_bytes);
    ScepWcceCall *call = read_call(SCEP_WCCE_ICERTREQUESTD2, 6, false, &stub);
    assert_string_equal(scep_wcce_call_get0_value(call, SCEP_WCCE_AUTHORITY)->text, "Contoso CA");
    assert_int_equal(scep_wcce_call_get0_value(call, SCEP_WCCE_FLAGS)->number, 0x300);
    assert_true(scep_wcce_call_get0_value(call, SCEP_WCCE_SERIAL_NUMBER)->null);
    assert_string_equal(call->template_name, "NDESUser");
    assert_int_equal(scep_wcce_call_get0_value(call, SCEP_WCCE_REQUEST_BLOB)->size, sizeof blob_bytes);
    assert_null(scep_wcce_call_get0_value(call, SCEP_WCCE_DISPOSITION));
    scep_wcce_call_free(call);
    stub_free(&stub);
}

/* The worked example of a status poll: attributes are a lone null, the request is empty. */
static void test_passage_poll(void **state)
{
    Stub stub = stub_new(0);

    (void)state;
    stub_u32(&stub, 0);
    stub_string(&stub, "Contoso-Sub-CA");
    stub_u32(&stub, 10);
    stub_text_blob(&stub, "");
    stub_blob(&stub, NULL, 0);
    stub_octets(&stub, "\0\0\0\0", 4);
    ScepWcceCall *call = read_call(SCEP_WCCE_ICERTPASSAGE, 0, false, &stub);
    assert_true(call->complete);
    assert_int_equal(call->problems->len, 0);
    assert_int_equal(scep_wcce_call_get0_value(call, SCEP_WCCE_REQUEST_ID)->number, 10);
    assert_string_equal(scep_wcce_call_get0_value(call, SCEP_WCCE_ATTRIBUTES_BLOB)->text, "");
    assert_true(scep_wcce_call_get0_value(call, SCEP_WCCE_REQUEST_BLOB)->null);
    assert_int_equal(call->rest.length, 4);
    assert_int_equal(call->attributes->len, 0);
    assert_null(call->template_name);
    scep_wcce_call_free(call);
    stub_free(&stub);
}

static const struct {
    const char *text;
    const char *pairs[7];
} attribute_strings[] = {
    { "CertificateTemplate:User", { "CertificateTemplate", "User" } },
    { "\ncdc:DC01\r\nrmd: PKI-SRV01 \n\nccm:PKI", { "cdc", "DC01", "rmd", "PKI-SRV01", "ccm", "PKI" } },
    { "certificate-Template :  A b \n", { "certificateTemplate", "A b" } },
    { "SAN:dns=a&upn=b:c\nno colon\n:no name\nempty:", { "SAN", "dns=a&upn=b:c", "empty", "" } },
    { "", { NULL } },
};

static void test_attributes(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * G_N_ELEMENTS(attribute_strings); i++) {
        const size_t row = i / 2;
        Stub stub = stub_new(i % 2 ? SCEP_NDR_BIG_ENDIAN : 0);

        stub_orpcthis(&stub, 5);
        stub_u32(&stub, 0);
        stub_string(&stub, "CA");
        stub_u32(&stub, 0);
        stub_string(&stub, attribute_strings[row].text);
        stub_blob(&stub, NULL, 0);
        ScepWcceCall *call = read_call(SCEP_WCCE_ICERTREQUESTD, 3, false, &stub);
        guint count = 0;
        for (; attribute_strings[row].pairs[2 * count] != NULL; count++) {
            assert_true(count < call->attributes->len);
            const ScepWcceAttribute *attribute = &g_array_index(call->attributes, ScepWcceAttribute, count);
            assert_string_equal(attribute->name, attribute_strings[row].pairs[2 * count]);
            assert_string_equal(attribute->value, attribute_strings[row].pairs[2 * count + 1]);
            char *again = scep_ndr_new_utf16(stub.bytes->data + attribute->value_where.offset,
                                             attribute->value_where.length, i % 2 != 0, NULL);
            assert_string_equal(again, attribute->value);
            g_free(again);
        }
        assert_int_equal(call->attributes->len, count);
        assert_int_equal(call->template_name != NULL, row == 0 || row == 2);
        scep_wcce_call_free(call);
        stub_free(&stub);
    }
}

static void test_too_many_attributes(void **state)
{
    GString *text = g_string_new("");
    Stub stub = stub_new(0);

    (void)state;
    for (unsigned i = 0; i < SCEP_WCCE_MAX_ATTRIBUTES + 5; i++)
        g_string_append_printf(text, "a%u:b\n", i);
    stub_u32(&stub, 0);
    stub_string(&stub, "CA");
    stub_u32(&stub, 0);
    stub_text_blob(&stub, text->str);
    stub_blob(&stub, NULL, 0);
    ScepWcceCall *call = read_call(SCEP_WCCE_ICERTPASSAGE, 0, false, &stub);
    assert_int_equal(call->attributes->len, SCEP_WCCE_MAX_ATTRIBUTES);
    assert_int_equal(g_array_index(call->problems, ScepNdrProblem, 0).code, SCEP_NDR_TOO_MANY);
    assert_true(call->complete);
    scep_wcce_call_free(call);
    stub_free(&stub);
    g_string_free(text, TRUE);
}

static void test_text_blob(void **state)
{
    static const uint8_t odd[] = { 'a', 0, 'b', 0, 'c' };
    Stub stub = stub_new(0);

    (void)state;
    stub_u32(&stub, 11);
    stub_u32(&stub, 5);
    stub_blob(&stub, NULL, 0);
    stub_blob(&stub, NULL, 0);
    stub_blob(&stub, odd, sizeof odd);
    stub_u32(&stub, 0);
    ScepWcceCall *call = read_call(SCEP_WCCE_ICERTPASSAGE, 0, true, &stub);
    assert_true(call->complete);
    assert_string_equal(scep_wcce_call_get0_value(call, SCEP_WCCE_DISPOSITION_MESSAGE)->text, "ab");
    assert_int_equal(call->problems->len, 1);
    assert_int_equal(g_array_index(call->problems, ScepNdrProblem, 0).code, SCEP_NDR_ODD_TEXT);
    scep_wcce_call_free(call);
    stub_free(&stub);
}

/* The bytes of a sound stub, shifted as by a cipher stream that is eight bytes behind, or turned over. */
static void test_nonsense(void **state)
{
    (void)state;
    for (size_t i = 0; i < scep_wcce_method_count; i++) {
        const ScepWcceMethod *method = &scep_wcce_methods[i];
        for (unsigned seed = 1; seed <= 20; seed++) {
            Stub stub = stub_new(0);
            guint32 number = seed * 2654435761u;
            for (unsigned j = 0; j < 64; j++) {
                number = number * 1664525 + 1013904223;
                stub_u32(&stub, number ^ number >> 16);
            }
            ScepWcceCall *request = read_call(method->interface, method->opnum, false, &stub);
            ScepWcceCall *answer = read_call(method->interface, method->opnum, true, &stub);
            assert_true(request->nonsense);
            assert_true(answer->nonsense);
            assert_int_equal(request->attributes->len, 0);
            scep_wcce_call_free(request);
            scep_wcce_call_free(answer);
            stub_free(&stub);
        }
    }
}

/* One wrong count does not make a call nonsense: the rest of it speaks. */
static void test_wrong_is_not_nonsense(void **state)
{
    Stub stub = stub_new(0);

    (void)state;
    stub_u32(&stub, 0x100);
    stub_string(&stub, "Contoso CA");
    stub_u32(&stub, 0);
    stub_text_blob(&stub, "CertificateTemplate:User");
    stub_blob_parts(&stub, 5, 1, 500, blob_bytes, 5);
    ScepWcceCall *call = read_call(SCEP_WCCE_ICERTPASSAGE, 0, false, &stub);
    assert_false(call->nonsense);
    assert_false(call->complete);
    assert_int_equal(call->problems->len, 2);
    assert_string_equal(call->template_name, "User");
    assert_int_equal(scep_wcce_call_get0_value(call, SCEP_WCCE_REQUEST_BLOB)->octets.length, 5);
    scep_wcce_call_free(call);
    stub_free(&stub);
}

static void test_context(void **state)
{
    Stub stub = stub_new(0);

    (void)state;
    stub_orpcthis(&stub, 5);
    stub_string(&stub, "CA");
    stub_u32(&stub, 29);
    stub_u32(&stub, 0xffffffff);
    stub_u32(&stub, 4);
    ScepWcceCall *call = read_call(SCEP_WCCE_ICERTREQUESTD2, 7, false, &stub);
    ScepWcceContext context = scep_wcce_context(call);
    assert_true(context.known);
    assert_int_equal(context.property_id, 29);
    assert_int_equal(scep_wcce_holds(&context, SCEP_WCCE_PROPERTY_VALUE), SCEP_WCCE_HOLDS_TEMPLATES);
    context.property_id = 4711;
    assert_int_equal(scep_wcce_holds(&context, SCEP_WCCE_PROPERTY_VALUE), SCEP_WCCE_HOLDS_TEXT);
    context.property_type = 77;
    assert_int_equal(scep_wcce_holds(&context, SCEP_WCCE_PROPERTY_VALUE), SCEP_WCCE_HOLDS_BYTES);
    context.fchain = 0x696e666f;
    assert_int_equal(scep_wcce_holds(&context, SCEP_WCCE_CA_OUT), SCEP_WCCE_HOLDS_CA_INFO);
    context.known = false;
    assert_int_equal(scep_wcce_holds(&context, SCEP_WCCE_CA_OUT), SCEP_WCCE_HOLDS_BYTES);
    scep_wcce_call_free(call);
    stub_free(&stub);
}

static void assert_text(char *text, const char *wanted)
{
    if (wanted == NULL)
        assert_null(text);
    else
        assert_string_equal(text, wanted);
    g_free(text);
}

static void test_names(void **state)
{
    (void)state;
    assert_text(scep_wcce_new_disposition_text(3), "issued");
    assert_text(scep_wcce_new_disposition_text(0x80094811), "CERTSRV_E_KEY_LENGTH (0x80094811)");
    assert_text(scep_wcce_new_disposition_text(0x12345678), "0x12345678");
    assert_text(scep_wcce_new_result_text(0x80094004), "CERTSRV_E_PROPERTY_EMPTY (0x80094004)");
    assert_text(scep_wcce_new_fchain_text(0x6363726c), "ccrl: current CRL");
    assert_text(scep_wcce_new_fchain_text(0x63740002), "ct: CA certificate 2");
    assert_text(scep_wcce_new_fchain_text(0x12340002), NULL);
    assert_string_equal(scep_wcce_name(scep_wcce_request_types, 3), "CMS: renewal or enrollment agent");
    assert_null(scep_wcce_name(scep_wcce_request_types, 200));
    for (size_t i = 0; i < scep_wcce_property_count; i++)
        assert_int_equal(scep_wcce_properties[i].id, i + 1);
    assert_string_equal(scep_wcce_property(17)->name, "CR_PROP_BASECRL");
    assert_null(scep_wcce_property(0));
    assert_null(scep_wcce_property(51));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_method),
        cmocka_unit_test(test_request2_by_hand),
        cmocka_unit_test(test_passage_poll),
        cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_too_many_attributes),
        cmocka_unit_test(test_text_blob),
        cmocka_unit_test(test_nonsense),
        cmocka_unit_test(test_wrong_is_not_nonsense),
        cmocka_unit_test(test_context),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
