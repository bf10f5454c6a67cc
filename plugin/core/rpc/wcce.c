/* wcce.c
 * Calls of ICertRequestD, ICertRequestD2 and ICertPassage: the methods, and the way through a stub.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/rpc.h"

#include <string.h>

#include "scep/limits.h"
#include "rpc/wcce.h"
#include "rpc/ndr.h"

/* The ranges stand in the IDL, MS-WCCE appendix A. */
#define LONG_RANGE 1536
#define SERIAL_RANGE 64

static const ScepWcceParameter parameters[SCEP_WCCE_PARAMETER_COUNT] = {
    [SCEP_WCCE_FLAGS] = { "dwFlags", SCEP_WCCE_NUMBER, 0 },
    [SCEP_WCCE_AUTHORITY] = { "pwszAuthority", SCEP_WCCE_STRING, LONG_RANGE },
    [SCEP_WCCE_SERIAL_NUMBER] = { "pwszSerialNumber", SCEP_WCCE_STRING, SERIAL_RANGE },
    [SCEP_WCCE_REQUEST_ID] = { "pdwRequestId", SCEP_WCCE_NUMBER, 0 },
    [SCEP_WCCE_ATTRIBUTES] = { "pwszAttributes", SCEP_WCCE_STRING, LONG_RANGE },
    [SCEP_WCCE_ATTRIBUTES_BLOB] = { "pctbAttribs", SCEP_WCCE_TEXT_BLOB, 0 },
    [SCEP_WCCE_REQUEST_BLOB] = { "pctbRequest", SCEP_WCCE_BLOB, 0 },
    [SCEP_WCCE_DISPOSITION] = { "pdwDisposition", SCEP_WCCE_NUMBER, 0 },
    [SCEP_WCCE_CERT_CHAIN] = { "pctbCertChain", SCEP_WCCE_BLOB, 0 },
    [SCEP_WCCE_FULL_RESPONSE] = { "pctbFullResponse", SCEP_WCCE_BLOB, 0 },
    [SCEP_WCCE_ENCODED_CERT] = { "pctbEncodedCert", SCEP_WCCE_BLOB, 0 },
    [SCEP_WCCE_DISPOSITION_MESSAGE] = { "pctbDispositionMessage", SCEP_WCCE_TEXT_BLOB, 0 },
    [SCEP_WCCE_FCHAIN] = { "fchain", SCEP_WCCE_NUMBER, 0 },
    [SCEP_WCCE_CA_OUT] = { "pctbOut", SCEP_WCCE_BLOB, 0 },
    [SCEP_WCCE_PROPERTY_ID] = { "PropID", SCEP_WCCE_NUMBER, 0 },
    [SCEP_WCCE_PROPERTY_INDEX] = { "PropIndex", SCEP_WCCE_NUMBER, 0 },
    [SCEP_WCCE_PROPERTY_TYPE] = { "PropType", SCEP_WCCE_NUMBER, 0 },
    [SCEP_WCCE_PROPERTY_VALUE] = { "pctbPropertyValue", SCEP_WCCE_BLOB, 0 },
    [SCEP_WCCE_PROPERTY_COUNT] = { "pcProperty", SCEP_WCCE_NUMBER, 0 },
    [SCEP_WCCE_PROPERTY_INFO] = { "pctbPropInfo", SCEP_WCCE_BLOB, 0 },
    [SCEP_WCCE_RESULT] = { "return value", SCEP_WCCE_NUMBER, 0 },
};

/* MS-WCCE 3.2.1.4.2: the first three operations are those of IUnknown, and never on the wire. */
#define REQUEST(interface)                                                                             \
    {                                                                                                  \
        interface, 3, "Request", "certificate request",                                                \
            { SCEP_WCCE_FLAGS, SCEP_WCCE_AUTHORITY, SCEP_WCCE_REQUEST_ID, SCEP_WCCE_ATTRIBUTES,        \
              SCEP_WCCE_REQUEST_BLOB },                                                                \
        {                                                                                              \
            SCEP_WCCE_REQUEST_ID, SCEP_WCCE_DISPOSITION, SCEP_WCCE_CERT_CHAIN, SCEP_WCCE_ENCODED_CERT, \
                SCEP_WCCE_DISPOSITION_MESSAGE, SCEP_WCCE_RESULT                                        \
        }                                                                                              \
    }
