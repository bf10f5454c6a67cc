/* wcce_names.c
 * Names of the numbers in calls to a CA: MS-WCCE 2.2, 3.2.1.4, and certcli.h as Microsoft documents it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/catalogue.h"
#include "scep/rpc.h"

const ScepWcceName scep_wcce_request_types[] = {
    { 0, "any, the CA decides" },
    { 1, "PKCS#10" },
    { 2, "Netscape KEYGEN" },
    { 3, "CMS: renewal or enrollment agent" },
    { 4, "CMC" },
    { 5, "challenge response" },
    { 6, "SCT list" },
    { 0, NULL },
};

const ScepWcceName scep_wcce_transports[] = {
    { 0, "none" }, { 1, "SCEP" }, { 2, "RPC" }, { 3, "HTTP" }, { 0, NULL },
};

/* MS-WCCE 3.2.1.4.2.1: whatever is not here is an HRESULT. */
const ScepWcceName scep_wcce_dispositions[] = {
    { 0, "incomplete" },       { 1, "error" },   { 2, "denied" }, { 3, "issued" }, { 4, "issued out of band" },
    { 5, "under submission" }, { 6, "revoked" }, { 0, NULL },
};

const ScepWcceName scep_wcce_property_types[] = {
    { 1, "long" }, { 2, "date" }, { 3, "binary" }, { 4, "string" }, { 0, NULL },
};

const ScepWcceName scep_wcce_ca_types[] = {
    { 0, "enterprise root" },  { 1, "enterprise subordinate" },
    { 3, "stand-alone root" }, { 4, "stand-alone subordinate" },
    { 5, "unknown" },          { 0, NULL },
};

