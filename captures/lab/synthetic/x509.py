# SPDX-License-Identifier: GPL-2.0-or-later
"""Names, certificates, certificate requests and revocation lists, with every choice left to the caller."""
import hashlib
import ipaddress
import re

from . import crypto, der, oids

DAY = 86400


class Name:
    """A distinguished name from text: "C=XX, O=Example, CN=device". " + " joins the parts of one RDN, a backslash
    stands before what has a meaning of its own (RFC 4514 2.4). tag: string type of the free texts."""

    def __init__(self, text, tag=der.UTF8):
        self.text = text
        rdns = []
        for rdn in re.split(r"(?<!\\), ", text) if text else []:
            parts = []
            for part in rdn.split(" + "):
                kind, value = re.sub(r"\\(.)", r"\1", part).split("=", 1)
                as_tag = {
                    "C": der.PRINTABLE,
                    "serialNumber": der.PRINTABLE,
                    "DC": der.IA5,
                    "emailAddress": der.IA5,
                }.get(kind, tag)
                parts.append(der.seq(der.oid(oids.NAME[kind]), der.string(value, as_tag)))
            rdns.append(der.set_of(*parts))
        self.der = der.seq(*rdns)


def algorithm(dotted, parameters=None):
    return der.seq(der.oid(dotted), parameters or b"")


def pss_algorithm(digest):
    hashed = algorithm(oids.DIGEST[digest], der.null())
    size = hashlib.new(digest).digest_size
    return algorithm(
        oids.RSA_PSS,
        der.seq(
            der.explicit(0, hashed), der.explicit(1, algorithm(oids.MGF1, hashed)), der.explicit(2, der.integer(size))
        ),
    )


def signature_algorithm(key, digest, pss=False):
    if key.kind == "ED25519":
        return algorithm(oids.ED25519)
    if key.kind == "EC":
        return algorithm(oids.ECDSA_WITH[digest])
    return pss_algorithm(digest) if pss else algorithm(oids.RSA_WITH[digest], der.null())


def extension(dotted, value, critical=False):
    return der.seq(der.oid(dotted), der.boolean(True) if critical else b"", der.octets(value))


def basic_constraints(is_ca):
    return extension(oids.BASIC_CONSTRAINTS, der.seq(der.boolean(True) if is_ca else b""), True)


# keyUsage bits, RFC 5280 4.2.1.3
SIGN, ENCIPHER, CERT_SIGN, CRL_SIGN = 0, 2, 5, 6


def key_usage(*numbers):
    return extension(oids.KEY_USAGE, der.named_bits(*numbers), True)


def extended_key_usage(*purposes):
    return extension(oids.EXTENDED_KEY_USAGE, der.seq(*(der.oid(purpose) for purpose in purposes)))


def template_name(name):
    """Certificate template of version 1: its name as BMPString."""
    return extension(oids.MS_TEMPLATE_NAME, der.string(name, der.BMP))


def template(dotted, major=100, minor=4):
    return extension(oids.MS_TEMPLATE, der.seq(der.oid(dotted), der.integer(major), der.integer(minor)))


def subject_key_id(key):
    return extension(oids.SUBJECT_KEY_ID, der.octets(key.key_id()))


def authority_key_id(key):
    return extension(oids.AUTHORITY_KEY_ID, der.seq(der.implicit(0, key.key_id())))


def sid_extension(sid):
    """Microsoft's security identifier extension for strong certificate mapping."""
    value = der.explicit(0, der.octets(sid.encode()))
    return extension(oids.SID_EXTENSION, der.seq(der.tlv(0xA0, der.oid(oids.SID) + value)))


def general_name(text):
    """From "DNS:host", "UPN:user", "URI:...", "EMAIL:...", "IP:..."."""
    kind, value = text.split(":", 1)
    if kind == "UPN":
        return der.tlv(0xA0, der.oid(oids.UPN) + der.explicit(0, der.string(value, der.UTF8)))
    if kind == "IP":
        return der.implicit(7, ipaddress.ip_address(value).packed)
    return der.implicit({"EMAIL": 1, "DNS": 2, "URI": 6}[kind], value.encode())


def alt_name(names):
    return extension(oids.ALT_NAME, der.seq(*(general_name(name) for name in names)))


class Certificate:
    """An X.509 certificate and, where the lab has it, its key."""

    def __init__(self, encoded, key, subject, issuer, serial, validity):
        self.der, self.key, self.subject, self.issuer, self.serial, self.validity = (
            encoded,
            key,
            subject,
            issuer,
            serial,
            validity,
        )

    @property
    def serial_hex(self):
        """Content octets of the INTEGER."""
        return der.content(der.integer(self.serial)).hex()

    def issuer_and_serial(self):
        return der.seq(self.issuer.der, der.integer(self.serial))

    def facts(self):
        """What expectation files say of a certificate."""
        return {
            "serial": self.serial_hex,
            "subject": self.subject.text,
            "issuer": self.issuer.text,
            "not_before": self.validity[0],
            "not_after": self.validity[1],
            "spki_sha256": hashlib.sha256(self.key.spki).hexdigest(),
            "sha1": hashlib.sha1(self.der).hexdigest(),
            "sha256": hashlib.sha256(self.der).hexdigest(),
        }


