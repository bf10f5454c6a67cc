/* catalogue.h
 * Tables that people edit: hints, result codes, Intune verdicts, OIDs, clients, services.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_CATALOGUE_H
#define SCEP_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- catalogue --------------------------------------------------------------------------------------------------- */

/* Tables that people edit: hints, result codes, Intune verdicts, OIDs. */

/** How much a hint matters; the numbers are those of scep.hint.severity. */
typedef enum { SCEP_SEVERITY_NOTE = 1, SCEP_SEVERITY_WARNING = 2, SCEP_SEVERITY_ERROR = 3 } ScepSeverity;

/** How sure a hint is; the numbers are those of scep.hint.confidence. */
typedef enum { SCEP_CONFIDENCE_POSSIBLE = 1, SCEP_CONFIDENCE_LIKELY = 2, SCEP_CONFIDENCE_CERTAIN = 3 } ScepConfidence;

/** What a capture must offer before the condition of a hint can be seen. */
typedef enum {
    SCEP_VISIBLE_TCP,    /**< TCP, TLS or DNS without any key */
    SCEP_VISIBLE_HTTP,   /**< clear HTTP, or TLS with its secrets */
    SCEP_VISIBLE_INSIDE, /**< the private key that opens the EnvelopedData */
    SCEP_VISIBLE_RPC,    /**< DCE/RPC headers */
    SCEP_VISIBLE_STUB,   /**< DCE/RPC stubs, clear or decrypted */
    SCEP_VISIBLE_LOG     /**< only in a log: no capture shows it */
} ScepVisibility;

/** Every hint by its name: SCEP_HINT_certrep_success and so on, made of the catalogue's rows, so that a name that no
 * row has does not compile. */
typedef enum {
    SCEP_HINT_NONE = -1,
#define SCEP_HINT(name, ...) SCEP_HINT_##name,
#include "catalogue/hints.inc"
#undef SCEP_HINT
    SCEP_HINT_COUNT
} ScepHintId;

/** One row of the hint catalogue. All strings are static, UTF-8, never NULL unless said. Lists end with SCEP_HINT_NONE;
 * NULL is an empty one. */
typedef struct {
    const char *id; /**< stable, snake_case; the expert item is "scep.hint." + id */
    uint8_t stage;  /**< 1 to 6; 0 where it belongs to no stage */
    ScepVisibility visible;
    ScepSeverity severity;
    ScepConfidence confidence;
    const char *condition;       /**< what is seen on the wire, for the reference */
    const char *text;            /**< what it means: one or two plain sentences */
    const char *causes;          /**< likeliest first, separated by "; "; "" where none is known */
    const char *check;           /**< what to look at next, in the imperative */
    const char *log;             /**< log or event by Microsoft's name; "" where none helps */
    const char *platform;        /**< "any", "Windows", "iOS/macOS", ... */
    const char *source;          /**< where the row comes from, or "unconfirmed" */
    const char *not_shown;       /**< NULL where a rule raises it; else why no capture can show it */
    const ScepHintId *explains;  /**< symptoms on other messages of the enrollment that this is the cause of */
    const ScepHintId *covers;    /**< what it says too, and more of it */
    const ScepHintId *yields_to; /**< what names the reason by itself, where this is only guessed at */
    bool settled_by_success;     /**< history once the enrollment was granted */
    bool settled_by_request;     /**< of a connection: history once the client sent its request all the same */
} ScepHint;

/** The catalogue, in the order of the reference; its index is the ScepHintId. */
extern const ScepHint scep_hints[SCEP_HINT_COUNT];

/** The name of a row of the catalogue. */
static inline ScepHintId scep_hint_id(const ScepHint *hint)
{
    return (ScepHintId)(hint - scep_hints);
}

/** The hint with this id; SCEP_HINT_NONE for none, or for NULL. A walk over the catalogue: for ids that a user wrote.
 */
ScepHintId scep_hint_find(const char *id);

/** Whether one hint names the cause of another, where the two are raised by different messages of one enrollment. Hints
 * of one message stand in the order of the rules, the cause first. */
bool scep_hint_explains(ScepHintId cause, ScepHintId symptom);

/** Whether a hint says what another one on the same message says, and more of it. */
bool scep_hint_covers(ScepHintId hint, ScepHintId other);

/** Whether a cause that is only guessed at is to give way to a reason that stands beside its symptom. */
bool scep_hint_yields_to(ScepHintId hint, ScepHintId reason);

/** One HRESULT, Win32 or RPC status code. */
typedef struct {
    uint32_t code;
    const char *symbol;  /**< e.g. "CERTSRV_E_KEY_LENGTH" */
    const char *meaning; /**< a few plain words, lower case, no full stop */
    const char *check;   /**< what to look at; "" where nothing is known */
} ScepResultCode;

extern const ScepResultCode scep_result_codes[]; /* ascending by code */
extern const size_t scep_result_code_count;

/** The row for a code, or NULL. Binary search. */
const ScepResultCode *scep_result_code_find(uint32_t code);

/** One verdict of Intune's ScepActions/validateRequest. */
typedef struct {
    const char *name; /**< as in the JSON member "code" */
    const char *meaning;
    const char *check;
} ScepIntuneVerdict;

extern const ScepIntuneVerdict scep_intune_verdicts[];
extern const size_t scep_intune_verdict_count;

/** The row for a name (case-sensitive), or NULL. */
const ScepIntuneVerdict *scep_intune_verdict_find(const char *name);

/* ---- oids -------------------------------------------------------------------------------------------------------- */

/* Names for the object identifiers that turn up in an enrollment. */

/** One object identifier. All strings are static, UTF-8, never NULL or empty.
 * Algorithms are not here: scep_crypto_oid_name() has OpenSSL's names for them. */
