/* problems.c
 * What can be wrong with a message, in words.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "cms/message.h"
#include "cms/attributes.h"

/* "%a" stands for the attribute's name, "%n" for the number, "%m" for missing bytes where their number is known. */
static const ScepProblemInfo problems[] = {
    [SCEP_PROBLEM_TRUNCATED] = { "cut", SCEP_SEVERITY_WARNING,
                                 "The capture holds only part of this message%m (packet size limit, lost segment, or a "
                                 "shortened URL)" },
    [SCEP_PROBLEM_NOT_CMS] = { "not_cms", SCEP_SEVERITY_ERROR, "These bytes are not a CMS (PKCS #7) message" },
    [SCEP_PROBLEM_NOT_SIGNED_DATA] = { "not_signed_data", SCEP_SEVERITY_ERROR,
                                       "CMS, but not SignedData: a pkiMessage is signed (RFC 8894 3)" },
    [SCEP_PROBLEM_BAD_BER] = { "bad_encoding", SCEP_SEVERITY_ERROR,
                               "Broken BER encoding: reading stopped here, the rest of this element is not shown" },
    [SCEP_PROBLEM_TRAILING_BYTES] = { "trailing_bytes", SCEP_SEVERITY_WARNING,
                                      "%n bytes follow the end of the message" },
    [SCEP_PROBLEM_BER_NOT_DER] = { "ber", SCEP_SEVERITY_NOTE,
                                   "BER encoding (indefinite lengths or split strings): legal CMS, but some servers "
                                   "read DER only" },
    [SCEP_PROBLEM_TOO_MANY] = { "too_many", SCEP_SEVERITY_WARNING,
                                "More elements than are looked at: the rest is not shown" },
    [SCEP_PROBLEM_NO_SIGNER] = { "no_signer", SCEP_SEVERITY_ERROR, "A pkiMessage without SignerInfo" },
    [SCEP_PROBLEM_SEVERAL_SIGNERS] = { "several_signers", SCEP_SEVERITY_WARNING,
                                       "More than one SignerInfo: only the first is looked at" },
    [SCEP_PROBLEM_NO_SIGNED_ATTRIBUTES] = { "no_signed_attributes", SCEP_SEVERITY_ERROR,
                                            "No signed attributes: without messageType and transactionID this is no "
                                            "pkiMessage" },
    [SCEP_PROBLEM_MISSING_ATTRIBUTE] = { "missing_attribute", SCEP_SEVERITY_ERROR,
                                         "Mandatory attribute %a is missing" },
    [SCEP_PROBLEM_ABSENT_ATTRIBUTE] = { "absent_attribute", SCEP_SEVERITY_NOTE,
                                        "No %a: RFC 8894 asks for one in every message, some servers leave it out of "
                                        "answers" },
    [SCEP_PROBLEM_DUPLICATE_ATTRIBUTE] = { "duplicate_attribute", SCEP_SEVERITY_ERROR,
                                           "Attribute %a comes more than once: the first one counts here" },
    [SCEP_PROBLEM_ATTRIBUTE_VALUES] = { "attribute_values", SCEP_SEVERITY_WARNING,
                                        "Attribute %a has %n values instead of one" },
    [SCEP_PROBLEM_STRING_TYPE] = { "string_type", SCEP_SEVERITY_NOTE,
                                   "Attribute %a has another ASN.1 type (tag %n) than its definition asks for" },
    [SCEP_PROBLEM_NOT_A_NUMBER] = { "not_a_number", SCEP_SEVERITY_ERROR,
                                    "Attribute %a does not hold a decimal number in its range" },
    [SCEP_PROBLEM_UNKNOWN_NUMBER] = { "unknown_number", SCEP_SEVERITY_WARNING,
                                      "Attribute %a holds %n, which no specification defines" },
    [SCEP_PROBLEM_NONCE_LENGTH] = { "nonce_length", SCEP_SEVERITY_NOTE, "%a is %n bytes long; RFC 8894 asks for 16" },
    [SCEP_PROBLEM_ID_NOT_PRINTABLE] = { "id_not_printable", SCEP_SEVERITY_NOTE,
                                        "%a holds bytes that are not printable text: shown in hex" },
    [SCEP_PROBLEM_ID_EMPTY] = { "id_empty", SCEP_SEVERITY_ERROR, "%a is empty" },
    [SCEP_PROBLEM_STATUS_IN_REQUEST] = { "status_in_request", SCEP_SEVERITY_NOTE,
                                         "A request with %a, which belongs to answers" },
    [SCEP_PROBLEM_FAIL_INFO_WITHOUT_FAILURE] = { "fail_info_without_failure", SCEP_SEVERITY_WARNING,
                                                 "%a without pkiStatus FAILURE" },
    [SCEP_PROBLEM_CONTENT_TYPE] = { "content_type", SCEP_SEVERITY_WARNING, "%a differs from the type of the content" },
    [SCEP_PROBLEM_ENVELOPE_MISSING] = { "envelope_missing", SCEP_SEVERITY_ERROR,
                                        "No enveloped content, though this kind of message needs it" },
    [SCEP_PROBLEM_ENVELOPE_UNEXPECTED] = { "envelope_unexpected", SCEP_SEVERITY_NOTE,
                                           "Enveloped content in an answer that grants nothing" },
    [SCEP_PROBLEM_ENVELOPE_TYPE] = { "envelope_type", SCEP_SEVERITY_WARNING,
                                     "The content is not EnvelopedData (RFC 8894 3.2.2)" },
    [SCEP_PROBLEM_CERTIFICATE_UNREADABLE] = { "certificate_unreadable", SCEP_SEVERITY_WARNING,
                                              "A certificate that OpenSSL cannot read" },
};
G_STATIC_ASSERT(G_N_ELEMENTS(problems) == SCEP_PROBLEM_COUNT);

const ScepProblemInfo *scep_problem_info(ScepProblemCode code)
{
    return &problems[code];
}

bool scep_message_is_malformed(const ScepMessage *message)
{
    static const ScepProblemCode fatal[] = { SCEP_PROBLEM_NOT_CMS, SCEP_PROBLEM_NOT_SIGNED_DATA, SCEP_PROBLEM_BAD_BER,
                                             SCEP_PROBLEM_NO_SIGNER, SCEP_PROBLEM_NO_SIGNED_ATTRIBUTES };

    for (size_t i = 0; i < G_N_ELEMENTS(fatal); i++) {
        if (scep_message_has_problem(message, fatal[i]))
            return true;
    }
    return message->certs_only;
}

char *scep_problem_new_text(const ScepProblem *problem)
{
    GString *text = g_string_new(NULL);

    for (const char *at = problems[problem->code].text; *at != '\0'; at++) {
        if (*at != '%' || at[1] == '\0' || strchr("amn", at[1]) == NULL) {
            g_string_append_c(text, *at);
            continue;
        }
        at++;
        if (*at == 'a')
            g_string_append(text, scep_attribute_info(problem->attribute)->name);
        else if (*at == 'n')
            g_string_append_printf(text, "%" G_GUINT64_FORMAT, problem->number);
        else if (problem->number > 0)
            g_string_append_printf(text, ": %" G_GUINT64_FORMAT " bytes are missing", problem->number);
    }
    return g_string_free(text, FALSE);
}
