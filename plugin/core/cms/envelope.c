/* envelope.c
 * EnvelopedData (RFC 5652 6), AuthEnvelopedData (RFC 5083) and EncryptedData (RFC 5652 8), taken apart.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/cms.h"

#include "scep/limits.h"
#include "asn1/ber.h"

/* Reads the next element; notes what it tells about the encoding. @return false when there is none to work with. */
static bool take(ScepEnvelope *envelope, const uint8_t *data, const ScepBer *parent, const ScepBer *previous,
                 ScepBer *out)
{
    const ScepBerError error =
        previous ? scep_ber_next(data, parent, previous, out) : scep_ber_first(data, parent, out);

    envelope->broken |= error > SCEP_BER_END;
    if (error != SCEP_BER_OK)
        return false;
    envelope->uses_ber |= out->indefinite;
    /* Where the envelope is whole, an element that its parent cuts has a wrong length. */
    envelope->broken |= out->broken || (out->truncated && !envelope->truncated);
    return true;
}

static char *oid_text(const uint8_t *data, const ScepBer *node)
{
    return scep_ber_is(node, SCEP_BER_UNIVERSAL, SCEP_TAG_OID) && !node->truncated
               ? scep_ber_new_oid_text(data + node->content.offset, node->content.length)
               : NULL;
}

static char *algorithm_text(const uint8_t *data, const ScepBer *algorithm)
{
    ScepBer oid;

    return scep_ber_first(data, algorithm, &oid) == SCEP_BER_OK ? oid_text(data, &oid) : NULL;
}

/* issuerAndSerialNumber, or a key identifier in its implicit or universal form */
static void read_identifier(ScepEnvelope *envelope, const uint8_t *data, const ScepBer *rid, ScepRecipient *out)
{
    ScepBer first, second;

    if (!scep_ber_is(rid, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE)) {
        /* [0] IMPLICIT SubjectKeyIdentifier, or rKeyId [0] IMPLICIT SEQUENCE { OCTET STRING, ... } in a kari */
        out->key_id = rid->constructed && take(envelope, data, rid, NULL, &first) ? first.content : rid->content;
        return;
    }
    if (!take(envelope, data, rid, NULL, &first))
        return;
    if (scep_ber_is(&first, SCEP_BER_UNIVERSAL, SCEP_TAG_OCTET_STRING)) {
        out->key_id = first.content; /* kekid KEKIdentifier */
        return;
    }
    out->issuer = first.whole;
    if (take(envelope, data, rid, &first, &second))
        out->serial = second.content;
}

static void read_algorithm(const uint8_t *data, const ScepBer *algorithm, ScepRecipient *out)
{
    out->algorithm_whole = algorithm->whole;
    out->algorithm = algorithm_text(data, algorithm);
}

/* KeyTransRecipientInfo (6.2.1) and KEKRecipientInfo (6.2.3): version, identifier, algorithm, encrypted key */
static void read_plain(ScepEnvelope *envelope, const uint8_t *data, const ScepBer *info, ScepRecipient *out)
{
    ScepBer item;

    if (!take(envelope, data, info, NULL, &item) || !take(envelope, data, info, &item, &item))
        return;
    read_identifier(envelope, data, &item, out);
    if (!take(envelope, data, info, &item, &item))
        return;
    read_algorithm(data, &item, out);
    if (take(envelope, data, info, &item, &item))
        out->encrypted_key = item.content;
}

/* KeyAgreeRecipientInfo (6.2.2): version, [0] originator, [1] ukm OPTIONAL, algorithm, SEQUENCE OF { rid, key } */
static void read_key_agreement(ScepEnvelope *envelope, const uint8_t *data, const ScepBer *info, ScepRecipient *out)
{
    ScepBer item, entry, part;

    if (!take(envelope, data, info, NULL, &item) || !take(envelope, data, info, &item, &item))
        return;
    if (scep_ber_is(&item, SCEP_BER_CONTEXT, 0)) {
        out->originator = item.whole;
        if (!take(envelope, data, info, &item, &item))
            return;
    }
    if (scep_ber_is(&item, SCEP_BER_CONTEXT, 1) && !take(envelope, data, info, &item, &item))
        return;
    read_algorithm(data, &item, out);
    if (!take(envelope, data, info, &item, &item) || !take(envelope, data, &item, NULL, &entry) ||
        !take(envelope, data, &entry, NULL, &part))
        return;
    read_identifier(envelope, data, &part, out);
    if (take(envelope, data, &entry, &part, &part))
        out->encrypted_key = part.content;
}

