/* code_text.c
 * Result codes in texts: as devices, servers and people write them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <string.h>

#include "scep/catalogue.h"
#include "scep/limits.h"

/* Digits of a 32-bit number. */
#define HEX_DIGITS 8
#define DECIMAL_DIGITS 10

/* U+2212 in UTF-8: some languages write negative numbers with it. */
#define MINUS "\xe2\x88\x92"

#define FIRST_ERROR 0x80000000u
/* Beyond it a decimal is more likely a small negative number than a code: none of Microsoft's facilities is there. */
#define LAST_DECIMAL 0xdfffffffu

/* Codes that stand around another one: "it failed". */
static const uint32_t wrappers[] = { 0x80004005, 0x8000FFFF, 0x80131500 };

typedef struct {
    size_t sign; /* octets of the minus */
    size_t length;
    size_t hex_digits; /* 0 for decimal */
    uint32_t code;
} Number;

static bool is_word(char c)
{
    return g_ascii_isalnum(c) || c == '_';
}

static size_t word_length(const char *text, size_t size)
{
    size_t length = 0;

    while (length < size && is_word(text[length]))
        length++;
    return length;
}

static bool read_hex(const char *digits, size_t count, uint32_t *code)
{
    uint32_t value = 0;

    if (count == 0 || count > HEX_DIGITS)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!g_ascii_isxdigit(digits[i]))
            return false;
        value = value << 4 | (uint32_t)g_ascii_xdigit_value(digits[i]);
    }
    *code = value;
    return true;
}

static bool read_decimal(const char *digits, size_t count, bool is_negative, uint32_t *code)
{
    uint64_t value = 0;

    if (count == 0 || count > DECIMAL_DIGITS)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!g_ascii_isdigit(digits[i]))
            return false;
        value = value * 10 + (uint64_t)g_ascii_digit_value(digits[i]);
    }
    if (is_negative ? value == 0 || value > FIRST_ERROR : value > UINT32_MAX)
        return false;
    *code = is_negative ? (uint32_t)(0 - value) : (uint32_t)value;
    return true;
}

static size_t minus_length(const char *text, size_t size)
{
    if (size > 0 && text[0] == '-')
        return 1;
    return size >= sizeof MINUS - 1 && memcmp(text, MINUS, sizeof MINUS - 1) == 0 ? sizeof MINUS - 1 : 0;
}

/* The word that the text begins with, as a number. @return false when it is none; length is set all the same */
static bool read_number(const char *text, size_t size, Number *number)
{
    const size_t sign = minus_length(text, size);
    const char *word = text + sign;
    const size_t length = word_length(word, size - sign);

    *number = (Number){ .sign = sign, .length = sign + length };
    if (sign == 0 && length > 2 && word[0] == '0' && (word[1] == 'x' || word[1] == 'X')) {
        number->hex_digits = length - 2;
        return read_hex(word + 2, length - 2, &number->code);
    }
    if (sign == 0 && length == HEX_DIGITS + 1 && (word[HEX_DIGITS] == 'h' || word[HEX_DIGITS] == 'H')) {
        number->hex_digits = HEX_DIGITS;
        return read_hex(word, HEX_DIGITS, &number->code);
    }
    return read_decimal(word, length, sign > 0, &number->code);
}

bool scep_code_read(const char *text, size_t size, uint32_t *code)
{
    Number number;

    while (size > 0 && g_ascii_isspace(text[0])) {
        text++;
        size--;
    }
    while (size > 0 && g_ascii_isspace(text[size - 1]))
        size--;
    if (!read_number(text, size, &number) || number.length != size)
        return false;
    *code = number.code;
    return true;
}

/* A part of another number: "1.2148091904", "-2146875392.5". */
static bool goes_on(const char *text, size_t size, size_t end)
{
    return end + 1 < size && (text[end] == '.' || text[end] == ',') && g_ascii_isdigit(text[end + 1]);
}

/* Also the last octet of U+2212. */
static bool joins_numbers(char c)
{
    return c == '-' || c == '.' || c == ',' || c == MINUS[sizeof MINUS - 2];
}

static bool looks_like_a_code(const Number *number, char before)
{
    if (number->hex_digits == 0)
        return number->code >= FIRST_ERROR && number->code <= LAST_DECIMAL &&
               (number->sign > 0 || !joins_numbers(before));
    return number->code >= FIRST_ERROR ||
           (number->hex_digits == HEX_DIGITS && number->code != 0 && scep_result_code_find(number->code) != NULL);
}

bool scep_code_find(const char *text, size_t all, ScepCodeInText *found)
{
    const size_t size = MIN(all, SCEP_MAX_CODE_TEXT);
    size_t at = 0;

    while (at < size) {
        const char before = at > 0 ? text[at - 1] : ' ';
        Number number;
        const bool is_number = read_number(text + at, size - at, &number);
        /* What the bound cuts through may be longer, and a minus behind a word is a hyphen. */
        if (is_number && !is_word(before) && (at + number.length < size || size == all) &&
            !goes_on(text, size, at + number.length) && looks_like_a_code(&number, before)) {
            *found = (ScepCodeInText){ .code = number.code, .offset = at, .length = number.length };
            return true;
        }
        /* Behind a hyphen the word is looked at for itself. */
        at += number.sign > 0 ? number.sign : MAX(number.length, 1);
    }
    return false;
}

static bool is_wrapper(uint32_t code)
{
    for (size_t i = 0; i < G_N_ELEMENTS(wrappers); i++) {
        if (wrappers[i] == code)
            return true;
    }
    return false;
}

const ScepResultCode *scep_code_explain(const char *text, size_t size, ScepResultCodeText *room)
{
    const ScepResultCode *wrapper = NULL;
    ScepCodeInText found;

    for (size_t at = 0; at < MIN(size, SCEP_MAX_CODE_TEXT) && scep_code_find(text + at, size - at, &found);
         at += found.offset + found.length) {
        const ScepResultCode *known = scep_result_code_explain(found.code, room);
        if (known != NULL && !is_wrapper(found.code))
            return known;
        if (wrapper == NULL)
            wrapper = known;
    }
    return wrapper;
}
