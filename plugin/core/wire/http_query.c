/* http_query.c
 * The SCEP operation in a request target, and the message= parameter of a GET.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scep/wire.h"

#include <string.h>

#include "wire/http_text.h"
#include "scep/limits.h"

/* clang-format off */
static const char *const operation_names[] = {
    [SCEP_OP_GETCACAPS] = "GetCACaps",
    [SCEP_OP_GETCACERT] = "GetCACert",
    [SCEP_OP_GETCACERTCHAIN] = "GetCACertChain",
    [SCEP_OP_GETNEXTCACERT] = "GetNextCACert",
    [SCEP_OP_PKIOPERATION] = "PKIOperation",
};

/* Paths by what they hold, the most telling first; in lower case. find_path_kind() knows the first two letters. */
static const struct {
    const char *text;
    bool whole_segments;        /* a '/' or the end must follow */
    ScepPathKind kind;
} path_rules[] = {
    { "/certsrv/mscep/mscep.dll", true, SCEP_PATH_NDES },
    { "/certsrv/mscep_admin", true, SCEP_PATH_NDES_ADMIN },
    { "/pkiclient.exe", true, SCEP_PATH_PKICLIENT },
    { "scep", false, SCEP_PATH_SCEP },
};

/* Which combinations are SCEP when the operation is not a known one. */
static const struct {
    bool without_operation;
    bool with_unknown_operation;
} path_is_scep[] = {
    [SCEP_PATH_OTHER] = { false, false },
    [SCEP_PATH_NDES] = { true, true },
    [SCEP_PATH_NDES_ADMIN] = { true, true },
    [SCEP_PATH_PKICLIENT] = { true, true },
    [SCEP_PATH_SCEP] = { false, true },
    [SCEP_PATH_AIK] = { false, true },
};
/* clang-format on */

/* RFC 3986 2.1. Gives the octet at *pos, unescaped if it is well escaped, and moves *pos behind it. */
static uint8_t next_octet(const uint8_t *text, size_t end, size_t *pos)
{
    const uint8_t octet = text[*pos];

    if (octet == '%' && end - *pos >= 3 && g_ascii_isxdigit(text[*pos + 1]) && g_ascii_isxdigit(text[*pos + 2])) {
        const int high = g_ascii_xdigit_value((char)text[*pos + 1]);
        const int low = g_ascii_xdigit_value((char)text[*pos + 2]);
        *pos += 3;
        return (uint8_t)(high << 4 | low);
    }
    *pos += 1;
    return octet;
}

/* Compares without case, and with escapes undone as every server does. */
static bool value_equals(const uint8_t *target, ScepSpan value, const char *text)
{
    size_t pos = value.offset;

    while (pos < span_end(value) && *text != '\0') {
        if (lower_case(next_octet(target, span_end(value), &pos)) != lower_case((uint8_t)*text++))
            return false;
    }
    return pos == span_end(value) && *text == '\0';
}

static bool path_rule_matches(size_t rule, const uint8_t *path, size_t size)
{
    const char *text = path_rules[rule].text;
    size_t length = 0;

    for (; text[length] != '\0'; length++) {
        if (length == size || lower_case(path[length]) != (uint8_t)text[length])
            return false;
    }
    return !path_rules[rule].whole_segments || size == length || path[length] == '/';
}

/* One pass over the path: this runs for each HTTP request of a capture. */
static ScepPathKind find_path_kind(const uint8_t *target, ScepSpan path)
{
    size_t best = G_N_ELEMENTS(path_rules);

    for (size_t i = path.offset; i + 1 < span_end(path); i++) {
        const uint8_t first = target[i];
        const uint8_t second = target[i + 1] | 0x20;
        /* Every rule starts with "/c", "/p" or "sc". */
        if (first == '/' ? second != 'c' && second != 'p' : (first | 0x20) != 's' || second != 'c')
            continue;
        for (size_t rule = 0; rule < best; rule++) {
            if (path_rule_matches(rule, target + i, span_end(path) - i))
                best = rule;
        }
    }
    return best < G_N_ELEMENTS(path_rules) ? path_rules[best].kind : SCEP_PATH_OTHER;
}

/* Asked only of a path that holds "scep" or pkiclient.exe. */
static bool is_aik_path(const uint8_t *target, ScepSpan path)
{
    static const char prefix[] = "/templates/aik/scep";
    const size_t length = sizeof prefix - 1;

    return path.length >= length && g_ascii_strncasecmp((const char *)target + path.offset, prefix, length) == 0 &&
           (path.length == length || target[path.offset + length] == '/');
}

