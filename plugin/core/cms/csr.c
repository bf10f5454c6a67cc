/* csr.c
 * A PKCS#10 request (RFC 2986) in the terms of an administrator.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/cms.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#include "cms/csr.h"
#include "crypto/public_key.h"
#include "crypto/crypto.h"
#include "scep/limits.h"
#include "scep/catalogue.h"
#include "asn1/x509_spans.h"
#include "cms/verify.h"

static void clear_item(gpointer data)
{
    ScepCsrItem *item = data;

    g_free(item->name);
    g_free(item->text);
}

void scep_csr_take_item(ScepCsr *csr, const char *dotted, char *name, char *text, ScepSpan where)
{
    const ScepOid *oid = scep_oid_find(dotted);
    ScepCsrItem item = { .oid_name = oid != NULL ? oid->name : NULL, .name = name, .text = text, .where = where };

    if (csr->items->len >= SCEP_MAX_CSR_ITEMS)
        clear_item(&item);
    else
        g_array_append_val(csr->items, item);
}

/* The next element of the CertificationRequestInfo. */
static bool take(ScepCsr *csr, const uint8_t *der, const ScepBer *parent, const ScepBer *previous, ScepBer *out)
{
    const ScepBerError error =
        previous != NULL ? scep_ber_next(der, parent, previous, out) : scep_ber_first(der, parent, out);

    csr->broken |= error > SCEP_BER_END;
    return error == SCEP_BER_OK;
}

static void read_subject(ScepCsr *csr, const uint8_t *der, const ScepBer *name)
{
    csr->subject_der = name->whole;
    csr->subject = scep_name_new_text(der + name->whole.offset, name->whole.length);
    csr->broken |= csr->subject == NULL;
}

static void read_key(ScepCsr *csr, const uint8_t *der, const ScepBer *node)
{
    ScepVerifyReason reason;
    ScepSpki spki;

    csr->spki_der = node->whole;
    if (node->truncated)
        return;
    scep_crypto_sha256(der + node->whole.offset, node->whole.length, csr->spki_sha256);
    if (!scep_spki_read(der, node->whole.offset + node->whole.length, node->whole.offset, &spki)) {
        csr->broken = true;
        return;
    }
    csr->key_algorithm = scep_public_key_new_algorithm(der, &spki);
    EVP_PKEY *key = scep_public_key_new(der, &spki, &reason);
    csr->broken |= key == NULL && reason == SCEP_VERIFY_KEY_UNREADABLE;
    if (key != NULL)
        csr->key_bits = (uint32_t)EVP_PKEY_get_bits(key);
    EVP_PKEY_free(key);
}

static void read_attributes(ScepCsr *csr, const uint8_t *der, const ScepBer *set, unsigned flags)
{
    ScepBer attribute;
    unsigned count = 0;

    for (bool more = take(csr, der, set, NULL, &attribute); more && count < SCEP_MAX_CSR_ITEMS;
         more = take(csr, der, set, &attribute, &attribute), count++)
        scep_csr_read_attribute(csr, der, &attribute, flags);
}

/* CertificationRequestInfo ::= SEQUENCE { version, subject, subjectPKInfo, [0] attributes } */
static void read_info(ScepCsr *csr, const uint8_t *der, const ScepBer *info, unsigned flags)
{
    ScepBer item;

    if (!take(csr, der, info, NULL, &item))
        return;
    if (scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_INTEGER)) {
        if (item.content.length == 1)
            csr->version = der[item.content.offset];
        if (!take(csr, der, info, &item, &item))
            return;
    }
    if (!scep_ber_is(&item, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE)) {
        csr->broken = true;
        return;
    }
    read_subject(csr, der, &item);
    if (!take(csr, der, info, &item, &item))
        return;
    read_key(csr, der, &item);
    while (take(csr, der, info, &item, &item)) {
        if (scep_ber_is(&item, SCEP_BER_CONTEXT, 0))
            read_attributes(csr, der, &item, flags);
        else
            csr->broken = true;
    }
}

/* Every element ends inside of the one around it, at any depth. */
static bool is_whole(const uint8_t *der, const ScepBer *node, unsigned depth)
{
    ScepBer item;

    if (node->truncated || node->broken || depth >= SCEP_BER_MAX_DEPTH)
        return false;
    if (!node->constructed)
        return true;
    ScepBerError error = scep_ber_first(der, node, &item);
    while (error == SCEP_BER_OK) {
        if (!is_whole(der, &item, depth + 1))
            return false;
        error = scep_ber_next(der, node, &item, &item);
    }
    return error == SCEP_BER_END;
}

