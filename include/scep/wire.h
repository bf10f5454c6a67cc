/* wire.h
 * Where HTTP messages stand in bytes and what they ask for; TCP, TLS and DNS as far as no key is needed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_WIRE_H
#define SCEP_WIRE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/limits.h"
#include "scep/asn1.h"

/* ---- http message ------------------------------------------------------------------------------------------------ */

/* Where HTTP/1 messages and HTTP/2 frames begin and end in a buffer. */

/** What keeps a part of a message from being read, as far as the wire tells. */
typedef enum {
    SCEP_CUT_BY_NOBODY = 0,
    SCEP_CUT_BY_SNAPLEN,   /**< the capture keeps only the first octets of each packet */
    SCEP_CUT_BY_LOSS,      /**< a segment is not in the capture, or the capture begins or ends inside the message */
    SCEP_CUT_BY_PREFERENCE /**< a preference of Wireshark is off, so that it puts nothing together */
} ScepCutBy;

/** How much of a message could be read. All zero: all that there is to see, with nothing known of how much was sent. */
typedef struct {
    ScepCutBy cut_by;
    bool is_framed;         /**< HTTP tells where the body ends, and it ends there: nothing of it can be missing */
    uint32_t snaplen;       /**< octets that are kept of the packet, for SCEP_CUT_BY_SNAPLEN */
    uint64_t have;          /**< octets of the body that were read */
    uint64_t announced;     /**< octets that HTTP says it has; 0 where it does not say */
    const char *preference; /**< its full name, for SCEP_CUT_BY_PREFERENCE; static */
} ScepExtent;

/** One HTTP/1.0 or 1.1 message (RFC 9112) in a buffer. Spans point into that buffer and die with it. */
typedef struct {
    bool is_request;
    bool headers_complete; /**< the empty line after the fields was found */
    bool chunked;          /**< Transfer-Encoding: chunked; body then still carries the chunk framing */
    bool has_content_length;
    uint8_t minor_version; /**< 0 or 1 */
    uint16_t status;       /**< responses */
    uint64_t content_length;
    ScepSpan start_line; /**< without its line end */
    ScepSpan method;     /**< requests */
    ScepSpan target;     /**< requests, as sent: origin, absolute or authority form */
    ScepSpan host;
    ScepSpan user_agent;
    ScepSpan server;
    ScepSpan location;
    ScepSpan content_type;
    ScepSpan content_encoding;
    ScepSpan www_authenticate;  /**< the first one */
    ScepSpan client_request_id; /**< client-request-id, by which Microsoft's services log a call */
    ScepSpan ms_proxy;          /**< X-MS-Proxy, which Entra Application Proxy adds to answers */
    ScepSpan error_type;        /**< x-amzn-ErrorType, in which services of AWS name an error */
    ScepSpan error_message;     /**< x-amzn-ErrorMessage */
    ScepSpan body;              /**< as transferred, clamped to the buffer */
    uint64_t body_missing;      /**< bytes that Content-Length promises and the buffer lacks */
    bool chunks_open;           /**< chunked, and the last chunk is not in the buffer */
    bool until_close;           /**< a response whose body ends with the connection (RFC 9112 6.3, rule 8) */
} ScepHttpMessage;

/** Reads one message that starts at @a offset.
 *
 * A body ends where Content-Length says, after the last chunk, or (responses without either, RFC 9112 6.3)
 * with the buffer. 1xx, 204 and 304 have none; nor has a request without Content-Length and chunks. Whether a response
 * answers HEAD or CONNECT cannot be told here. An empty line in front of the message is skipped (RFC 9112 2.2).
 * Line ends may be CRLF or LF (RFC 9112 2.2). Field names match case-insensitively; blanks around values are cut.
 *
 * A start line or header section that the buffer cuts is reported with headers_complete false and no body; the
 * message then takes the rest of the buffer.
 *
 * @param data  the whole buffer, borrowed
 * @param next  receives the offset just after the message; the end of the buffer when chunks are cut or broken
 * @return false when no request line or status line starts there: *out is then zeroed and *next is @a offset. */
bool scep_http_message_read(const uint8_t *data, size_t size, size_t offset, ScepHttpMessage *out, size_t *next);