/* PasswordRecipientInfo (6.2.4): version, [0] keyDerivationAlgorithm OPTIONAL, algorithm, encrypted key */
static void read_password(ScepEnvelope *envelope, const uint8_t *data, const ScepBer *info, ScepRecipient *out)
{
    ScepBer item;

    if (!take(envelope, data, info, NULL, &item) || !take(envelope, data, info, &item, &item))
        return;
    if (scep_ber_is(&item, SCEP_BER_CONTEXT, 0)) {
        out->derivation = algorithm_text(data, &item);
        if (!take(envelope, data, info, &item, &item))
            return;
    }
    read_algorithm(data, &item, out);
    if (take(envelope, data, info, &item, &item))
        out->encrypted_key = item.content;
}

/* OtherRecipientInfo (6.2.5): oriType, oriValue; a KEMRecipientInfo (RFC 9629) comes this way */
static void read_other(ScepEnvelope *envelope, const uint8_t *data, const ScepBer *info, ScepRecipient *out)
{
    ScepBer item;

    if (!take(envelope, data, info, NULL, &item))
        return;
    out->algorithm = oid_text(data, &item);
    out->algorithm_whole = item.whole;
}

typedef void (*RecipientReader)(ScepEnvelope *, const uint8_t *, const ScepBer *, ScepRecipient *);

static const struct {
    ScepRecipientType type;
    const char *name;
    RecipientReader read;
} recipient_types[] = {
    [SCEP_RECIPIENT_KTRI] = { SCEP_RECIPIENT_KTRI, "ktri", read_plain },
    [SCEP_RECIPIENT_KARI] = { SCEP_RECIPIENT_KARI, "kari", read_key_agreement },
    [SCEP_RECIPIENT_KEKRI] = { SCEP_RECIPIENT_KEKRI, "kekri", read_plain },
    [SCEP_RECIPIENT_PWRI] = { SCEP_RECIPIENT_PWRI, "pwri", read_password },
    [SCEP_RECIPIENT_ORI] = { SCEP_RECIPIENT_ORI, "ori", read_other },
};

const char *scep_recipient_type_name(ScepRecipientType type)
{
    return (size_t)type < G_N_ELEMENTS(recipient_types) ? recipient_types[type].name : "unknown";
}

static void read_recipients(ScepEnvelope *envelope, const uint8_t *data, const ScepBer *set)
{
    ScepBer info;

    for (bool more = take(envelope, data, set, NULL, &info); more && envelope->recipients->len < SCEP_MAX_RECIPIENTS;
         more = take(envelope, data, set, &info, &info)) {
        ScepRecipient recipient = { .whole = info.whole };

        /* ktri is the untagged SEQUENCE; the others are [1] to [4] */
        if (info.tag_class == SCEP_BER_CONTEXT && info.tag >= 1 && info.tag <= 4)
            recipient.type = (ScepRecipientType)info.tag;
        recipient_types[recipient.type].read(envelope, data, &info, &recipient);
        g_array_append_val(envelope->recipients, recipient);
    }
}

