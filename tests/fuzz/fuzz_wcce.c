/* fuzz_wcce.c
 * Stubs of calls to a CA: places lie in the stub, texts are UTF-8, counts stay within their bounds, and what is cut
 * says nothing that the whole does not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "require.h"
#include "scep/limits.h"
#include "scep/rpc.h"

static void check_problems(const GArray *problems, size_t size)
{
    REQUIRE(problems->len <= SCEP_MAX_PROBLEMS + 1);
    for (guint i = 0; i < problems->len; i++) {
        const ScepNdrProblem *problem = &g_array_index(problems, ScepNdrProblem, i);
        require_span(problem->where, size);
        REQUIRE(problem->code < SCEP_NDR_PROBLEM_COUNT);
        char *text = scep_ndr_new_problem_text(problem);
        require_text(text);
        g_free(text);
    }
}

static void check_blob(const uint8_t *data, size_t size)
{
    ScepWcceBlob blob;
    ScepWcceCaInfo info;
    GArray *problems = g_array_new(FALSE, FALSE, sizeof(ScepNdrProblem));

    scep_wcce_blob_read(data, size, &blob);
    require_span(blob.request_where, size);
    REQUIRE(blob.request_in_place == (blob.request_where.length > 0 && blob.request != NULL &&
                                      memcmp(data + blob.request_where.offset, g_bytes_get_data(blob.request, NULL),
                                             blob.request_where.length) == 0 &&
                                      g_bytes_get_size(blob.request) == blob.request_where.length));
    scep_wcce_blob_clear(&blob);
    scep_wcce_ca_info_read(data, size, &info);
    REQUIRE(info.count <= SCEP_WCCE_CA_INFO_NUMBERS && 4 * info.count <= size);
    GArray *rows = scep_wcce_new_property_info(data, size, size > 0 ? data[0] : 0, 0, problems);
    REQUIRE(rows->len <= SCEP_WCCE_MAX_PROPERTIES);
    for (guint i = 0; i < rows->len; i++) {
        const ScepWccePropertyInfo *row = &g_array_index(rows, ScepWccePropertyInfo, i);
        require_span(row->where, size);
        require_span(row->name_where, size);
        require_text(row->name);
    }
    check_problems(problems, size);
    g_array_unref(rows);
    g_array_unref(problems);
}

static void check_value(const uint8_t *data, size_t size, const ScepWcceValue *value)
{
    require_span(value->whole, size);
    require_span(value->octets, size);
    require_text(value->text);
    REQUIRE(!value->null || value->octets.length == 0);
    if (scep_wcce_parameter(value->id)->kind != SCEP_WCCE_BLOB)
        return;
    check_blob(data + value->octets.offset, value->octets.length);
    char *text = scep_ndr_new_utf16(data + value->octets.offset, value->octets.length, false, NULL);
    GArray *templates = scep_wcce_new_templates(text);
    REQUIRE(templates->len <= SCEP_WCCE_MAX_TEMPLATES);
    g_array_unref(templates);
    g_free(text);
}

static void check_call(const ScepWcceCall *call, const uint8_t *data, size_t size)
{
    bool has_template = false;

    require_span(call->prefix, size);
    require_span(call->rest, size);
    check_problems(call->problems, size);
    REQUIRE(call->values->len < SCEP_WCCE_MAX_PARAMETERS && call->attributes->len <= SCEP_WCCE_MAX_ATTRIBUTES);
    for (guint i = 0; i < call->values->len; i++) {
        const ScepWcceValue *value = &g_array_index(call->values, ScepWcceValue, i);
        REQUIRE(value->id == (call->is_response ? call->method->outputs : call->method->inputs)[i]);
        check_value(data, size, value);
    }
    for (guint i = 0; i < call->attributes->len; i++) {
        const ScepWcceAttribute *attribute = &g_array_index(call->attributes, ScepWcceAttribute, i);
        require_span(attribute->where, size);
        require_span(attribute->value_where, size);
        require_text(attribute->name);
        require_text(attribute->value);
        has_template |= attribute->value == call->template_name;
    }
    REQUIRE(has_template == (call->template_name != NULL));
    REQUIRE(!call->complete || call->values->len > 0);
    REQUIRE(call->complete || call->problems->len > 0);
}

/* The numbers that a cut stub has are those of the whole one. */
static void check_truncated(const ScepWcceMethod *method, bool is_response, const uint8_t *data, size_t size,
                            size_t kept, unsigned flags, const ScepWcceCall *whole)
{
    uint8_t *exact = g_memdup2(data, kept);
    ScepWcceCall *call = scep_wcce_call_new(method, is_response, exact, kept, size, flags);

    check_call(call, exact, kept);
    REQUIRE(call->values->len <= whole->values->len);
    for (guint i = 0; i < call->values->len; i++)
        REQUIRE(g_array_index(call->values, ScepWcceValue, i).number ==
                g_array_index(whole->values, ScepWcceValue, i).number);
    scep_wcce_call_free(call);
    g_free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    const ScepWcceMethod *method = &scep_wcce_methods[data[0] % scep_wcce_method_count];
    const bool is_response = (data[1] & 4) != 0;
    const unsigned flags = data[1] & 3;
    const size_t kept = (size - 3) * data[2] / 255;
    ScepWcceCall *call = scep_wcce_call_new(method, is_response, data + 3, size - 3, size - 3, flags);

    check_call(call, data + 3, size - 3);
    check_truncated(method, is_response, data + 3, size - 3, kept, flags, call);
    scep_wcce_call_free(call);
    REQUIRE(ERR_peek_error() == 0);
    return 0;
}
