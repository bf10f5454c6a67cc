# SPDX-License-Identifier: GPL-2.0-or-later
"""Ciphers, digests, signatures and recipients in every combination that matters, each with its keys, and what happens
to them when one bit is wrong."""
import os

from . import cms, crypto, scep, x509
from .captures_messages import Series
from .device import PLAIN, Device
from .registry import capture
from .server import OwnCa, Server
from .story import ISSUED

CIPHERS = (
    "des-cbc",
    "des-ede3-cbc",
    "rc2-cbc",
    "aes-128-cbc",
    "aes-192-cbc",
    "aes-256-cbc",
    "aes-128-gcm",
    "aes-192-gcm",
    "aes-256-gcm",
)
DIGESTS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")


def password(story, name):
    """A password for PWRI that tests can read: captures/keys/synthetic/NAME.password."""
    path = os.path.join(crypto.KEYS, name + ".password")
    if not os.path.exists(path):
        os.makedirs(crypto.KEYS, exist_ok=True)
        with open(path, "w", encoding="ascii") as out:
            out.write(os.urandom(12).hex() + "\n")
    story.keys.setdefault("password", []).append("keys/synthetic/%s.password" % name)
    with open(path, encoding="ascii") as text:
        return text.read().strip()


def accepted(series, message, signer=None, **more):
    """SUCCESS to a request of the series' CSR."""
    issued = series.server.pki.issue(series.csr, series.story.moment())
    series.exchange(message, series.server.success(message, signer or series.device.signer, issued, **more), ISSUED)


@capture(
    "synthetic-ciphers",
    (
        "requests and answers in each content cipher: DES, 3DES, RC2, AES in CBC mode, AES-GCM as AuthEnvelopedData "
        "and, as Go's pkcs7 library writes it, in EnvelopedData"
    ),
    "each opens with its key; scep.encryption.algorithm",
)
def ciphers(story):
    series = Series(story)
    series.device.discover()
    for cipher in CIPHERS:
        kind = "auth" if cipher.endswith("gcm") else "enveloped"
        message = series.request(series.begin(), sealing=series.device.sealing(cipher=cipher, type=kind))
        accepted(series, message, cipher=cipher, sealing={"type": kind})
    message = series.request(series.begin(), sealing=series.device.sealing(cipher="aes-256-gcm"))
    accepted(series, message, cipher="aes-256-gcm")
    series.device.leave()


@capture(
    "synthetic-signatures",
    "each digest with RSA PKCS#1 (two ways to write the algorithm) and PSS, ECDSA with SHA-1 to SHA-512, Ed25519",
    "scep.signature.status good everywhere; scep.digest.algorithm, scep.signature.algorithm",
)
def signatures(story):
    series = Series(story)
    device = series.device
    device.discover()
    for digest in DIGESTS:
        for how in ("rsa", "rsa-with", "pss"):
            message = series.request(series.begin(), signing=device.signing(digest=digest, signature=how))
            accepted(series, message, signing={"signature": how})
    for kind, name, digests in (
        ("p256", "device-ec", ("sha1", "sha256", "sha384", "sha512")),
        ("ed25519", "device-ed", ("sha512",)),
    ):
        other = Device(story, series.server, name, "192.0.2.11", PLAIN, kind)
        for digest in digests:
            message = other.request(other.csr(), transaction=series.begin(), signing=other.signing(digest=digest))
            message.facts["signature"] = kind
            series.exchange(message, series.server.failure(message, scep.BAD_ALG))
    device.leave()


@capture(
    "synthetic-recipients",
    (
        "every kind of recipient: key transport with PKCS#1 v1.5, OAEP with SHA-1 and SHA-256, by key identifier; key "
        "agreement; key-encryption key; password; KEM; two at once"
    ),
    "scep.recipient.type ktri, kari, kekri, pwri, ori; what no key can open says why",
)
def recipients(story):
    series = Series(story)
    device, server = series.device, series.server
    device.discover()
    ec_ca, secret = OwnCa("ec", kind="p256"), password(story, "pwri")
    story.key("ca", ec_ca.ca.key)
    kek = story.rng.bytes(16)
    ktri, kari = cms.KeyTransport(server.recipient), cms.KeyAgreement(ec_ca.ca)
    cases = [
        ("v1.5", [ktri]),
        ("OAEP, SHA-1", [cms.KeyTransport(server.recipient, "oaep")]),
        ("OAEP, SHA-256", [cms.KeyTransport(server.recipient, "oaep-sha256")]),
        ("subjectKeyIdentifier", [cms.KeyTransport(server.recipient, by_key_id=True)]),
        ("ECDH", [kari]),
        ("key-encryption key", [cms.KeyEncryptionKey(kek, b"lab kek 1")]),
        ("password", [cms.Password(secret.encode())]),
        ("KEM", [cms.Kem(server.recipient)]),
        ("two: key transport and key agreement", [ktri, kari]),
        ("two: password and key transport", [cms.Password(secret.encode()), ktri]),
        ("password, 4,000,000,000 iterations", [cms.Password(secret.encode(), 4000000000)]),
    ]
    for what, who in cases:
        message = series.request(
            series.begin(),
            sealing=device.sealing(recipients=who, cipher="aes-256-cbc" if "KEM" in what else "aes-128-cbc"),
        )
        message.facts["recipient_kind"] = what
        if what in ("key-encryption key", "KEM") or "iterations" in what:
            message.facts["openssl_opens"] = False
        accepted(series, message)
    device.leave()