#define GET_CA_CERT(interface)                                                                  \
    {                                                                                           \
        interface, 4, "GetCACert", "CA information", { SCEP_WCCE_FCHAIN, SCEP_WCCE_AUTHORITY }, \
        {                                                                                       \
            SCEP_WCCE_CA_OUT, SCEP_WCCE_RESULT                                                  \
        }                                                                                       \
    }
#define PING(interface)                                                   \
    {                                                                     \
        interface, 5, "Ping", "is the CA alive", { SCEP_WCCE_AUTHORITY }, \
        {                                                                 \
            SCEP_WCCE_RESULT                                              \
        }                                                                 \
    }

const ScepWcceMethod scep_wcce_methods[] = {
    REQUEST(SCEP_WCCE_ICERTREQUESTD),
    GET_CA_CERT(SCEP_WCCE_ICERTREQUESTD),
    PING(SCEP_WCCE_ICERTREQUESTD),
    REQUEST(SCEP_WCCE_ICERTREQUESTD2),
    GET_CA_CERT(SCEP_WCCE_ICERTREQUESTD2),
    PING(SCEP_WCCE_ICERTREQUESTD2),
    { SCEP_WCCE_ICERTREQUESTD2,
      6,
      "Request2",
      "certificate request",
      { SCEP_WCCE_AUTHORITY, SCEP_WCCE_FLAGS, SCEP_WCCE_SERIAL_NUMBER, SCEP_WCCE_REQUEST_ID, SCEP_WCCE_ATTRIBUTES,
        SCEP_WCCE_REQUEST_BLOB },
      { SCEP_WCCE_REQUEST_ID, SCEP_WCCE_DISPOSITION, SCEP_WCCE_FULL_RESPONSE, SCEP_WCCE_ENCODED_CERT,
        SCEP_WCCE_DISPOSITION_MESSAGE, SCEP_WCCE_RESULT } },
    { SCEP_WCCE_ICERTREQUESTD2,
      7,
      "GetCAProperty",
      "CA information",
      { SCEP_WCCE_AUTHORITY, SCEP_WCCE_PROPERTY_ID, SCEP_WCCE_PROPERTY_INDEX, SCEP_WCCE_PROPERTY_TYPE },
      { SCEP_WCCE_PROPERTY_VALUE, SCEP_WCCE_RESULT } },
    { SCEP_WCCE_ICERTREQUESTD2,
      8,
      "GetCAPropertyInfo",
      "CA information",
      { SCEP_WCCE_AUTHORITY },
      { SCEP_WCCE_PROPERTY_COUNT, SCEP_WCCE_PROPERTY_INFO, SCEP_WCCE_RESULT } },
    { SCEP_WCCE_ICERTREQUESTD2, 9, "Ping2", "is the CA alive", { SCEP_WCCE_AUTHORITY }, { SCEP_WCCE_RESULT } },
    /* MS-ICPR 3.2.4.1.1 */
    { SCEP_WCCE_ICERTPASSAGE,
      0,
      "CertServerRequest",
      "certificate request",
      { SCEP_WCCE_FLAGS, SCEP_WCCE_AUTHORITY, SCEP_WCCE_REQUEST_ID, SCEP_WCCE_ATTRIBUTES_BLOB, SCEP_WCCE_REQUEST_BLOB },
      { SCEP_WCCE_REQUEST_ID, SCEP_WCCE_DISPOSITION, SCEP_WCCE_CERT_CHAIN, SCEP_WCCE_ENCODED_CERT,
        SCEP_WCCE_DISPOSITION_MESSAGE, SCEP_WCCE_RESULT } },
};

const size_t scep_wcce_method_count = G_N_ELEMENTS(scep_wcce_methods);

const ScepWcceParameter *scep_wcce_parameter(ScepWcceParameterId id)
{
    return &parameters[id];
}

