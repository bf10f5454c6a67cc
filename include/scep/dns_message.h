/* dns_message.h
 * What a DNS message says about a host: the name that is asked for, and its addresses (RFC 1035).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_DNS_MESSAGE_H
#define SCEP_DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCEP_DNS_NAME = 256, SCEP_DNS_ALIASES = 8, SCEP_DNS_ADDRESSES = 16 };

typedef struct {
    uint16_t id;
    bool is_answer;
    bool is_truncated;                         /**< the answers could not all be read, or the server cut them (TC) */
    bool wants_address;                  /**< asks for A or AAAA */
    bool wants_ipv6;                     /**< for AAAA */
    uint8_t code;                        /**< RCODE */
    char name[SCEP_DNS_NAME];            /**< of the question, lower case, without the last dot */
    char alias[SCEP_DNS_ALIASES][SCEP_DNS_NAME]; /**< what it stands for: targets of CNAME records */
    unsigned alias_count;
    struct {
        uint8_t octets[16];
        uint8_t length;                  /**< 4 or 16 */
    } address[SCEP_DNS_ADDRESSES];
    unsigned address_count;
} ScepDnsMessage;

/** Cheap test, run on every question: whether a word of the name that is asked for begins with one of these letters, in either
 * case. Words end at dots and hyphens. May say yes in vain, also for what is no DNS.
 * @param letters  lower case */
bool scep_dns_has_initial(const uint8_t *data, size_t size, const char *letters);

/** Reads the header and the question: enough to tell whether the rest matters.
 * @return false for what is no message with one question */
bool scep_dns_read_question(const uint8_t *data, size_t size, ScepDnsMessage *out);

/** Reads the answers, behind scep_dns_read_question(). */
void scep_dns_read_answers(const uint8_t *data, size_t size, ScepDnsMessage *out);

#endif
