# SPDX-License-Identifier: GPL-2.0-or-later
"""Object identifiers, by the names this package uses."""

DATA, SIGNED_DATA = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2"
ENVELOPED_DATA, ENCRYPTED_DATA = "1.2.840.113549.1.7.3", "1.2.840.113549.1.7.6"
AUTH_ENVELOPED_DATA = "1.2.840.113549.1.9.16.1.23"

CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.5"
CHALLENGE_PASSWORD, EXTENSION_REQUEST = "1.2.840.113549.1.9.7", "1.2.840.113549.1.9.14"
UNSTRUCTURED_NAME = "1.2.840.113549.1.9.2"

# RFC 8894 3.2
MESSAGE_TYPE, PKI_STATUS, FAIL_INFO = ("2.16.840.1.113733.1.9.%d" % arc for arc in (2, 3, 4))
SENDER_NONCE, RECIPIENT_NONCE, TRANSACTION_ID = ("2.16.840.1.113733.1.9.%d" % arc for arc in (5, 6, 7))
FAIL_INFO_TEXT = "1.3.6.1.5.5.7.24.1"
NDES_ERROR, NDES_SERVER_MESSAGE = "1.3.6.1.4.1.311.21.33", "1.3.6.1.4.1.311.21.38"

# Microsoft's request attributes and certificate extensions
MS_CERT_EXTENSIONS, MS_NAME_VALUE, MS_CSP, MS_OS_VERSION, MS_CLIENT_INFO = (
    "1.3.6.1.4.1.311." + arcs for arcs in ("2.1.14", "13.2.1", "13.2.2", "13.2.3", "21.20")
)
MS_TEMPLATE_NAME, MS_TEMPLATE, MS_APPLICATION_POLICIES = (
    "1.3.6.1.4.1.311." + arcs for arcs in ("20.2", "21.7", "21.10")
)
MS_CA_VERSION = "1.3.6.1.4.1.311.21.1"
UPN, SID_EXTENSION, SID = "1.3.6.1.4.1.311.20.2.3", "1.3.6.1.4.1.311.25.2", "1.3.6.1.4.1.311.25.2.1"

BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE, ALT_NAME = "2.5.29.19", "2.5.29.15", "2.5.29.37", "2.5.29.17"
SUBJECT_KEY_ID, AUTHORITY_KEY_ID, CRL_POINTS, CRL_NUMBER = "2.5.29.14", "2.5.29.35", "2.5.29.31", "2.5.29.20"
AUTHORITY_INFO = "1.3.6.1.5.5.7.1.1"
CLIENT_AUTH, REQUEST_AGENT = "1.3.6.1.5.5.7.3.2", "1.3.6.1.4.1.311.20.2.1"

NAME = {
    "C": "2.5.4.6",
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "CN": "2.5.4.3",
    "L": "2.5.4.7",
    "ST": "2.5.4.8",
    "serialNumber": "2.5.4.5",
    "DC": "0.9.2342.19200300.100.1.25",
    "emailAddress": "1.2.840.113549.1.9.1",
    "unstructuredName": UNSTRUCTURED_NAME,
}

DIGEST = {
    "md5": "1.2.840.113549.2.5",
    "sha1": "1.3.14.3.2.26",
    "sha224": "2.16.840.1.101.3.4.2.4",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
RSA, RSA_OAEP, MGF1, RSA_PSS, PSPECIFIED = ("1.2.840.113549.1.1.%d" % arc for arc in (1, 7, 8, 10, 9))
RSA_WITH = {
    "md5": "1.2.840.113549.1.1.4",
    "sha1": "1.2.840.113549.1.1.5",
    "sha224": "1.2.840.113549.1.1.14",
    "sha256": "1.2.840.113549.1.1.11",
    "sha384": "1.2.840.113549.1.1.12",
    "sha512": "1.2.840.113549.1.1.13",
}
ECDSA_WITH = {
    "sha1": "1.2.840.10045.4.1",
    "sha256": "1.2.840.10045.4.3.2",
    "sha384": "1.2.840.10045.4.3.3",
    "sha512": "1.2.840.10045.4.3.4",
}
EC_KEY, ED25519 = "1.2.840.10045.2.1", "1.3.101.112"

CIPHER = {
    "des-cbc": "1.3.14.3.2.7",
    "des-ede3-cbc": "1.2.840.113549.3.7",
    "rc2-cbc": "1.2.840.113549.3.2",
    "aes-128-cbc": "2.16.840.1.101.3.4.1.2",
    "aes-192-cbc": "2.16.840.1.101.3.4.1.22",
    "aes-256-cbc": "2.16.840.1.101.3.4.1.42",
    "aes-128-gcm": "2.16.840.1.101.3.4.1.6",
    "aes-192-gcm": "2.16.840.1.101.3.4.1.26",
    "aes-256-gcm": "2.16.840.1.101.3.4.1.46",
}
AES_WRAP = {16: "2.16.840.1.101.3.4.1.5", 24: "2.16.840.1.101.3.4.1.25", 32: "2.16.840.1.101.3.4.1.45"}
ECDH_SHA256_KDF, PBKDF2, PWRI_KEK = "1.3.132.1.11.1", "1.2.840.113549.1.5.12", "1.2.840.113549.1.9.16.3.9"
HMAC_WITH_SHA256 = "1.2.840.113549.2.9"
ORI_KEM, ML_KEM_768, HKDF_SHA256 = "1.2.840.113549.1.9.16.13.3", "2.16.840.1.101.3.4.4.2", "1.2.840.113549.1.9.16.3.28"
