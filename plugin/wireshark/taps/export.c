/* export.c
 * --export-objects scep,DIR, and File > Export Objects: messages, certificates and CRLs as files.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tap.h"

#include <string.h>

#include <epan/export_object.h>

#include "scep/cms.h"

/* Letters of a transactionID that go into a file name. */
#define MAX_OF_ID 64

/* One message that is being taken apart. */
typedef struct {
    export_object_list_t *list;
    const packet_info *pinfo;
    const ScepExchange *exchange;
    const ScepHttpPdu *pdu;
} Export;

/* @param name  behind the frame number, with its extension; g_free'd here */
static void add(const Export *export, char *name, const char *type, const uint8_t *data, size_t size)
{
    export_object_entry_t *entry = g_new0(export_object_entry_t, 1);

    entry->pkt_num = export->pinfo->num;
    entry->hostname = g_strdup(export->exchange->server->address);
    entry->content_type = g_strdup(type);
    entry->filename = g_strdup_printf("f%u_%s", export->pinfo->num, name);
    entry->payload_len = size;
    entry->payload_data = g_memdup2(data, size);
    export->list->add_entry(export->list->gui_data, entry);
    g_free(name);
}

/* A transactionID may be anything: what could mean something to a shell or a file system becomes '_'. @return g_free()
 */
static char *safe_id(const char *id)
{
    char *text = g_strndup(id ? id : "unknown", MAX_OF_ID);

    for (char *at = text; *at != '\0'; at++) {
        if (!g_ascii_isalnum(*at) && *at != '-')
            *at = '_';
    }
    return text;
}

/* "PKCSReq", "CertRep_FAILURE", "GetCACert" */
static char *message_name(const Export *export)
{
    const ScepMessage *message = export->pdu->message;
    const char *type = scep_message_type_name(message->message_type);
    const char *status = scep_pki_status_name(message->pki_status);
    const char *operation = scep_operation_name((ScepOperation) export->exchange->operation);

    if (message->certs_only)
        type = operation;
    else if (type == NULL)
        type = "pkiMessage";
    return g_strconcat(type ? type : "certificates", status ? "_" : NULL, status, NULL);
}

static void export_message(const Export *export)
{
    const ScepHttpPdu *pdu = export->pdu;

    if (pdu->message == NULL || pdu->size == 0)
        return;
    const char *id = pdu->message->transaction_id ? pdu->message->transaction_id : export->exchange->transaction_id;
    char *name = message_name(export), *safe = pdu->message->certs_only ? NULL : safe_id(id);
    add(export, g_strconcat(name, safe ? "_" : "", safe ? safe : "", ".p7", NULL),
        pdu->message->certs_only ? "application/pkcs7-mime" : "application/x-pki-message", pdu->bytes, pdu->size);
    g_free(safe);
    g_free(name);
}

/* What the objects of one kind are called. */
typedef struct {
    const char *name, *extension, *type;
} Kind;

static const Kind certificate = { "cert", "cer", "application/pkix-cert" };
static const Kind issued = { "issued", "cer", "application/pkix-cert" };
static const Kind list = { "crl", "crl", "application/pkix-crl" };

/* Several of a kind are numbered from 1, as in the message. @param bytes  @a size octets that the spans point into */
static void export_spans(const Export *export, const GArray *spans, const uint8_t *bytes, size_t size, const Kind *kind)
{
    for (unsigned i = 0; i < spans->len; i++) {
        const ScepSpan span = g_array_index(spans, ScepSpan, i);
        if (span.length > 0 && span.offset + span.length <= size)
            add(export, g_strdup_printf("%s_%02u.%s", kind->name, i + 1, kind->extension), kind->type,
                bytes + span.offset, span.length);
    }
}

static void export_certificates(const Export *export)
{
    const ScepHttpPdu *pdu = export->pdu;

    if (pdu->message != NULL)
        export_spans(export, pdu->message->certificates, pdu->bytes, pdu->size, &certificate);
    else if (pdu->certificates != NULL && pdu->size > 0)
        add(export, g_strdup("cert_01.cer"), certificate.type, pdu->bytes, pdu->size);
}

static void export_crls(const Export *export)
{
    if (export->pdu->message != NULL)
        export_spans(export, export->pdu->message->crls, export->pdu->bytes, export->pdu->size, &list);
}

/* The inside of an opened envelope. A request goes out as it is shown: without its challenge, unless asked for. */
static void export_inside(const Export *export)
{
    const ScepHttpPdu *pdu = export->pdu;

    if (pdu->inner != NULL) {
        export_spans(export, pdu->inner->certificates, pdu->plaintext, pdu->plaintext_size, &issued);
        export_spans(export, pdu->inner->crls, pdu->plaintext, pdu->plaintext_size, &list);
    } else if (pdu->csr != NULL) {
        uint8_t *request = scep_pdu_share(pdu, export->pinfo->pool);
        add(export, g_strdup("request.p10"), "application/pkcs10", request, pdu->csr->whole.length);
    }
}

/* What a message has to give; each function adds its objects by add(). */
static void (*const sources[])(const Export *) = {
    export_message,
    export_certificates,
    export_crls,
    export_inside,
};

static tap_packet_status packet(void *data, packet_info *pinfo, epan_dissect_t *edt _U_, const void *tapped,
                                tap_flags_t flags _U_)
{
    const ScepTapInfo *info = tapped;
    const Export export = { data, pinfo, info->exchange, info->pdu };

    for (unsigned i = 0; i < array_length(sources); i++)
        sources[i](&export);
    return TAP_PACKET_REDRAW;
}

int scep_register_export(int proto)
{
    return register_export_object(proto, packet, NULL);
}
