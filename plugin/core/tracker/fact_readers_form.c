/* fact_readers_form.c
 * Facts of a request that stand in its CMS layers: encoding, attributes, algorithms, recipients, signer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "asn1/ber.h"
#include "cms/certificate_list.h"
#include "scep/crypto.h"
#include "tracker/fact_readers.h"
#include "tracker/times.h"

/* ---- encoding ---------------------------------------------------------------------------------------------------- */

static const char *form_of(const ScepOctets *octets)
{
    if (octets->truncated || octets->pieces == 0)
        return NULL;
    return octets->constructed ? "constructed of pieces (BER)" : "in one piece";
}

const char *scep_fact_content(ScepFactReading *reading)
{
    return reading->message != NULL ? form_of(&reading->message->content) : NULL;
}

const char *scep_fact_encrypted_content(ScepFactReading *reading)
{
    return reading->envelope != NULL ? form_of(&reading->envelope->ciphertext) : NULL;
}

const char *scep_fact_envelope_lengths(ScepFactReading *reading)
{
    return reading->envelope == NULL ? NULL : reading->envelope->uses_ber ? "BER" : "DER";
}

const char *scep_fact_message_lengths(ScepFactReading *reading)
{
    return reading->message == NULL ? NULL : reading->message->uses_ber ? "BER" : "DER";
}

const char *scep_fact_content_kind(ScepFactReading *reading)
{
    static const char *const names[] = {
        [SCEP_CONTENT_ABSENT] = "nothing",
        [SCEP_CONTENT_EMPTY] = "an empty string",
        [SCEP_CONTENT_ZERO_BYTE] = "one zero octet",
        [SCEP_CONTENT_ENVELOPED] = "EnvelopedData",
        [SCEP_CONTENT_ENCRYPTED] = "EncryptedData",
        [SCEP_CONTENT_AUTH_ENVELOPED] = "AuthEnvelopedData",
        [SCEP_CONTENT_SIGNED] = "SignedData",
        [SCEP_CONTENT_CMS_OTHER] = "CMS of another type",
        [SCEP_CONTENT_OTHER] = "no CMS",
    };
    return reading->message != NULL ? names[reading->message->content_kind] : NULL;
}

const char *scep_fact_digest_check(ScepFactReading *reading)
{
    const ScepChecks *checks = reading->request->checks;

    return reading->message != NULL && checks != NULL ? scep_fact_verdict(checks->digest) : NULL;
}

const char *scep_fact_signature_check(ScepFactReading *reading)
{
    const ScepChecks *checks = reading->request->checks;

    return reading->message != NULL && checks != NULL ? scep_fact_verdict(checks->signature) : NULL;
}

/* ---- signed attributes ------------------------------------------------------------------------------------------- */

static const GArray *attributes_of(const ScepFactReading *reading)
{
    const ScepMessage *message = reading->message;

    return message != NULL && message->attributes->len > 0 && !message->signer.attributes_truncated
               ? message->attributes
               : NULL;
}

/* X.690 11.6: the members of a SET OF stand in the order of their octets. */
const char *scep_fact_attribute_order(ScepFactReading *reading)
{
    const GArray *attributes = attributes_of(reading);
    const uint8_t *body = reading->request->body;

    for (guint i = 1; attributes != NULL && i < attributes->len; i++) {
        const ScepSpan before = g_array_index(attributes, ScepAttribute, i - 1).whole;
        const ScepSpan here = g_array_index(attributes, ScepAttribute, i).whole;
        const int order = memcmp(body + before.offset, body + here.offset, MIN(before.length, here.length));
        if (order > 0 || (order == 0 && before.length > here.length))
            return "not that of DER";
    }
    return attributes != NULL ? "that of DER" : NULL;
}

/* As many as there is room for; the order is another fact. */
const char *scep_fact_attributes(ScepFactReading *reading)
{
    const GArray *attributes = attributes_of(reading);
    unsigned others = 0;
    size_t used = 0;

    if (attributes == NULL)
        return NULL;
    for (int id = SCEP_ATTR_UNKNOWN + 1; id < SCEP_ATTR_COUNT && used < sizeof reading->room; id++) {
        const ScepAttribute *attribute = scep_message_get0_attribute(reading->message, (ScepAttributeId)id);
        if (attribute != NULL)
            used += (size_t)g_snprintf(reading->room + used, sizeof reading->room - used, "%s%s", used ? ", " : "",
                                       attribute->info->name);
    }
    for (guint i = 0; i < attributes->len; i++) {
        const ScepAttribute *attribute = &g_array_index(attributes, ScepAttribute, i);
        others += attribute->info == NULL || attribute->info->id == SCEP_ATTR_UNKNOWN;
    }
    if (others > 0 && used < sizeof reading->room)
        g_snprintf(reading->room + used, sizeof reading->room - used, "%s%u more", used ? ", " : "", others);
    return reading->room;
}

