/* packet-wcce-show.c
 * One direction of a call to a CA in the columns and the protocol tree.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "packet-wcce-show.h"

#include "packet-wcce-fields.h"
#include "scep/catalogue.h"
#include "show.h"

/* What every part of the tree needs. */
typedef struct {
    packet_info *pinfo;
    tvbuff_t *tvb;
    const ScepWcceCall *call;
    const ScepWcceContext *context; /* NULL where the request was not seen */
} Place;

static uint32_t number_of(const ScepWcceCall *call, ScepWcceParameterId id, bool *present)
{
    const ScepWcceValue *value = scep_wcce_call_get0_value(call, id);

    *present = value != NULL;
    return value != NULL ? value->number : 0;
}

static void append_request(packet_info *pinfo, wmem_strbuf_t *line, const ScepWcceCall *call)
{
    bool present;
    const ScepWcceValue *blob = scep_wcce_call_get0_value(call, SCEP_WCCE_REQUEST_BLOB);
    const ScepWcceValue *serial = scep_wcce_call_get0_value(call, SCEP_WCCE_SERIAL_NUMBER);
    const ScepWcceValue *authority = scep_wcce_call_get0_value(call, SCEP_WCCE_AUTHORITY);
    const uint32_t request_id = number_of(call, SCEP_WCCE_REQUEST_ID, &present);

    if (call->template_name != NULL)
        wmem_strbuf_append_printf(line, " template=%s", scep_show_text(pinfo, call->template_name));
    if (blob != NULL && blob->octets.length == 0 && serial != NULL && serial->octets.length > 0)
        wmem_strbuf_append_printf(line, " of serial number %s", scep_show_text(pinfo, serial->text));
    else if (blob != NULL && blob->octets.length == 0)
        wmem_strbuf_append_printf(line, " poll of request id %u", request_id);
    const uint32_t property = number_of(call, SCEP_WCCE_PROPERTY_ID, &present);
    if (present) {
        const ScepWcceProperty *row = scep_wcce_property(property);
        wmem_strbuf_append_printf(line, " %s", row ? row->name : wmem_strdup_printf(pinfo->pool, "%u", property));
    }
    const uint32_t fchain = number_of(call, SCEP_WCCE_FCHAIN, &present);
    if (present) {
        const char *text = scep_show_take(pinfo, scep_wcce_new_fchain_text(fchain));
        wmem_strbuf_append_printf(line, " %s", text ? text : wmem_strdup_printf(pinfo->pool, "0x%08x", fchain));
    }
    if (authority != NULL && authority->text != NULL)
        wmem_strbuf_append_printf(line, " (%s)", scep_show_text(pinfo, authority->text));
}

static void append_answer(packet_info *pinfo, wmem_strbuf_t *line, const ScepWcceCall *call)
{
    bool has_disposition, has_result, has_id;
    const uint32_t disposition = number_of(call, SCEP_WCCE_DISPOSITION, &has_disposition);
    const uint32_t result = number_of(call, SCEP_WCCE_RESULT, &has_result);
    const uint32_t id = number_of(call, SCEP_WCCE_REQUEST_ID, &has_id);
    const char *text = NULL;

    if (has_result && result != 0)
        text = scep_show_take(pinfo, scep_wcce_new_result_text(result));
    else if (has_disposition)
        text = scep_show_take(pinfo, scep_wcce_new_disposition_text(disposition));
    wmem_strbuf_append(line, " -> ");
    if (has_disposition && result == 0 && disposition > 6)
        wmem_strbuf_append(line, "denied ");
    wmem_strbuf_append(line, text ? text : has_result ? "ok" : "incomplete answer");
    if (has_id && id != 0)
        wmem_strbuf_append_printf(line, ", request id %u", id);
}

const char *wcce_show_summary(packet_info *pinfo, const ScepWcceCall *call)
{
    wmem_strbuf_t *line = wmem_strbuf_new(pinfo->pool, "WCCE ");

    wmem_strbuf_append(line, call->method->name);
    if (call->nonsense)
        wmem_strbuf_append(line, " malformed");
    if (call->is_response)
        append_answer(pinfo, line, call);
    else
        append_request(pinfo, line, call);
    return wmem_strbuf_get_str(line);
}

