/* packet-wcce-connect.c
 * The connection to the port that the CA named, in a lookup or an activation, and once a CA is known the one to its
 * endpoint mapper: a step that is seen in TCP alone.
 *
 * Until a step to a CA was seen nothing is looked at, and then only segments from or to such a port.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "packet-wcce-connect.h"

#include <epan/conversation.h>
#include <string.h>

#include "packet-wcce-state.h"

enum { MAX_DIGITS = 5 };

static void name_port(const ScepCaCall *step, unsigned port)
{
    WcceCapture *state = capture_file->wcce;

    if (port == 0 || port > UINT16_MAX)
        return;
    for (unsigned i = 0; i < state->named_count; i++) {
        const WcceNamedPort *named = &state->named[i];
        if (named->port == port && named->ndes == step->ndes && named->ca == step->ca)
            return;
    }
    if (state->named_count == WCCE_MAX_NAMED)
        return;
    state->named[state->named_count++] = (WcceNamedPort){ step->ndes, step->ca, (uint16_t)port };
    capture_file->names_ca_ports = true;
}

void wcce_connect_known(const ScepCaCall *step)
{
    name_port(step, SCEP_CA_MAPPER_PORT);
}

/* "[49710]" in UTF-16, the end of a string binding (MS-DCOM 2.2.19.3). @return 0 when this is none */
static unsigned bracketed(const uint8_t *bytes, unsigned size)
{
    unsigned port = 0, digits = 0;

    for (unsigned at = 2; at + 1 < size && digits <= MAX_DIGITS; at += 2, digits++) {
        if (bytes[at] == ']' && bytes[at + 1] == 0)
            return port;
        if (!g_ascii_isdigit(bytes[at]) || bytes[at + 1] != 0)
            return 0;
        port = port * 10 + (unsigned)(bytes[at] - '0');
    }
    return 0;
}

/* The ports stand in the bindings of an activation, and in the tower of a lookup: floor of TCP (C706 appendix I). */
void wcce_connect_named(const ScepCaCall *step, const WccePdu *answer)
{
    static const uint8_t tcp_floor[] = { 0x01, 0x00, 0x07, 0x02, 0x00 };

    for (unsigned at = WCCE_PDU_HEADER; at + 7 <= answer->there; at++) {
        const uint8_t *bytes = answer->bytes + at;
        if (step->chain == SCEP_CA_ACTIVATE && bytes[0] == '[' && bytes[1] == 0)
            name_port(step, bracketed(bytes, answer->there - at));
        else if (step->chain == SCEP_CA_RESOLVE && memcmp(bytes, tcp_floor, sizeof tcp_floor) == 0)
            name_port(step, (unsigned)(bytes[5] << 8 | bytes[6]));
    }
}

static bool is_named(const ScepPlace *place, uint16_t port)
{
    const WcceCapture *state = capture_file->wcce;

    for (unsigned i = 0; i < state->named_count; i++) {
        const WcceNamedPort *named = &state->named[i];
        if (named->port == port && g_strcmp0(named->ndes, place->client) == 0 &&
            g_strcmp0(named->ca, place->server) == 0)
            return true;
    }
    return false;
}

static void keep(packet_info *pinfo, ScepCaCall *call, bool is_response)
{
    const WcceStep step = { .call = call, .is_response = is_response };

    wcce_state_keep_step(pinfo, &step);
}

static void begin(packet_info *pinfo, uint64_t key)
{
    const ScepPlace place = capture_place(pinfo, true);

    if (wmem_map_contains(capture_file->wcce->connects, &key) || !is_named(&place, (uint16_t)pinfo->destport))
        return;
    uint64_t *kept = wmem_new(wmem_file_scope(), uint64_t);
    *kept = key;
    ScepCaCall *call = scep_tracker_ca_chain_request(capture_tracker(), &place, SCEP_CA_CONNECT, false, false);
    wmem_map_insert(capture_file->wcce->connects, kept, call);
    keep(pinfo, call, false);
}

static void end(packet_info *pinfo, uint64_t key, bool is_refused)
{
    ScepCaCall *call = wmem_map_lookup(capture_file->wcce->connects, &key);
    const ScepPlace place = capture_place(pinfo, false);
    const ScepCaChainAnswer answer = { .is_fault = is_refused, .has_status = !is_refused };

    if (call == NULL || call->response_frame != 0)
        return;
    scep_tracker_ca_chain_answer(capture_tracker(), call, &place, &answer);
    keep(pinfo, call, true);
}

void wcce_connect_learn(packet_info *pinfo, const Segment *segment)
{
    const WcceCapture *state = capture_file->wcce;
    bool from = false, to = false;

    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    for (unsigned i = 0; i < state->named_count; i++) {
        from |= state->named[i].port == pinfo->srcport;
        to |= state->named[i].port == pinfo->destport;
    }
    if (!from && !to)
        return;
    const unsigned opening = segment->flags & (SCEP_TCP_SYN | SCEP_TCP_ACK);
    const conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
    if (conversation == NULL || capture_tracker() == NULL)
        return;
    const uint64_t key = conversation->conv_index;
    if (to && opening == SCEP_TCP_SYN)
        begin(pinfo, key);
    else if (from && (segment->flags & SCEP_TCP_RST || opening == (SCEP_TCP_SYN | SCEP_TCP_ACK)))
        end(pinfo, key, (segment->flags & SCEP_TCP_RST) != 0);
}
