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
    const char *source;  /**< short name of the public document; plugin/catalogue/result_codes.c has the titles */
} ScepResultCode;

extern const ScepResultCode scep_result_codes[]; /* ascending by code */
extern const size_t scep_result_code_count;

/** The row for a code, or NULL. Binary search. */
const ScepResultCode *scep_result_code_find(uint32_t code);

/** Room for what a range tells of a code. */
typedef struct {
    ScepResultCode row;
    char symbol[32];
    char meaning[96];
} ScepResultCodeText;

/** What is known of a code: its row, or what the range says that it lies in ("HTTP_E_STATUS 429").
 * @param text  the answer may point into it
 * @return NULL where nothing is known */
const ScepResultCode *scep_result_code_explain(uint32_t code, ScepResultCodeText *text);

/** "0x80070005 E_ACCESSDENIED: access denied", or the number alone. @return g_free() */
char *scep_result_code_new_words(uint32_t code);

/** Reads a text that is one code and nothing else, blanks around it aside: "0x80094800", "80094800h", "-2146875392",
 * "2148091904"; a minus may be U+2212. Small numbers are codes here.
 * @param size  octets; the text needs no zero behind it
 * @return false for anything else: more than 32 bits, no digit, "-0" */
bool scep_code_read(const char *text, size_t size, uint32_t *code);

/** Where a code stands in a text. */
typedef struct {
    uint32_t code;
    size_t offset;
    size_t length;
} ScepCodeInText;

/** The first code in a text, in one of the forms above: "hr=0x80070005", "(-2146875392)". A number has to look like
 * one: an error by its highest bits, or eight hexadecimal digits that the table has. No further than
 * SCEP_MAX_CODE_TEXT. */
bool scep_code_find(const char *text, size_t size, ScepCodeInText *found);

/** What is known of the codes in a text: of the first one that says more than "it failed", else of the first.
 * @param room  as for scep_result_code_explain()
 * @return NULL where the text has no code that is known */
const ScepResultCode *scep_code_explain(const char *text, size_t size, ScepResultCodeText *room);

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
    const char *oid;         /**< dotted decimal, as scep_ber_new_oid_text() writes it */
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

/* Which program sent a request: by what it calls itself, and by what its messages look like. */

/** Programs that behave alike. */
typedef enum {
    SCEP_CLIENT_OTHER = 0,
    SCEP_CLIENT_WINDOWS,
    SCEP_CLIENT_APPLE,
    SCEP_CLIENT_JSCEP, /**< Android's Company Portal is built on it */
    SCEP_CLIENT_SCEPCLIENT,
    SCEP_CLIENT_CISCO,
    SCEP_CLIENT_SSCEP,
    SCEP_CLIENT_STRONGSWAN,
    SCEP_CLIENT_CERTMONGER,
    SCEP_CLIENT_MIKROTIK,
    SCEP_CLIENT_WOLFSSL
} ScepClientFamily;

/** One row of the table of names (plugin/catalogue/clients.c). */
typedef struct {
    const char *mark; /**< what the User-Agent contains, in this spelling */
    const char *name; /**< what to call the client */
    ScepClientFamily family;
    int weight; /**< as in ScepClientMark: a library's name says less than a program's */
} ScepClient;

extern const ScepClient scep_clients[];
extern const size_t scep_client_count;