static proto_item *add_text(proto_tree *tree, int hf, const Place *place, ScepSpan where, const char *text)
{
    return proto_tree_add_string(tree, hf, place->tvb, (int)where.offset, (int)where.length, text);
}

static void show_flags(proto_tree *tree, const Place *place, proto_item *item, const ScepWcceValue *value)
{
    proto_tree *bits = proto_item_add_subtree(item, ett_wcce_flags);
    const int offset = (int)value->whole.offset;

    for (unsigned i = 0; wcce_flag_fields[i] != NULL; i++) {
        const int hf = *wcce_flag_fields[i];
        if (proto_registrar_get_ftype(hf) == FT_BOOLEAN)
            proto_tree_add_boolean(bits, hf, place->tvb, offset, 4, value->number);
        else
            proto_tree_add_uint(bits, hf, place->tvb, offset, 4, value->number);
    }
    proto_item_set_generated(
        proto_tree_add_uint(tree, hf_wcce_request_type, place->tvb, offset, 4, value->number >> 8 & 0xff));
}

/* A refusal is what the reader looks for, so it comes with what the code means. */
static void show_code(const Place *place, proto_item *item, uint32_t number, bool is_disposition)
{
    ScepResultCodeText room;
    const ScepResultCode *code = scep_result_code_explain(number, &room);
    const bool named = is_disposition && scep_wcce_name(scep_wcce_dispositions, number) != NULL;

    if (is_disposition ? named && number != 1 && number != 2 : number == 0)
        return;
    if (is_disposition && !named)
        proto_item_append_text(item, " 0x%08x", number);
    const ScepWcceValue *message = scep_wcce_call_get0_value(place->call, SCEP_WCCE_DISPOSITION_MESSAGE);
    if (!named && code != NULL)
        expert_add_info_format(place->pinfo, item, &ei_wcce_refused, "%s: %s. %s", code->symbol, code->meaning,
                               code->check);
    else if (message != NULL && message->text != NULL && message->text[0] != '\0')
        expert_add_info_format(place->pinfo, item, &ei_wcce_refused, "The CA says: %s",
                               scep_show_text(place->pinfo, message->text));
    else
        expert_add_info(place->pinfo, item, &ei_wcce_refused);
}

static void show_number(proto_tree *tree, const Place *place, const ScepWcceValue *value)
{
    const int hf = hf_wcce_parameters[value->id], offset = (int)value->whole.offset;
    proto_item *item = proto_registrar_get_ftype(hf) == FT_INT32
                           ? proto_tree_add_int(tree, hf, place->tvb, offset, 4, (int32_t)value->number)
                           : proto_tree_add_uint(tree, hf, place->tvb, offset, 4, value->number);

    if (value->id == SCEP_WCCE_FLAGS)
        show_flags(tree, place, item, value);
    else if (value->id == SCEP_WCCE_DISPOSITION || value->id == SCEP_WCCE_RESULT)
        show_code(place, item, value->number, value->id == SCEP_WCCE_DISPOSITION);
    else if (value->id == SCEP_WCCE_FCHAIN) {
        const char *text = scep_show_take(place->pinfo, scep_wcce_new_fchain_text(value->number));
        if (text != NULL)
            proto_item_set_generated(add_text(tree, hf_wcce_fchain_text, place, value->whole, text));
    }
}

static void show_attributes(proto_tree *parent, const Place *place, const ScepWcceValue *value)
{
    proto_item *item = add_text(parent, hf_wcce_parameters[value->id], place, value->octets, value->text);
    proto_tree *tree = proto_item_add_subtree(item, ett_wcce_attributes);

    for (guint i = 0; i < place->call->attributes->len; i++) {
        const ScepWcceAttribute *row = &g_array_index(place->call->attributes, ScepWcceAttribute, i);
        proto_item *line = proto_tree_add_item(tree, hf_wcce_attribute, place->tvb, (int)row->where.offset,
                                               (int)row->where.length, ENC_NA);
        proto_tree *inner = proto_item_add_subtree(line, ett_wcce_attributes);
        proto_item_append_text(line, " %s: %s", scep_show_text(place->pinfo, row->name),
                               scep_show_text(place->pinfo, row->value));
        add_text(inner, hf_wcce_attribute_name, place, row->where, row->name);
        add_text(inner, hf_wcce_attribute_value, place, row->value_where, row->value);
        if (row->value == place->call->template_name)
            add_text(parent, hf_wcce_template, place, row->value_where, row->value);
    }
}

