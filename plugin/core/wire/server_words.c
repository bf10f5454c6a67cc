/* server_words.c
 * The words of a server: taken out of text, JSON, HTML or XML.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wire/server_words.h"

#include <string.h>

#include "crypto/secret_json.h"
#include "scep/catalogue.h"
#include "scep/limits.h"
#include "wire/markup.h"

/* Members of JSON that are put together, and how deep they are looked for. */
enum { MAX_PARTS = 3, MAX_MEMBER_DEPTH = 3 };

/* A page on which more is visible is no sentence. */
#define LONGEST_VISIBLE 400

/* ---- bytes into text --------------------------------------------------------------------------------------------- */

static char *from_utf16(const uint8_t *body, size_t size, bool big)
{
    const size_t units = size / 2;
    gunichar2 *text = g_new(gunichar2, units + 1);
    glong length = 0;

    for (size_t i = 0; i < units; i++)
        text[i] =
            big ? (gunichar2)(body[2 * i] << 8 | body[2 * i + 1]) : (gunichar2)(body[2 * i + 1] << 8 | body[2 * i]);
    char *converted = g_utf16_to_utf8(text, (glong)units, NULL, &length, NULL);
    g_free(text);
    return converted;
}

static char *from_latin1(const uint8_t *body, size_t size)
{
    GString *text = g_string_sized_new(size);

    for (size_t i = 0; i < size; i++)
        g_string_append_unichar(text, body[i]);
    return g_string_free(text, FALSE);
}

static bool names_latin1(const char *content_type)
{
    return content_type != NULL && (strstr(content_type, "8859-1") != NULL || strstr(content_type, "1252") != NULL);
}

/* Text has few control characters, whatever its encoding. */
static bool is_binary(const uint8_t *body, size_t size)
{
    size_t odd = 0;

    for (size_t i = 0; i < size; i++)
        odd += body[i] == 0x7f || (body[i] < 0x20 && !g_ascii_isspace(body[i]));
    return odd > size / 16;
}

/* UTF-16 by its mark, or as NDES writes it, without one. @return g_free(); NULL for what is no text */
static char *decode(const uint8_t *body, size_t size, const char *content_type)
{
    if (size >= 2 && ((body[0] == 0xff && body[1] == 0xfe) || (body[0] == 0xfe && body[1] == 0xff)))
        return from_utf16(body + 2, size - 2, body[0] == 0xfe);
    if (size >= 4 && body[0] != 0 && body[1] == 0 && body[2] != 0 && body[3] == 0)
        return from_utf16(body, size, false);
    if (is_binary(body, size))
        return NULL;
    if (!g_utf8_validate((const char *)body, (gssize)size, NULL) && names_latin1(content_type))
        return from_latin1(body, size);
    return g_utf8_make_valid((const char *)body, (gssize)size);
}

/* ---- one line ---------------------------------------------------------------------------------------------------- */

static bool is_masked(gunichar character)
{
    return g_unichar_iscntrl(character) || g_unichar_type(character) == G_UNICODE_FORMAT || character == 0x2028 ||
           character == 0x2029;
}

/* Runs of blanks and line ends become one blank; other control characters, and those that turn the direction of
 * writing, a question mark. No longer than SCEP_MAX_TEXT octets. */
static GString *one_line(const char *text)
{
    GString *line = g_string_new(NULL);
    bool blank = false;

    for (; *text != '\0' && line->len < SCEP_MAX_TEXT; text = g_utf8_next_char(text)) {
        const gunichar character = g_utf8_get_char(text);
        if (g_unichar_isspace(character)) {
            blank = line->len > 0;
            continue;
        }
        if (blank)
            g_string_append_c(line, ' ');
        blank = false;
        g_string_append_unichar(line, is_masked(character) ? '?' : character);
    }
    return line;
}

static bool contains(const char *text, const char *part)
{
    char *folded = g_utf8_casefold(text, -1), *wanted = g_utf8_casefold(part, -1);
    const bool found = strstr(folded, wanted) != NULL;

    g_free(wanted);
    g_free(folded);
    return found;
}