/* RFC 3986 3.1. */
static bool is_scheme_character(uint8_t octet)
{
    return g_ascii_isalnum(octet) || octet == '+' || octet == '-' || octet == '.';
}

/* Offset of the path: behind scheme and authority in absolute form (RFC 9112 3.2.2), 0 otherwise. */
static size_t find_path(const uint8_t *target, size_t size)
{
    static const char separator[] = "://";
    const size_t length = sizeof separator - 1;
    size_t pos = 0;

    while (pos < size && is_scheme_character(target[pos]))
        pos++;
    if (pos == 0 || size - pos < length || memcmp(target + pos, separator, length) != 0)
        return 0;
    pos += length;
    while (pos < size && target[pos] != '/' && target[pos] != '?')
        pos++;
    return pos;
}

static ScepOperation find_operation(const uint8_t *target, ScepSpan value)
{
    for (size_t i = SCEP_OP_GETCACAPS; i < G_N_ELEMENTS(operation_names); i++) {
        if (value_equals(target, value, operation_names[i]))
            return (ScepOperation)i;
    }
    return SCEP_OP_UNKNOWN;
}

/* Takes "name" or "name=value"; the first of each name counts. */
static void look_at_parameter(const uint8_t *target, size_t start, size_t end, ScepQuery *out)
{
    const uint8_t *equals = memchr(target + start, '=', end - start);
    const size_t name_end = equals != NULL ? (size_t)(equals - target) : end;
    const size_t value_start = equals != NULL ? name_end + 1 : end;
    const ScepSpan name = { start, name_end - start };
    const ScepSpan value = { value_start, end - value_start };

    if (out->operation == SCEP_OP_NONE && value_equals(target, name, "operation")) {
        out->operation = find_operation(target, value);
        out->operation_value = value;
    } else if (!out->has_message && value_equals(target, name, "message")) {
        out->has_message = true;
        out->message_value = value;
    }
}

bool scep_query_parse(const uint8_t *target, size_t size, ScepQuery *out)
{
    memset(out, 0, sizeof *out);
    const size_t path = find_path(target, size);
    const uint8_t *mark = path < size ? memchr(target + path, '?', size - path) : NULL;
    const size_t path_end = mark != NULL ? (size_t)(mark - target) : size;

    /* RFC 9112 3.2.3 and 3.2.4: a host and port, or an asterisk, is no path. */
    if (path < path_end && (path > 0 || target[0] == '/' || mark != NULL))
        out->path = (ScepSpan){ path, path_end - path };
    out->path_kind = find_path_kind(target, out->path);
    if ((out->path_kind == SCEP_PATH_SCEP || out->path_kind == SCEP_PATH_PKICLIENT) && is_aik_path(target, out->path))
        out->path_kind = SCEP_PATH_AIK;

    for (size_t pos = path_end + 1; pos < size;) {
        const uint8_t *ampersand = memchr(target + pos, '&', size - pos);
        const size_t end = ampersand != NULL ? (size_t)(ampersand - target) : size;
        look_at_parameter(target, pos, end, out);
        pos = end + 1;
    }

    if (out->operation > SCEP_OP_UNKNOWN)
        return true;
    if (out->operation == SCEP_OP_NONE)
        return path_is_scep[out->path_kind].without_operation;
    if (path_is_scep[out->path_kind].with_unknown_operation)
        return true;
    out->operation = SCEP_OP_NONE;
    return false;
}

const char *scep_operation_name(ScepOperation operation)
{
    return (size_t)operation < G_N_ELEMENTS(operation_names) ? operation_names[operation] : NULL;
}

char *scep_query_new_text(const uint8_t *target, ScepSpan value)
{
    static const size_t longest_character = 4;
    char octets[SCEP_MAX_TEXT + 4];
    size_t length = 0;
    GString *text = g_string_new(NULL);

    for (size_t pos = value.offset; pos < span_end(value) && length < sizeof octets;)
        octets[length++] = (char)next_octet(target, span_end(value), &pos);

    for (size_t i = 0; i < length;) {
        char escaped[sizeof "\\xff"];
        const char *piece = octets + i;
        size_t taken = 1;
        size_t added;

        /* NUL counts as invalid too: the text ends with one. */
        const gunichar character = g_utf8_get_char_validated(piece, (gssize)MIN(length - i, longest_character));
        if (character == 0 || character >= (gunichar)-2) {
            g_snprintf(escaped, sizeof escaped, "\\x%02x", (unsigned char)octets[i]);
            piece = escaped;
            added = sizeof escaped - 1;
        } else {
            taken = added = (size_t)(g_utf8_next_char(piece) - piece);
        }
        if (text->len + added > SCEP_MAX_TEXT)
            break;
        g_string_append_len(text, piece, (gssize)added);
        i += taken;
    }
    return g_string_free(text, FALSE);
}

