# SPDX-License-Identifier: GPL-2.0-or-later
"""pkiMessages (RFC 8894 3) of every type, each with the facts that an expectation file states about it."""
import base64
import hashlib

from . import cms, der, oids, x509
from .cms import Sealing, Signing, attribute, certs_only, enveloped_data, signed_data

CERT_REP, RENEWAL_REQ, UPDATE_REQ, PKCS_REQ, CERT_POLL, GET_CERT, GET_CRL = 3, 17, 18, 19, 20, 21, 22
SUCCESS, FAILURE, PENDING = 0, 2, 3
BAD_ALG, BAD_MESSAGE_CHECK, BAD_REQUEST, BAD_TIME, BAD_CERT_ID = range(5)

# eContent of an answer that carries nothing: four shapes are in use.
ABSENT, EMPTY, ZERO_BYTE = "absent", "empty", "zero-byte"
EMPTY_CONTENT = {ABSENT: None, EMPTY: b"", ZERO_BYTE: b"\0"}

OPENSSL_NAME = {
    "md5": "MD5",
    "sha1": "SHA1",
    "sha224": "SHA224",
    "sha256": "SHA256",
    "sha384": "SHA384",
    "sha512": "SHA512",
    "des-cbc": "DES-CBC",
    "des-ede3-cbc": "DES-EDE3-CBC",
    "rc2-cbc": "RC2-CBC",
}
RECIPIENT = {
    cms.KeyTransport: "ktri",
    cms.KeyAgreement: "kari",
    cms.KeyEncryptionKey: "kekri",
    cms.Password: "pwri",
    cms.Kem: "ori",
}


def openssl_name(name):
    return OPENSSL_NAME.get(name, name.upper())


class Message:
    """An encoded pkiMessage and what is true of it. payload: what the envelope holds, None without one."""

    def __init__(self, encoded, facts, nonce=None, payload=None, signer=None):
        self.der, self.facts, self.nonce, self.payload, self.signer = encoded, facts, nonce, payload, signer

    def base64(self):
        return base64.b64encode(self.der).decode()


class Attributes:
    """The signed attributes of SCEP in the order given; the odd ones go in as encoded extras.

    types: string tag by attribute name, for peers that use another one; omit: names to leave out; twice: names to send
    a second time; message_type=None leaves that one out too."""

    def __init__(
        self,
        message_type,
        transaction_id,
        sender_nonce=None,
        recipient_nonce=None,
        pki_status=None,
        fail_info=None,
        fail_info_text=None,
        hresult=None,
        signing_time=None,
        extras=(),
        types=None,
        omit=(),
        twice=(),
    ):
        self.facts = {
            "message_type": message_type,
            "transaction_id": transaction_id,
            "sender_nonce": sender_nonce,
            "recipient_nonce": recipient_nonce,
            "pki_status": pki_status,
            "fail_info": fail_info,
            "fail_info_text": fail_info_text,
            "hresult": hresult,
            "signing_time": signing_time,
        }
        self.extras, self.types, self.omit, self.twice = extras, types or {}, omit, twice

    def _string(self, name, text, tag=der.PRINTABLE):
        return der.string(text, self.types.get(name, tag))

    def _one(self, name, value):
        if name in ("message_type", "pki_status", "fail_info"):
            dotted = {
                "message_type": oids.MESSAGE_TYPE,
                "pki_status": oids.PKI_STATUS,
                "fail_info": oids.FAIL_INFO,
            }[name]
            text = str(value)
            if self.types.get(name) == der.INTEGER:
                return attribute(dotted, der.integer(value))
            return attribute(dotted, self._string(name, text))
        if name in ("sender_nonce", "recipient_nonce"):
            dotted = oids.SENDER_NONCE if name == "sender_nonce" else oids.RECIPIENT_NONCE
            return attribute(dotted, der.tlv(self.types.get(name, der.OCTET_STRING), value))
        if name == "transaction_id":
            return attribute(oids.TRANSACTION_ID, self._string(name, value))
        if name == "fail_info_text":
            return attribute(oids.FAIL_INFO_TEXT, self._string(name, value, der.UTF8))
        if name == "hresult":  # signed decimal text
            return attribute(oids.NDES_ERROR, self._string(name, str(value - (1 << 32) if value >> 31 else value)))
        return attribute(oids.SIGNING_TIME, der.time(value))

    def encode(self):
        found = []
        for name, value in self.facts.items():
            if value is not None and name not in self.omit:
                found += [self._one(name, value)] * (2 if name in self.twice else 1)
        return found + list(self.extras)

    def told(self):
        """The facts, in the form of an expectation file."""
        found = {}
        for name, value in self.facts.items():
            if value is not None and name not in self.omit:
                found[name] = value.hex() if isinstance(value, bytes) and name != "transaction_id" else value
        if isinstance(found.get("transaction_id"), bytes):
            found["transaction_id"] = found["transaction_id"].hex()
        return found


