/* rpc.h
 * NDR stubs, MS-WCCE and MS-ICPR.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCEP_RPC_H
#define SCEP_RPC_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scep/catalogue.h"
#include "scep/asn1.h"

/* ---- ndr --------------------------------------------------------------------------------------------------------- */

/* A reader for NDR and NDR64 stubs (C706 chapter 14, MS-RPCE 2.2.5) that keeps offsets and trusts no count. */

/** What is wrong with a stub. scep_ndr_problem_info() has a name, a severity and a sentence for each. */
typedef enum {
    SCEP_NDR_TRUNCATED = 0,   /**< the capture lacks bytes that were sent */
    SCEP_NDR_SHORT,           /**< the stub ends before its parameters do */
    SCEP_NDR_COUNT_TOO_LARGE, /**< a count goes beyond the end of the stub */
    SCEP_NDR_COUNT_DIFFERS,   /**< the size of a blob is not that of its array */
    SCEP_NDR_NULL_WITH_SIZE,  /**< a size, but a null pointer */
    SCEP_NDR_STRING_OFFSET,   /**< a string that does not begin at its first character */
    SCEP_NDR_STRING_COUNT,    /**< more characters than the string has room for */
    SCEP_NDR_OUT_OF_RANGE,    /**< more characters than the interface allows */
    SCEP_NDR_NOT_TERMINATED,  /**< no null character at the end */
    SCEP_NDR_BAD_TEXT,        /**< no UTF-16 */
    SCEP_NDR_ODD_TEXT,        /**< a text blob with an odd number of bytes */
    SCEP_NDR_ORPC_VERSION,    /**< ORPCTHIS of another version than 5 */
    SCEP_NDR_ORPC_FLAGS,      /**< flags that ORPCTHIS and ORPCTHAT do not have */
    SCEP_NDR_ORPC_EXTENTS,    /**< extension list that cannot be */
    SCEP_NDR_PART_SHORT,      /**< a structure inside a blob is longer than the blob */
    SCEP_NDR_PART_OUTSIDE,    /**< an offset inside a blob leads out of it */
    SCEP_NDR_TOO_MANY,        /**< only the first of many are shown */
    SCEP_NDR_PROBLEM_COUNT
} ScepNdrProblemCode;

typedef struct {
    const char *name; /**< filter suffix: "wcce.problem." + name */
    ScepSeverity severity;
    bool malformed; /**< the sender's fault, as opposed to the capture's */
    const char *text;
} ScepNdrProblemInfo;

/** One occurrence. */
typedef struct {
    ScepNdrProblemCode code;
    const char *parameter; /**< static name of the parameter, NULL for the stub as a whole */
    ScepSpan where;
    uint64_t number;   /**< the count or value that is wrong; meaning by code */
    uint64_t expected; /**< what it should have been or been at most; meaning by code */
} ScepNdrProblem;

const ScepNdrProblemInfo *scep_ndr_problem_info(ScepNdrProblemCode code);

/** One line for a reader, parameter and numbers put in. @return g_free() it. */
char *scep_ndr_new_problem_text(const ScepNdrProblem *problem);

/** Flags of scep_ndr_init(). */
enum { SCEP_NDR_BIG_ENDIAN = 1, SCEP_NDR_64 = 2 };

/** UTF-8 of UTF-16 units in the given byte order; what is no character becomes U+FFFD and sets @a bad (may be NULL).
 * At most SCEP_NDR_MAX_TEXT units; null characters and what follows are left out. @return g_free() it. */
char *scep_ndr_new_utf16(const uint8_t *octets, size_t length, bool big_endian, bool *bad);

/* ---- wcce -------------------------------------------------------------------------------------------------------- */

/* Calls of ICertRequestD, ICertRequestD2 (MS-WCCE) and ICertPassage (MS-ICPR): parameters of requests and answers. */