/* A SEQUENCE of these and no more. */
static bool is_sequence_of(const uint8_t *der, const ScepBer *sequence, const uint32_t *tags, size_t count)
{
    ScepBer item;
    ScepBerError error = scep_ber_first(der, sequence, &item);

    for (size_t i = 0; i < count; i++) {
        if (error != SCEP_BER_OK || !scep_ber_is(&item, SCEP_BER_UNIVERSAL, tags[i]))
            return false;
        error = scep_ber_next(der, sequence, &item, &item);
    }
    return error == SCEP_BER_END;
}

/* Damage to a length, which moves what stands behind it into another element, shows in the form of the whole: RFC 2986
 * 4.2, and SubjectPublicKeyInfo (RFC 5280 4.1.2.7), where nothing else would tell. */
static bool has_form(const ScepCsr *csr, const uint8_t *der, const ScepBer *outer)
{
    static const uint32_t of_request[] = { SCEP_TAG_SEQUENCE, SCEP_TAG_SEQUENCE, SCEP_TAG_BIT_STRING };
    ScepBer key;

    return is_whole(der, outer, 0) && is_sequence_of(der, outer, of_request, G_N_ELEMENTS(of_request)) &&
           scep_ber_read(der, outer->whole.length, csr->spki_der.offset, &key) == SCEP_BER_OK &&
           is_sequence_of(der, &key, of_request + 1, G_N_ELEMENTS(of_request) - 1);
}

static void read_signature(ScepCsr *csr, const uint8_t *der, size_t size, unsigned flags)
{
    ScepBer outer, item, oid;

    if (flags & SCEP_CSR_VERIFY)
        csr->signature = csr->truncated ? (ScepVerdict){ SCEP_VERIFY_NOT_CHECKED, SCEP_VERIFY_TRUNCATED }
                                        : scep_verify_request(der, size);
    if (scep_ber_read(der, size, 0, &outer) != SCEP_BER_OK || scep_ber_first(der, &outer, &item) != SCEP_BER_OK ||
        !take(csr, der, &outer, &item, &item) || !take(csr, der, &item, NULL, &oid) ||
        !scep_ber_is(&oid, SCEP_BER_UNIVERSAL, SCEP_TAG_OID)) {
        csr->broken |= !csr->truncated;
        return;
    }
    char *text = scep_ber_new_oid_text(der + oid.content.offset, oid.content.length);
    csr->signature_algorithm = g_strdup(scep_crypto_oid_name(text));
    g_free(text);
}

ScepCsr *scep_csr_new(const uint8_t *der, size_t size, unsigned flags)
{
    ScepBer outer, info;

    if (scep_ber_read(der, size, 0, &outer) != SCEP_BER_OK || !outer.constructed ||
        !scep_ber_is(&outer, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE) ||
        scep_ber_first(der, &outer, &info) != SCEP_BER_OK || !info.constructed ||
        !scep_ber_is(&info, SCEP_BER_UNIVERSAL, SCEP_TAG_SEQUENCE))
        return NULL;
    ScepCsr *csr = g_new0(ScepCsr, 1);
    csr->whole = outer.whole;
    csr->truncated = outer.truncated;
    csr->version = -1;
    csr->alternative_names = g_ptr_array_new_with_free_func(g_free);
    csr->purposes = g_ptr_array_new_with_free_func(g_free);
    csr->extensions = g_ptr_array_new_with_free_func(g_free);
    csr->items = g_array_new(FALSE, FALSE, sizeof(ScepCsrItem));
    g_array_set_clear_func(csr->items, clear_item);

    ERR_set_mark();
    scep_crypto_sha256(der, outer.whole.length, csr->sha256);
    read_info(csr, der, &info, flags);
    read_signature(csr, der, outer.whole.length, flags);
    csr->broken |= !csr->truncated && !has_form(csr, der, &outer);
    ERR_pop_to_mark();
    return csr;
}

void scep_csr_free(ScepCsr *csr)
{
    if (csr == NULL)
        return;
    g_free(csr->subject);
    g_free(csr->key_algorithm);
    g_free(csr->signature_algorithm);
    g_ptr_array_unref(csr->alternative_names);
    g_ptr_array_unref(csr->purposes);
    g_ptr_array_unref(csr->extensions);
    g_free(csr->template_name);
    g_free(csr->template_oid);
    g_array_unref(csr->items);
    scep_challenge_clear(&csr->challenge);
    g_free(csr);
}
