/* tree.c
 * -z scep,tree[,filter]: how often each operation, message type, status, algorithm and hint occurs.
 *
 * Hints are those that a message shows by itself; what only the whole capture tells (no answer, nothing followed) is
 * in the report, because the tree grows with every frame and must be the same in one pass and in two.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tap.h"
#include "capture_file.h"

#include <epan/stats_tree.h>

#include "scep/crypto.h"
#include "scep/diagnosis.h"

/* One branch of the tree. */
enum {
    OPERATIONS,
    MESSAGE_TYPES,
    HTTP_STATUSES,
    PKI_STATUSES,
    FAIL_INFOS,
    NDES_ERRORS,
    DIGESTS,
    CIPHERS,
    HINTS,
    BRANCHES
};

/* Every tree makes its branches in the same order, so they have the same numbers in each. */
static int branches[BRANCHES];

static void start(stats_tree *tree)
{
    static const char *const names[BRANCHES] = {
        "Operations",  "Message types",     "HTTP statuses",         "pkiStatus", "failInfo",
        "NDES errors", "Digest algorithms", "Encryption algorithms", "Hints",
    };

    for (unsigned i = 0; i < BRANCHES; i++)
        branches[i] = stats_tree_create_pivot(tree, names[i], 0);
}

static void tick(stats_tree *tree, int branch, const char *value)
{
    if (value != NULL)
        stats_tree_tick_pivot(tree, branches[branch], value);
}

static void tick_number(stats_tree *tree, int branch, int number)
{
    char text[32];

    snprintf(text, sizeof text, "%d", number);
    tick(tree, branch, text);
}

/* By its name, or as it was sent; not at all where it was left out. */
static void tick_code(stats_tree *tree, int branch, const char *name, const char *other)
{
    if (name == NULL && other != NULL && other[0] == '\0')
        other = "(empty)";
    tick(tree, branch, name != NULL ? name : other);
}

static void tick_hints(stats_tree *tree, const ScepExchange *exchange, bool is_answer)
{
    const ScepFinding *finding = scep_exchange_get0_findings(capture_diagnosis(), exchange, is_answer);

    for (; finding != NULL; finding = finding->next) {
        if (!finding->is_conclusion)
            tick(tree, HINTS, scep_finding_get0_hint(finding)->id);
    }
}

static void tick_algorithms(stats_tree *tree, const ScepHttpPdu *pdu)
{
    if (pdu->message != NULL && pdu->message->signer.digest_algorithm != NULL)
        tick(tree, DIGESTS, scep_crypto_oid_name(pdu->message->signer.digest_algorithm));
    if (pdu->envelope != NULL && pdu->envelope->cipher != NULL)
        tick(tree, CIPHERS, scep_crypto_oid_name(pdu->envelope->cipher));
}

static void tick_request(stats_tree *tree, const ScepExchange *exchange)
{
    const char *operation = scep_operation_name((ScepOperation)exchange->operation);

    tick(tree, OPERATIONS, operation ? operation : "other");
    tick_code(tree, MESSAGE_TYPES, scep_message_type_name(exchange->message_type), exchange->message_type_other);
    tick_hints(tree, exchange, false);
}

static void tick_response(stats_tree *tree, const ScepExchange *exchange)
{
    char code[16];

    if (exchange->status != 0)
        tick_number(tree, HTTP_STATUSES, exchange->status);
    tick_code(tree, PKI_STATUSES, scep_pki_status_name(exchange->pki_status), exchange->pki_status_other);
    tick_code(tree, FAIL_INFOS, scep_fail_info_name(exchange->fail_info), exchange->fail_info_other);
    if (exchange->has_ndes_error) {
        const ScepResultCode *known = scep_result_code_find(exchange->ndes_error);
        snprintf(code, sizeof code, "0x%08x", exchange->ndes_error);
        tick(tree, NDES_ERRORS, known ? known->symbol : code);
    }
    tick_hints(tree, exchange, true);
}

/* A message seen again behind a proxy is one message. */
static tap_packet_status packet(stats_tree *tree, packet_info *pinfo _U_, epan_dissect_t *edt _U_, const void *tapped,
                                tap_flags_t flags _U_)
{
    const ScepTapInfo *info = tapped;

    if (scep_exchange_is_copy(info->exchange))
        return TAP_PACKET_DONT_REDRAW;
    if (info->is_response)
        tick_response(tree, info->exchange);
    else
        tick_request(tree, info->exchange);
    tick_algorithms(tree, info->pdu);
    return TAP_PACKET_REDRAW;
}

void scep_register_tree(void)
{
    stats_tree_register_plugin(SCEP_TAP_NAME, "scep", "SCEP", 0, packet, start, NULL);
}
