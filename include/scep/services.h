/* services.h
 * Bodies of the calls around SCEP: Intune, policy module, SyncML.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_SERVICES_H
#define SCEP_SERVICES_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/catalogue.h"
#include "scep/cms.h"

/** Members of the JSON bodies that are told, by the names of Intune's API (Intune-Resource-Access). */
typedef enum {
    SCEP_FACT_TRANSACTION_ID = 0,
    SCEP_FACT_CODE, /**< the verdict; of a sign-in, "error" */
    SCEP_FACT_DESCRIPTION,
    SCEP_FACT_THUMBPRINT,
    SCEP_FACT_SERIAL,
    SCEP_FACT_EXPIRES,
    SCEP_FACT_CA,
    SCEP_FACT_CALLER,
    SCEP_FACT_HRESULT, /**< as sent; also as a number below */
    SCEP_FACT_COUNT
} ScepServiceFact;

/** A value that is secret by the name of its member: measured and hashed, and not kept. */
typedef struct {
    char *name;
    size_t length; /**< octets */
    uint8_t sha256[32];
    ScepChallengeKind kind;      /**< what it looks like */
    ScepChallengeClaims *claims; /**< as in ScepChallenge */
    char *text;                  /**< only with the flag below, wiped when freed */
} ScepServiceSecret;

/** What is set or told of a SCEP node of a device (ClientCertificateInstall CSP, CertificateStore CSP), or of a payload
 * com.apple.security.scep. */
typedef enum {
    SCEP_MDM_OTHER = 0,
    SCEP_MDM_SERVER_URL,
    SCEP_MDM_CA_THUMBPRINT,
    SCEP_MDM_KEY_LENGTH,
    SCEP_MDM_HASH_ALGORITHM,
    SCEP_MDM_KEY_USAGE,
    SCEP_MDM_EKU,
    SCEP_MDM_SUBJECT,
    SCEP_MDM_SAN,
    SCEP_MDM_RETRY_COUNT,
    SCEP_MDM_RETRY_DELAY,
    SCEP_MDM_VALID_PERIOD,
    SCEP_MDM_VALID_UNITS,
    SCEP_MDM_TEMPLATE,
    SCEP_MDM_ENROLL,
    SCEP_MDM_STATUS,
    SCEP_MDM_ERROR_CODE,
    SCEP_MDM_CERT_THUMBPRINT,
    SCEP_MDM_CA_IDENTIFIER, /**< of Apple's profiles alone, as the next */
    SCEP_MDM_KEY_TYPE,
    SCEP_MDM_SETTING_COUNT
} ScepMdmSetting;

/** One node. A challenge is among the secrets, and stands here without a value. */
typedef struct {
    ScepMdmSetting setting;
    uint32_t command; /**< CmdID, 0 where there is none */
    bool is_result;   /**< the device tells it; else it is told the device */
    char *uri;        /**< LocURI; of Apple, "com.apple.security.scep/", identifier of the payload, "/" and key */
    char *value;      /**< NULL where there is none, or it is secret */
    bool has_result;  /**< SCEP_MDM_ERROR_CODE, and its value is one */
    uint32_t result;  /**< then the HRESULT */
} ScepMdmNode;

/** What the other side makes of a command (OMA-TS-DM_RepPro 6.6.22, Status). */
typedef struct {
    uint32_t message; /**< MsgRef, CmdRef: which command it answers */
    uint32_t command;
    uint16_t code; /**< 200 done, 202 accepted, 4xx and 5xx failures */
    char *name;    /**< Cmd: "Add", "Replace", "Exec", "Atomic"; NULL where absent */
    char *target;  /**< TargetRef, NULL where absent */
    bool has_result;
    uint32_t result; /**< HRESULT that the device tells beside the status */
} ScepMdmStatus;

typedef struct {
    char *text[SCEP_FACT_COUNT]; /**< NULL where absent; cut at SCEP_MAX_TEXT */
    bool has_hresult;
    uint32_t hresult;
    bool lists_endpoints;   /**< a discovery that was read whole */
    bool has_scep_endpoint; /**< and that names ScepRequestValidationFEService */
    bool is_binary;         /**< WBXML */
    ScepCsr *csr;           /**< the first PKCS#10 in the body; its spans lead nowhere. NULL for none */
    GArray *secrets;        /**< of ScepServiceSecret; never NULL, the same for the next two */
    GArray *nodes;          /**< of ScepMdmNode */
    GArray *statuses;       /**< of ScepMdmStatus */
    uint32_t message;       /**< MsgID of a SyncML message, 0 where there is none */
    char *session;          /**< SessionID, NULL where there is none */
    const char *problem;    /**< in words, static: why a part of the body is not read; NULL for none */
} ScepServiceFacts;

/** What came over HTTP. */
typedef struct {
    const ScepService *service;
    bool is_request;
    uint16_t status;          /**< of an answer */
    const char *content_type; /**< may be NULL */
    const uint8_t *body;
    size_t size;
    uint64_t missing; /**< octets at the end that the capture lacks */
    bool unreadable;  /**< still chunked or compressed */
    bool reveal;      /**< keep secrets in clear, as the user asked */
} ScepServiceBody;

/** Reads a body. Members of JSON are found by name, whatever the case and wherever they stand: of the registration
 * service no layout is published. SyncML and profiles that are cut are read up to the cut; JSON that is cut is not
 * read.
 * @return scep_service_facts_free(); NULL when there is no body, or one that is nothing of the kind */
ScepServiceFacts *scep_service_facts_new(const ScepServiceBody *body);

#endif