/* --- base64, in every dialect that was seen --- */

enum {
    CLASS_INVALID = 0,
    /* 1 to 64: the sextet plus one */
    CLASS_PADDING = 65,
    CLASS_BREAK,
    CLASS_BLANK
};

/* clang-format off */
/* RFC 4648 4 and 5 in one. A blank has its own class because it stands for '+' only in front of the padding. */
static const uint8_t classes[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,  ['I'] = 9,
    ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18,
    ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27,
    ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36,
    ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45,
    ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54,
    ['2'] = 55, ['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63,
    ['-'] = 63, ['/'] = 64, ['_'] = 64,
    ['='] = CLASS_PADDING, ['\r'] = CLASS_BREAK, ['\n'] = CLASS_BREAK, [' '] = CLASS_BLANK,
};
/* clang-format on */

/* How often a character was escaped. */
typedef enum { RAW = 0, ESCAPED, TWICE_ESCAPED } Escaping;

/* What a character's presence tells when it is raw and when it is escaped once. */
static const struct {
    uint8_t octet;
    unsigned raw;
    unsigned escaped;
} peculiarities[] = {
    { '+', SCEP_B64_RAW_PLUS, SCEP_B64_PERCENT_ESCAPED },
    { '/', 0, SCEP_B64_PERCENT_ESCAPED },
    { '=', 0, SCEP_B64_PERCENT_ESCAPED },
    { '-', SCEP_B64_URL_SAFE, SCEP_B64_URL_SAFE },
    { '_', SCEP_B64_URL_SAFE, SCEP_B64_URL_SAFE },
    { '\r', SCEP_B64_LINE_BREAKS, SCEP_B64_LINE_BREAKS },
    { '\n', SCEP_B64_LINE_BREAKS, SCEP_B64_LINE_BREAKS },
};

typedef struct {
    const uint8_t *value;
    size_t size;
    size_t pos;
    size_t sextets;
    size_t padding; /* '=' seen */
    unsigned flags;
} Decoder;

/* Undoes escapes, however often they were applied: "%25" in front of hexadecimal digits was a '%' itself.
 * Returns false at the end, or at an escape that is none. */
static bool unescape(Decoder *decoder, uint8_t *octet, Escaping *escaping)
{
    const uint8_t *value = decoder->value;
    size_t pos = decoder->pos;

    *escaping = RAW;
    if (pos >= decoder->size)
        return false;
    *octet = value[pos++];
    while (*octet == '%') {
        size_t digits = 0;
        while (digits < 2 && pos + digits < decoder->size && g_ascii_isxdigit(value[pos + digits]))
            digits++;
        if (digits < 2) {
            decoder->flags |= pos + digits == decoder->size ? SCEP_B64_TRUNCATED : SCEP_B64_INVALID;
            return false;
        }
        *octet = (uint8_t)(g_ascii_xdigit_value((char)value[pos]) << 4 | g_ascii_xdigit_value((char)value[pos + 1]));
        *escaping = *escaping == RAW ? ESCAPED : TWICE_ESCAPED;
        pos += 2;
    }
    decoder->pos = pos;
    return true;
}

static void note_peculiarities(Decoder *decoder, uint8_t octet, Escaping escaping)
{
    if (escaping == TWICE_ESCAPED)
        decoder->flags |= SCEP_B64_DOUBLE_ESCAPED;
    if (g_ascii_isalnum(octet))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(peculiarities); i++) {
        unsigned told = escaping == RAW ? peculiarities[i].raw : peculiarities[i].escaped;
        if (escaping == TWICE_ESCAPED)
            told &= ~(unsigned)SCEP_B64_PERCENT_ESCAPED;
        if (peculiarities[i].octet == octet)
            decoder->flags |= told;
    }
}