typedef enum {
    SCEP_WCCE_ICERTREQUESTD = 0,
    SCEP_WCCE_ICERTREQUESTD2,
    SCEP_WCCE_ICERTPASSAGE,
    SCEP_WCCE_INTERFACE_COUNT
} ScepWcceInterface;

typedef enum {
    SCEP_WCCE_END = 0, /**< ends a list of parameters */
    SCEP_WCCE_FLAGS,
    SCEP_WCCE_AUTHORITY,
    SCEP_WCCE_SERIAL_NUMBER,
    SCEP_WCCE_REQUEST_ID,
    SCEP_WCCE_ATTRIBUTES,      /**< a string in the DCOM methods */
    SCEP_WCCE_ATTRIBUTES_BLOB, /**< a blob with UTF-16 in ICertPassage */
    SCEP_WCCE_REQUEST_BLOB,
    SCEP_WCCE_DISPOSITION,
    SCEP_WCCE_CERT_CHAIN,
    SCEP_WCCE_FULL_RESPONSE,
    SCEP_WCCE_ENCODED_CERT,
    SCEP_WCCE_DISPOSITION_MESSAGE,
    SCEP_WCCE_FCHAIN,
    SCEP_WCCE_CA_OUT, /**< pctbOut of GetCACert */
    SCEP_WCCE_PROPERTY_ID,
    SCEP_WCCE_PROPERTY_INDEX,
    SCEP_WCCE_PROPERTY_TYPE,
    SCEP_WCCE_PROPERTY_VALUE,
    SCEP_WCCE_PROPERTY_COUNT,
    SCEP_WCCE_PROPERTY_INFO,
    SCEP_WCCE_RESULT, /**< HRESULT, or the DWORD of ICertPassage */
    SCEP_WCCE_PARAMETER_COUNT
} ScepWcceParameterId;

typedef enum { SCEP_WCCE_NUMBER = 0, SCEP_WCCE_STRING, SCEP_WCCE_BLOB, SCEP_WCCE_TEXT_BLOB } ScepWcceKind;

typedef struct {
    const char *name; /**< as in the IDL, "pctbRequest" */
    ScepWcceKind kind;
    uint16_t range; /**< of a string: most characters, the null included */
} ScepWcceParameter;

const ScepWcceParameter *scep_wcce_parameter(ScepWcceParameterId id);

/** Most parameters of a method in one direction, the end of the list included. */
#define SCEP_WCCE_MAX_PARAMETERS 8

typedef struct {
    ScepWcceInterface interface;
    uint16_t opnum;
    const char *name;                         /**< "Request2" */
    const char *words;                        /**< what it is for, "certificate request" */
    uint8_t inputs[SCEP_WCCE_MAX_PARAMETERS]; /**< ScepWcceParameterId in the order of the wire, SCEP_WCCE_END last */
    uint8_t outputs[SCEP_WCCE_MAX_PARAMETERS];
} ScepWcceMethod;

/** All methods, by interface and then by operation number. */
extern const ScepWcceMethod scep_wcce_methods[];
extern const size_t scep_wcce_method_count;

/** @return NULL for an operation that the interface does not have */
const ScepWcceMethod *scep_wcce_method(ScepWcceInterface interface, unsigned opnum);

/** "ICertRequestD2" */
const char *scep_wcce_interface_name(ScepWcceInterface interface);

/** One parameter of a call. Spans point into the stub. */
typedef struct {
    ScepWcceParameterId id;
    ScepSpan whole;  /**< everything the parameter takes on the wire, padding left out */
    ScepSpan octets; /**< characters without the null, or bytes of the blob; length 0 when there are none */
    bool null;       /**< a null pointer */
    bool truncated;  /**< the stub or the capture ends inside */
    uint32_t number;
    uint32_t size; /**< cb of a blob, as sent */
    char *text;    /**< UTF-8 of a string or of a blob with text; NULL when there is none */
} ScepWcceValue;

