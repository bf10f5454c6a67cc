# SPDX-License-Identifier: GPL-2.0-or-later
"""SCEP clients as they look on the wire: order of operations, headers, transactionID, algorithms, encoding."""
import hashlib
from dataclasses import dataclass

from . import cms, crypto, der, scep, web, x509
from .seeded import Rng
from .story import SECOND
from .x509 import Name


@dataclass(frozen=True)
class Habit:
    """What is typical of one client. identifier: message= of GetCACaps and GetCACert, None for none."""

    user_agent: str = None
    suffix: str = ""
    identifier: str = None
    caps_first: bool = True
    method: str = "POST"
    get_encoding: str = "rfc"
    version: str = "1.1"
    content_type: str = web.PKI_MESSAGE
    transaction: str = "sha1-upper"
    digest: str = "sha256"
    cipher: str = "des-ede3-cbc"
    signature: str = "rsa"
    nonce: int = 16
    ber: der.Ber = der.DER
    signing_time: bool = True
    keep_alive: bool = False
    agent_on_pkioperation: bool = True


WINDOWS = Habit(
    "Mozilla/4.0 (compatible; Win32; NDES client 10.0.22631.1/ni_release)",
    "/pkiclient.exe",
    "default",
    content_type=None,
)
IOS = Habit(
    "profiled/1.0 CFNetwork/1568.300.101 Darwin/24.2.0",
    "",
    "SCEP%20Authority",
    caps_first=False,
    content_type="application/octet-stream",
    transaction="rsa-sha1-upper",
    digest="sha512",
    nonce=16,
    ber=der.Ber(frozenset(der.LEVELS), 1000),
    get_encoding="equals",
)
ANDROID = Habit(
    "Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/AP2A.240805.005)",
    "",
    "ca",
    content_type="application/octet-stream",
    transaction="sha1-lower",
    ber=der.Ber(frozenset(("outer", "signed", "encap", "inner", "enveloped", "encrypted")), 1000),
)
CISCO = Habit(
    "Mozilla/4.0 (compatible; MSIE 5.0; Cisco PKI)",
    "",
    "ca",
    method="GET",
    get_encoding="lines",
    version="1.0",
    transaction="md5-upper",
    digest="sha1",
    signing_time=False,
    agent_on_pkioperation=False,
)
SSCEP = Habit(
    None,
    "",
    "CAIdentifier",
    content_type=None,
    transaction="md5-upper",
    digest="sha256",
    cipher="aes-128-cbc",
    version="1.0",
)
PLAIN = Habit("scep-client/1.0", cipher="aes-128-cbc", signature="rsa-with", keep_alive=True)


def transaction_id(how, key):
    """Most clients derive it from the public key, which fingerprints them."""
    data = key.spki
    if how.startswith("rsa-"):  # of RSAPublicKey in place of SubjectPublicKeyInfo
        data, how = der.content(der.children(key.spki)[1])[1:], how[4:]
    name, case = how.split("-")
    text = hashlib.new(name, data).hexdigest()
    return text.upper() if case == "upper" else text