static const char *string_type(uint32_t tag)
{
    switch (tag) {
    case SCEP_TAG_PRINTABLE_STRING:
        return "PrintableString";
    case SCEP_TAG_UTF8_STRING:
        return "UTF8String";
    case SCEP_TAG_IA5_STRING:
        return "IA5String";
    case SCEP_TAG_OCTET_STRING:
        return "OCTET STRING";
    default:
        return "another type";
    }
}

const char *scep_fact_string_types(ScepFactReading *reading)
{
    const ScepAttribute *type = NULL, *transaction = NULL;

    if (attributes_of(reading) != NULL) {
        type = scep_message_get0_attribute(reading->message, SCEP_ATTR_MESSAGE_TYPE);
        transaction = scep_message_get0_attribute(reading->message, SCEP_ATTR_TRANSACTION_ID);
    }
    if (type == NULL || transaction == NULL)
        return NULL;
    g_snprintf(reading->room, sizeof reading->room, "messageType %s, transactionID %s", string_type(type->value_tag),
               string_type(transaction->value_tag));
    return reading->room;
}

const char *scep_fact_nonce(ScepFactReading *reading)
{
    if (attributes_of(reading) == NULL)
        return NULL;
    g_snprintf(reading->room, sizeof reading->room, "%u octets", reading->exchange->nonce_length);
    return reading->room;
}

const char *scep_fact_transaction(ScepFactReading *reading)
{
    const char *id = reading->message != NULL ? reading->message->transaction_id : NULL;
    const size_t length = id != NULL ? strlen(id) : 0;

    if (id == NULL)
        return NULL;
    const bool decimal = strspn(id, "0123456789") == length;
    const char *kind = decimal                                           ? "decimal digits"
                       : strspn(id, "0123456789abcdef") == length        ? "hexadecimal digits in lower case"
                       : strspn(id, "0123456789ABCDEF") == length        ? "hexadecimal digits in upper case"
                       : strspn(id, "0123456789abcdefABCDEF-") == length ? "hexadecimal digits and hyphens"
                                                                         : "other characters";
    /* Numbers have no fixed length. */
    if (decimal)
        return kind;
    g_snprintf(reading->room, sizeof reading->room, "%zu characters, %s", length, kind);
    return reading->room;
}

const char *scep_fact_clock(ScepFactReading *reading)
{
    const int64_t signing = reading->message != NULL ? reading->message->signing_time : 0;
    const int64_t ahead = signing - reading->exchange->request_time / SCEP_SECOND;

    if (signing == 0)
        return NULL;
    return ahead > SCEP_CLOCK_TOLERANCE ? "ahead" : ahead < -SCEP_CLOCK_TOLERANCE ? "behind" : "fits";
}

/* ---- algorithms -------------------------------------------------------------------------------------------------- */

static const char *oid_text(const char *oid)
{
    return oid != NULL ? scep_crypto_oid_name(oid) : NULL;
}

const char *scep_fact_digest(ScepFactReading *reading)
{
    return reading->message != NULL ? oid_text(reading->message->signer.digest_algorithm) : NULL;
}

const char *scep_fact_signature_oid(ScepFactReading *reading)
{
    const char *name = reading->message != NULL ? oid_text(reading->message->signer.signature_algorithm) : NULL;

    if (name == NULL || strcmp(name, "rsaEncryption") == 0 || strcmp(name, "RSASSA-PSS") == 0)
        return name;
    return "names the digest too";
}

const char *scep_fact_cipher(ScepFactReading *reading)
{
    return reading->envelope != NULL ? oid_text(reading->envelope->cipher) : NULL;
}

static const char *parameters_of(const uint8_t *data, ScepSpan algorithm)
{
    ScepBer whole, oid, parameters;

    if (algorithm.length == 0 ||
        scep_ber_read(data, algorithm.offset + algorithm.length, algorithm.offset, &whole) != SCEP_BER_OK ||
        scep_ber_first(data, &whole, &oid) != SCEP_BER_OK)
        return NULL;
    if (scep_ber_next(data, &whole, &oid, &parameters) != SCEP_BER_OK)
        return "absent";
    if (scep_ber_is(&parameters, SCEP_BER_UNIVERSAL, SCEP_TAG_NULL))
        return "NULL";
    return parameters.content.length == 0 ? "empty" : "present";
}

