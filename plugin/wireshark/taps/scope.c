/* scope.c
 * Which enrollments a report is about.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scope.h"

void scep_scope_open(ScepScope *scope)
{
    scope->enrollments = g_hash_table_new(NULL, NULL);
    scope->frames = g_hash_table_new(NULL, NULL);
}

void scep_scope_close(ScepScope *scope)
{
    g_hash_table_unref(scope->enrollments);
    g_hash_table_unref(scope->frames);
}

void scep_scope_clear(ScepScope *scope)
{
    g_hash_table_remove_all(scope->enrollments);
    g_hash_table_remove_all(scope->frames);
}

void scep_scope_add(ScepScope *scope, const ScepTapInfo *info)
{
    const ScepExchange *exchange = info->exchange;

    if (exchange->enrollment != NULL)
        g_hash_table_add(scope->enrollments, GUINT_TO_POINTER(exchange->enrollment->number));
    else
        g_hash_table_add(scope->frames,
                         GUINT_TO_POINTER(info->is_response ? exchange->response_frame : exchange->request_frame));
}

bool scep_scope_has(const ScepExchange *exchange, const void *data)
{
    const ScepScope *scope = data;

    if (exchange->enrollment != NULL)
        return g_hash_table_contains(scope->enrollments, GUINT_TO_POINTER(exchange->enrollment->number));
    return g_hash_table_contains(scope->frames, GUINT_TO_POINTER(exchange->request_frame)) ||
           g_hash_table_contains(scope->frames, GUINT_TO_POINTER(exchange->response_frame));
}