@capture(
    "synthetic-keys-cannot-encrypt",
    (
        "clients whose key cannot encrypt: an EC key is answered by key agreement, an Ed25519 key by password, which "
        "is the challenge (RFC 8894 3.1)"
    ),
    "kari and pwri in answers; the same password opens request and answer",
)
def other_keys(story):
    ca = OwnCa("ec", kind="p256")
    server = Server(story, ca)
    secret = password(story, "pwri")
    for name, kind, digest in (("device-ec", "p256", "sha256"), ("device-ed", "ed25519", "sha512")):
        device = Device(story, server, name, "192.0.2.%d" % (10 + len(story.enrollments)), PLAIN, kind)
        device.begin()
        device.discover()
        challenge = x509.Challenge(secret)
        by_password = kind == "ed25519"
        who = cms.Password(secret.encode()) if by_password else cms.KeyAgreement(ca.ca)
        csr = device.csr(challenge)
        message = device.request(csr, sealing=device.sealing(recipients=[who]), signing=device.signing(digest=digest))
        issued = ca.issue(csr, story.moment())
        back = cms.Password(secret.encode()) if by_password else cms.KeyAgreement(device.signer)
        device.send(
            message, server.success(message, device.signer, issued, digest="sha256", sealing={"recipients": [back]})
        )
        device.enrollment.ends(ISSUED, serial=issued.serial_hex)
        device.leave()


@capture(
    "synthetic-damaged",
    (
        "one flipped bit each: in the content, an attribute, messageDigest and the signature of a request and of an"
        " answer; in the ciphertext and the encrypted key before signing; in a PKCS#10's and an issued certificate's"
        " signature"
    ),
    "exactly the right status is bad, the others good",
)
def damaged(story):
    series = Series(story)
    device, server = series.device, series.server
    device.discover()
    for damage in ("content", "attribute", "signature", "digest"):
        message = series.request(series.begin(), signing=device.signing(damage=damage))
        series.exchange(message, server.failure(message, scep.BAD_MESSAGE_CHECK), odd="flipped bit: " + damage)
    for damage in ("content", "attribute", "signature", "digest"):
        message = series.request(series.begin())
        issued = server.pki.issue(series.csr, story.moment())
        answer = server.success(message, device.signer, issued, signing={"damage": damage})
        series.exchange(message, answer, ISSUED, odd_answer="flipped bit: " + damage)
    for damage in ("content", "key"):
        message = series.request(series.begin(), sealing=device.sealing(damage=damage))
        series.exchange(
            message,
            server.failure(message, scep.BAD_MESSAGE_CHECK),
            odd="flipped bit before signing: encrypted " + damage,
        )
    bad = device.csr(device.challenge(), damaged=True)
    message = device.request(bad, transaction=series.begin())
    message.facts["csr_signature_status"] = "bad"
    series.exchange(message, server.failure(message, scep.BAD_REQUEST), odd="flipped bit: signature of the PKCS#10")
    device.leave()


@capture(
    "synthetic-wrong-key",
    "an enrollment whose keys are not among those given: only an unrelated key is listed",
    "decryption status 2 with the recipient's name; the rest as with keys",
)
def wrong_key(story):
    series = Series(story, "device-2")
    series.device.discover()
    message = series.request(series.begin())
    issued = series.server.pki.issue(series.csr, story.moment())
    message.facts["openssl_opens"] = False
    answer = series.server.success(message, series.device.signer, issued)
    answer.message.facts["openssl_opens"] = False
    series.exchange(message, answer, ISSUED)
    series.device.leave()
    story.keys.clear()
    story.key("unrelated", crypto.key("unrelated"))