/** One line of the attribute string (MS-WCCE 2.2.2.7, 3.2.1.4.2.1.2). */
typedef struct {
    ScepSpan where;
    ScepSpan value_where;
    char *name; /**< without blanks and '-', which mean nothing in it */
    char *value;
} ScepWcceAttribute;

/** What the request of a call says about how to read its answer. */
typedef struct {
    bool known; /**< the request was seen */
    uint32_t property_id;
    uint32_t property_type;
    uint32_t fchain;
} ScepWcceContext;

/** One direction of a call. Freed by scep_wcce_call_free(). */
typedef struct {
    const ScepWcceMethod *method;
    bool is_response;
    ScepSpan prefix;           /**< ORPCTHIS or ORPCTHAT; length 0 for ICertPassage */
    GArray *values;            /**< of ScepWcceValue, in the order of the wire, as far as they could be read */
    GArray *attributes;        /**< of ScepWcceAttribute */
    const char *template_name; /**< value of CertificateTemplate, owned by attributes; NULL when there is none */
    ScepSpan rest;             /**< bytes behind the last parameter */
    bool complete;             /**< every parameter was read */
    GArray *problems;          /**< of ScepNdrProblem */
    bool nonsense;             /**< nothing in it is as it must be: what a wrong decryption leaves */
} ScepWcceCall;

/** Takes a stub apart. Never fails: what cannot be read is in problems.
 * @param data      the stub, ORPC prefix included
 * @param size      bytes that are there
 * @param reported  bytes that were sent
 * @param flags     SCEP_NDR_BIG_ENDIAN, SCEP_NDR_64; the DCOM interfaces are NDR whatever it says (MS-DCOM 2.2.13)
 * @return owned by the caller */
ScepWcceCall *scep_wcce_call_new(const ScepWcceMethod *method, bool is_response, const uint8_t *data, size_t size,
                                 size_t reported, unsigned flags);
void scep_wcce_call_free(ScepWcceCall *call);

/** The parameter, or NULL when the method has no such one or the stub ends before it. */
const ScepWcceValue *scep_wcce_call_get0_value(const ScepWcceCall *call, ScepWcceParameterId id);

/** What a request leaves for the reading of its answer. */
ScepWcceContext scep_wcce_context(const ScepWcceCall *request);

/* ---- names (wcce_names.c) ---------------------------------------------------------------------------------------- */

typedef struct {
    uint32_t code;
    const char *name;
} ScepWcceName;

extern const ScepWcceName scep_wcce_request_types[]; /**< bits 8 to 15 of dwFlags; ends with name NULL, like all */
extern const ScepWcceName scep_wcce_dispositions[];
extern const ScepWcceName scep_wcce_property_types[];
extern const ScepWcceName scep_wcce_ca_types[];
extern const ScepWcceName scep_wcce_transports[]; /**< bits 16 and 17 of dwFlags */

/** What a CA property or the answer to GetCACert holds. */
typedef enum {
    SCEP_WCCE_HOLDS_BYTES = 0,
    SCEP_WCCE_HOLDS_TEXT,
    SCEP_WCCE_HOLDS_LONG,
    SCEP_WCCE_HOLDS_DATE,
    SCEP_WCCE_HOLDS_CERTIFICATE,
    SCEP_WCCE_HOLDS_CMS,
    SCEP_WCCE_HOLDS_CRL,
    SCEP_WCCE_HOLDS_CA_INFO,
    SCEP_WCCE_HOLDS_CA_TYPE,
    SCEP_WCCE_HOLDS_TEMPLATES
} ScepWcceHolds;

typedef struct {
    uint32_t id;
    const char *name; /**< "CR_PROP_CASIGCERT" */
    ScepWcceHolds holds;
    bool indexed;
} ScepWcceProperty;

extern const ScepWcceProperty scep_wcce_properties[];
extern const size_t scep_wcce_property_count;

/** The name in one of the tables above, or NULL. */
const char *scep_wcce_name(const ScepWcceName *table, uint32_t code);
const ScepWcceProperty *scep_wcce_property(uint32_t id);

