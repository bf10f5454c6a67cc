/* words_redact.c
 * Keeps secrets out of the words of a server: a challenge that it repeats, a token in its text.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "scep/asn1.h"
#include "wire/server_words.h"

/* Longer ones of digits and letters are no words: tokens and encoded data are that long. */
#define LONGEST_WORD 64

/* So many digits may stand in a word that is not a value: a status, a number of days. */
#define PLAIN_DIGITS 3

/* A hexadecimal number of so many digits is a value even where all of them are letters. */
#define SHORTEST_HEX 8

/* How many words behind the one that names a secret its value may stand, where it is quoted. */
#define REACH 3

static const char mask[] = "***";

/* Words that tell that a text is about a secret; ASCII, lower case, as parts of words: "challengePassword". */
static const char *const secret_words[] = { "challenge", "password", "passwd",   "passphrase", "passcode",  "secret",
                                            "token",     "otp",      "kennwort", "passwort",   "motdepasse" };

/* What may stand alone behind "challenge:" and is none. */
static const char *const harmless[] = {
    "expired",    "invalid", "incorrect", "unknown", "missing", "mismatch",   "used",      "rejected",
    "empty",      "wrong",   "required",  "failed",  "denied",  "not",        "no",        "is",
    "was",        "has",     "pending",   "unable",  "could",   "authorized", "forbidden", "unauthorized",
    "validation", "cannot",  "the",       "for",     "error",   "failure",    "none",      "null"
};

/* One word of a text. The core is what stands within quotes, brackets and punctuation. */
typedef struct {
    const char *begin;
    size_t size;
    const char *core;
    size_t core_size;
} Word;

static bool is_edge(char octet)
{
    return octet != '\0' && strchr("\"'`()[]{}<>,.;:!?", octet) != NULL;
}

static Word word_at(const char *at)
{
    Word word = { .begin = at, .size = strcspn(at, " "), .core = at };

    word.core_size = word.size;
    while (word.core_size > 0 && is_edge(word.core[0])) {
        word.core++;
        word.core_size--;
    }
    while (word.core_size > 0 && is_edge(word.core[word.core_size - 1]))
        word.core_size--;
    return word;
}

static bool equals(const Word *word, const char *text)
{
    return word->core_size == strlen(text) && g_ascii_strncasecmp(word->core, text, word->core_size) == 0;
}

static bool is_harmless(const Word *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(harmless); i++) {
        if (equals(word, harmless[i]))
            return true;
    }
    return word->core_size == 0;
}

static bool names_secret(const char *text, size_t size)
{
    char *lower = g_ascii_strdown(text, (gssize)size);
    bool names = false;

    for (size_t i = 0; i < G_N_ELEMENTS(secret_words) && !names; i++)
        names = strstr(lower, secret_words[i]) != NULL;
    g_free(lower);
    return names;
}

/* ---- what a word looks like -------------------------------------------------------------------------------------- */

static size_t count_digits(const Word *word)
{
    size_t count = 0;

    for (size_t i = 0; i < word->core_size; i++)
        count += g_ascii_isdigit(word->core[i]);
    return count;
}

static bool consists_of(const Word *word, const char *characters)
{
    return strspn(word->core, characters) >= word->core_size;
}

/* "2027-03-01T00:00:00Z" */
static bool is_moment(const Word *word)
{
    return word->core_size >= 10 && word->core[4] == '-' && word->core[7] == '-' &&
           consists_of(word, "0123456789-:.+TZ");
}

/* "0x80070005" */
static bool is_code(const Word *word)
{
    return word->core_size == 10 && g_ascii_strncasecmp(word->core, "0x", 2) == 0;
}

static bool looks_like_value(const Word *word)
{
    const bool hex = word->core_size >= SHORTEST_HEX && consists_of(word, "0123456789abcdefABCDEF");

    if (is_moment(word) || is_code(word))
        return false;
    return hex || count_digits(word) > PLAIN_DIGITS || (count_digits(word) > 0 && count_digits(word) < word->core_size);
}

static bool is_token(const Word *word)
{
    return word->core_size > LONGEST_WORD && count_digits(word) > 0 &&
           consists_of(word, G_CSET_DIGITS G_CSET_A_2_Z G_CSET_a_2_z "+/=-_.~%");
}

static bool is_quoted(const Word *word)
{
    return word->core > word->begin && strchr("\"'`", word->core[-1]) != NULL;
}

/* "challenge=x", "password:x": the octets in front of the value; 0 for none. */
static size_t assigns(const Word *word)
{
    const size_t size = strcspn(word->core, "=:");

    return size + 1 < word->core_size && names_secret(word->core, size) ? size + 1 : 0;
}

/* ---- word by word ------------------------------------------------------------------------------------------------ */

/* A password may have blanks in it: so many words are looked at together. */
#define MAX_WORDS_TOGETHER 3

