/* shown.c
 * The certificates that a server has shown in its GetCACert answers, all of them.
 *
 * A client may have asked long ago, a server may have several CAs, and several servers may stand behind one address:
 * the newest answer alone tells little.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/shown.h"

#include <string.h>

#include "cms/certificate_list.h"
#include "tracker/extent.h"

/* Exchanges of one enrollment that are looked at for what its client was shown. */
#define MAX_LOOKED_AT 64

static void free_set(gpointer data)
{
    ScepCaSet *set = data;

    g_ptr_array_unref(set->certificates);
    g_free(set);
}

void scep_shown_forget(ScepServer *server)
{
    g_clear_pointer(&server->shown, g_ptr_array_unref);
    g_clear_pointer(&server->certificates, g_ptr_array_unref);
    g_clear_pointer(&server->former, g_ptr_array_unref);
}

/* A server with several CAs answers by the identifier. An answer that was cut does not take the place of one that was
 * not: the list is then known not to be all of it. */
static void learn_newest(ScepServer *server, const ScepExchange *exchange, uint32_t frame, GPtrArray *certificates,
                         bool is_whole)
{
    const bool was_whole = server->certificates != NULL && !server->certificates_cut;

    server->certificates_cut = !is_whole;
    if (!is_whole && was_whole)
        return;
    g_clear_pointer(&server->former, g_ptr_array_unref);
    server->former_frame = 0;
    if (server->certificates != NULL && server->cacert_asked == exchange->identifier) {
        server->former = g_steal_pointer(&server->certificates);
        server->former_frame = server->cacert_frame;
    }
    g_clear_pointer(&server->certificates, g_ptr_array_unref);
    server->certificates = g_ptr_array_ref(certificates);
    server->cacert_frame = frame;
    server->cacert_asked = exchange->identifier;
}

static bool is_whole(const ScepResponse *response)
{
    return !g_ptr_array_find(response->certificates, NULL, NULL) && scep_response_is_whole(response);
}

static bool same_certificates(const GPtrArray *one, const GPtrArray *other)
{
    if (one->len != other->len)
        return false;
    for (guint i = 0; i < one->len; i++) {
        const ScepCertificate *left = g_ptr_array_index(one, i), *right = g_ptr_array_index(other, i);
        if (left == NULL || right == NULL ? left != right
                                          : memcmp(left->sha256, right->sha256, sizeof left->sha256) != 0)
            return false;
    }
    return true;
}

void scep_shown_learn(ScepServer *server, ScepExchange *exchange, const ScepPlace *place, const ScepResponse *response)
{
    learn_newest(server, exchange, place->frame, response->certificates, scep_response_is_whole(response));
    if (server->shown == NULL)
        server->shown = g_ptr_array_new_with_free_func(free_set);
    for (guint i = 0; i < server->shown->len; i++) {
        ScepCaSet *set = g_ptr_array_index(server->shown, i);
        if (set->asked == exchange->identifier && same_certificates(set->certificates, response->certificates)) {
            set->last_frame = place->frame;
            set->is_whole &= is_whole(response);
            exchange->shown = (uint8_t)(i + 1);
            return;
        }
    }
    if (server->shown->len >= SCEP_MAX_SHOWN) {
        server->showed_more = true;
        return;
    }
    ScepCaSet *set = g_new(ScepCaSet, 1);
    *set = (ScepCaSet){ .certificates = g_ptr_array_ref(response->certificates),
                        .asked = exchange->identifier,
                        .first_frame = place->frame,
                        .last_frame = place->frame,
                        .is_whole = is_whole(response) };
    g_ptr_array_add(server->shown, set);
    exchange->shown = (uint8_t)server->shown->len;
}

/* What this client was shown last, by the enrollment; NULL where it did not ask in this capture. */
static const ScepCaSet *shown_to_client(const ScepExchange *exchange)
{
    const ScepExchange *one = exchange->enrollment ? exchange->enrollment->first : NULL;
    const ScepCaSet *found = NULL;

    for (unsigned looked = 0; one != NULL && one != exchange && looked < MAX_LOOKED_AT; one = one->next, looked++) {
        if (one->shown != 0 && one->server == exchange->server)
            found = g_ptr_array_index(exchange->server->shown, one->shown - 1u);
    }
    return found;
}

