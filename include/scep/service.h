/* service.h
 * The services around SCEP that an Intune enrollment needs: the policy module's, Intune's, ConfigMgr's.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_SERVICE_H
#define SCEP_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    SCEP_SERVICE_VERIFY = 0,     /**< policy module asks its registration service about a request */
    SCEP_SERVICE_NOTIFY,         /**< policy module reports to it */
    SCEP_SERVICE_REGISTRATION,   /**< anything else below the directory of that service */
    SCEP_SERVICE_VALIDATE,       /**< a CA of another vendor asks Intune about a request */
    SCEP_SERVICE_NOTIFY_SUCCESS,
    SCEP_SERVICE_NOTIFY_FAILURE,
    SCEP_SERVICE_REVOCATION,
    SCEP_SERVICE_REVOCATION_RESULTS,
    SCEP_SERVICE_TOKEN,          /**< sign-in to Microsoft Entra */
    SCEP_SERVICE_DISCOVERY,      /**< where Intune's services are */
    SCEP_SERVICE_MDM             /**< a device and its MDM server: OMA-DM, SyncML */
} ScepServiceKind;

/** How the body of a call is read. */
typedef enum {
    SCEP_BODY_UNREAD = 0,
    SCEP_BODY_JSON,
    SCEP_BODY_MAYBE_JSON,        /**< the layout is not published: read as JSON where it is JSON */
    SCEP_BODY_TOKEN,             /**< only the reason of a refusal is read: everything else is secret */
    SCEP_BODY_SYNCML
} ScepBodyFormat;

/** A row of the table. Strings are static, NULL where said. */
typedef struct {
    ScepServiceKind kind;
    ScepBodyFormat body;
    uint8_t stage;               /**< 1, 3 or 6 */
    bool is_configmgr;
    bool at_start;               /**< @a part stands at the start of the path */
    const char *name;            /**< "VerifyRequest" */
    const char *step;            /**< as in scep.step */
    const char *party;           /**< who answers, for people: "Policy module", "Intune" */
    const char *words;           /**< what is asked, for people */
    const char *client;          /**< role of who asks, "" where that may be anybody */
    const char *server;          /**< role of who answers */
    const char *part;            /**< text in the path, NULL for any; compared like @a end by ASCII without case */
    const char *end;             /**< how the path ends, NULL for any */
    size_t end_length;
    const char *hosts;           /**< host names, blanks between, where the path alone is too weak; else NULL */
    uint16_t expected;           /**< status of an answer when all is well */
} ScepService;

extern const ScepService scep_services[];
extern const size_t scep_service_count;

/** The media types of OMA-DM (OMA-TS-DM_Protocol-V1_2): XML, and WBXML, which is not read. */
#define SCEP_SYNCML_XML "application/vnd.syncml.dm+xml"
#define SCEP_SYNCML_WBXML "application/vnd.syncml.dm+wbxml"

/** Which service a request is for. A query behind the path does not count. The target may be in absolute form.
 * @param host          Host header or :authority, may be NULL; a port behind it does not count
 * @param content_type  of the request, may be NULL
 * @return NULL for none */
const ScepService *scep_service_find(const char *target, const char *host, const char *content_type);

/** Cheap: true where the path of a target may be that of a service; scep_service_find() decides.
 * @param target  without blank behind it; query and scheme may be there */
bool scep_service_may_be(const uint8_t *target, size_t size);

/** True for a host of Intune's MDM service, a port behind it or not. NULL is none. */
bool scep_is_intune_host(const char *host);

/** True for both media types above, whatever parameters follow. NULL is none. */
bool scep_is_syncml(const char *content_type);

#endif
