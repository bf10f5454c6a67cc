/* limits.h
 * Bounds of depth, count and size. Whatever the core reads comes from strangers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_LIMITS_H
#define SCEP_LIMITS_H

/** Nesting of BER elements; real messages stay under 20. */
#define SCEP_BER_MAX_DEPTH 32

/** Identifier octets of one high tag number, X.690 8.1.2.4. */
#define SCEP_BER_MAX_TAG_OCTETS 4

/** Attributes, certificates, recipients, chunks that are looked at in one message. */
#define SCEP_MAX_ATTRIBUTES 64
#define SCEP_MAX_CERTIFICATES 64
#define SCEP_MAX_RECIPIENTS 32
#define SCEP_MAX_CHUNKS 4096
#define SCEP_MAX_CAPABILITIES 64

/** Pieces of one octet string, X.690 8.7.3. They are joined as they come, so this bounds time, not memory. */
#define SCEP_MAX_PIECES 65536

/** Outcomes of signature checks that are kept for reading the same file again. */
#define SCEP_MAX_REMEMBERED 8192

/** Problems that are told of one message; each is an expert item. */
#define SCEP_MAX_PROBLEMS 64

/** Text of an attribute or name that is kept for display, bytes. */
#define SCEP_MAX_TEXT 1024

/** How far into a text a result code is looked for, octets. */
#define SCEP_MAX_CODE_TEXT (64 * 1024)

/** One message= value in a request line, bytes before decoding. */
#define SCEP_MAX_QUERY_MESSAGE (1024 * 1024)

/** HTTP: header fields and pipelined messages that are looked at in one frame. */
#define SCEP_HTTP_MAX_FIELDS 128
#define SCEP_HTTP_MAX_MESSAGES 64

/** Letters of an HTTP method; the longest registered one, UPDATEREDIRECTREF, has 17. */
#define SCEP_HTTP_MAX_METHOD 24

/** Pages: how far into one a sentence or number is looked for, and octets of a password on one. */
#define SCEP_PAGE_SEARCH 16384
#define SCEP_MAX_PAGE_PASSWORD 256

/** A body put together from HTTP/2 DATA frames, bytes. */
#define SCEP_MAX_BODY (4 * 1024 * 1024)

/** Public keys that a signature is checked with: bits of an RSA modulus (OpenSSL's own bound) and of its exponent.
 * Beyond that one check takes seconds, so it is left out. */
#define SCEP_MAX_RSA_BITS 16384
#define SCEP_MAX_RSA_EXPONENT_BITS 64
#define SCEP_MAX_SPKI 8192 /* octets of a SubjectPublicKeyInfo */

/** Who signed which certificate: bits of an RSA key and of another kind of key that is tried, and pairs of certificates
 * whose outcome is kept. */
#define SCEP_MAX_ISSUER_RSA_BITS 8192
#define SCEP_MAX_ISSUER_BITS 521
#define SCEP_MAX_ISSUERS (1024 * 1024)

/** Public keys kept for the next message, and octets of signed attributes that are put into DER. */
#define SCEP_MAX_CACHED_KEYS 64
#define SCEP_MAX_REENCODED (256 * 1024)

/** Different GetCACert answers of one server that are kept. */
#define SCEP_MAX_SHOWN 32

/** Configuration: bytes of a key file, keys in one source, bytes of a password, and of a content key file. */
#define SCEP_MAX_KEY_FILE (1024 * 1024)
#define SCEP_MAX_KEYS_PER_SOURCE 256
#define SCEP_MAX_PASSWORD 1024
#define SCEP_MAX_CEK_FILE (64 * 1024 * 1024)
#define SCEP_MAX_CEK_LINE 1024
#define SCEP_MAX_CEK_ERRORS 20

/** Certificates of the capture that a keyring remembers: those of its own keys, and those of others. */
#define SCEP_MAX_LEARNED_OWN 4096
#define SCEP_MAX_LEARNED_OTHER (1024 * 1024)
#define SCEP_MAX_LEARNED_NAME 4096 /* octets of issuer and serial number */

/** Private-key operations for one envelope whose recipient no key is known for. */
#define SCEP_MAX_KEY_TRIALS 16

/** PBKDF2 (RFC 8018 5.2): iterations of one recipient, and of one capture, all passwords together; octets of salt. */
#define SCEP_MAX_ITERATIONS 1000000
#define SCEP_MAX_TOTAL_ITERATIONS 20000000
#define SCEP_MAX_SALT 1024

/** A content-encryption key, octets; RC2 allows 128 (RFC 2268). */
#define SCEP_MAX_CEK 128

/** Rows of the hint catalogue. */
#define SCEP_MAX_HINTS 512

/** TLS: octets of an unfinished handshake message; exchanges of one connection that are told apart. */
#define SCEP_MAX_TLS_HANDSHAKE (64 * 1024)
#define SCEP_MAX_TLS_EXCHANGES 16

/** Connections to hosts with a role, and names of hosts, of one capture. */
#define SCEP_MAX_CONNECTIONS (256 * 1024)
#define SCEP_MAX_HOSTS (64 * 1024)

/** PKCS#10: attributes, extensions and values that are listed. */
#define SCEP_MAX_CSR_ITEMS 64

/** What a challenge says of itself: octets of JSON that are read, and members of it. */
#define SCEP_MAX_CLAIMS_JSON (64 * 1024)
#define SCEP_MAX_CLAIMS 32

/** DCE/RPC stubs: UTF-16 units of a text, ORPC extensions of a call, and what a call lists. */
#define SCEP_NDR_MAX_TEXT 8192
#define SCEP_NDR_MAX_EXTENTS 64
#define SCEP_WCCE_MAX_ATTRIBUTES 64
#define SCEP_WCCE_MAX_PROPERTIES 256
#define SCEP_WCCE_MAX_TEMPLATES 256

/** Calls to services around SCEP: octets of a body that is read, its nesting, and what is kept of it. */
#define SCEP_MAX_SERVICE_BODY (256 * 1024)
#define SCEP_JSON_MAX_DEPTH 64
#define SCEP_XML_MAX_DEPTH 64
#define SCEP_SERVICE_MAX_SECRETS 8
#define SCEP_PLIST_MAX_VALUES 8192
#define SCEP_PROFILE_MAX_LAYERS 4         /* command, signature, profile */
#define SCEP_MAX_FINGERPRINT 64           /* octets; SHA-512 has as many */
#define SCEP_WBXML_MAX_TEXT (1024 * 1024) /* octets of text that WBXML unfolds into */
#define SCEP_WBXML_MAX_NAME 64            /* octets of the name of an element */
#define SCEP_MDM_MAX_ITEMS 256

#endif
