# SPDX-License-Identifier: GPL-2.0-or-later
"""CMS (RFC 5652): SignedData, EnvelopedData, EncryptedData and AuthEnvelopedData in every shape that SCEP peers
send."""
from dataclasses import dataclass, field

from . import crypto, der, oids
from .x509 import Certificate, algorithm, pss_algorithm, signature_algorithm


def attribute(dotted, *values):
    """A signed attribute, values encoded."""
    return der.seq(der.oid(dotted), der.set_of(*values))


def content_info(dotted, content, ber=der.DER, level="outer"):
    return ber.wrap(level, der.SEQUENCE, der.oid(dotted) + ber.wrap(level, 0xA0, content))


@dataclass
class Signing:
    """How to sign. attributes are encoded signed attributes besides contentType and messageDigest.

    signature: "rsa" (rsaEncryption as signatureAlgorithm), "rsa-with" (sha256WithRSAEncryption...), "pss", or "" for
    what the key asks for; damage: "digest" or "signature" flips a bit of messageDigest or of the signature."""

    certificate: Certificate
    digest: str = "sha256"
    signature: str = "rsa"
    attributes: list = field(default_factory=list)
    certificates: tuple = ()
    crls: tuple = None
    parameters: bool = True
    content_type: str = oids.DATA
    omit: tuple = ()
    rng: object = None
    damage: str = ""
    by_key_id: bool = False


def _flip(data):
    return data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :]


def _flip_last(data):
    """One bit near the end: in the ciphertext, when the data is an envelope."""
    return data[:-20] + bytes([data[-20] ^ 1]) + data[-19:]


def _signature_algorithm(how):
    key = how.certificate.key
    if key.kind == "ED25519":
        return algorithm(oids.ED25519)
    if key.kind == "EC":
        return signature_algorithm(key, how.digest)
    if how.signature == "pss":
        return pss_algorithm(how.digest)
    dotted = oids.RSA if how.signature == "rsa" else oids.RSA_WITH[how.digest]
    return algorithm(dotted, der.null() if how.parameters else b"")


def signer_info(how, content):
    """content: the bytes that were signed, b"" where there is no eContent."""
    hashed = crypto.digest(how.digest, content)
    if how.damage == "digest":
        hashed = _flip(hashed)
    attributes = list(how.attributes)
    if "content_type" not in how.omit:
        attributes.append(attribute(oids.CONTENT_TYPE, der.oid(how.content_type)))
    if "message_digest" not in how.omit:
        attributes.append(attribute(oids.MESSAGE_DIGEST, der.octets(hashed)))
    body = b"".join(sorted(attributes))
    signature = crypto.sign(how.certificate.key, der.tlv(der.SET, body), how.digest, how.rng, how.signature == "pss")
    if how.damage == "signature":
        signature = _flip(signature)
    if how.damage == "attribute":
        nonce = next(one for one in attributes if der.oid(oids.SENDER_NONCE) in one)
        body = body.replace(nonce, nonce[:-1] + bytes([nonce[-1] ^ 1]))
    name = der.implicit(0, how.certificate.key.key_id()) if how.by_key_id else how.certificate.issuer_and_serial()
    return der.seq(
        der.integer(3 if how.by_key_id else 1),
        name,
        algorithm(oids.DIGEST[how.digest], der.null() if how.parameters else b""),
        der.implicit(0, body, True) if attributes else b"",
        _signature_algorithm(how),
        der.octets(signature),
    )


def signed_data(content, how, ber=der.DER, inner_type=oids.DATA):
    """content: bytes for eContent; None leaves it out. how: a Signing, or a list of them. @return a ContentInfo"""
    signings = how if isinstance(how, list) else [how]
    encapsulated = der.oid(inner_type)
    if content is not None:
        shown = _flip_last(content) if signings[0].damage == "content" else content
        encapsulated += ber.wrap("encap", 0xA0, ber.string("encap", der.OCTET_STRING, shown))
    digests = [algorithm(oids.DIGEST[one.digest], der.null() if one.parameters else b"") for one in signings]
    certificates = b"".join(one.der for one in signings[0].certificates)
    crls = signings[0].crls
    body = (
        der.integer(1)
        + der.set_of(*dict.fromkeys(digests))
        + ber.wrap("encap", der.SEQUENCE, encapsulated)
        + (ber.wrap("signed", 0xA0, certificates) if certificates else b"")
        + (der.implicit(1, b"".join(crls), True) if crls is not None else b"")
        + der.set_of(*(signer_info(one, content or b"") for one in signings))
    )
    return content_info(oids.SIGNED_DATA, ber.wrap("signed", der.SEQUENCE, body), ber)


