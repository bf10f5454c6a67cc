/* file_text.c
 * Text files as Windows writes them: UTF-8 with a byte order mark, and UTF-16, which is what ">" of PowerShell makes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "crypto/crypto.h"
#include "asn1/asn1_text.h"

#include <openssl/crypto.h>
#include <string.h>

/* A file without a mark is looked through this far. */
#define LOOK_AT 4096

typedef enum { AS_IT_IS, UTF_16_LE, UTF_16_BE } Encoding;

/* Text has no NUL, and in UTF-16 most letters of what is read here (hexadecimal digits, words of filters) have one half
 * that is NUL, always the same. */
static Encoding guess(const uint8_t *octets, size_t size)
{
    size_t zeros[2] = { 0, 0 };
    const size_t looked = MIN(size, LOOK_AT);

    if (size < 2 || size % 2 != 0)
        return AS_IT_IS;
    for (size_t i = 0; i < looked; i++)
        zeros[i % 2] += octets[i] == 0;
    if (zeros[0] == 0 && zeros[1] * 4 > looked)
        return UTF_16_LE;
    return zeros[1] == 0 && zeros[0] * 4 > looked ? UTF_16_BE : AS_IT_IS;
}

/* @param mark  receives the size of the byte order mark */
static Encoding encoding_of(const uint8_t *octets, size_t size, size_t *mark)
{
    *mark = 0;
    if (size >= 3 && memcmp(octets, "\xef\xbb\xbf", 3) == 0) {
        *mark = 3;
        return AS_IT_IS;
    }
    if (size >= 2 && (memcmp(octets, "\xff\xfe", 2) == 0 || memcmp(octets, "\xfe\xff", 2) == 0)) {
        *mark = 2;
        return octets[0] == 0xff ? UTF_16_LE : UTF_16_BE;
    }
    return guess(octets, size);
}

/* What is no character becomes U+FFFD, so that a damaged line is told of and the rest is read. */
static size_t from_utf16(const uint8_t *octets, size_t size, Encoding encoding, char *out)
{
    size_t length = 0, used = 1;

    for (size_t at = 0; at < size; at += used) {
        uint32_t point =
            size - at >= 2 ? scep_utf16_point(octets + at, size - at, encoding == UTF_16_BE, &used) : 0xfffd;
        if (scep_utf16_is_half(point))
            point = 0xfffd;
        length += (size_t)g_unichar_to_utf8(point, out + length);
    }
    return length;
}

/* "\r\n" becomes "\n". */
static size_t join_line_ends(char *text, size_t size)
{
    size_t kept = 0;

    for (size_t i = 0; i < size; i++) {
        if (text[i] != '\r' || i + 1 == size || text[i + 1] != '\n')
            text[kept++] = text[i];
    }
    return kept;
}

char *scep_text_new_from_file(const char *octets, size_t size, size_t *length)
{
    size_t mark;
    const Encoding encoding = encoding_of((const uint8_t *)octets, size, &mark);
    /* Three octets at most for each two, so that no half of a key is left behind by a reallocation. */
    const size_t room = size + size / 2 + 8;
    char *text = g_malloc(room);

    if (encoding == AS_IT_IS) {
        *length = size - mark;
        if (*length > 0)
            memcpy(text, octets + mark, *length);
    } else {
        *length = from_utf16((const uint8_t *)octets + mark, size - mark, encoding, text);
    }
    const size_t kept = join_line_ends(text, *length);
    OPENSSL_cleanse(text + kept, room - kept);
    *length = kept;
    return text;
}

char *scep_file_new_utf8(const char *path, size_t most, size_t *size, char **error)
{
    size_t read;
    char *octets = scep_file_new_text(path, most, NULL, &read, error);

    *size = 0;
    if (octets == NULL)
        return NULL;
    char *text = scep_text_new_from_file(octets, read, size);
    OPENSSL_cleanse(octets, read);
    g_free(octets);
    return text;
}