typedef struct {
    const char *known;
    ScepIsSecret is_secret;
    const void *data;
    bool about_secrets; /* the text names one somewhere */
    unsigned since;     /* words since it was named */
    bool announced;     /* the word before named it, and ends in a colon or an equals sign */
    char open;          /* the quotation mark of a masked value that is not closed yet; 0 for none */
} Redaction;

static bool is_secret(const Redaction *redaction, const char *begin, const char *end)
{
    return end > begin && redaction->is_secret(begin, (size_t)(end - begin), redaction->data);
}

/* Where a secret of the capture stands at @a at: as it is, behind what assigns it, or between quotes and punctuation.
 * Length 0 for none. */
static ScepSpan secret_at(const Redaction *redaction, const char *at)
{
    const Word first = word_at(at);
    Word last = first;

    for (unsigned words = 0; redaction->is_secret != NULL && words < MAX_WORDS_TOGETHER && last.size > 0; words++) {
        const char *end = last.begin + last.size, *assigned = memchr(at, '=', (size_t)(end - at));
        const char *const begins[] = { at, assigned != NULL ? assigned + 1 : end, first.core };
        const char *const ends[] = { end, end, last.core + last.core_size };
        for (size_t i = 0; i < G_N_ELEMENTS(begins); i++) {
            if (is_secret(redaction, begins[i], ends[i]))
                return (ScepSpan){ .offset = (size_t)(begins[i] - at), .length = (size_t)(ends[i] - begins[i]) };
        }
        last = word_at(*end == ' ' ? end + 1 : end);
    }
    return (ScepSpan){ 0 };
}

/* Of an address what stands in front of a query or a password. @return the size of the word where it is none */
static size_t part_of_address(const Word *word)
{
    const char *scheme = g_strstr_len(word->begin, (gssize)word->size, "://");
    const char *query = memchr(word->begin, '?', word->size);

    if (memchr(word->begin, '@', word->size) != NULL)
        return (size_t)(scheme + 3 - word->begin);
    return query != NULL ? (size_t)(query + 1 - word->begin) : word->size;
}

static bool closes(const Word *word, char mark)
{
    const char *behind = word->core + word->core_size;

    return memchr(behind, mark, (size_t)(word->begin + word->size - behind)) != NULL;
}

static bool is_quoted_value(const Redaction *redaction, const Word *word)
{
    return is_quoted(word) && redaction->since <= REACH &&
           !(closes(word, word->core[-1]) && names_secret(word->core, word->core_size));
}

/* How much of a word stays, from its begin; all of it where nothing is to be masked. */
static size_t part_to_keep(const Redaction *redaction, const Word *word)
{
    const size_t front = (size_t)(word->core - word->begin), assigned = assigns(word);

    if (redaction->open != 0)
        return 0;
    if (g_strstr_len(word->begin, (gssize)word->size, "://") != NULL)
        return part_of_address(word);
    if (is_token(word))
        return front;
    if (assigned > 0)
        return front + assigned;
    if (!redaction->about_secrets || (redaction->known != NULL && equals(word, redaction->known)))
        return word->size;
    return looks_like_value(word) || (redaction->announced && !is_harmless(word)) || is_quoted_value(redaction, word)
               ? front
               : word->size;
}

/* Appends a word, or what stays of it. */
static void append_word(GString *out, Redaction *redaction, const Word *word)
{
    const size_t kept = part_to_keep(redaction, word);
    const char *end = word->core + word->core_size;
    const bool names = names_secret(word->core, word->core_size);

    g_string_append_len(out, word->begin, (gssize)kept);
    if (kept < word->size) {
        g_string_append(out, mask);
        if (end >= word->begin + kept)
            g_string_append_len(out, end, (gssize)(word->begin + word->size - end));
        if (redaction->open == 0 && is_quoted(word))
            redaction->open = word->core[-1];
    }
    if (redaction->open != 0 && closes(word, redaction->open))
        redaction->open = 0;
    redaction->since = names ? 0 : redaction->since + 1;
    redaction->announced = names && strchr(":=", word->begin[word->size - 1]) != NULL;
}

void scep_words_redact(GString *words, const char *known, ScepIsSecret is_secret, const void *data)
{
    Redaction redaction = { .known = known,
                            .is_secret = is_secret,
                            .data = data,
                            .about_secrets = names_secret(words->str, words->len),
                            .since = REACH + 1 };
    GString *out = g_string_sized_new(words->len);

    for (const char *at = words->str; *at != '\0';) {
        const ScepSpan secret = secret_at(&redaction, at);
        const Word word = word_at(at);
        if (secret.length > 0) {
            g_string_append_len(out, at, (gssize)secret.offset);
            g_string_append(out, mask);
            at += secret.offset + secret.length;
        } else {
            if (word.size > 0)
                append_word(out, &redaction, &word);
            at += word.size;
        }
        for (; *at == ' '; at++)
            g_string_append_c(out, ' ');
    }
    g_string_assign(words, out->str);
    g_string_free(out, TRUE);
}