const ScepWcceMethod *scep_wcce_method(ScepWcceInterface interface, unsigned opnum)
{
    for (size_t i = 0; i < scep_wcce_method_count; i++) {
        if (scep_wcce_methods[i].interface == interface && scep_wcce_methods[i].opnum == opnum)
            return &scep_wcce_methods[i];
    }
    return NULL;
}

const char *scep_wcce_interface_name(ScepWcceInterface interface)
{
    static const char *const names[] = { "ICertRequestD", "ICertRequestD2", "ICertPassage" };

    return names[interface];
}

/* A blob with text is UTF-16LE whatever the byte order of the call, since to NDR it is bytes. The null at the end is
 * usual, but not what makes it readable. */
static void read_text_blob(ScepNdr *ndr, ScepWcceValue *value)
{
    ScepSpan *octets = &value->octets;
    bool bad;

    if (octets->length % 2 != 0 && !value->truncated)
        scep_ndr_add_problem(ndr, SCEP_NDR_ODD_TEXT, *octets, octets->length, 0);
    octets->length -= octets->length % 2;
    if (octets->length >= 2 && ndr->data[octets->offset + octets->length - 1] == 0 &&
        ndr->data[octets->offset + octets->length - 2] == 0)
        octets->length -= 2;
    value->text = scep_ndr_new_utf16(ndr->data + octets->offset, octets->length, false, &bad);
    if (bad)
        scep_ndr_add_problem(ndr, SCEP_NDR_BAD_TEXT, *octets, 0, 0);
}

static bool read_pointee(ScepNdr *ndr, const ScepWcceParameter *parameter, ScepWcceValue *value)
{
    ScepNdrPointee pointee;
    const bool complete = parameter->kind == SCEP_WCCE_STRING ? scep_ndr_string(ndr, parameter->range, &pointee)
                                                              : scep_ndr_blob(ndr, &pointee);

    value->whole = pointee.whole;
    value->octets = pointee.octets;
    value->null = pointee.null;
    value->size = pointee.size;
    value->text = pointee.text;
    value->truncated = !complete;
    if (parameter->kind == SCEP_WCCE_TEXT_BLOB && !value->null)
        read_text_blob(ndr, value);
    return complete;
}

/* @return false when nothing behind this parameter can be read */
static bool read_value(ScepNdr *ndr, ScepWcceParameterId id, GArray *values)
{
    const ScepWcceParameter *parameter = &parameters[id];
    ScepWcceValue value = { .id = id };

    ndr->parameter = parameter->name;
    const bool complete = parameter->kind == SCEP_WCCE_NUMBER ? scep_ndr_u32(ndr, &value.number, &value.whole)
                                                              : read_pointee(ndr, parameter, &value);
    if (complete || value.whole.length > 0)
        g_array_append_val(values, value);
    else
        g_free(value.text);
    return complete;
}

/* The problems that bytes without meaning have: no honest peer gets its counts wrong. */
static bool is_structural(ScepNdrProblemCode code)
{
    return code == SCEP_NDR_COUNT_TOO_LARGE || code == SCEP_NDR_COUNT_DIFFERS || code == SCEP_NDR_NULL_WITH_SIZE ||
           code == SCEP_NDR_STRING_OFFSET || code == SCEP_NDR_STRING_COUNT || code == SCEP_NDR_SHORT;
}

/* A stub is nonsense when its prefix is none, or when its counts are wrong and no string or blob holds anything. */
static bool is_nonsense(const ScepWcceCall *call)
{
    unsigned structural = 0;

    for (guint i = 0; i < call->problems->len; i++) {
        const ScepNdrProblemCode code = g_array_index(call->problems, ScepNdrProblem, i).code;
        if (code == SCEP_NDR_ORPC_VERSION || code == SCEP_NDR_ORPC_FLAGS || code == SCEP_NDR_ORPC_EXTENTS)
            return true;
        structural += is_structural(code);
    }
    for (guint i = 0; i < call->values->len; i++) {
        const ScepWcceValue *value = &g_array_index(call->values, ScepWcceValue, i);
        const ScepWcceKind kind = parameters[value->id].kind;
        if (kind != SCEP_WCCE_NUMBER && !value->truncated && !value->null &&
            (kind == SCEP_WCCE_STRING || value->octets.length == value->size))
            return false;
    }
    return structural > 0;
}

