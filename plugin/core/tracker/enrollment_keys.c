/* enrollment_keys.c
 * By what requests and enrollments are found again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tracker/enrollment_keys.h"

#include <string.h>

#include "scep/tracker.h"

guint scep_key_message_hash(gconstpointer key)
{
    const ScepExchange *exchange = key;
    guint hash = g_direct_hash(exchange->transaction_id);

    for (unsigned i = 0; i < SCEP_KEPT_NONCE; i++)
        hash = hash * 31 + exchange->nonce[i];
    return hash;
}

gboolean scep_key_message_equal(gconstpointer a, gconstpointer b)
{
    const ScepExchange *one = a, *other = b;

    return one->transaction_id == other->transaction_id && one->nonce_length == other->nonce_length &&
           one->message_type == other->message_type && memcmp(one->nonce, other->nonce, SCEP_KEPT_NONCE) == 0;
}

guint scep_key_nonce_hash(gconstpointer key)
{
    const ScepExchange *exchange = key;
    guint hash = exchange->nonce_length;

    for (unsigned i = 0; i < SCEP_KEPT_NONCE; i++)
        hash = hash * 31 + exchange->nonce[i];
    return hash;
}

gboolean scep_key_nonce_equal(gconstpointer a, gconstpointer b)
{
    const ScepExchange *one = a, *other = b;

    return one->nonce_length == other->nonce_length && memcmp(one->nonce, other->nonce, SCEP_KEPT_NONCE) == 0;
}

guint scep_key_transaction_hash(gconstpointer key)
{
    const ScepEnrollment *enrollment = key;

    return g_direct_hash(enrollment->transaction_id) ^ g_direct_hash(enrollment->server) * 17;
}

gboolean scep_key_transaction_equal(gconstpointer a, gconstpointer b)
{
    const ScepEnrollment *one = a, *other = b;

    return one->transaction_id == other->transaction_id && one->server == other->server;
}

guint scep_key_attempt_hash(gconstpointer key)
{
    const ScepEnrollment *enrollment = key;

    return scep_key_transaction_hash(enrollment) ^ g_direct_hash(enrollment->client) * 31;
}

gboolean scep_key_attempt_equal(gconstpointer a, gconstpointer b)
{
    const ScepEnrollment *one = a, *other = b;

    return scep_key_transaction_equal(one, other) && one->client == other->client;
}

guint scep_key_segment_hash(gconstpointer key)
{
    const ScepExchange *exchange = key;

    return exchange->sequence * 31 ^ exchange->operation;
}

gboolean scep_key_segment_equal(gconstpointer a, gconstpointer b)
{
    const ScepExchange *one = a, *other = b;

    return one->sequence == other->sequence && one->operation == other->operation &&
           one->identifier == other->identifier && one->target_length == other->target_length;
}

guint scep_key_peers_hash(gconstpointer key)
{
    const ScepEnrollment *enrollment = key;

    return (g_direct_hash(enrollment->client) * 31 ^ g_direct_hash(enrollment->server)) * 31 ^
           g_direct_hash(enrollment->user_agent);
}

gboolean scep_key_peers_equal(gconstpointer a, gconstpointer b)
{
    const ScepEnrollment *one = a, *other = b;

    return one->client == other->client && one->server == other->server && one->user_agent == other->user_agent;
}