def certificate(
    subject, key, serial, validity, issuer=None, extensions=(), digest="sha256", rng=None, pss=False, version=3
):
    """Signed by issuer (a Certificate), or by its own key. validity: seconds since 1970."""
    signer, issuer_name = (issuer.key, issuer.subject) if issuer else (key, subject)
    how = signature_algorithm(signer, digest, pss)
    body = der.seq(
        der.explicit(0, der.integer(version - 1)) if version > 1 else b"",
        der.integer(serial),
        how,
        issuer_name.der,
        der.seq(der.time(validity[0]), der.time(validity[1])),
        subject.der,
        key.spki,
        der.explicit(3, der.seq(*extensions)) if extensions else b"",
    )
    encoded = der.seq(body, how, der.bits(crypto.sign(signer, body, digest, rng, pss)))
    return Certificate(encoded, key, subject, issuer_name, serial, validity)


def revocation_list(issuer, revoked, moment, number=1, digest="sha256", rng=None):
    """A CRL of issuer (a Certificate) over a week from moment; revoked: serial numbers."""
    how = signature_algorithm(issuer.key, digest)
    entries = [der.seq(der.integer(serial), der.time(moment - DAY)) for serial in revoked]
    body = der.seq(
        der.integer(1),
        how,
        issuer.subject.der,
        der.time(moment),
        der.time(moment + 7 * DAY),
        der.seq(*entries) if entries else b"",
        der.explicit(0, der.seq(extension(oids.CRL_NUMBER, der.integer(number)), authority_key_id(issuer.key))),
    )
    return der.seq(body, how, der.bits(crypto.sign(issuer.key, body, digest, rng)))


class Challenge:
    """A challenge password and the string type it is written with. Only its length and hash leave the lab."""

    def __init__(self, text, tag=der.PRINTABLE):
        self.text, self.tag = text, tag

    def facts(self):
        data, encoded = self.text.encode(), der.content(der.string(self.text, self.tag))
        found = {"length": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        if encoded != data:  # not UTF-8 on the wire
            found.update(encoded_length=len(encoded), encoded_sha256=hashlib.sha256(encoded).hexdigest())
        return found


class Request:
    """A PKCS#10 certificate request (RFC 2986)."""

    def __init__(
        self,
        subject,
        key,
        challenge=None,
        names=(),
        extensions=(),
        attributes=(),
        digest="sha256",
        rng=None,
        microsoft=False,
        damaged=False,
    ):
        """names: SANs as general_name() takes them; attributes: further ones, encoded; microsoft: extensions under
        Microsoft's attribute instead of the PKCS#9 one; damaged: with a signature that does not hold."""
        self.subject, self.key, self.challenge, self.names = subject, key, challenge, tuple(names)
        found = list(attributes)
        if challenge:
            found.append(
                der.seq(der.oid(oids.CHALLENGE_PASSWORD), der.set_of(der.string(challenge.text, challenge.tag)))
            )
        wanted = list(extensions) + ([alt_name(names)] if names else [])
        if wanted:
            found.append(
                der.seq(
                    der.oid(oids.MS_CERT_EXTENSIONS if microsoft else oids.EXTENSION_REQUEST),
                    der.set_of(der.seq(*wanted)),
                )
            )
        body = der.seq(der.integer(0), subject.der, key.spki, der.implicit(0, b"".join(sorted(found)), True))
        signature = bytearray(crypto.sign(key, body, digest, rng))
        if damaged:
            signature[len(signature) // 2] ^= 1
        self.extensions = wanted
        self.der = der.seq(body, signature_algorithm(key, digest), der.bits(bytes(signature)))

    def facts(self):
        found = {
            "csr_subject": self.subject.text,
            "csr_san": list(self.names),
            "key_algorithm": self.key.kind,
            "key_bits": self.key.bits,
            "spki_sha256": hashlib.sha256(self.key.spki).hexdigest(),
        }
        if self.challenge:
            found["challenge"] = self.challenge.facts()
        return found


def microsoft_attributes(os_version, user, process, csp="Microsoft Software Key Storage Provider"):
    """What Windows puts into its requests: version, client information, provider."""
    client = der.seq(
        der.integer(5),
        der.string("device.contoso.example", der.UTF8),
        der.string(user, der.UTF8),
        der.string(process, der.UTF8),
    )
    provider = der.seq(der.integer(0), der.string(csp, der.BMP), der.bits(b""))
    return [
        der.seq(der.oid(oids.MS_OS_VERSION), der.set_of(der.string(os_version, der.IA5))),
        der.seq(der.oid(oids.MS_CLIENT_INFO), der.set_of(client)),
        der.seq(der.oid(oids.MS_CSP), der.set_of(provider)),
    ]


def issuer_and_subject(issuer, subject):
    """Content of a CertPoll (RFC 8894 3.3.3)."""
    return der.seq(issuer.der, subject.der)