/** fchain of GetCACert (MS-WCCE 3.2.1.4.2.2) in words, "current CRL" or "CA certificate 2". @return g_free(), or NULL
 */
char *scep_wcce_new_fchain_text(uint32_t fchain);

/** How to read pctbPropertyValue or pctbOut, by what was asked for. */
ScepWcceHolds scep_wcce_holds(const ScepWcceContext *context, ScepWcceParameterId id);

/** A disposition or result: "issued", "CERTSRV_E_KEY_LENGTH (0x80094811)", or the number. @return g_free() */
char *scep_wcce_new_disposition_text(uint32_t disposition);
char *scep_wcce_new_result_text(uint32_t result);

/* ---- what blobs hold (wcce_blobs.c) ------------------------------------------------------------------------------ */

typedef enum {
    SCEP_WCCE_BLOB_EMPTY = 0,
    SCEP_WCCE_BLOB_OTHER,
    SCEP_WCCE_BLOB_PKCS10,
    SCEP_WCCE_BLOB_SIGNED_PKCS10, /**< CMS SignedData over PKCS#10: renewal, or on behalf of others */
    SCEP_WCCE_BLOB_CMC,           /**< PKIData, bare or signed */
    SCEP_WCCE_BLOB_CMC_RESPONSE,
    SCEP_WCCE_BLOB_CERTS_ONLY,
    SCEP_WCCE_BLOB_CMS, /**< SignedData over something else */
    SCEP_WCCE_BLOB_CERTIFICATE,
    SCEP_WCCE_BLOB_CRL
} ScepWcceBlobKind;

typedef struct {
    ScepWcceBlobKind kind;
    GBytes *request;        /**< the PKCS#10 inside; NULL when there is none */
    bool request_in_place;  /**< it stands in one piece at request_where */
    ScepSpan request_where; /**< in the blob */
} ScepWcceBlob;

/** Looks into the bytes of a blob. Release with scep_wcce_blob_clear(). */
void scep_wcce_blob_read(const uint8_t *data, size_t size, ScepWcceBlob *out);
void scep_wcce_blob_clear(ScepWcceBlob *blob);

/** "PKCS#10", "CMC request" ... */
const char *scep_wcce_blob_text(ScepWcceBlobKind kind);

/** CAINFO (MS-WCCE 2.2.2.4): little-endian 32-bit numbers, as many as cbSize and the blob allow. */
#define SCEP_WCCE_CA_INFO_NUMBERS 10
typedef struct {
    unsigned count; /**< numbers that are there */
    uint32_t numbers[SCEP_WCCE_CA_INFO_NUMBERS];
} ScepWcceCaInfo;

extern const char *const scep_wcce_ca_info_names[SCEP_WCCE_CA_INFO_NUMBERS];

/** @return false when cbSize goes beyond the blob; what is there is filled in all the same */
bool scep_wcce_ca_info_read(const uint8_t *data, size_t size, ScepWcceCaInfo *out);

/** One CATRANSPROP (MS-WCCE 2.2.2.3). */
typedef struct {
    ScepSpan where; /**< in the blob */
    uint32_t id;
    uint8_t type;
    bool indexed;
    ScepSpan name_where;
    char *name; /**< display name, UTF-8; NULL when its offset leads nowhere */
} ScepWccePropertyInfo;

/** @param count  pcProperty
 * @return GArray of ScepWccePropertyInfo, g_array_unref() it; what is wrong is added to @a problems, at @a base */
GArray *scep_wcce_new_property_info(const uint8_t *data, size_t size, uint32_t count, size_t base, GArray *problems);

/** One template of CR_PROP_TEMPLATES, "name\noid\nname\noid\n". */
typedef struct {
    char *name;
    char *oid; /**< may be "" */
} ScepWcceTemplate;

/** @return GArray of ScepWcceTemplate, g_array_unref() it */
GArray *scep_wcce_new_templates(const char *text);

#endif