/* MS-WCCE 3.2.1.4.3.2 */
const ScepWcceProperty scep_wcce_properties[] = {
    { 1, "CR_PROP_FILEVERSION", SCEP_WCCE_HOLDS_TEXT, false },
    { 2, "CR_PROP_PRODUCTVERSION", SCEP_WCCE_HOLDS_TEXT, false },
    { 3, "CR_PROP_EXITCOUNT", SCEP_WCCE_HOLDS_LONG, false },
    { 4, "CR_PROP_EXITDESCRIPTION", SCEP_WCCE_HOLDS_TEXT, true },
    { 5, "CR_PROP_POLICYDESCRIPTION", SCEP_WCCE_HOLDS_TEXT, false },
    { 6, "CR_PROP_CANAME", SCEP_WCCE_HOLDS_TEXT, false },
    { 7, "CR_PROP_SANITIZEDCANAME", SCEP_WCCE_HOLDS_TEXT, false },
    { 8, "CR_PROP_SHAREDFOLDER", SCEP_WCCE_HOLDS_TEXT, false },
    { 9, "CR_PROP_PARENTCA", SCEP_WCCE_HOLDS_TEXT, false },
    { 10, "CR_PROP_CATYPE", SCEP_WCCE_HOLDS_CA_INFO, false },
    { 11, "CR_PROP_CASIGCERTCOUNT", SCEP_WCCE_HOLDS_LONG, false },
    { 12, "CR_PROP_CASIGCERT", SCEP_WCCE_HOLDS_CERTIFICATE, true },
    { 13, "CR_PROP_CASIGCERTCHAIN", SCEP_WCCE_HOLDS_CMS, true },
    { 14, "CR_PROP_CAXCHGCERTCOUNT", SCEP_WCCE_HOLDS_LONG, false },
    { 15, "CR_PROP_CAXCHGCERT", SCEP_WCCE_HOLDS_CERTIFICATE, true },
    { 16, "CR_PROP_CAXCHGCERTCHAIN", SCEP_WCCE_HOLDS_CMS, true },
    { 17, "CR_PROP_BASECRL", SCEP_WCCE_HOLDS_CRL, true },
    { 18, "CR_PROP_DELTACRL", SCEP_WCCE_HOLDS_CRL, true },
    { 19, "CR_PROP_CACERTSTATE", SCEP_WCCE_HOLDS_LONG, true },
    { 20, "CR_PROP_CRLSTATE", SCEP_WCCE_HOLDS_LONG, true },
    { 21, "CR_PROP_CAPROPIDMAX", SCEP_WCCE_HOLDS_LONG, false },
    { 22, "CR_PROP_DNSNAME", SCEP_WCCE_HOLDS_TEXT, false },
    { 23, "CR_PROP_ROLESEPARATIONENABLED", SCEP_WCCE_HOLDS_LONG, false },
    { 24, "CR_PROP_KRACERTUSEDCOUNT", SCEP_WCCE_HOLDS_LONG, false },
    { 25, "CR_PROP_KRACERTCOUNT", SCEP_WCCE_HOLDS_LONG, false },
    { 26, "CR_PROP_KRACERT", SCEP_WCCE_HOLDS_CERTIFICATE, true },
    { 27, "CR_PROP_KRACERTSTATE", SCEP_WCCE_HOLDS_LONG, true },
    { 28, "CR_PROP_ADVANCEDSERVER", SCEP_WCCE_HOLDS_LONG, false },
    { 29, "CR_PROP_TEMPLATES", SCEP_WCCE_HOLDS_TEMPLATES, false },
    { 30, "CR_PROP_BASECRLPUBLISHSTATUS", SCEP_WCCE_HOLDS_LONG, true },
    { 31, "CR_PROP_DELTACRLPUBLISHSTATUS", SCEP_WCCE_HOLDS_LONG, true },
    { 32, "CR_PROP_CASIGCERTCRLCHAIN", SCEP_WCCE_HOLDS_CMS, true },
    { 33, "CR_PROP_CAXCHGCERTCRLCHAIN", SCEP_WCCE_HOLDS_CMS, true },
    { 34, "CR_PROP_CACERTSTATUSCODE", SCEP_WCCE_HOLDS_LONG, true },
    { 35, "CR_PROP_CAFORWARDCROSSCERT", SCEP_WCCE_HOLDS_CERTIFICATE, true },
    { 36, "CR_PROP_CABACKWARDCROSSCERT", SCEP_WCCE_HOLDS_CERTIFICATE, true },
    { 37, "CR_PROP_CAFORWARDCROSSCERTSTATE", SCEP_WCCE_HOLDS_LONG, true },
    { 38, "CR_PROP_CABACKWARDCROSSCERTSTATE", SCEP_WCCE_HOLDS_LONG, true },
    { 39, "CR_PROP_CACERTVERSION", SCEP_WCCE_HOLDS_LONG, true },
    { 40, "CR_PROP_SANITIZEDCASHORTNAME", SCEP_WCCE_HOLDS_TEXT, false },
    { 41, "CR_PROP_CERTCDPURLS", SCEP_WCCE_HOLDS_TEXT, true },
    { 42, "CR_PROP_CERTAIAURLS", SCEP_WCCE_HOLDS_TEXT, true },
    { 43, "CR_PROP_CERTAIAOCSPRLS", SCEP_WCCE_HOLDS_TEXT, true },
    { 44, "CR_PROP_LOCALENAME", SCEP_WCCE_HOLDS_TEXT, false },
    { 45, "CR_PROP_SUBJECTTEMPLATE_OIDS", SCEP_WCCE_HOLDS_TEXT, false },
    { 46, "CR_PROP_CRLPARTITIONCOUNT", SCEP_WCCE_HOLDS_LONG, false },
    { 47, "CR_PROP_PARTITIONED_BASECRL", SCEP_WCCE_HOLDS_CRL, true },
    { 48, "CR_PROP_PARTITIONED_DELTACRL", SCEP_WCCE_HOLDS_CRL, true },
    { 49, "CR_PROP_PARTITIONED_BASECRLPUBLISHSTATUS", SCEP_WCCE_HOLDS_LONG, true },
    { 50, "CR_PROP_PARTITIONED_DELTACRLPUBLISHSTATUS", SCEP_WCCE_HOLDS_LONG, true },
};

const size_t scep_wcce_property_count = G_N_ELEMENTS(scep_wcce_properties);

/* fchain of GetCACert: small numbers, four letters, or two letters above an index. MS-WCCE 3.2.1.4.2.2 */
typedef struct {
    uint32_t code;
    bool indexed;
    ScepWcceHolds holds;
    const char *name;
} Fchain;

