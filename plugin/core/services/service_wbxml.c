/* service_wbxml.c
 * SyncML as binary XML: WBXML 1.1 to 1.3 (WAP-192-WBXML), with the code pages of SyncML 1.0 to 1.2
 * (OMA-TS-SyncML_RepPro-V1_2) and its meta information (OMA-TS-SyncML_MetaInfo-V1_2).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "scep/limits.h"
#include "services/service_read.h"
#include "services/syncml.h"

/* Global tokens, WAP-192 7.1. Those with a number in their top two bits come in three. */
enum {
    SWITCH_PAGE = 0x00,
    END = 0x01,
    ENTITY = 0x02,
    STR_I = 0x03,
    LITERAL = 0x04,
    EXT_I_0 = 0x40,
    PI = 0x43,
    EXT_T_0 = 0x80,
    STR_T = 0x83,
    EXT_0 = 0xc0,
    OPAQUE = 0xc3
};

/* Bits of a tag, WAP-192 5.8.2. */
enum { HAS_ATTRIBUTES = 0x80, HAS_CONTENT = 0x40, IDENTITY = 0x3f };

/* Character sets by their MIBenum; 0 is unknown. */
enum { CHARSET_UNKNOWN = 0, CHARSET_ASCII = 3, CHARSET_LATIN_1 = 4, CHARSET_UTF_8 = 106 };

/* The first one has the token 5. The names of page 0 stand in OMA-TS-SyncML_RepPro 8, of page 1 in
 * OMA-TS-SyncML_MetaInfo 8. */
#define FIRST_TAG 5
static const char *const syncml_tags[] = {
    "Add",
    "Alert",
    "Archive",
    "Atomic",
    "Chal",
    "Cmd",
    "CmdID",
    "CmdRef",
    "Copy",
    "Cred",
    "Data",
    "Delete",
    "Exec",
    "Final",
    "Get",
    "Item",
    "Lang",
    "LocName",
    "LocURI",
    "Map",
    "MapItem",
    "Meta",
    "MsgID",
    "MsgRef",
    "NoResp",
    "NoResults",
    "Put",
    "Replace",
    "RespURI",
    "Results",
    "Search",
    "Sequence",
    "SessionID",
    "SftDel",
    "Source",
    "SourceRef",
    "Status",
    "Sync",
    "SyncBody",
    "SyncHdr",
    "SyncML",
    "Target",
    "TargetRef",
    "",
    "VerDTD",
    "VerProto",
    "NumberOfChanges",
    "MoreData",
    "Field",
    "Filter",
    "Record",
    "FilterType",
    "SourceParent",
    "TargetParent",
    "Move",
    "Correlator",
};
static const char *const meta_tags[] = {
    "Anchor", "EMI",  "Format",    "FreeID",    "FreeMem", "Last", "Mark",    "MaxMsgSize", "Mem",
    "MetInf", "Next", "NextNonce", "SharedMem", "Size",    "Type", "Version", "MaxObjSize", "FieldLevel",
};

typedef enum { GOES_ON = 0, IS_WHOLE, IS_CUT, IS_BROKEN, IS_TOO_DEEP, IS_TOO_LONG } State;

typedef struct {
    ScepSyncml *events;
    const uint8_t *data;
    size_t size;
    size_t at;
    const char *table; /* string table */
    size_t table_size;
    size_t room; /* octets of text that may still be told: a short token may name a long text many times */
    uint32_t charset;
    uint8_t page;
    State state;
    unsigned depth;
    const char *open[SCEP_XML_MAX_DEPTH];
} Wbxml;

static void stop(Wbxml *reader, State state)
{
    if (reader->state == GOES_ON)
        reader->state = state;
}

static uint8_t read_octet(Wbxml *reader)
{
    if (reader->at >= reader->size)
        stop(reader, IS_CUT);
    return reader->state == GOES_ON ? reader->data[reader->at++] : 0;
}

/* mb_u_int32, WAP-192 5.1: seven bits an octet, the high ones first. */
static uint32_t read_number(Wbxml *reader)
{
    uint64_t number = 0;
    uint8_t octet;

    do {
        octet = read_octet(reader);
        number = number << 7 | (octet & 0x7f);
        if (number > UINT32_MAX)
            stop(reader, IS_BROKEN);
    } while ((octet & 0x80) != 0 && reader->state == GOES_ON);
    return reader->state == GOES_ON ? (uint32_t)number : 0;
}

