/* payload.c
 * What an opened envelope holds besides PKCS#10.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/cms.h"

#include <openssl/err.h>
#include <string.h>

#include "asn1/ber.h"
#include "scep/crypto.h"
#include "asn1/time.h"

static const uint8_t oid_crl_number[] = { 0x55, 0x1d, 0x14 };

/* The first elements of a SEQUENCE that fills the buffer. @return how many of @a wanted there are */
static unsigned read_members(const uint8_t *data, size_t size, ScepSpan *whole, ScepBer *members, unsigned wanted)
{
    ScepBer outer;
    unsigned count = 0;

    if (scep_ber_read(data, size, 0, &outer) != SCEP_BER_OK || !outer.constructed ||
        !scep_ber_is(&outer, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE))
        return 0;
    *whole = outer.whole;
    while (count < wanted &&
           (count == 0 ? scep_ber_first(data, &outer, &members[0])
                       : scep_ber_next(data, &outer, &members[count - 1], &members[count])) == SCEP_BER_OK)
        count++;
    return count;
}

static bool read_name(const uint8_t *data, const ScepBer *node, ScepSpan *der, char **text)
{
    if (!scep_ber_is(node, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE) || node->truncated)
        return false;
    ERR_set_mark();
    *der = node->whole;
    *text = scep_name_new_text(data + node->whole.offset, node->whole.length);
    ERR_pop_to_mark();
    return *text != NULL;
}

bool scep_issuer_and_subject_read(const uint8_t *data, size_t size, ScepIssuerAndSubject *out)
{
    ScepBer members[2];

    memset(out, 0, sizeof *out);
    const unsigned count = read_members(data, size, &out->whole, members, 2);
    const bool has_issuer = count > 0 && read_name(data, &members[0], &out->issuer_der, &out->issuer);
    const bool has_subject = count > 1 && read_name(data, &members[1], &out->subject_der, &out->subject);
    return has_issuer && has_subject;
}

void scep_issuer_and_subject_clear(ScepIssuerAndSubject *value)
{
    g_free(value->issuer);
    g_free(value->subject);
    memset(value, 0, sizeof *value);
}

bool scep_issuer_and_serial_read(const uint8_t *data, size_t size, ScepIssuerAndSerial *out)
{
    ScepBer members[2];

    memset(out, 0, sizeof *out);
    const unsigned count = read_members(data, size, &out->whole, members, 2);
    const bool has_issuer = count > 0 && read_name(data, &members[0], &out->issuer_der, &out->issuer);
    const bool has_serial = count > 1 && scep_ber_is(&members[1], SCEP_BER_UNIVERSAL, SCEP_TAG_INTEGER) &&
                            !members[1].truncated && members[1].content.length > 0;
    if (has_serial)
        out->serial = members[1].content;
    return has_issuer && has_serial;
}

void scep_issuer_and_serial_clear(ScepIssuerAndSerial *value)
{
    g_free(value->issuer);
    memset(value, 0, sizeof *value);
}

/* Extensions ::= SEQUENCE OF SEQUENCE { extnID, critical, extnValue }; cRLNumber is an INTEGER (RFC 5280 5.2.3). */
static void read_crl_extensions(const uint8_t *der, const ScepBer *tagged, ScepCrl *out)
{
    ScepBer list, extension, item, number;

    if (scep_ber_first(der, tagged, &list) != SCEP_BER_OK)
        return;
    for (ScepBerError error = scep_ber_first(der, &list, &extension); error == SCEP_BER_OK;
         error = scep_ber_next(der, &list, &extension, &extension)) {
        if (scep_ber_first(der, &extension, &item) != SCEP_BER_OK ||
            !scep_ber_oid_is(der, &item, oid_crl_number, sizeof oid_crl_number))
            continue;
        while (scep_ber_next(der, &extension, &item, &item) == SCEP_BER_OK) {
            if (scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_OCTET_STRING) &&
                scep_ber_first(der, &item, &number) == SCEP_BER_OK &&
                scep_ber_is(&number, SCEP_BER_UNIVERSAL, SCEP_TAG_INTEGER))
                out->number = number.content;
        }
        return;
    }
}

static bool is_time(const ScepBer *node)
{
    return node->tag_class == SCEP_BER_UNIVERSAL &&
           (node->tag == SCEP_TAG_UTC_TIME || node->tag == SCEP_TAG_GENERALIZED_TIME);
}

static int64_t read_time(const uint8_t *der, const ScepBer *node)
{
    return scep_time_parse(der + node->content.offset, node->content.length, node->tag);
}

static void count_entries(const uint8_t *der, const ScepBer *list, ScepCrl *out)
{
    ScepBer entry;

    for (ScepBerError error = scep_ber_first(der, list, &entry); error == SCEP_BER_OK && !entry.truncated;
         error = scep_ber_next(der, list, &entry, &entry))
        out->revoked++;
}

/* TBSCertList ::= SEQUENCE { version OPTIONAL, signature, issuer, thisUpdate, nextUpdate OPTIONAL, revokedCertificates
 * OPTIONAL, [0] crlExtensions OPTIONAL }, RFC 5280 5.1 */
static bool read_tbs(const uint8_t *der, const ScepBer *tbs, ScepCrl *out)
{
    ScepBer item;
    bool updated = false;

    if (scep_ber_first(der, tbs, &item) != SCEP_BER_OK)
        return false;
    if (scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_INTEGER) &&
        scep_ber_next(der, tbs, &item, &item) != SCEP_BER_OK)
        return false;
    if (!scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE) ||
        scep_ber_next(der, tbs, &item, &item) != SCEP_BER_OK || !read_name(der, &item, &out->issuer_der, &out->issuer))
        return false;
    while (scep_ber_next(der, tbs, &item, &item) == SCEP_BER_OK) {
        if (is_time(&item)) {
            *(updated ? &out->next_update : &out->this_update) = read_time(der, &item);
            updated = true;
        } else if (scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE)) {
            count_entries(der, &item, out);
        } else if (scep_ber_is(&item, SCEP_BER_CONTEXT, 0)) {
            read_crl_extensions(der, &item, out);
        }
    }
    return updated;
}

bool scep_crl_read(const uint8_t *der, size_t size, ScepCrl *out)
{
    ScepBer outer, tbs, algorithm, oid;

    memset(out, 0, sizeof *out);
    if (scep_ber_read(der, size, 0, &outer) != SCEP_BER_OK || !outer.constructed ||
        !scep_ber_is(&outer, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE) ||
        scep_ber_first(der, &outer, &tbs) != SCEP_BER_OK || !scep_ber_is(&tbs, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE))
        return false;
    out->whole = outer.whole;
    out->truncated = outer.truncated;
    if (scep_ber_next(der, &outer, &tbs, &algorithm) == SCEP_BER_OK &&
        scep_ber_first(der, &algorithm, &oid) == SCEP_BER_OK && scep_ber_is(&oid, SCEP_BER_UNIVERSAL, SCEP_TAG_OID)) {
        char *text = scep_ber_new_oid_text(der + oid.content.offset, oid.content.length);
        out->signature_algorithm = g_strdup(scep_crypto_oid_name(text));
        g_free(text);
    }
    return read_tbs(der, &tbs, out);
}

void scep_crl_clear(ScepCrl *crl)
{
    g_free(crl->issuer);
    g_free(crl->signature_algorithm);
    memset(crl, 0, sizeof *crl);
}
