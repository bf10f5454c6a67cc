/* certificate_index.c
 * What an enrollment is about: the key and the name that are certified, the certificate that comes of it, and the
 * enrollment whose certificate it renews.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/ca_call.h"
#include "tracker/certificate_index.h"

#include <string.h>

#include "cms/certificate_list.h"
#include "tracker/issued.h"
#include "asn1/hex.h"
#include "tracker/tracker.h"

static guint key_hash(gconstpointer data)
{
    const ScepEnrollment *enrollment = data;
    guint value;

    memcpy(&value, enrollment->spki_sha256, sizeof value);
    return value;
}

static gboolean key_equal(gconstpointer a, gconstpointer b)
{
    const ScepEnrollment *one = a, *other = b;

    return memcmp(one->spki_sha256, other->spki_sha256, sizeof one->spki_sha256) == 0;
}

void scep_certified_open(ScepTracker *tracker)
{
    tracker->keys = g_hash_table_new(key_hash, key_equal);
    tracker->issued = g_hash_table_new(g_int64_hash, g_int64_equal);
}

void scep_certified_close(ScepTracker *tracker)
{
    g_hash_table_unref(tracker->keys);
    g_hash_table_unref(tracker->issued);
}

static void set_key(ScepTracker *tracker, ScepEnrollment *enrollment, const uint8_t spki_sha256[32], uint8_t known)
{
    if (enrollment->spki_known != SCEP_KEY_UNKNOWN && g_hash_table_lookup(tracker->keys, enrollment) == enrollment)
        g_hash_table_remove(tracker->keys, enrollment);
    memcpy(enrollment->spki_sha256, spki_sha256, sizeof enrollment->spki_sha256);
    enrollment->spki_known = known;
    g_hash_table_add(tracker->keys, enrollment);
}

/* That of the PKCS#10, or of the self-signed signer of a first enrollment, which is the same key (RFC 8894 2.3), unless
 * the client makes a signer for the message alone. */
static void keep_key(ScepTracker *tracker, ScepEnrollment *enrollment, const ScepRequest *request)
{
    if (enrollment->spki_known == SCEP_KEY_OF_REQUEST)
        return;
    if (request->csr != NULL) {
        set_key(tracker, enrollment, request->csr->spki_sha256, SCEP_KEY_OF_REQUEST);
        return;
    }
    for (guint i = 0; request->certificates != NULL && i < request->certificates->len; i++) {
        const ScepCertificate *certificate = g_ptr_array_index(request->certificates, i);
        if (certificate == NULL || !certificate->self_signed || certificate->is_ca ||
            scep_certificate_is_throwaway(certificate))
            continue;
        set_key(tracker, enrollment, certificate->spki_sha256, SCEP_KEY_OF_SIGNER);
        return;
    }
}

/* By the certificate itself where its issue was seen, else by its key: then the answer that brought it was closed. */
static ScepEnrollment *issuer_of_signer(const ScepTracker *tracker, const ScepExchange *exchange,
                                        const ScepRequest *request)
{
    const ScepCertificate *signer = scep_request_get0_signer(request);
    ScepEnrollment *found =
        exchange->signer_identity != 0 ? g_hash_table_lookup(tracker->issued, &exchange->signer_identity) : NULL;

    if (found == NULL && signer != NULL) {
        ScepEnrollment wanted;
        memcpy(wanted.spki_sha256, signer->spki_sha256, sizeof wanted.spki_sha256);
        found = g_hash_table_lookup(tracker->keys, &wanted);
    }
    return found != exchange->enrollment ? found : NULL;
}

void scep_certified_request(ScepTracker *tracker, ScepExchange *exchange, const ScepRequest *request)
{
    ScepEnrollment *enrollment = exchange->enrollment;

    if (enrollment == NULL || request->message == NULL)
        return;
    if (exchange->is_renewal && enrollment->renews == NULL)
        enrollment->renews = issuer_of_signer(tracker, exchange, request);
    keep_key(tracker, enrollment, request);
    if (request->csr == NULL)
        return;
    if (request->csr->subject != NULL)
        enrollment->subject = scep_tracker_text(tracker, request->csr->subject);
    enrollment->template_name = scep_tracker_text(tracker, request->csr->template_name ? request->csr->template_name
                                                                                       : request->csr->template_oid);
}

static const char *serial_text(ScepTracker *tracker, const ScepCertificate *certificate)
{
    size_t size;
    const uint8_t *octets = g_bytes_get_data(certificate->serial, &size);
    GString *text = g_string_sized_new(2 * size);

    scep_hex_append(text, octets, size);
    const char *kept = scep_tracker_text(tracker, text->str);
    g_string_free(text, TRUE);
    return kept;
}

void scep_certified_answer(ScepTracker *tracker, const ScepExchange *exchange, const ScepResponse *response)
{
    ScepEnrollment *enrollment = exchange->enrollment;
    const ScepCertificate *issued = enrollment != NULL ? scep_exchange_get0_issued(exchange, response) : NULL;

    if (issued == NULL || exchange->pki_status != SCEP_STATUS_SUCCESS || enrollment->issued != 0)
        return;
    enrollment->issued = scep_certificate_identity(issued);
    if (enrollment->issued != 0)
        g_hash_table_replace(tracker->issued, &enrollment->issued, enrollment);
    scep_ca_calls_join_issued(tracker, enrollment);
    enrollment->serial = serial_text(tracker, issued);
    if (enrollment->subject == NULL)
        enrollment->subject = scep_tracker_text(tracker, issued->subject);
}
