/* enrollment_keys.h
 * By what requests and enrollments are found again: functions for GHashTable. Texts are interned, so pointers compare.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CORE_TRACKER_ENROLLMENT_KEYS_H
#define SCEP_CORE_TRACKER_ENROLLMENT_KEYS_H

#include <glib.h>

/** ScepExchange: the same pkiMessage. */
guint scep_key_message_hash(gconstpointer key);
gboolean scep_key_message_equal(gconstpointer a, gconstpointer b);

/** ScepExchange: the same senderNonce. */
guint scep_key_nonce_hash(gconstpointer key);
gboolean scep_key_nonce_equal(gconstpointer a, gconstpointer b);

/** ScepExchange: the same question in the same segment of TCP. */
guint scep_key_segment_hash(gconstpointer key);
gboolean scep_key_segment_equal(gconstpointer a, gconstpointer b);

/** ScepEnrollment: the same transactionID at the same server. */
guint scep_key_transaction_hash(gconstpointer key);
gboolean scep_key_transaction_equal(gconstpointer a, gconstpointer b);

/** ScepEnrollment: the same, from the same client. */
guint scep_key_attempt_hash(gconstpointer key);
gboolean scep_key_attempt_equal(gconstpointer a, gconstpointer b);

/** ScepEnrollment: the same client, by address and User-Agent, at the same server. */
guint scep_key_peers_hash(gconstpointer key);
gboolean scep_key_peers_equal(gconstpointer a, gconstpointer b);

#endif