/* Gives the next six bits, or -1 at the end and where decoding has to stop. */
static int next_sextet(Decoder *decoder)
{
    uint8_t octet;
    Escaping escaping;

    while (unescape(decoder, &octet, &escaping)) {
        const uint8_t class = classes[octet];

        if (class == CLASS_INVALID || (decoder->padding > 0 && class < CLASS_PADDING)) {
            decoder->flags |= SCEP_B64_INVALID;
            return -1;
        }
        note_peculiarities(decoder, octet, escaping);
        if (class < CLASS_PADDING) {
            decoder->sextets++;
            return class - 1;
        }
        if (class == CLASS_PADDING)
            decoder->padding++;
        if (class == CLASS_BLANK && decoder->padding == 0) {
            decoder->flags |= SCEP_B64_SPACE_FOR_PLUS;
            decoder->sextets++;
            return classes['+'] - 1;
        }
    }
    return -1;
}

/* What can only be told once the value has been read to its end. */
static unsigned final_flags(const Decoder *decoder)
{
    static const size_t padding_due[4] = { 0, 0, 2, 1 };
    const size_t due = padding_due[decoder->sextets % 4];
    unsigned flags = decoder->flags;

    if (decoder->sextets == 0 && decoder->padding == 0 && !(flags & (SCEP_B64_INVALID | SCEP_B64_TRUNCATED)))
        flags |= SCEP_B64_EMPTY;
    if (flags & (SCEP_B64_INVALID | SCEP_B64_TRUNCATED))
        return flags;
    if (decoder->sextets % 4 == 1)
        flags |= SCEP_B64_TRUNCATED;
    else if (decoder->padding < due)
        flags |= SCEP_B64_NO_PADDING;
    else if (decoder->padding > due)
        flags |= SCEP_B64_INVALID;
    return flags;
}

GBytes *scep_query_new_message(const uint8_t *value, size_t size, unsigned *flags)
{
    Decoder decoder = { .value = value, .size = MIN(size, SCEP_MAX_QUERY_MESSAGE) };
    uint8_t *octets = g_malloc(decoder.size / 4 * 3 + 3);
    size_t length = 0;
    uint32_t bits = 0;
    int sextet;

    if (size > SCEP_MAX_QUERY_MESSAGE)
        decoder.flags |= SCEP_B64_TRUNCATED;
    while ((sextet = next_sextet(&decoder)) >= 0) {
        bits = bits << 6 | (uint32_t)sextet;
        /* The second, third and fourth sextet of four each complete an octet: 4, 2 and 0 bits are left over. */
        const size_t left_over = 3 - (decoder.sextets - 1) % 4;
        if (left_over < 3)
            octets[length++] = (uint8_t)(bits >> left_over * 2);
    }
    *flags = final_flags(&decoder);
    return g_bytes_new_take(g_realloc(octets, MAX(length, 1)), length);
}

/* Octets that tell a ContentInfo (SEQUENCE, OID of nine octets) or a certificate (SEQUENCE, SEQUENCE) from other
 * text: at most six of identifier and length, and the two that follow. */
#define SNIFFED_OCTETS 8

static bool starts_message(const uint8_t octets[SNIFFED_OCTETS])
{
    const size_t length_octets = octets[1] & 0x7f;

    if (octets[0] != 0x30 || !(octets[1] & 0x80) || length_octets > 4)
        return false;
    const uint8_t *inner = octets + 2 + length_octets;
    return inner[0] == 0x30 || (inner[0] == 0x06 && inner[1] == 0x09);
}

bool scep_body_is_base64(const uint8_t *body, size_t size)
{
    Decoder decoder = { .value = body, .size = size };
    uint8_t octets[SNIFFED_OCTETS];
    size_t length = 0;
    uint32_t bits = 0;
    int sextet;

    while ((sextet = next_sextet(&decoder)) >= 0) {
        bits = bits << 6 | (uint32_t)sextet;
        const size_t left_over = 3 - (decoder.sextets - 1) % 4;
        if (left_over == 3 || length == SNIFFED_OCTETS)
            continue;
        octets[length++] = (uint8_t)(bits >> left_over * 2);
        if (length == SNIFFED_OCTETS && !starts_message(octets))
            return false;
    }
    /* No form decoder stands between here and the client, so a blank is text. */
    return length == SNIFFED_OCTETS && !(decoder.flags & (SCEP_B64_INVALID | SCEP_B64_SPACE_FOR_PLUS));
}