const char *scep_fact_signature_parameters(ScepFactReading *reading)
{
    return reading->message != NULL
               ? parameters_of(reading->request->body, reading->message->signer.signature_algorithm_whole)
               : NULL;
}

const char *scep_fact_key_encryption(ScepFactReading *reading)
{
    return reading->recipient != NULL ? oid_text(reading->recipient->algorithm) : NULL;
}

const char *scep_fact_key_parameters(ScepFactReading *reading)
{
    return reading->recipient != NULL ? parameters_of(reading->request->content, reading->recipient->algorithm_whole)
                                      : NULL;
}

const char *scep_fact_iv(ScepFactReading *reading)
{
    if (reading->envelope == NULL || reading->envelope->cipher == NULL)
        return NULL;
    if (reading->envelope->iv.length == 0)
        return "absent";
    g_snprintf(reading->room, sizeof reading->room, "%zu octets", reading->envelope->iv.length);
    return reading->room;
}

/* ---- recipients -------------------------------------------------------------------------------------------------- */

const char *scep_fact_recipient_type(ScepFactReading *reading)
{
    return reading->recipient != NULL ? scep_recipient_type_name(reading->recipient->type) : NULL;
}

const char *scep_fact_recipients(ScepFactReading *reading)
{
    if (reading->envelope == NULL)
        return NULL;
    g_snprintf(reading->room, sizeof reading->room, "%u", reading->envelope->recipients->len);
    return reading->room;
}

const char *scep_fact_recipient_name(ScepFactReading *reading)
{
    if (reading->recipient == NULL)
        return NULL;
    return reading->recipient->issuer.length > 0   ? "by issuer and serial number"
           : reading->recipient->key_id.length > 0 ? "by key identifier"
                                                   : NULL;
}

const char *scep_fact_recipient_role(ScepFactReading *reading)
{
    const GPtrArray *shown = reading->exchange->server->certificates;

    if (shown == NULL || reading->recipient == NULL || reading->recipient->issuer.length == 0)
        return NULL;
    const ScepCertificate *found =
        scep_recipient_get0_certificate(shown, reading->recipient, reading->request->content);
    return found != NULL ? scep_certificate_role_name(scep_certificate_ca_role(found, shown->len == 1))
                         : "none of them";
}

/* ---- signer ------------------------------------------------------------------------------------------------------ */

static const char *key_text(ScepFactReading *reading, const char *algorithm, uint32_t bits)
{
    if (algorithm == NULL || bits == 0)
        return algorithm;
    g_snprintf(reading->room, sizeof reading->room, "%s, %u bits", algorithm, bits);
    return reading->room;
}

const char *scep_fact_signer_algorithm(ScepFactReading *reading)
{
    return reading->signer != NULL ? reading->signer->key_algorithm : NULL;
}

const char *scep_fact_signer_key(ScepFactReading *reading)
{
    return reading->signer != NULL ? key_text(reading, reading->signer->key_algorithm, reading->signer->key_bits)
                                   : NULL;
}

const char *scep_fact_signer_kind(ScepFactReading *reading)
{
    if (reading->signer == NULL)
        return NULL;
    return reading->signer->self_signed ? "self-signed" : "issued by a CA";
}

const char *scep_fact_signer_present(ScepFactReading *reading)
{
    if (reading->message == NULL || reading->message->signer_count == 0)
        return NULL;
    return reading->signer != NULL ? "yes" : "no";
}

const char *scep_fact_signer_named(ScepFactReading *reading)
{
    if (reading->message == NULL)
        return NULL;
    return reading->message->signer.issuer.length > 0   ? "by issuer and serial number"
           : reading->message->signer.key_id.length > 0 ? "by key identifier"
                                                        : NULL;
}

const char *scep_fact_signer_validity(ScepFactReading *reading)
{
    const int64_t now = reading->exchange->request_time / SCEP_SECOND;

    if (reading->signer == NULL)
        return NULL;
    return now < reading->signer->not_before  ? "begins later"
           : now > reading->signer->not_after ? "is over"
                                              : "covers the time of the request";
}

const char *scep_fact_signer_digest(ScepFactReading *reading)
{
    return reading->signer != NULL ? reading->signer->signature_algorithm : NULL;
}

const char *scep_fact_certificates(ScepFactReading *reading)
{
    if (reading->message == NULL)
        return NULL;
    g_snprintf(reading->room, sizeof reading->room, "%u", reading->message->certificates->len);
    return reading->room;
}

const char *scep_fact_csr_key(ScepFactReading *reading)
{
    return reading->csr != NULL ? key_text(reading, reading->csr->key_algorithm, reading->csr->key_bits) : NULL;
}
