/* hosts.h
 * What hosts are in an enrollment: device, proxy, NDES, CA, Intune. Learned from what an address does, completed by its
 * name, overridden by the user.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_HOSTS_H
#define SCEP_HOSTS_H

#include "scep/enrollment.h"

/** The names of the first ones are those of scep.role.src and scep.role.dst. */
typedef enum {
    SCEP_HOST_UNKNOWN = 0,
    SCEP_HOST_DEVICE,
    SCEP_HOST_PROXY,
    SCEP_HOST_NDES,
    SCEP_HOST_POLICY,            /**< registration service that the policy module of NDES asks */
    SCEP_HOST_CA,
    SCEP_HOST_INTUNE,
    SCEP_HOST_SIGN_IN,           /**< Microsoft Entra: tokens and discovery */
    SCEP_HOST_PUBLISHER,         /**< where a connector of the Entra application proxy registers itself */
    SCEP_HOST_RELAY,             /**< where it waits for requests; many others do too */
    SCEP_HOST_AIK,               /**< Microsoft's CA for keys of TPMs: speaks SCEP, and is none of Intune's */
    SCEP_HOST_ROLE_COUNT
} ScepHostRole;

/** Where a role is known from, the weakest first. */
typedef enum {
    SCEP_HOST_GUESSED = 0,       /**< its name has a word like "ndes" in it */
    SCEP_HOST_NAMED,             /**< its name is in the catalogue */
    SCEP_HOST_LEARNED,           /**< it did what only such a host does */
    SCEP_HOST_CONFIGURED               /**< by the user */
} ScepHostSource;

/** A row of plugin/catalogue/hosts.c. */
typedef struct {
    const char *name;            /**< "host.example.com", or "*.example.com" for anything that ends so */
    size_t length;               /**< of name */
    ScepHostRole role;
    const char *issuers;         /**< words, one of which the issuer of its TLS certificate has; separated by '|'; NULL */
} ScepKnownHost;

extern const ScepKnownHost scep_known_hosts[];
extern const size_t scep_known_host_count;

/** A row of the user's table. Borrowed. */
typedef struct {
    const char *host;            /**< address, name, or "*.example.com" */
    ScepHostRole role;
} ScepConfiguredHost;

/** One host of the capture. Lives as long as the tracker. */
typedef struct {
    const char *address;
    const char *name;            /**< NULL where unknown */
    ScepHostRole role;
    ScepHostSource source;
} ScepHost;

/** "device", "proxy", ...; "" for SCEP_HOST_UNKNOWN. Static. */
const char *scep_host_role_name(ScepHostRole role);

/** The role with this name; SCEP_HOST_UNKNOWN for none. */
ScepHostRole scep_host_role_find(const char *name);

/** The row that a host name belongs to, ASCII case ignored; NULL for none. */
const ScepKnownHost *scep_known_host_find(const char *name);

/** Takes over what the user says; before anything else is booked. @param rows  copied */
void scep_tracker_tell_hosts(ScepTracker *tracker, const ScepConfiguredHost *rows, size_t count);

/** What a host of this name would be: told, known, or guessed by a word in it ("ndes", "mscep", "scep").
 * @param source  receives where that is from; may be NULL */
ScepHostRole scep_tracker_role_of_name(const ScepTracker *tracker, const char *name, ScepHostSource *source);

/** Letters with which a word of every name begins that scep_tracker_role_of_name() knows a role for; NULL where the user tells
 * of hosts, so that it may be any. Static. */
const char *scep_tracker_host_initials(const ScepTracker *tracker);

/** Tells that an address has this name. The role that goes with it counts unless a stronger one is known.
 * @return the host; NULL when the name says nothing */
const ScepHost *scep_tracker_name_host(ScepTracker *tracker, const char *address, const char *name);

/** Tells that an address did what only a host with this role does. */
void scep_tracker_learn_host(ScepTracker *tracker, const char *address, ScepHostRole role);

/** The host at this address; NULL when nothing is known of it. */
const ScepHost *scep_tracker_host(const ScepTracker *tracker, const char *address);

/** True when anything is known of any host. */
bool scep_tracker_has_hosts(const ScepTracker *tracker);

#endif