def certs_only(certificates, crls=None, ber=der.DER, empty_content=False):
    """A degenerate SignedData: certificates and revocation lists, no signer. crls: None leaves the field out, an empty
    list makes it an empty SET. empty_content: with an OCTET STRING of length 0 where others leave eContent out."""
    encapsulated = der.seq(der.oid(oids.DATA), der.explicit(0, der.octets(b"")) if empty_content else b"")
    body = (
        der.integer(1)
        + der.set_of()
        + encapsulated
        + (ber.wrap("signed", 0xA0, b"".join(one.der for one in certificates)) if certificates else b"")
        + (der.implicit(1, b"".join(crls), True) if crls is not None else b"")
        + der.set_of()
    )
    return content_info(oids.SIGNED_DATA, ber.wrap("signed", der.SEQUENCE, body), ber)


# Recipients: each takes the content key and an Rng and returns an encoded RecipientInfo.


@dataclass
class KeyTransport:
    """ktri. padding: "v1.5", "oaep" (SHA-1), "oaep-sha256"; by_key_id: subjectKeyIdentifier in place of issuer and
    serial; named: a Certificate to name in place of the one encrypted to."""

    certificate: Certificate
    padding: str = "v1.5"
    parameters: bool = True
    by_key_id: bool = False
    named: Certificate = None

    def encode(self, session_key, rng):
        public, named = self.certificate.key.public, self.named or self.certificate
        if self.padding == "v1.5":
            sealed = crypto.rsa_encrypt(public, session_key, rng)
            how = algorithm(oids.RSA, der.null() if self.parameters else b"")
        else:
            name = "sha256" if self.padding == "oaep-sha256" else "sha1"
            sealed = crypto.rsa_encrypt_oaep(public, session_key, rng, name)
            hashed = algorithm(oids.DIGEST[name], der.null())
            defaults = (
                b"" if name == "sha1" else der.explicit(0, hashed) + der.explicit(1, algorithm(oids.MGF1, hashed))
            )
            how = algorithm(oids.RSA_OAEP, der.seq(defaults))
        who = der.implicit(0, named.key.key_id()) if self.by_key_id else named.issuer_and_serial()
        return der.seq(der.integer(2 if self.by_key_id else 0), who, how, der.octets(sealed))


@dataclass
class KeyAgreement:
    """kari: ephemeral-static ECDH on P-256, AES-128 key wrap (RFC 5753)."""

    certificate: Certificate

    def encode(self, session_key, rng):
        own = crypto.ephemeral(rng)
        public = crypto.Key("ephemeral", own)
        wrap = algorithm(oids.AES_WRAP[16])
        shared_info = der.seq(wrap, der.explicit(2, der.octets((128).to_bytes(4, "big"))))
        kek = crypto.agree(own, self.certificate.key.public, shared_info, 16)
        point = der.children(public.spki)[1]
        originator = der.explicit(0, der.implicit(1, algorithm(oids.EC_KEY) + point, True))
        keys = der.seq(der.seq(self.certificate.issuer_and_serial(), der.octets(crypto.aes_wrap(kek, session_key))))
        return der.implicit(1, der.integer(3) + originator + algorithm(oids.ECDH_SHA256_KDF, wrap) + keys, True)


@dataclass
class KeyEncryptionKey:
    """kekri: a key both sides have beforehand."""

    kek: bytes
    identifier: bytes

    def encode(self, session_key, rng):
        return der.implicit(
            2,
            der.integer(4)
            + der.seq(der.octets(self.identifier))
            + algorithm(oids.AES_WRAP[len(self.kek)])
            + der.octets(crypto.aes_wrap(self.kek, session_key)),
            True,
        )


@dataclass
class Password:
    """pwri: PBKDF2 and PWRI-KEK, as RFC 8894 3.1 names it for keys that cannot encrypt."""

    password: bytes
    iterations: int = 10000

    def encode(self, session_key, rng):
        salt, iv = rng.bytes(16), rng.bytes(16)
        kek = crypto.pbkdf2(self.password, salt, min(self.iterations, 1000000), 32)
        derivation = der.seq(
            der.octets(salt), der.integer(self.iterations), algorithm(oids.HMAC_WITH_SHA256, der.null())
        )
        wrap = algorithm(oids.PWRI_KEK, algorithm(oids.CIPHER["aes-256-cbc"], der.octets(iv)))
        return der.implicit(
            3,
            der.integer(0)
            + der.retag(algorithm(oids.PBKDF2, derivation), 0xA0)
            + wrap
            + der.octets(crypto.pwri_wrap(kek, iv, session_key, rng)),
            True,
        )


