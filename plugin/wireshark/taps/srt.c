/* srt.c
 * -z scep,srt[,filter]: response times per operation.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tap.h"

#include <epan/srt_table.h>

#include "scep/cms.h"

/* Rows of the table. PKIOperations have one each for what they ask. */
static const char *const rows[] = { "GetCACaps", "GetCACert",  "GetNextCACert", "GetCACertChain",
                                    "PKCSReq",   "RenewalReq", "CertPoll",      "GetCert",
                                    "GetCRL",    "UpdateReq",  "PKIOperation",  "other" };
enum { CAPS, CACERT, NEXT, CHAIN, PKCSREQ, RENEWAL, POLL, CERT, CRL, UPDATE, OPERATION, OTHER };

static int operation_row(int message_type)
{
    switch (message_type) {
    case SCEP_TYPE_PKCSREQ:
        return PKCSREQ;
    case SCEP_TYPE_RENEWALREQ:
        return RENEWAL;
    case SCEP_TYPE_CERTPOLL:
        return POLL;
    case SCEP_TYPE_GETCERT:
        return CERT;
    case SCEP_TYPE_GETCRL:
        return CRL;
    case SCEP_TYPE_UPDATEREQ:
        return UPDATE;
    default:
        return OPERATION;
    }
}

static int row_of(const ScepExchange *exchange)
{
    switch (exchange->operation) {
    case SCEP_OP_GETCACAPS:
        return CAPS;
    case SCEP_OP_GETCACERT:
        return CACERT;
    case SCEP_OP_GETNEXTCACERT:
        return NEXT;
    case SCEP_OP_GETCACERTCHAIN:
        return CHAIN;
    case SCEP_OP_PKIOPERATION:
        return operation_row(exchange->message_type);
    default:
        return OTHER;
    }
}

/* The part of an exchange behind a proxy is contained in the part in front of it, so only the latter counts. */
static tap_packet_status packet(void *data, packet_info *pinfo, epan_dissect_t *edt _U_, const void *tapped,
                                tap_flags_t flags _U_)
{
    const srt_data_t *srt = data;
    const ScepTapInfo *info = tapped;
    const ScepExchange *exchange = info->exchange;

    if (!info->is_response || exchange->request_frame == 0 || scep_exchange_is_copy(exchange))
        return TAP_PACKET_DONT_REDRAW;
    const nstime_t asked = { (time_t)(exchange->request_time / 1000000000),
                             (int)(exchange->request_time % 1000000000) };
    add_srt_table_data(g_array_index(srt->srt_array, srt_stat_table *, 0), row_of(exchange), &asked, pinfo);
    return TAP_PACKET_REDRAW;
}

static void start(struct register_srt *srt _U_, GArray *tables)
{
    srt_stat_table *table =
        init_srt_table("SCEP", NULL, tables, (int)array_length(rows), "Operation", "scep.operation", NULL);

    for (int i = 0; i < (int)array_length(rows); i++)
        init_srt_table_row(table, i, rows[i]);
}

void scep_register_srt(int proto)
{
    register_srt_table(proto, SCEP_TAP_NAME, 1, packet, start, NULL);
}