/** One HTTP/2 frame (RFC 9113 4.1); padding and priority are already cut from the payload. */
typedef struct {
    uint8_t type; /**< 0 DATA, 1 HEADERS, 9 CONTINUATION, ... */
    uint8_t flags;
    uint32_t stream_id;
    ScepSpan payload;
    bool end_stream;  /**< END_STREAM on DATA or HEADERS */
    bool end_headers; /**< END_HEADERS on HEADERS or CONTINUATION */
} ScepHttp2Frame;

/** Reads the frame at *offset and moves *offset behind it.
 * Skips the client connection preface when *offset stands on it.
 * @return false at the end, on a frame that the buffer does not hold whole, or on bytes that are no frame (wrong
 *         stream for the type, RFC 9113 6; more padding than payload). *out is then zeroed and *offset stays. */
bool scep_http2_frame_read(const uint8_t *data, size_t size, size_t *offset, ScepHttp2Frame *out);

/** Reads one field of a decoded header list laid out as Wireshark's "Decompressed Header" source: name length (u32,
 * big endian), name, value length (u32, big endian), value.
 * @return false at the end or when the lengths do not fit. */
bool scep_http2_field_read(const uint8_t *data, size_t size, size_t *offset, ScepSpan *name, ScepSpan *value);

/** True when the span holds @a text, ASCII case ignored. */
bool scep_span_equals(const uint8_t *data, ScepSpan span, const char *text);

/** True when the span starts with @a prefix, ASCII case ignored (for media types with parameters). */
bool scep_span_has_prefix(const uint8_t *data, ScepSpan span, const char *prefix);

/* ---- http query -------------------------------------------------------------------------------------------------- */

/* The SCEP operation in a request target, and the message= parameter of a GET. */

/** Operations by name (RFC 8894 4.1; GetCACertChain: draft-nourse-scep-18 5.6). */
typedef enum {
    SCEP_OP_NONE = 0, /**< no operation parameter */
    SCEP_OP_UNKNOWN,  /**< a SCEP path, but an operation that no text defines */
    SCEP_OP_GETCACAPS,
    SCEP_OP_GETCACERT,
    SCEP_OP_GETCACERTCHAIN,
    SCEP_OP_GETNEXTCACERT,
    SCEP_OP_PKIOPERATION
} ScepOperation;

/** What the path of a URL says. */
typedef enum {
    SCEP_PATH_OTHER = 0,
    SCEP_PATH_NDES,       /**< .../certsrv/mscep[/mscep.dll[/pkiclient.exe]] */
    SCEP_PATH_NDES_ADMIN, /**< .../certsrv/mscep_admin[/...] */
    SCEP_PATH_PKICLIENT,  /**< .../pkiclient.exe */
    SCEP_PATH_SCEP,       /**< a path segment that is or contains "scep" */
    SCEP_PATH_AIK         /**< /templates/Aik/scep, where Windows has the key of its TPM certified (GRAD-86) */
} ScepPathKind;

/** A parsed request target. Spans point into the target and die with it. */
typedef struct {
    ScepOperation operation;
    ScepPathKind path_kind;
    bool has_message;         /**< message= is there, possibly empty */
    ScepSpan path;            /**< after scheme and authority, before '?' */
    ScepSpan operation_value; /**< raw, not percent-decoded */
    ScepSpan message_value;   /**< raw, not percent-decoded */
} ScepQuery;

/** Splits a request target (origin or absolute form). Parameter names and operation names match case-insensitively,
 * order is free, other parameters are ignored.
 * @return true when this is SCEP: a known operation; or an unknown one, or none at all, on an NDES, mscep_admin or
 *         pkiclient.exe path; an unknown operation on a "scep" path. A known operation name counts on every path.
 *         When false, the operation is SCEP_OP_NONE, and the rest is filled in all the same. */
bool scep_query_parse(const uint8_t *target, size_t size, ScepQuery *out);

/** The defined name of an operation ("GetCACaps"), or NULL for NONE and UNKNOWN. */
const char *scep_operation_name(ScepOperation operation);