@dataclass
class Kem:
    """ori: the shape of a KEMRecipientInfo (RFC 9629) for ML-KEM-768, with seeded bytes where the KEM's output would
    be."""

    certificate: Certificate

    def encode(self, session_key, rng):
        body = der.seq(
            der.integer(0),
            self.certificate.issuer_and_serial(),
            algorithm(oids.ML_KEM_768),
            der.octets(rng.bytes(1088)),
            algorithm(oids.HKDF_SHA256),
            der.integer(32),
            algorithm(oids.AES_WRAP[32]),
            der.octets(crypto.aes_wrap(rng.bytes(32), session_key)),
        )
        return der.implicit(4, der.oid(oids.ORI_KEM) + body, True)


@dataclass
class Sealing:
    """How to encrypt. iv: False leaves the parameter out (and the IV is zero); type: "enveloped", "encrypted"
    (EncryptedData in place of EnvelopedData), "auth" (AuthEnvelopedData, for GCM); damage: "content" flips a bit of the
    ciphertext, "key" one of the encrypted key."""

    recipients: list
    cipher: str = "aes-128-cbc"
    iv: bool = True
    type: str = "enveloped"
    rng: object = None
    damage: str = ""
    inner_type: str = oids.DATA
    cipher_oid: str = None
    attributes: tuple = ()


def _encrypted_content(how, session_key, data, ber):
    """@return (EncryptedContentInfo, GCM tag or None)"""
    iv, tag = how.rng.bytes({"a": 16}.get(how.cipher[0], 8)), None
    if how.cipher.endswith("gcm"):
        iv = iv[:12]
        sealed, tag = crypto.encrypt_gcm(session_key, iv, data)
        parameters = der.seq(der.octets(iv), der.integer(16))
        if how.type == "enveloped":  # as Go's pkcs7 library does it
            sealed += tag
    else:
        iv = iv if how.iv else b"\0" * len(iv)
        sealed = crypto.encrypt(how.cipher, session_key, iv, data)
        parameters = der.octets(iv) if how.iv else b""
        if how.cipher == "rc2-cbc":  # RFC 2268 6: 58 stands for 128 effective bits
            parameters = der.seq(der.integer(58), der.octets(iv))
    if how.damage == "content":
        sealed = _flip(sealed)
    body = der.oid(how.inner_type) + algorithm(how.cipher_oid or oids.CIPHER[how.cipher], parameters)
    return ber.wrap("encrypted", der.SEQUENCE, body + ber.string("encrypted", 0x80, sealed)), tag


def enveloped_data(data, how, ber=der.DER):
    """@return a ContentInfo of the type that how asks for"""
    session_key = crypto.session_key(how.cipher, how.rng)
    encoded = [recipient.encode(session_key, how.rng) for recipient in how.recipients]
    if how.damage == "key":
        encoded = [one[:-20] + bytes([one[-20] ^ 1]) + one[-19:] for one in encoded]
    content, tag = _encrypted_content(how, session_key, data, ber)
    if how.type == "encrypted":
        return content_info(
            oids.ENCRYPTED_DATA, ber.wrap("enveloped", der.SEQUENCE, der.integer(0) + content), ber, "inner"
        )
    kinds = [type(recipient) for recipient in how.recipients]
    version = (
        3
        if Password in kinds or Kem in kinds
        else 0 if all(one[0] == der.SEQUENCE and one[4:7] == der.integer(0) for one in encoded) else 2
    )
    body = (
        der.integer(0 if how.type == "auth" else version)
        + ber.wrap("recipients", der.SET, b"".join(sorted(encoded)))
        + content
    )
    if how.type == "auth":
        return content_info(
            oids.AUTH_ENVELOPED_DATA, ber.wrap("enveloped", der.SEQUENCE, body + der.octets(tag)), ber, "inner"
        )
    return content_info(oids.ENVELOPED_DATA, ber.wrap("enveloped", der.SEQUENCE, body), ber, "inner")