/** What a request shows of the program that made it; bits. The transactionID is told by what it was computed from. */
enum {
    SCEP_MARK_ID_MD5_UPPER = 1u << 0,  /**< MD5 of the signer's SubjectPublicKeyInfo, hexadecimal, upper case */
    SCEP_MARK_ID_MD5_LOWER = 1u << 1,  /**< likewise, lower case */
    SCEP_MARK_ID_SHA1_UPPER = 1u << 2, /**< SHA-1 of the same */
    SCEP_MARK_ID_SHA1_LOWER = 1u << 3,
    SCEP_MARK_ID_SHA2 = 1u << 4,           /**< SHA-256 of the same, lower case */
    SCEP_MARK_ID_KEY_SHA1 = 1u << 5,       /**< SHA-1 of the key without its AlgorithmIdentifier, upper case */
    SCEP_MARK_ID_BASE64 = 1u << 6,         /**< base64 of SHA-256 of that, or of its first 20 octets */
    SCEP_MARK_ID_CERTIFICATE = 1u << 7,    /**< SHA-1 of the signer's certificate */
    SCEP_MARK_ID_HEX64 = 1u << 8,          /**< 64 lower-case hexadecimal digits of something else */
    SCEP_MARK_ID_DECIMAL = 1u << 9,        /**< a decimal number the size of a SHA-256 */
    SCEP_MARK_ID_SSCEP = 1u << 10,         /**< a constant that only sscep sends */
    SCEP_MARK_SERIAL_TEXT = 1u << 11,      /**< the signer's serial number spells the transactionID in ASCII */
    SCEP_MARK_SERIAL_NUMBER = 1u << 12,    /**< or is that number */
    SCEP_MARK_SUBJECT_PROTOCOL = 1u << 13, /**< self-signed signer "CN=SCEP Protocol Certificate" */
    SCEP_MARK_SUBJECT_SIGNER = 1u << 14,   /**< self-signed signer "CN=SCEP SIGNER" */
    SCEP_MARK_AUTHORITY = 1u << 15,        /**< self-signed signer with a critical authorityKeyIdentifier */
    SCEP_MARK_OAEP = 1u << 16,
    SCEP_MARK_BER = 1u << 17,
    SCEP_MARK_SHORT_NONCE = 1u << 18,  /**< 8 octets */
    SCEP_MARK_NO_TIME = 1u << 19,      /**< no signingTime */
    SCEP_MARK_GET = 1u << 20,          /**< PKIOperation by GET */
    SCEP_MARK_GET_LINES = 1u << 21,    /**< its base64 has line breaks */
    SCEP_MARK_TYPE_OCTETS = 1u << 22,  /**< POST of application/octet-stream */
    SCEP_MARK_TYPE_NONE = 1u << 23,    /**< POST without Content-Type */
    SCEP_MARK_ASKS_DEFAULT = 1u << 24, /**< message= of GetCACaps or GetCACert: "default" */
    SCEP_MARK_ASKS_CA = 1u << 25,      /**< "ca" */
    SCEP_MARK_ASKS_CAIDENTIFIER = 1u << 26,
    SCEP_MARK_ASKS_NUMBER = 1u << 27, /**< "0" or "1" */
    SCEP_MARK_CACERT_FIRST = 1u << 28 /**< GetCACert comes before GetCACaps */
};

/** A mark and what it counts for a client, against it where negative. */
typedef struct {
    uint32_t mark;
    int weight;
} ScepClientMark;

#define SCEP_CLIENT_MARKS 8

/** One row of the table of shapes. */
typedef struct {
    ScepClientFamily family;
    const char *name;
    uint32_t needs; /**< one of these has to be there: the others are found with too many clients */
    ScepClientMark marks[SCEP_CLIENT_MARKS];
} ScepClientShape;

extern const ScepClientShape scep_client_shapes[];
extern const size_t scep_client_shape_count;

/** What is made of all marks. Small, since every request has one. */
typedef struct {
    uint8_t row;        /**< for the functions below; 0: nothing is known */
    uint8_t confidence; /**< ScepConfidence, never certain */
} ScepClientGuess;

/** Weighs the marks of a request and its User-Agent, which may be a proxy's.
 * @param user_agent  may be NULL
 * @param marks       SCEP_MARK_* */
ScepClientGuess scep_client_guess(const char *user_agent, uint32_t marks);

/** The name of a guess, its family, and whether it comes of the message rather than of the User-Agent. Static.
 * NULL, SCEP_CLIENT_OTHER and false where nothing is known. */
const char *scep_client_guess_name(ScepClientGuess guess);
ScepClientFamily scep_client_guess_family(ScepClientGuess guess);
bool scep_client_guess_is_by_message(ScepClientGuess guess);

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
    SCEP_SERVICE_MDM        /**< a device and its MDM server: OMA-DM with SyncML, or Apple's */
} ScepServiceKind;

/** How the body of a call is read. */
typedef enum {
    SCEP_BODY_UNREAD = 0,
    SCEP_BODY_JSON,
    SCEP_BODY_MAYBE_JSON, /**< the layout is not published: read as JSON where it is JSON */
    SCEP_BODY_TOKEN,      /**< only the reason of a refusal is read: everything else is secret */
    SCEP_BODY_SYNCML,
    SCEP_BODY_PLIST /**< configuration profiles and MDM of Apple */
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

/** The media types of OMA-DM (OMA-TS-DM_Protocol-V1_2): XML, and WBXML. */
#define SCEP_SYNCML_XML "application/vnd.syncml.dm+xml"
#define SCEP_SYNCML_WBXML "application/vnd.syncml.dm+wbxml"

/** The media types of Apple: of what a device sends its MDM server ("-checkin" may follow), and of a profile. */
#define SCEP_APPLE_MDM "application/x-apple-aspen-mdm"
#define SCEP_APPLE_PROFILE "application/x-apple-aspen-config"

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

/** The service that an answer comes from by its media type alone: a profile that was fetched by GET. NULL for none. */
const ScepService *scep_service_of_answer(const char *content_type);

/* ---- hosts ------------------------------------------------------------------------------------------------------- */

/* clang-format off */
/** What a host may be: ROLE(enumerator, name in scep.role.src and scep.role.dst, whether a user may say it). */
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