/* Puts one more part behind a colon, unless it is said already. */
static void add_part(GString *words, const char *part)
{
    GString *line = one_line(part);

    if (line->len > 0 && !contains(words->str, line->str)) {
        if (contains(line->str, words->str))
            g_string_truncate(words, 0);
        if (words->len > 0)
            g_string_append(words, g_str_has_suffix(words->str, ":") ? " " : ": ");
        g_string_append_len(words, line->str, (gssize)line->len);
    }
    g_string_free(line, TRUE);
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

/* Names of members, in the order in which they are told (RFC 7807, RFC 6749, and what servers use beside them). */
static const char *const members[] = { "title",       "error",  "message", "detail",  "error_description",
                                       "description", "reason", "errors",  "details", "errorMessage",
                                       "msg",         "fault" };

static void add_members(GString *words, const cJSON *json, unsigned depth, unsigned *count);

static void add_value(GString *words, const cJSON *value, unsigned depth, unsigned *count)
{
    if (cJSON_IsString(value) && value->valuestring[0] != '\0') {
        add_part(words, value->valuestring);
        ++*count;
    } else if (cJSON_IsArray(value) || cJSON_IsObject(value)) {
        add_members(words, value, depth + 1, count);
    }
}

static void add_members(GString *words, const cJSON *json, unsigned depth, unsigned *count)
{
    if (depth > MAX_MEMBER_DEPTH)
        return;
    if (cJSON_IsArray(json)) {
        for (const cJSON *item = json->child; item != NULL && *count < MAX_PARTS; item = item->next)
            add_value(words, item, depth, count);
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(members) && *count < MAX_PARTS; i++) {
        const cJSON *value = cJSON_GetObjectItem(json, members[i]);
        if (value != NULL)
            add_value(words, value, depth, count);
    }
}

/* JSON without a member that is known says nothing that can be quoted. @return false for what is no JSON */
static bool add_json(GString *words, const char *text)
{
    unsigned count = 0;
    cJSON *json = scep_json_new((const uint8_t *)text, strlen(text));

    if (json == NULL)
        return false;
    add_value(words, json, 0, &count);
    scep_json_free(json);
    return true;
}

/* ---- pages ------------------------------------------------------------------------------------------------------- */

static bool add_taken(GString *words, char *taken)
{
    const size_t before = words->len;

    if (taken != NULL)
        add_part(words, taken);
    g_free(taken);
    return words->len != before;
}

/* Where servers write what went wrong: Tomcat behind a word in bold; Jetty and Express in the first line of a block of
 * code; answers in XML in an element of that name. */
static bool add_message(GString *words, const char *page)
{
    static const char *const elements[] = { "faultstring", "message", "pre", "errormessage" };

    if (add_taken(words, scep_markup_new_behind(page, "<b>message</b>")))
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(elements); i++) {
        char *text = scep_markup_new_element(page, elements[i]);
        if (text != NULL) {
            g_strstrip(text);
            text[strcspn(text, "\r\n")] = '\0';
        }
        if (add_taken(words, text))
            return true;
    }
    return false;
}

static void add_page(GString *words, const char *page)
{
    static const char *const headings[] = { "title", "h1", "h2", "h3" };
    unsigned parts = 0;

    if (add_message(words, page))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(headings) && parts < 2; i++)
        parts += add_taken(words, scep_markup_new_element(page, headings[i]));
    if (parts > 0 && !scep_server_words_are_stock(words->str, 0))
        return;
    GString *visible = scep_markup_new_visible(page);
    if (g_utf8_strlen(visible->str, -1) <= LONGEST_VISIBLE && !scep_server_words_are_stock(visible->str, 0)) {
        g_string_truncate(words, 0);
        add_part(words, visible->str);
    }
    g_string_free(visible, TRUE);
}

/* ---- stock words ------------------------------------------------------------------------------------------------- */

/* Letters that are left of stock words once all known phrases are taken out. */
enum { LETTERS_LEFT = 3 };

/* Blanks out each place of a phrase that does not begin or end within a word. */
static void take_out(char *text, const char *phrase)
{
    const size_t size = strlen(phrase);
    char *at = text;

    while ((at = strstr(at, phrase)) != NULL) {
        const bool whole = (at == text || !g_ascii_isalpha(at[-1])) && !g_ascii_isalpha(at[size]);
        if (whole)
            memset(at, ' ', size);
        at += whole ? size : 1;
    }
}

/* IIS writes "404 - File or directory not found." in the language of its host, and on a detailed page "HTTP Error
 * 403.16", which says more than any of its words. */
static bool is_of_iis(const char *words, unsigned status)
{
    char number[16];
    const int digits = g_snprintf(number, sizeof number, "%u - ", status) - (int)strlen(" - ");

    if (g_str_has_prefix(words, number))
        return true;
    number[digits] = '.';
    number[digits + 1] = '\0';
    const char *hit = strstr(words, number);
    return hit != NULL && g_ascii_isdigit(hit[strlen(number)]);
}

/* Entra Application Proxy says so of itself, and has hints of its own. */
static const char app_proxy_words[] = "this corporate app can";

bool scep_server_words_are_stock(const char *words, unsigned status)
{
    char *text = g_ascii_strdown(words, -1);
    const bool of_app_proxy = strstr(text, app_proxy_words) != NULL;
    unsigned letters = 0;

    for (size_t i = 0; i < scep_stock_phrase_count; i++)
        take_out(text, scep_stock_phrases[i]);
    for (const char *at = text; *at != '\0'; at++)
        letters += g_ascii_isalpha(*at) || (*at & 0x80) != 0;
    g_free(text);
    return letters <= LETTERS_LEFT || of_app_proxy || (status != 0 && is_of_iis(words, status));
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

GString *scep_server_words_new(const uint8_t *body, size_t body_size, const char *content_type)
{
    char *text = body_size > 0 ? decode(body, MIN(body_size, SCEP_PAGE_SEARCH), content_type) : NULL;
    GString *words = g_string_new(NULL);

    if (text == NULL || strstr(text, "-----BEGIN") != NULL) {
        g_free(text);
        g_string_free(words, TRUE);
        return NULL;
    }
    const char *begin = text + (g_str_has_prefix(text, "\xef\xbb\xbf") ? 3 : 0);
    while (g_ascii_isspace(*begin))
        begin++;
    if (*begin == '<')
        add_page(words, begin);
    else if ((*begin != '{' && *begin != '[') || !add_json(words, begin))
        add_part(words, begin);
    g_free(text);
    if (words->len > 0)
        return words;
    g_string_free(words, TRUE);
    return NULL;
}