static void show_blob(proto_tree *parent, const Place *place, const ScepWcceValue *value)
{
    const int offset = (int)value->octets.offset, length = (int)value->octets.length;
    proto_item *item =
        proto_tree_add_bytes_with_length(parent, hf_wcce_parameters[value->id], place->tvb, offset, length,
                                         wcce_blob_octets(place->pinfo, place->tvb, value), length);
    proto_tree *tree = proto_item_add_subtree(item, ett_wcce_blob);

    proto_item_append_text(item, " (%d bytes)", length);
    if (value->id == SCEP_WCCE_PROPERTY_INFO) {
        bool present;
        wcce_show_property_list(place->pinfo, tree, place->tvb, value,
                                number_of(place->call, SCEP_WCCE_PROPERTY_COUNT, &present));
        return;
    }
    const bool by_request = value->id == SCEP_WCCE_CA_OUT || value->id == SCEP_WCCE_PROPERTY_VALUE;
    const ScepWcceHolds holds =
        by_request && place->context != NULL ? scep_wcce_holds(place->context, value->id) : SCEP_WCCE_HOLDS_BYTES;
    if (holds == SCEP_WCCE_HOLDS_BYTES || holds == SCEP_WCCE_HOLDS_CERTIFICATE || holds == SCEP_WCCE_HOLDS_CMS ||
        holds == SCEP_WCCE_HOLDS_CRL)
        wcce_show_blob(place->pinfo, tree, place->tvb, value);
    else
        wcce_show_property(place->pinfo, tree, place->tvb, value, holds);
}

static void show_value(proto_tree *tree, const Place *place, const ScepWcceValue *value)
{
    switch (scep_wcce_parameter(value->id)->kind) {
    case SCEP_WCCE_NUMBER:
        show_number(tree, place, value);
        break;
    case SCEP_WCCE_STRING:
    case SCEP_WCCE_TEXT_BLOB:
        if (value->text == NULL)
            break;
        if (value->id == SCEP_WCCE_ATTRIBUTES || value->id == SCEP_WCCE_ATTRIBUTES_BLOB)
            show_attributes(tree, place, value);
        else
            add_text(tree, hf_wcce_parameters[value->id], place, value->octets, value->text);
        break;
    case SCEP_WCCE_BLOB:
        if (value->octets.length > 0)
            show_blob(tree, place, value);
        break;
    }
}

static void free_call(void *call)
{
    scep_wcce_call_free(call);
}

ScepWcceCall *wcce_read_call(packet_info *pinfo, const ScepWcceMethod *method, bool is_response, tvbuff_t *stub,
                             unsigned flags)
{
    const unsigned size = tvb_captured_length(stub), reported = tvb_reported_length(stub);
    const uint8_t *octets = size > 0 ? tvb_get_ptr(stub, 0, (int)size) : (const uint8_t *)"";
    ScepWcceCall *call = scep_wcce_call_new(method, is_response, octets, size, reported, flags);

    scep_show_release_later(pinfo, call, free_call);
    return call;
}

void wcce_show_call(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, const ScepWcceCall *call,
                    const ScepWcceContext *context)
{
    const Place place = { pinfo, tvb, call, context };

    for (guint i = 0; i < call->problems->len; i++)
        wcce_expert_problem(pinfo, tree, tvb, &g_array_index(call->problems, ScepNdrProblem, i));
    for (guint i = 0; i < call->values->len; i++)
        show_value(tree, &place, &g_array_index(call->values, ScepWcceValue, i));
    if (call->rest.length > 0)
        proto_tree_add_item(tree, hf_wcce_trailing, tvb, (int)call->rest.offset, (int)call->rest.length, ENC_NA);
}