/* The IV is an OCTET STRING, or stands in a SEQUENCE (GCMParameters: nonce first; RC2: version, IV). */
static void read_cipher_parameters(ScepEnvelope *envelope, const uint8_t *data, const ScepBer *algorithm)
{
    ScepBer oid, parameters, item;

    if (!take(envelope, data, algorithm, NULL, &oid) || !take(envelope, data, algorithm, &oid, &parameters))
        return;
    if (scep_ber_is(&parameters, SCEP_BER_UNIVERSAL, SCEP_TAG_OCTET_STRING)) {
        envelope->iv = parameters.content;
    } else if (parameters.constructed) {
        for (bool more = take(envelope, data, &parameters, NULL, &item); more;
             more = take(envelope, data, &parameters, &item, &item)) {
            if (scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_OCTET_STRING)) {
                envelope->iv = item.content;
                return;
            }
        }
    }
}

/* EncryptedContentInfo ::= SEQUENCE { contentType, algorithm, [0] IMPLICIT OCTET STRING OPTIONAL } */
static void read_encrypted_content(ScepEnvelope *envelope, const uint8_t *data, const ScepBer *info)
{
    ScepBer item;

    if (!take(envelope, data, info, NULL, &item))
        return;
    envelope->inner_type = oid_text(data, &item);
    if (!take(envelope, data, info, &item, &item))
        return;
    envelope->cipher_whole = item.whole;
    envelope->cipher = algorithm_text(data, &item);
    read_cipher_parameters(envelope, data, &item);
    if (take(envelope, data, info, &item, &item) && scep_ber_is(&item, SCEP_BER_CONTEXT, 0)) {
        scep_octets_read(data, &item, &envelope->ciphertext);
        envelope->uses_ber |= item.constructed;
    }
}

/* EnvelopedData: version, [0] originatorInfo, recipientInfos SET, encryptedContentInfo SEQUENCE, [1] attributes.
 * AuthEnvelopedData adds mac OCTET STRING; EncryptedData has no recipients, except from the client that mislabels. */
static void read_body(ScepEnvelope *envelope, const uint8_t *data, const ScepBer *body)
{
    ScepBer item;
    bool has_content = false;

    for (bool more = take(envelope, data, body, NULL, &item); more; more = take(envelope, data, body, &item, &item)) {
        if (scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_SET)) {
            read_recipients(envelope, data, &item);
        } else if (scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE) && !has_content) {
            read_encrypted_content(envelope, data, &item);
            has_content = true;
        } else if (scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_OCTET_STRING)) {
            scep_octets_clear(&envelope->mac);
            scep_octets_read(data, &item, &envelope->mac);
        }
    }
}

static void clear_recipient(gpointer data)
{
    ScepRecipient *recipient = data;

    g_free(recipient->algorithm);
    g_free(recipient->derivation);
}

ScepEnvelope *scep_envelope_new(const uint8_t *content, size_t size, ScepContentKind kind)
{
    ScepBer outer, type, tagged, body;

    if (kind != SCEP_CONTENT_ENVELOPED && kind != SCEP_CONTENT_ENCRYPTED && kind != SCEP_CONTENT_AUTH_ENVELOPED)
        return NULL;
    ScepEnvelope *envelope = g_new0(ScepEnvelope, 1);
    envelope->kind = kind;
    envelope->recipients = g_array_new(FALSE, FALSE, sizeof(ScepRecipient));
    g_array_set_clear_func(envelope->recipients, clear_recipient);

    if (scep_ber_read(content, size, 0, &outer) != SCEP_BER_OK) {
        envelope->broken = true;
        return envelope;
    }
    envelope->whole = outer.whole;
    envelope->uses_ber = outer.indefinite;
    envelope->truncated = outer.truncated;
    envelope->broken = outer.broken;
    if (take(envelope, content, &outer, NULL, &type) && take(envelope, content, &outer, &type, &tagged) &&
        take(envelope, content, &tagged, NULL, &body))
        read_body(envelope, content, &body);
    return envelope;
}

void scep_envelope_free(ScepEnvelope *envelope)
{
    if (envelope == NULL)
        return;
    g_array_unref(envelope->recipients);
    scep_octets_clear(&envelope->ciphertext);
    scep_octets_clear(&envelope->mac);
    g_free(envelope->inner_type);
    g_free(envelope->cipher);
    g_free(envelope);
}
