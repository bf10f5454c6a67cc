/* client.h
 * Which SCEP client a User-Agent header stands for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CLIENT_H
#define SCEP_CLIENT_H

#include <stddef.h>

/** One row of the table of clients (plugin/catalogue/clients.c). */
typedef struct {
    const char *mark;            /**< what the User-Agent contains, in this spelling */
    const char *name;            /**< what to call the client */
} ScepClient;

extern const ScepClient scep_clients[];
extern const size_t scep_client_count;

/** The client that a User-Agent header stands for: the first row whose mark it contains.
 * @param user_agent  may be NULL
 * @return static; NULL when no row fits */
const char *scep_client_name(const char *user_agent);

#endif