def envelope_facts(sealing):
    found = {"encryption": openssl_name(sealing.cipher), "recipients": []}
    if sealing.type == "encrypted":
        return dict(found, openssl_opens=False)
    if sealing.damage:
        found.update(damaged_envelope=sealing.damage, openssl_opens=False)
    if sealing.cipher.endswith("gcm") and sealing.type == "enveloped":
        found["openssl_opens"] = False
    for recipient in sealing.recipients:
        one = {"type": RECIPIENT[type(recipient)]}
        named = getattr(recipient, "named", None) or getattr(recipient, "certificate", None)
        if named and not getattr(recipient, "by_key_id", False):
            one.update(issuer=named.issuer.text, serial=named.serial_hex)
        found["recipients"].append(one)
    return found


def signer_facts(signing):
    certificate = signing.certificate
    found = {
        "digest": openssl_name(signing.digest),
        "signer": {
            "subject": certificate.subject.text,
            "issuer": certificate.issuer.text,
            "serial": certificate.serial_hex,
            "self_signed": certificate.subject.der == certificate.issuer.der,
        },
        "certificates": [one.facts() for one in signing.certificates],
    }
    if signing.damage:
        digest_bad = signing.damage in ("digest", "content")
        found.update(
            damaged=signing.damage,
            signature_status="good" if digest_bad else "bad",
            digest_status="bad" if digest_bad else "good",
            openssl_refuses=True,
        )
    if certificate.key.kind == "ED25519":  # RFC 8419, which the openssl program of 3.0 does not do
        found["openssl_refuses"] = True
    if signing.omit:  # RFC 5652 5.3 asks for both attributes
        found["openssl_refuses"] = True
    return found


def pki_message(attributes, signing, sealing=None, payload=None, empty=ABSENT, ber=der.DER, content=None):
    """The message itself. payload: what the envelope holds; without one, or without a sealing, the content is an
    empty shape or the bytes given as content."""
    signing.attributes = attributes.encode()
    facts = attributes.told()
    facts.update(signer_facts(signing))
    if sealing:
        content = enveloped_data(payload, sealing, ber)
        facts.update(envelope_facts(sealing), content=sealing.type)
    elif content is not None:
        facts["content"] = "other"
    else:
        content, facts["content"] = EMPTY_CONTENT[empty], empty
    return Message(
        signed_data(content, signing, ber), facts, attributes.facts["sender_nonce"], payload, signing.certificate
    )


def request(kind, csr, transaction_id, nonce, signing, sealing, ber=der.DER, **more):
    """PKCSReq, RenewalReq or UpdateReq for an x509.Request."""
    message = pki_message(Attributes(kind, transaction_id, nonce, **more), signing, sealing, csr.der, ber=ber)
    message.facts.update(csr.facts())
    return message


def poll(issuer, subject, transaction_id, nonce, signing, sealing, ber=der.DER, **more):
    """CertPoll: issuer and subject are Names."""
    message = pki_message(
        Attributes(CERT_POLL, transaction_id, nonce, **more),
        signing,
        sealing,
        x509.issuer_and_subject(issuer, subject),
        ber=ber,
    )
    message.facts["asks_for"] = {"issuer": issuer.text, "subject": subject.text}
    return message


def lookup(kind, certificate, transaction_id, nonce, signing, sealing, ber=der.DER, **more):
    """GetCert or GetCRL about a certificate."""
    message = pki_message(
        Attributes(kind, transaction_id, nonce, **more), signing, sealing, certificate.issuer_and_serial(), ber=ber
    )
    message.facts["asks_for"] = {"issuer": certificate.issuer.text, "serial": certificate.serial_hex}
    return message


def success(transaction_id, nonces, signing, sealing, certificates=(), crls=None, ber=der.DER, **more):
    """CertRep SUCCESS; nonces: (sender, recipient)."""
    payload = certs_only(certificates, crls)
    message = pki_message(
        Attributes(CERT_REP, transaction_id, nonces[0], nonces[1], SUCCESS, **more), signing, sealing, payload, ber=ber
    )
    if certificates:
        message.facts["issued"] = certificates[0].facts()
    if crls:
        message.facts["crls"] = [hashlib.sha256(crl).hexdigest() for crl in crls]
    return message


def failure(transaction_id, nonces, signing, fail_info, empty=ABSENT, ber=der.DER, **more):
    return pki_message(
        Attributes(CERT_REP, transaction_id, nonces[0], nonces[1], FAILURE, fail_info, **more),
        signing,
        empty=empty,
        ber=ber,
    )


def pending(transaction_id, nonces, signing, empty=ABSENT, ber=der.DER, **more):
    return pki_message(
        Attributes(CERT_REP, transaction_id, nonces[0], nonces[1], PENDING, **more), signing, empty=empty, ber=ber
    )