class Device:
    """One device that enrolls with a server of ndes.Ndes' kind."""

    def __init__(
        self,
        story,
        server,
        name="device-1",
        address="192.0.2.10",
        habit=WINDOWS,
        kind="rsa2048",
        subject=None,
        names=(),
        clock=0,
        key=None,
    ):
        """clock: seconds by which the device's clock is ahead."""
        self.story, self.server, self.name, self.address, self.habit, self.clock = (
            story,
            server,
            name,
            address,
            habit,
            clock,
        )
        self.key = key or crypto.key(name, kind)
        self.subject = Name(subject or "C=XX, O=Contoso, CN=%s" % name)
        self.rng = Rng(story.name, name, address, *([subject] if subject else []))
        self.names = names
        self.transaction = transaction_id(habit.transaction, self.key)
        self.certificate = None
        self.enrollment, self._link = None, None
        self.signer = self.self_signed()
        story.key("device", self.key)

    def moment(self):
        return self.story.moment() + self.clock

    def self_signed(self, validity=None, subject=None, key=None):
        """The signer of an initial request."""
        extensions = [x509.key_usage(x509.SIGN, x509.ENCIPHER), x509.subject_key_id(key or self.key)]
        begin = self.moment() - 300
        return x509.certificate(
            subject or self.subject,
            key or self.key,
            int(hashlib.sha1(self.name.encode()).hexdigest()[:15], 16),
            validity or (begin, begin + 7 * x509.DAY),
            None,
            extensions,
            rng=self.rng,
        )

    def csr(self, challenge=None, key=None, **more):
        more.setdefault("names", self.names)
        return x509.Request(self.subject, key or self.key, challenge, rng=self.rng, **more)

    def challenge(self, size=8, tag=der.PRINTABLE):
        """A one-time password like those of NDES: hexadecimal."""
        return x509.Challenge(self.rng.bytes(size).hex().upper()[: size * 2], tag)

    def signing(self, signer=None, **more):
        signer = signer or self.signer
        more.setdefault("certificates", (signer,))
        return cms.Signing(
            signer,
            more.pop("digest", self.habit.digest),
            more.pop("signature", self.habit.signature),
            rng=self.rng,
            **more,
        )

    def sealing(self, recipient=None, **more):
        recipients = more.pop("recipients", None) or [cms.KeyTransport(recipient or self.server.recipient)]
        return scep.Sealing(recipients, more.pop("cipher", self.habit.cipher), rng=self.rng, **more)

    def _common(self, more):
        found = {"ber": self.habit.ber}
        if self.habit.signing_time:
            found["signing_time"] = self.moment()
        found.update(more)
        return found

    def request(self, csr, kind=scep.PKCS_REQ, signing=None, sealing=None, transaction=None, nonce=None, **more):
        """A PKCSReq with a fresh nonce."""
        return scep.request(
            kind,
            csr,
            transaction or self.transaction,
            self.rng.bytes(self.habit.nonce) if nonce is None else nonce,
            signing or self.signing(),
            sealing or self.sealing(),
            **self._common(more)
        )

    def poll(self, signing=None, sealing=None, transaction=None, **more):
        return scep.poll(
            self.server.pki.ca.subject,
            self.subject,
            transaction or self.transaction,
            self.rng.bytes(self.habit.nonce),
            signing or self.signing(),
            sealing or self.sealing(),
            **self._common(more)
        )

    def lookup(self, kind, certificate, transaction=None, signing=None, sealing=None, **more):
        """GetCert or GetCRL."""
        return scep.lookup(
            kind,
            certificate,
            transaction or self.transaction,
            self.rng.bytes(self.habit.nonce),
            signing or self.signing(),
            sealing or self.sealing(),
            **self._common(more)
        )

    # HTTP

    def _headers(self, pkioperation=False):
        agent = self.habit.user_agent
        if not agent or (pkioperation and not self.habit.agent_on_pkioperation):
            return []
        return [("User-Agent", agent), ("Accept", "*/*")]

    def ask_for(self, operation, identifier=True, path=None):
        """The GET of a GetCA* operation."""
        value = self.habit.identifier if identifier is True else identifier
        return web.get(
            path or self.server.path + self.habit.suffix,
            self.server.host,
            operation,
            value,
            self._headers(),
            self.habit.version,
        )

    def carry(self, message, method=None, encoding=None):
        """The HTTP request around a pkiMessage."""
        path, host = self.server.path + self.habit.suffix, self.server.host
        if (method or self.habit.method) == "GET":
            value = web.get_encoding(message.der, encoding or self.habit.get_encoding)
            return web.get(path, host, "PKIOperation", value, self._headers(True), self.habit.version, message)
        return web.post(path, host, message, self._headers(True), self.habit.content_type, version=self.habit.version)

    def begin(self):
        """A new attempt: what follows belongs to it."""
        self.enrollment = self.story.enrollment(self.address, self.server.address)
        self.enrollment.facts["device"] = self.name
        return self.enrollment

    def exchange(self, request, response, keep=None, **more):
        """On a connection of its own, or on the device's one where it keeps it. @return the two records"""
        port = more.pop("port", 80)
        offset = more.pop("offset", 0)
        options = more.pop("tcp", {})
        enrollment = more.pop("enrollment", self.enrollment)
        link = self._link
        if link is None or not link.tcp.is_open:
            link = self.story.link(self.address, self.server.address, port, offset=offset, **options)
        else:
            link.tcp.now = self.story.now
        records = link.exchange(request, response, enrollment, **more)
        if self.habit.keep_alive if keep is None else keep:
            self._link = link
        else:
            self._link = None
            if response is not None:
                link.close()
        self.story.now = link.now + 20000
        return records

    def leave(self):
        """Ends the kept connection."""
        if self._link:
            self._link.tcp.now = self.story.now
            self._link.close()
            self._link = None

    def wait(self, seconds):
        self.story.now += int(seconds * SECOND)

    def discover(self, caps=None, certificates=None):
        """GetCACaps and GetCACert in the client's order."""
        caps, certificates = caps or self.server.caps(), certificates or self.server.ca_certificates()
        steps = [("GetCACaps", caps), ("GetCACert", certificates)]
        for operation, response in steps if self.habit.caps_first else steps[::-1]:
            self.exchange(self.ask_for(operation), response)

    def send(self, message, response, method=None, encoding=None, **more):
        return self.exchange(self.carry(message, method, encoding), response, **more)
