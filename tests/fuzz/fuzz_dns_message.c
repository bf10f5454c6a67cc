/* fuzz_dns_message.c
 * Messages of DNS: names end within their bounds and are plain text, and the cheap test never misses a name that has a
 * role.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "require.h"
#include "scep/wire.h"
#include "scep/tracker.h"

static void check_name(const char *name)
{
    const char *end = memchr(name, '\0', SCEP_DNS_NAME);

    REQUIRE(end != NULL);
    for (const char *at = name; at < end; at++)
        REQUIRE(*at > 0x20 && *at < 0x7f && !g_ascii_isupper(*at));
}

/* The name once more as a question has it: without pointers, and no dot inside of a label. */
static void check_initial(const ScepTracker *tracker, const char *name)
{
    uint8_t question[12 + SCEP_DNS_NAME + 2] = { 0 };
    char **labels = g_strsplit(name, ".", -1);
    size_t at = 12;

    for (char **label = labels; *label != NULL; label++) {
        const size_t length = strlen(*label);
        if (length == 0 || length > 63)
            break;
        question[at] = (uint8_t)length;
        memcpy(question + at + 1, *label, length);
        at += 1 + length;
    }
    /* A name with an empty label in it is none. */
    const bool is_whole = at == 12 + strlen(name) + 1;
    if (is_whole && scep_tracker_role_of_name(tracker, name, NULL) != SCEP_HOST_UNKNOWN)
        REQUIRE(scep_dns_has_initial(question, at + 1, scep_tracker_get0_host_initials(tracker)));
    g_strfreev(labels);
}

static void check_answer(const ScepDnsMessage *message)
{
    REQUIRE(message->alias_count <= SCEP_DNS_ALIASES && message->address_count <= SCEP_DNS_ADDRESSES);
    for (unsigned i = 0; i < message->alias_count; i++)
        check_name(message->alias[i]);
    for (unsigned i = 0; i < message->address_count; i++)
        REQUIRE(message->address[i].length == 4 || message->address[i].length == 16);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ScepTracker *tracker;
    ScepDnsMessage message;

    if (tracker == NULL)
        tracker = scep_tracker_new();
    scep_dns_has_initial(data, size, scep_tracker_get0_host_initials(tracker));
    memset(&message, 0xff, sizeof message);
    if (!scep_dns_read_question(data, size, &message))
        return 0;
    check_name(message.name);
    REQUIRE(!message.wants_ipv6 || message.wants_address);
    REQUIRE(message.code <= 15 && message.alias_count == 0 && message.address_count == 0);
    check_initial(tracker, message.name);
    scep_dns_read_answers(data, size, &message);
    check_answer(&message);
    return 0;
}