/* A length, and as much as is there. @return NULL when the reader has stopped without any of it */
static const char *read_octets(Wbxml *reader, size_t *size)
{
    const uint32_t length = read_number(reader);
    const char *octets = (const char *)reader->data + reader->at;

    *size = MIN(length, reader->size - reader->at);
    if (reader->state != GOES_ON)
        return NULL;
    reader->at += *size;
    if (*size < length)
        stop(reader, IS_CUT);
    return octets;
}

static const char *read_inline(Wbxml *reader, size_t *size)
{
    const char *text = (const char *)reader->data + reader->at;
    const size_t left = reader->size - reader->at;
    const char *nul = reader->state == GOES_ON && left > 0 ? memchr(text, '\0', left) : NULL;

    *size = nul != NULL ? (size_t)(nul - text) : 0;
    if (nul == NULL)
        stop(reader, IS_CUT);
    else
        reader->at += *size + 1;
    return nul != NULL ? text : NULL;
}

/* WAP-192 5.7: a text of the table ends at a zero octet, which has to be in the table.
 * @param most  a longer one is not looked for */
static const char *read_reference(Wbxml *reader, size_t most, size_t *size)
{
    const uint32_t index = read_number(reader);

    if (reader->state != GOES_ON || index >= reader->table_size) {
        stop(reader, IS_BROKEN);
        return NULL;
    }
    const char *text = reader->table + index;
    const char *nul = memchr(text, '\0', MIN(reader->table_size - index, most + 1));
    if (nul == NULL)
        stop(reader, reader->table_size - index > most ? IS_TOO_LONG : IS_BROKEN);
    *size = nul != NULL ? (size_t)(nul - text) : 0;
    return nul != NULL ? text : NULL;
}

/* ISO 8859-1 has the first 256 numbers of Unicode. */
static void tell_latin_1(Wbxml *reader, const char *text, size_t size)
{
    char utf8[6];

    for (size_t i = 0; i < size; i++) {
        if (text[i] != '\0')
            scep_syncml_text(reader->events, utf8, (size_t)g_unichar_to_utf8((uint8_t)text[i], utf8));
    }
}

/* What is no text, such as a document within the document, is left out. */
static void tell(Wbxml *reader, const char *text, size_t size)
{
    if (text == NULL || size == 0)
        return;
    if (size > reader->room) {
        stop(reader, IS_TOO_LONG);
        return;
    }
    reader->room -= size;
    if (reader->charset == CHARSET_LATIN_1)
        tell_latin_1(reader, text, size);
    else if (g_utf8_validate(text, (gssize)size, NULL))
        scep_syncml_text(reader->events, text, size);
}

static void tell_entity(Wbxml *reader)
{
    char utf8[6];
    const uint32_t code = read_number(reader);

    if (reader->state != GOES_ON || code == 0 || !g_unichar_validate(code))
        return;
    const size_t size = (size_t)g_unichar_to_utf8(code, utf8);
    if (size > reader->room)
        stop(reader, IS_TOO_LONG);
    else
        scep_syncml_text(reader->events, utf8, size);
    reader->room -= MIN(size, reader->room);
}

/* WAP-192 5.8.4.2: SyncML has no extensions, so what they mean is not known, but how long they are. */
static void skip_extension(Wbxml *reader, uint8_t token)
{
    size_t size;

    if ((token & 0xc0) == EXT_I_0)
        read_inline(reader, &size);
    else if ((token & 0xc0) == EXT_T_0)
        read_number(reader);
}

static bool is_extension(uint8_t token)
{
    return (token & 0x3f) < 3 && (token & 0xc0) != 0;
}

/* Attributes of an element, or what a processing instruction says: to its END. SyncML has none. */
static void skip_attributes(Wbxml *reader)
{
    size_t size;

    while (reader->state == GOES_ON) {
        const uint8_t token = read_octet(reader);
        if (token == END)
            return;
        if (token == SWITCH_PAGE)
            read_octet(reader);
        else if (token == ENTITY || token == LITERAL || token == STR_T)
            read_number(reader);
        else if (token == STR_I)
            read_inline(reader, &size);
        else if (token == OPAQUE)
            read_octets(reader, &size);
        else if (is_extension(token))
            skip_extension(reader, token);
    }
}