static void clear_value(gpointer data)
{
    g_free(((ScepWcceValue *)data)->text);
}

static void read_attributes(ScepWcceCall *call, const uint8_t *data, bool big_endian)
{
    const ScepWcceValue *string = scep_wcce_call_get0_value(call, SCEP_WCCE_ATTRIBUTES);
    const ScepWcceValue *blob = scep_wcce_call_get0_value(call, SCEP_WCCE_ATTRIBUTES_BLOB);
    const ScepWcceValue *value = string != NULL ? string : blob;

    if (value == NULL || value->octets.length == 0)
        return;
    if (scep_wcce_attributes_read(data, value->octets, string != NULL && big_endian, call->attributes))
        return;
    const ScepNdrProblem problem = { SCEP_NDR_TOO_MANY, parameters[value->id].name, value->octets,
                                     SCEP_WCCE_MAX_ATTRIBUTES, 0 };
    g_array_append_val(call->problems, problem);
}

ScepWcceCall *scep_wcce_call_new(const ScepWcceMethod *method, bool is_response, const uint8_t *data, size_t size,
                                 size_t reported, unsigned flags)
{
    ScepWcceCall *call = g_new0(ScepWcceCall, 1);
    const bool orpc = method->interface != SCEP_WCCE_ICERTPASSAGE;
    const uint8_t *ids = is_response ? method->outputs : method->inputs;
    bool readable = true;
    ScepNdr ndr;

    call->method = method;
    call->is_response = is_response;
    call->problems = g_array_new(FALSE, FALSE, sizeof(ScepNdrProblem));
    call->values = g_array_new(FALSE, FALSE, sizeof(ScepWcceValue));
    g_array_set_clear_func(call->values, clear_value);
    call->attributes = scep_wcce_attributes_new();
    scep_ndr_init(&ndr, data, size, reported, orpc ? flags & ~(unsigned)SCEP_NDR_64 : flags, call->problems);
    if (orpc)
        readable = is_response ? scep_ndr_orpcthat(&ndr, &call->prefix) : scep_ndr_orpcthis(&ndr, &call->prefix);
    for (unsigned i = 0; readable && ids[i] != SCEP_WCCE_END; i++)
        readable = read_value(&ndr, (ScepWcceParameterId)ids[i], call->values);
    call->complete = readable;
    if (readable && ndr.offset < size)
        call->rest = (ScepSpan){ ndr.offset, size - ndr.offset };
    call->nonsense = is_nonsense(call);
    read_attributes(call, data, ndr.big_endian);
    for (guint i = 0; i < call->attributes->len && call->template_name == NULL; i++) {
        const ScepWcceAttribute *attribute = &g_array_index(call->attributes, ScepWcceAttribute, i);
        if (g_ascii_strcasecmp(attribute->name, "CertificateTemplate") == 0)
            call->template_name = attribute->value;
    }
    return call;
}

void scep_wcce_call_free(ScepWcceCall *call)
{
    if (call == NULL)
        return;
    g_array_unref(call->values);
    g_array_unref(call->attributes);
    g_array_unref(call->problems);
    g_free(call);
}

const ScepWcceValue *scep_wcce_call_get0_value(const ScepWcceCall *call, ScepWcceParameterId id)
{
    for (guint i = 0; i < call->values->len; i++) {
        if (g_array_index(call->values, ScepWcceValue, i).id == id)
            return &g_array_index(call->values, ScepWcceValue, i);
    }
    return NULL;
}

static uint32_t number_of(const ScepWcceCall *call, ScepWcceParameterId id)
{
    const ScepWcceValue *value = scep_wcce_call_get0_value(call, id);

    return value != NULL ? value->number : 0;
}

ScepWcceContext scep_wcce_context(const ScepWcceCall *request)
{
    return (ScepWcceContext){
        .known = request->complete,
        .property_id = number_of(request, SCEP_WCCE_PROPERTY_ID),
        .property_type = number_of(request, SCEP_WCCE_PROPERTY_TYPE),
        .fchain = number_of(request, SCEP_WCCE_FCHAIN),
    };
}