typedef struct {
    const char *oid;         /**< dotted decimal, as scep_ber_oid_text() writes it */
    const char *name;        /**< as RFCs, Microsoft's headers or Windows' certificate view write it */
    const char *description; /**< a few plain words, lower case unless a name starts it, no full stop */
} ScepOid;

/** Ascending by number, arc by arc (1.3.6.1.4.1.311.2 before 1.3.6.1.4.1.311.13), and how many there are. */
extern const ScepOid scep_oids[];
extern const size_t scep_oid_count;

/** The row for a dotted object identifier. Binary search; any text is safe to pass.
 * @return static; NULL when the table does not have it, or for NULL */
const ScepOid *scep_oid_find(const char *dotted);

/* ---- client ------------------------------------------------------------------------------------------------------ */

/* Which SCEP client a User-Agent header stands for. */

/** One row of the table of clients (plugin/catalogue/clients.c). */
typedef struct {
    const char *mark; /**< what the User-Agent contains, in this spelling */
    const char *name; /**< what to call the client */
} ScepClient;

extern const ScepClient scep_clients[];
extern const size_t scep_client_count;

/** The client that a User-Agent header stands for: the first row whose mark it contains.
 * @param user_agent  may be NULL
 * @return static; NULL when no row fits */
const char *scep_client_name(const char *user_agent);

/* ---- service ----------------------------------------------------------------------------------------------------- */

/* The services around SCEP that an Intune enrollment needs: the policy module's, Intune's, ConfigMgr's. */

typedef enum {
    SCEP_SERVICE_VERIFY = 0,   /**< policy module asks its registration service about a request */
    SCEP_SERVICE_NOTIFY,       /**< policy module reports to it */
    SCEP_SERVICE_REGISTRATION, /**< anything else below the directory of that service */
    SCEP_SERVICE_VALIDATE,     /**< a CA of another vendor asks Intune about a request */
    SCEP_SERVICE_NOTIFY_SUCCESS,
    SCEP_SERVICE_NOTIFY_FAILURE,
    SCEP_SERVICE_REVOCATION,
    SCEP_SERVICE_REVOCATION_RESULTS,
    SCEP_SERVICE_TOKEN,     /**< sign-in to Microsoft Entra */
    SCEP_SERVICE_DISCOVERY, /**< where Intune's services are */
    SCEP_SERVICE_MDM        /**< a device and its MDM server: OMA-DM, SyncML */
} ScepServiceKind;

/** How the body of a call is read. */
typedef enum {
    SCEP_BODY_UNREAD = 0,
    SCEP_BODY_JSON,
    SCEP_BODY_MAYBE_JSON, /**< the layout is not published: read as JSON where it is JSON */
    SCEP_BODY_TOKEN,      /**< only the reason of a refusal is read: everything else is secret */
    SCEP_BODY_SYNCML
} ScepBodyFormat;

/** A row of the table. Strings are static, NULL where said. */
typedef struct {
    ScepServiceKind kind;
    ScepBodyFormat body;
    uint8_t stage; /**< 1, 3 or 6 */
    bool is_configmgr;
    bool at_start;      /**< @a part stands at the start of the path */
    const char *name;   /**< "VerifyRequest" */
    const char *step;   /**< as in scep.step */
    const char *party;  /**< who answers, for people: "Policy module", "Intune" */
    const char *words;  /**< what is asked, for people */
    const char *client; /**< role of who asks, "" where that may be anybody */
    const char *server; /**< role of who answers */
    const char *part;   /**< text in the path, NULL for any; compared like @a end by ASCII without case */
    const char *end;    /**< how the path ends, NULL for any */
    size_t end_length;
    const char *hosts; /**< host names, blanks between, where the path alone is too weak; else NULL */
    uint16_t expected; /**< status of an answer when all is well */
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

/* ---- hosts ------------------------------------------------------------------------------------------------------- */

/* clang-format off */
/** What a host may be: ROLE(enumerator, name in scep.role.src and scep.role.dst, whether a user may say it of a host). */
#define SCEP_HOST_ROLES(ROLE) \
    ROLE(UNKNOWN,   "",          false) \
    ROLE(DEVICE,    "device",    true)  \
    ROLE(PROXY,     "proxy",     true)  \
    ROLE(NDES,      "ndes",      true)  \
    ROLE(POLICY,    "policy",    true)  /* registration service that the policy module of NDES asks */ \
    ROLE(CA,        "ca",        true)  \
    ROLE(INTUNE,    "intune",    true)  \
    ROLE(SIGN_IN,   "sign-in",   false) /* Microsoft Entra: tokens and discovery */ \
    ROLE(PUBLISHER, "publisher", false) /* where a connector of the Entra application proxy registers itself */ \
    ROLE(RELAY,     "relay",     false) /* where it waits for requests; many others do too */ \
    ROLE(AIK,       "aik",       false) /* Microsoft's CA for keys of TPMs: speaks SCEP, and is none of Intune's */
/* clang-format on */

typedef enum {
#define SCEP_HOST_ENUM(id, name, selectable) SCEP_HOST_##id,
    SCEP_HOST_ROLES(SCEP_HOST_ENUM)
#undef SCEP_HOST_ENUM
    SCEP_HOST_ROLE_COUNT
} ScepHostRole;

/** A row of plugin/catalogue/hosts.c. */
typedef struct {
    const char *name; /**< "host.example.com", or "*.example.com" for anything that ends so */
    size_t length;    /**< of name */
    ScepHostRole role;
    const char *issuers; /**< words, one of which the issuer of its TLS certificate has; separated by '|'; NULL */
} ScepKnownHost;

extern const ScepKnownHost scep_known_hosts[];
extern const size_t scep_known_host_count;

#endif