/* @return "" for one that is not known */
static const char *tag_name(Wbxml *reader, uint8_t token)
{
    const uint8_t identity = token & IDENTITY;
    size_t size;

    if (identity == LITERAL) {
        /* Names end in the table with a zero octet, so they can be told where they stand. */
        const char *name = read_reference(reader, SCEP_WBXML_MAX_NAME, &size);
        return name != NULL && g_utf8_validate(name, (gssize)size, NULL) ? name : "";
    }
    if (identity < FIRST_TAG)
        return "";
    const size_t row = identity - FIRST_TAG;
    if (reader->page == 0)
        return row < G_N_ELEMENTS(syncml_tags) ? syncml_tags[row] : "";
    return reader->page == 1 && row < G_N_ELEMENTS(meta_tags) ? meta_tags[row] : "";
}

static void end_element(Wbxml *reader, const char *name)
{
    scep_syncml_end(reader->events, name);
    if (reader->depth == 0)
        stop(reader, IS_WHOLE);
}

static void read_element(Wbxml *reader, uint8_t token)
{
    const char *name = tag_name(reader, token);

    if ((token & HAS_ATTRIBUTES) != 0)
        skip_attributes(reader);
    if (reader->state != GOES_ON)
        return;
    if (reader->depth >= SCEP_XML_MAX_DEPTH || !scep_syncml_start(reader->events, name, NULL, NULL)) {
        stop(reader, IS_TOO_DEEP);
        return;
    }
    if ((token & HAS_CONTENT) != 0)
        reader->open[reader->depth++] = name;
    else
        end_element(reader, name);
}

static void read_end(Wbxml *reader)
{
    if (reader->depth == 0) {
        stop(reader, IS_BROKEN);
        return;
    }
    reader->depth--;
    end_element(reader, reader->open[reader->depth]);
}

/* One token of the body, WAP-192 5.3. */
static void read_token(Wbxml *reader)
{
    const uint8_t token = read_octet(reader);
    size_t size = 0;

    if (reader->state != GOES_ON)
        return;
    switch (token) {
    case SWITCH_PAGE:
        reader->page = read_octet(reader);
        break;
    case END:
        read_end(reader);
        break;
    case ENTITY:
        tell_entity(reader);
        break;
    case STR_I: {
        const char *text = read_inline(reader, &size);
        tell(reader, text, size);
        break;
    }
    case STR_T: {
        const char *text = read_reference(reader, reader->room, &size);
        tell(reader, text, size);
        break;
    }
    case OPAQUE: {
        const char *text = read_octets(reader, &size);
        if (reader->state == GOES_ON)
            tell(reader, text, size);
        break;
    }
    case PI:
        skip_attributes(reader);
        break;
    default:
        if (is_extension(token))
            skip_extension(reader, token);
        else
            read_element(reader, token);
    }
}

/* version, publicid, charset, strtbl; WAP-192 5.4 to 5.7. Which document it is follows from its first element. */
static void read_header(Wbxml *reader)
{
    const uint8_t version = read_octet(reader);
    size_t size;

    if (version < 1 || version > 3)
        stop(reader, IS_BROKEN);
    if (read_number(reader) == 0)
        read_number(reader);
    reader->charset = read_number(reader);
    if (reader->charset != CHARSET_UNKNOWN && reader->charset != CHARSET_ASCII && reader->charset != CHARSET_LATIN_1 &&
        reader->charset != CHARSET_UTF_8)
        stop(reader, IS_BROKEN);
    const char *table = read_octets(reader, &size);
    reader->table = table;
    reader->table_size = table != NULL ? size : 0;
}

static const char *problem_of(const Wbxml *reader, const ScepServiceBody *body)
{
    switch (reader->state) {
    case IS_WHOLE:
        return NULL;
    case IS_CUT:
        return body->missing > 0 ? "The capture lacks the end of this SyncML: what comes before it is shown."
                                 : "This SyncML (WBXML) ends too early: what comes before that is shown.";
    case IS_TOO_DEEP:
        return "This SyncML (WBXML) is nested too deeply: what comes before that is shown.";
    case IS_TOO_LONG:
        return "This SyncML (WBXML) grows too long when it is read: what comes before that is shown.";
    default:
        return "This SyncML (WBXML) is damaged: what comes before the damage is shown.";
    }
}

void scep_service_read_wbxml(const ScepServiceBody *body, ScepServiceFacts *facts)
{
    Wbxml reader = { .data = body->body, .size = body->size, .room = SCEP_WBXML_MAX_TEXT };

    reader.events = scep_syncml_new(body, facts);
    read_header(&reader);
    while (reader.state == GOES_ON)
        read_token(&reader);
    scep_syncml_close(reader.events);
    facts->problem = problem_of(&reader, body);
}

bool scep_is_wbxml(const uint8_t *body, size_t size)
{
    return size > 0 && body[0] >= 1 && body[0] <= 3;
}