static const Fchain fchains[] = {
    { 0, false, SCEP_WCCE_HOLDS_CERTIFICATE, "CA signing certificate" },
    { 1, false, SCEP_WCCE_HOLDS_CERTIFICATE, "CA exchange certificate" },
    { 0x6363726c, false, SCEP_WCCE_HOLDS_CRL, "ccrl: current CRL" },
    { 0x66696c65, false, SCEP_WCCE_HOLDS_TEXT, "file: file version" },
    { 0x696e666f, false, SCEP_WCCE_HOLDS_CA_INFO, "info: CA information" },
    { 0x6e616d65, false, SCEP_WCCE_HOLDS_TEXT, "name: CA name" },
    { 0x70617265, false, SCEP_WCCE_HOLDS_TEXT, "pare: parent CA" },
    { 0x706f6c69, false, SCEP_WCCE_HOLDS_TEXT, "poli: policy module" },
    { 0x70726f64, false, SCEP_WCCE_HOLDS_TEXT, "prod: product version" },
    { 0x73616e69, false, SCEP_WCCE_HOLDS_TEXT, "sani: sanitized CA name" },
    { 0x73686172, false, SCEP_WCCE_HOLDS_TEXT, "shar: shared folder" },
    { 0x74797065, false, SCEP_WCCE_HOLDS_CA_TYPE, "type: CA type" },
    { 0x636c, true, SCEP_WCCE_HOLDS_CRL, "cl: CRL" },
    { 0x6374, true, SCEP_WCCE_HOLDS_CERTIFICATE, "ct: CA certificate" },
    { 0x6578, true, SCEP_WCCE_HOLDS_TEXT, "ex: exit module" },
    { 0x736c, true, SCEP_WCCE_HOLDS_LONG, "sl: CRL state" },
    { 0x7374, true, SCEP_WCCE_HOLDS_LONG, "st: certificate state" },
};

const char *scep_wcce_name(const ScepWcceName *table, uint32_t code)
{
    for (; table->name != NULL; table++) {
        if (table->code == code)
            return table->name;
    }
    return NULL;
}

const ScepWcceProperty *scep_wcce_property(uint32_t id)
{
    for (size_t i = 0; i < scep_wcce_property_count; i++) {
        if (scep_wcce_properties[i].id == id)
            return &scep_wcce_properties[i];
    }
    return NULL;
}

static const Fchain *find_fchain(uint32_t fchain)
{
    for (size_t i = 0; i < G_N_ELEMENTS(fchains); i++) {
        if (fchains[i].code == (fchains[i].indexed ? fchain >> 16 : fchain))
            return &fchains[i];
    }
    return NULL;
}

char *scep_wcce_new_fchain_text(uint32_t fchain)
{
    const Fchain *row = find_fchain(fchain);

    if (row == NULL)
        return NULL;
    return row->indexed ? g_strdup_printf("%s %u", row->name, fchain & 0xffff) : g_strdup(row->name);
}

static ScepWcceHolds holds_by_type(uint32_t type)
{
    static const ScepWcceHolds by_type[] = { SCEP_WCCE_HOLDS_BYTES, SCEP_WCCE_HOLDS_LONG, SCEP_WCCE_HOLDS_DATE,
                                             SCEP_WCCE_HOLDS_BYTES, SCEP_WCCE_HOLDS_TEXT };

    return type < G_N_ELEMENTS(by_type) ? by_type[type] : SCEP_WCCE_HOLDS_BYTES;
}

ScepWcceHolds scep_wcce_holds(const ScepWcceContext *context, ScepWcceParameterId id)
{
    if (!context->known)
        return SCEP_WCCE_HOLDS_BYTES;
    if (id == SCEP_WCCE_CA_OUT) {
        const Fchain *row = find_fchain(context->fchain);
        return row != NULL ? row->holds : SCEP_WCCE_HOLDS_BYTES;
    }
    const ScepWcceProperty *property = scep_wcce_property(context->property_id);
    return property != NULL ? property->holds : holds_by_type(context->property_type);
}

char *scep_wcce_new_result_text(uint32_t result)
{
    ScepResultCodeText text;
    const ScepResultCode *code = scep_result_code_explain(result, &text);

    return code != NULL ? g_strdup_printf("%s (0x%08x)", code->symbol, result) : g_strdup_printf("0x%08x", result);
}

char *scep_wcce_new_disposition_text(uint32_t disposition)
{
    const char *name = scep_wcce_name(scep_wcce_dispositions, disposition);

    return name != NULL ? g_strdup(name) : scep_wcce_new_result_text(disposition);
}
