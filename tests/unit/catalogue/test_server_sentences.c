/* test_server_sentences.c
 * Sentences of servers: every row can be found, by what it is about.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "scep/catalogue.h"

static void check(const char *text, ScepHintId expected)
{
    const ScepServerSentence *sentence = scep_server_sentence_find(text);
    const ScepHintId found = sentence != NULL ? sentence->hint : SCEP_HINT_NONE;

    if (found != expected)
        fail_msg("\"%s\": %s instead of %s", text, found == SCEP_HINT_NONE ? "nothing" : scep_hints[found].id,
                 expected == SCEP_HINT_NONE ? "nothing" : scep_hints[expected].id);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < scep_server_sentence_count; i++) {
        const ScepServerSentence *row = &scep_server_sentences[i];
        assert_true(row->words[0] != '\0' && row->words[0] != '*' && g_str_is_ascii(row->words));
        assert_non_null(row->product);
        assert_non_null(row->meaning);
        assert_true(row->source[0] != '\0');
        assert_true(g_str_has_prefix(scep_hints[row->hint].id, "server_says_"));
        assert_false(g_str_has_suffix(row->meaning, "."));
        /* what many say tells no more than the hint does */
        assert_true(row->product[0] != '\0' || row->meaning[0] == '\0');
    }
}

/* Rows of a product stand first, and no row hides another that means something else. */
static void test_order(void **state)
{
    bool general = false;

    (void)state;
    for (size_t i = 0; i < scep_server_sentence_count; i++) {
        const ScepServerSentence *row = &scep_server_sentences[i];
        char **parts = g_strsplit(row->words, "*", -1);
        char *text = g_strjoinv(" - ", parts);
        assert_true(row->product[0] == '\0' || !general);
        general |= row->product[0] == '\0';
        check(text, row->hint);
        g_free(text);
        g_strfreev(parts);
    }
}

static void test_sentences(void **state)
{
    (void)state;
    check("scep get request failed: BER2DER: tag length is more than data", SCEP_HINT_server_says_unreadable);
    check("crypto/rsa: verification error", SCEP_HINT_server_says_signature);
    check("1.2.3 is not a supported algorithm", SCEP_HINT_server_says_algorithm);
    check("The renewal is not permitted until 1 March", SCEP_HINT_server_says_renewal);
    check("no seat for this device", SCEP_HINT_server_says_unknown_client);
    check("key length of 1024 bits", SCEP_HINT_server_says_not_allowed);
    check("the package could not be downloaded: x.zip", SCEP_HINT_server_says_own_fault);
    check("could not decrypt", SCEP_HINT_server_says_cannot_decrypt);
    check("illegal base64 data at input byte 64", SCEP_HINT_server_says_unreadable);
    check("scep post request failed: x509: invalid authority key identifier", SCEP_HINT_server_says_own_fault);
    check("no operation provided", SCEP_HINT_server_says_address);
    check("invalid scep get request: unsupported operation: Foo", SCEP_HINT_server_says_address);
    check("unexpected message type UpdateReq", SCEP_HINT_server_says_not_allowed);
    check("40002 Unable to parse request", SCEP_HINT_server_says_unreadable);
    check("40005 pickup parameters did not match", SCEP_HINT_server_says_unknown_client);
    check("No alias found in the request", SCEP_HINT_server_says_address);
    check("SCEP is not authorized for this Peer", SCEP_HINT_server_says_not_allowed);
    check("java.lang.IllegalArgumentException: bad sequence", SCEP_HINT_server_says_own_fault);
    check("Hashing algorithm MD5", SCEP_HINT_server_says_algorithm);
    check("could not unwrap PKCS10 blob", SCEP_HINT_server_says_cannot_decrypt);
    /* a part begins a word, and the parts stand in this order */
    check("unseated", SCEP_HINT_NONE);
    check("unreported", SCEP_HINT_NONE);
    check("expired, said the challenge", SCEP_HINT_NONE);
    check("", SCEP_HINT_NONE);
}

/* Taken out one after the other: a phrase within a longer one stands behind it. */
static void test_stock_phrases(void **state)
{
    (void)state;
    for (size_t i = 0; i < scep_stock_phrase_count; i++) {
        for (size_t k = i + 1; k < scep_stock_phrase_count; k++) {
            if (strstr(scep_stock_phrases[k], scep_stock_phrases[i]) != NULL)
                fail_msg("\"%s\" stands behind \"%s\"", scep_stock_phrases[k], scep_stock_phrases[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_stock_phrases),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