/** Percent-decodes a parameter value. @return NUL-terminated UTF-8 text (invalid bytes escaped as \xNN), at most
 * SCEP_MAX_TEXT bytes, to be freed with g_free(). '+' stays '+'. */
char *scep_query_new_text(const uint8_t *target, ScepSpan value);

/** Peculiarities of a message= value (reference: RFC 8894 4.1 and what clients really send). */
enum {
    SCEP_B64_PERCENT_ESCAPED = 1 << 0, /**< '+', '/' or '=' came percent-escaped, as the RFC asks */
    SCEP_B64_LINE_BREAKS = 1 << 1,     /**< CR or LF inside */
    SCEP_B64_RAW_PLUS = 1 << 2,        /**< a '+' that a form decoder turns into a blank */
    SCEP_B64_SPACE_FOR_PLUS = 1 << 3,  /**< a blank (raw or %20) where '+' must have stood */
    SCEP_B64_URL_SAFE = 1 << 4,        /**< '-' or '_' */
    SCEP_B64_NO_PADDING = 1 << 5,      /**< '=' missing */
    SCEP_B64_DOUBLE_ESCAPED = 1 << 6,  /**< %25 2B and the like */
    SCEP_B64_TRUNCATED = 1 << 7,       /**< a lone character at the end: 4n+1; or an escape that the end cuts */
    SCEP_B64_INVALID = 1 << 8,         /**< a character outside every alphabet, or data after '=': decoding stops
                                            there; or more '=' than fit */
    SCEP_B64_EMPTY = 1 << 9
};

/** Decodes the base64 of a message= value, whatever the dialect; keeps what parses before an error.
 * @param value    raw bytes of the value
 * @param flags    receives SCEP_B64_*
 * @return decoded bytes (possibly none), owned by the caller: g_bytes_unref(). Never NULL.
 *         Values over SCEP_MAX_QUERY_MESSAGE are decoded up to it and flagged SCEP_B64_TRUNCATED. */
GBytes *scep_query_new_message(const uint8_t *value, size_t size, unsigned *flags);

/** True when a POST body is base64 text of a DER message rather than the message (some clients do that). */
bool scep_body_is_base64(const uint8_t *body, size_t size);

/* ---- capabilities ------------------------------------------------------------------------------------------------ */

/* The keyword list that GetCACaps returns. */

/** Keywords of RFC 8894 3.5.2, and older ones that servers still send. */
enum {
    SCEP_CAP_AES = 1 << 0,
    SCEP_CAP_DES3 = 1 << 1,
    SCEP_CAP_GETNEXTCACERT = 1 << 2,
    SCEP_CAP_POSTPKIOPERATION = 1 << 3,
    SCEP_CAP_RENEWAL = 1 << 4,
    SCEP_CAP_SHA1 = 1 << 5,
    SCEP_CAP_SHA256 = 1 << 6,
    SCEP_CAP_SHA512 = 1 << 7,
    SCEP_CAP_SCEPSTANDARD = 1 << 8,
    SCEP_CAP_UPDATE = 1 << 9,  /**< draft-gutmann-scep */
    SCEP_CAP_SHA224 = 1 << 10, /**< seen, defined nowhere */
    SCEP_CAP_SHA384 = 1 << 11  /**< seen, defined nowhere */
};

/** What the bits amount to: SCEPStandard implies AES, POSTPKIOperation and SHA-256 (RFC 8894 3.5.2). */
uint32_t scep_capabilities_effective(uint32_t bits);

/** One line of the answer. */
typedef struct {
    ScepSpan span; /**< the keyword, blanks cut */
    uint32_t bit;  /**< SCEP_CAP_*, 0 for an unknown keyword */
} ScepCapability;

/** A parsed answer. */
typedef struct {
    uint32_t bits; /**< all keywords, as sent */
    size_t count;  /**< entries of line[] */
    ScepCapability line[SCEP_MAX_CAPABILITIES];
    bool looks_like_markup; /**< starts with '<' or holds control bytes, or the next: no keyword list */
    bool looks_like_text;   /**< JSON, or words of which none is a keyword */
    char separator; /**< between keywords of one line, which count as one unknown keyword; 0 where there is none */
    bool truncated; /**< more than SCEP_MAX_CAPABILITIES lines */
} ScepCapabilities;

