/* limits.h
 * Every bound that hostile input meets, in one place.
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

/** Text of an attribute or name that is kept for display, bytes. */
#define SCEP_MAX_TEXT 1024

/** One message= value in a request line, bytes before decoding. */
#define SCEP_MAX_QUERY_MESSAGE (1024 * 1024)

/** HTTP: header fields and pipelined messages that are looked at in one frame. */
#define SCEP_HTTP_MAX_FIELDS 128
#define SCEP_HTTP_MAX_MESSAGES 64

/** Letters of an HTTP method; the longest registered one, UPDATEREDIRECTREF, has 17. */
#define SCEP_HTTP_MAX_METHOD 24

/** A body put together from HTTP/2 DATA frames, bytes. */
#define SCEP_MAX_BODY (4 * 1024 * 1024)

#endif