/* No later answer to the same question, of those that were read whole: what one that was cut lacks may be in the rest.
 */
static bool is_newest(const ScepServer *server, const ScepCaSet *set)
{
    for (guint i = 0; i < server->shown->len; i++) {
        const ScepCaSet *other = g_ptr_array_index(server->shown, i);
        if (other->asked == set->asked && other->last_frame > set->last_frame && other->is_whole)
            return false;
    }
    return true;
}

static bool is_all_known(const ScepServer *server)
{
    for (guint i = 0; i < server->shown->len; i++) {
        const ScepCaSet *set = g_ptr_array_index(server->shown, i);
        if (!set->is_whole)
            return false;
    }
    return !server->showed_more;
}

static const ScepCaSet *newest_of_all(const ScepServer *server)
{
    const ScepCaSet *newest = NULL;

    for (guint i = 0; i < server->shown->len; i++) {
        const ScepCaSet *set = g_ptr_array_index(server->shown, i);
        if (newest == NULL || set->last_frame > newest->last_frame)
            newest = set;
    }
    return newest;
}

/* The newest set that holds what is wanted, one that is current before one that is not. */
static const ScepCaSet *find_set(const ScepServer *server, ScepShownFind find, const void *wanted, bool *current)
{
    const ScepCaSet *found = NULL;

    *current = false;
    for (guint i = 0; i < server->shown->len; i++) {
        const ScepCaSet *set = g_ptr_array_index(server->shown, i);
        if (find(set->certificates, wanted) == NULL)
            continue;
        const bool is_current = is_newest(server, set);
        if (found == NULL || is_current > *current || (is_current == *current && set->last_frame > found->last_frame)) {
            found = set;
            *current = is_current;
        }
    }
    return found;
}

ScepShownWhen scep_shown_when(const ScepExchange *exchange, ScepShownFind find, const void *wanted,
                              const ScepCaSet **set, const ScepCertificate **certificate)
{
    const ScepServer *server = exchange->server;
    bool current;

    *set = NULL;
    *certificate = NULL;
    if (server->shown == NULL || server->shown->len == 0)
        return SCEP_SHOWN_UNKNOWN;
    const ScepCaSet *own = shown_to_client(exchange);
    if (own != NULL && (*certificate = find(own->certificates, wanted)) != NULL) {
        *set = own;
        return is_newest(server, own) ? SCEP_SHOWN_NOW : SCEP_SHOWN_REPLACED;
    }
    *set = find_set(server, find, wanted, &current);
    if (*set == NULL) {
        *set = newest_of_all(server);
        return is_all_known(server) ? SCEP_SHOWN_NEVER : SCEP_SHOWN_UNKNOWN;
    }
    *certificate = find((*set)->certificates, wanted);
    /* Of an answer that is cut, the part that was lost may hold it. */
    if (!current && own != NULL && !own->is_whole)
        return SCEP_SHOWN_UNKNOWN;
    return current ? SCEP_SHOWN_NOW : SCEP_SHOWN_EARLIER;
}

ScepOffered scep_server_offers(const ScepServer *server, const ScepMessage *message, const uint8_t *body)
{
    const ScepOffered newest = { server->certificates, server->cacert_frame };

    if (message == NULL || scep_message_get0_signer(message, body, newest.certificates) != NULL)
        return newest;
    for (guint i = server->shown != NULL ? server->shown->len : 0; i > 0; i--) {
        const ScepCaSet *set = g_ptr_array_index(server->shown, i - 1);
        if (scep_message_get0_signer(message, body, set->certificates) != NULL)
            return (ScepOffered){ set->certificates, set->last_frame };
    }
    return newest;
}

const ScepCertificate *scep_server_get0_signer(const ScepServer *server, const ScepMessage *message,
                                               const uint8_t *body, uint32_t frame)
{
    for (guint i = 0; server->shown != NULL && i < server->shown->len; i++) {
        const ScepCaSet *set = g_ptr_array_index(server->shown, i);
        const ScepCertificate *signer =
            set->first_frame < frame ? scep_message_get0_signer(message, body, set->certificates) : NULL;
        if (signer != NULL)
            return signer;
    }
    return NULL;
}