/** Splits at CR, LF or CRLF; empty lines are skipped; names match case-insensitively (RFC 8894 3.5.2).
 * Of a body that is no keyword list nothing is taken (count 0, looks_like_markup). */
void scep_capabilities_parse(const uint8_t *body, size_t size, ScepCapabilities *out);

/* ---- tcp --------------------------------------------------------------------------------------------------------- */

/* Flags of the TCP header. */

/** RFC 9293 3.1 */
enum { SCEP_TCP_FIN = 0x01, SCEP_TCP_SYN = 0x02, SCEP_TCP_RST = 0x04, SCEP_TCP_ACK = 0x10 };

/* ---- tls stream -------------------------------------------------------------------------------------------------- */

/* What one direction of a TLS connection shows without any key: records, clear handshake messages, clear alerts. */

/** True when a stream that begins with these octets is TLS: the header of a handshake record with a ClientHello in it.
 */
bool scep_tls_is_client_hello(const uint8_t *bytes, size_t size);

/** What a hello says (RFC 8446 4.1.2, 4.1.3; RFC 6066 3; RFC 7301). */
typedef struct {
    char host[256];   /**< server_name, lower case, '?' for what no name has; "" where absent */
    uint16_t version; /**< the highest that is offered; the one that is chosen */
    bool http2;       /**< h2 is offered; chosen (up to TLS 1.2) */
} ScepTlsHello;

/** Reads the body of a ClientHello or ServerHello. @return false when it is damaged; what was read until then is kept
 */
bool scep_tls_read_hello(const uint8_t *body, size_t size, bool is_client, ScepTlsHello *out);

/* ---- dns message ------------------------------------------------------------------------------------------------- */

/* What a DNS message says about a host: the name that is asked for, and its addresses (RFC 1035). */

enum { SCEP_DNS_NAME = 256, SCEP_DNS_ALIASES = 8, SCEP_DNS_ADDRESSES = 16 };

typedef struct {
    uint16_t id;
    bool is_answer;
    bool is_truncated;                           /**< the answers could not all be read, or the server cut them (TC) */
    bool wants_address;                          /**< asks for A or AAAA */
    bool wants_ipv6;                             /**< for AAAA */
    uint8_t code;                                /**< RCODE */
    char name[SCEP_DNS_NAME];                    /**< of the question, lower case, without the last dot */
    char alias[SCEP_DNS_ALIASES][SCEP_DNS_NAME]; /**< what it stands for: targets of CNAME records */
    unsigned alias_count;
    struct {
        uint8_t octets[16];
        uint8_t length; /**< 4 or 16 */
    } address[SCEP_DNS_ADDRESSES];
    unsigned address_count;
} ScepDnsMessage;

/** Cheap test, run on every question: whether a word of the name that is asked for begins with one of these letters, in
 * either case. Words end at dots and hyphens. May say yes in vain, also for what is no DNS.
 * @param letters  lower case */
bool scep_dns_has_initial(const uint8_t *data, size_t size, const char *letters);

/** Reads the header and the question: enough to tell whether the rest matters.
 * @return false for what is no message with one question */
bool scep_dns_read_question(const uint8_t *data, size_t size, ScepDnsMessage *out);

/** Reads the answers, behind scep_dns_read_question(). */
void scep_dns_read_answers(const uint8_t *data, size_t size, ScepDnsMessage *out);

/* ---- challenge page ---------------------------------------------------------------------------------------------- */

#define SCEP_PAGE_THUMBPRINT 65

/** What NDES shows an administrator at /certsrv/mscep_admin/. */
typedef struct {
    bool is_one;                           /**< it hands out a challenge password */
    bool has_password;                     /**< which could be read */
    bool lasts;                            /**< it says that the password does not expire: UseSinglePassword is set */
    size_t length;                         /**< of the password, octets */
    uint8_t sha256[32];                    /**< of the password: the same octets as in ScepChallenge */
    char thumbprint[SCEP_PAGE_THUMBPRINT]; /**< of the CA certificate, upper-case hex; "" where there is none */
} ScepChallengePage;

#endif
