# SPDX-License-Identifier: GPL-2.0-or-later
"""TLS by OpenSSL: two ends talk to each other through memory, and what they say is put into the segments of a
conversation.

OpenSSL draws its own random numbers, so the bytes differ each time that a capture is made; their sizes, and with them
the frames, do not: every key is RSA or X25519."""
import os
import ssl
import tempfile

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate

from synthetic.tcp import CLIENT, SERVER, Conversation

from .keys import pem

NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME: the clock of a capture is not that of the machine that makes it
V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
VERSIONS = {"TLSv1.2": "1.2", "TLSv1.3": "1.3"}
CERTIFICATE, CERTIFICATE_REQUEST = 11, 13
CHANGE_CIPHER, ALERT, HANDSHAKE = 20, 21, 22
FOLDER = tempfile.TemporaryDirectory(prefix="stages-")


def _pem(certificates):
    return b"".join(load_der_x509_certificate(one.der).public_bytes(Encoding.PEM) for one in certificates)


def new_file(data=b""):
    """@return the path of a file that is gone when the process ends"""
    handle, path = tempfile.mkstemp(dir=FOLDER.name)
    with os.fdopen(handle, "wb") as out:
        out.write(data)
    return path


def _expand(secret, label, size):
    """HKDF-Expand-Label with an empty context (RFC 8446 7.1)."""
    label = b"tls13 " + label
    info = size.to_bytes(2, "big") + bytes([len(label)]) + label + b"\0"
    return HKDFExpand(hashes.SHA384(), size, info).derive(secret)


def sealed_alert(secret, number):
    """A record with a fatal alert, the first under a traffic secret of TLS_AES_256_GCM_SHA384."""
    head = b"\x17\x03\x03\0\x13"
    return head + AESGCM(_expand(secret, b"key", 32)).encrypt(
        _expand(secret, b"iv", 12), bytes([2, number, ALERT]), head
    )


class Side:
    """What one end is configured with. versions: (least, greatest); trusts: authorities of the other end's certificate;
    identity: its certificate; asks: a server's wish for a client certificate, None, "optional" or "required"; trusting:
    a client that looks at no certificate; names: a client compares the name; clock: it compares the time too; level:
    OpenSSL's security level; refuses: alert with which a server answers every name; seals_alert: number of the alert
    that a TLS 1.3 client sends encrypted in place of its second flight, as most do; OpenSSL itself sends it in clear at
    that point."""

    def __init__(
        self,
        versions=(V12, V13),
        identity=None,
        trusts=(),
        ciphers=None,
        asks=None,
        alpn=(),
        names=True,
        clock=False,
        trusting=False,
        level=2,
        refuses=None,
        seals_alert=None,
    ):
        self.versions, self.identity, self.trusts, self.ciphers = versions, identity, trusts, ciphers
        self.asks, self.alpn, self.names, self.clock, self.trusting = asks, alpn, names, clock, trusting
        self.level, self.refuses, self.seals_alert = level, refuses, seals_alert

    def context(self, is_server, secrets=None):
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if is_server else ssl.PROTOCOL_TLS_CLIENT)
        found.minimum_version, found.maximum_version = self.versions
        found.set_ciphers("%s:@SECLEVEL=%d" % (self.ciphers or "DEFAULT", self.level))
        if self.identity:
            chain = [self.identity.certificate, self.identity.authority.issuing]
            found.load_cert_chain(new_file(_pem(chain) + pem(self.identity.certificate.key)))
        if self.trusts:
            found.load_verify_locations(cadata=_pem([one.root for one in self.trusts]).decode())
        if not self.clock:
            found.verify_flags |= NO_CHECK_TIME
        if self.alpn:
            found.set_alpn_protocols(list(self.alpn))
        if is_server:
            modes = {None: ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}
            found.verify_mode = modes[self.asks]
            if self.refuses:
                found.sni_callback = lambda *_: self.refuses
        else:
            found.check_hostname = self.names and not self.trusting
            found.verify_mode = ssl.CERT_NONE if self.trusting else ssl.CERT_REQUIRED
            if secrets:
                found.keylog_filename = secrets
        return found


class Record:
    """A TLS record on the wire: side, content type, first byte of its content, and where it ends."""

    def __init__(self, side, kind, first, size, sent, end, mss):
        self.side, self.kind, self.first, self.size, self.sent = side, kind, first, size, sent
        self.segment = (end - 1) // mss

    def frame(self):
        return self.sent.frames[self.segment].number


class Secure(Conversation):
    """A TCP connection with TLS on it. open() shakes hands; where that fails, failure tells how and the connection is
    closed by who found fault with it."""

    def __init__(self, capture, client, server, start, ends=None, host=None, secrets=None, end_with="fin", **options):
        super().__init__(capture, client, server, start, **options)
        self.host, self.sides, self.end_with, self.secrets = host, ends, end_with, secrets
        self.inward, self.outward, self.tls = [], [], []
        self.records, self.failure, self.version, self.alpn = [], None, None, None
        for side in (CLIENT, SERVER):
            context = ends[side].context(side == SERVER, secrets)
            self.inward.append(ssl.MemoryBIO())
            self.outward.append(ssl.MemoryBIO())
            name = None if side == SERVER else host
            self.tls.append(context.wrap_bio(self.inward[side], self.outward[side], side == SERVER, name))

    def open(self):
        super().open()
        self.begun = len(self.capture.frames)
        done, quiet = [False, False], 0
        while quiet < 2:
            for side in (CLIENT, SERVER):
                try:
                    if not done[side]:
                        self.tls[side].do_handshake()
                        done[side] = True
                        if side == CLIENT and self.sides[CLIENT].seals_alert:
                            self._refuses_sealed()
                            return
                except ssl.SSLWantReadError:
                    pass
                except ssl.SSLError:
                    self._fails(side)
                    return
                quiet = 0 if self._flush(side) else quiet + 1
        if not all(done):
            raise RuntimeError("the handshake with %s does not end" % self.host)
        self.version, self.alpn = VERSIONS[self.tls[CLIENT].version()], self.tls[CLIENT].selected_alpn_protocol()

    def _flush(self, side):
        """Sends what one end wants to. @return a Sent, None where it wants nothing"""
        data = self.outward[side].read()
        if not data:
            return None
        sent = super().send(side, data)
        at = 0
        while at < len(data):
            size = 5 + int.from_bytes(data[at + 3 : at + 5], "big")
            self.records.append(Record(side, data[at], data[at + 5], size, sent, at + size, self.mss))
            at += size
        self.inward[1 - side].write(data)
        self.wait(600)
        return sent

    def _fails(self, side):
        """One end refuses: its alert, as the other end reads it, and the end of the connection."""
        self.failure = {"by": ("client", "server")[side], "alert": None, "encrypted": False}
        sent = self._flush(side)
        if sent:
            record = self.records[-1]
            self.failure.update(record=record, encrypted=not (record.kind == ALERT and record.size == 7))
            self.failure["alert"] = self._alert_read(1 - side)
        self.end(side)

    def _refuses_sealed(self):
        """The client's alert under its handshake traffic secret (RFC 8446 5.2, 7.3)."""
        self.outward[CLIENT].read()
        with open(self.secrets, encoding="ascii") as file:
            lines = [line.split() for line in file if line.startswith("CLIENT_HANDSHAKE_TRAFFIC_SECRET")]
        self.outward[CLIENT].write(
            b"\x14\x03\x03\0\1\1" + sealed_alert(bytes.fromhex(lines[-1][2]), self.sides[CLIENT].seals_alert)
        )
        self._fails(CLIENT)

    def _alert_read(self, side):
        try:
            while True:
                self.tls[side].read(1)
        except ssl.SSLError as error:
            for before in ("TLSV13_ALERT_", "TLSV1_ALERT_", "SSLV3_ALERT_", "TLSV1_"):
                if (error.reason or "").startswith(before):
                    return error.reason[len(before) :].lower()
            return None

    def end(self, side):
        """The TCP connection ends without TLS having a say."""
        if self.end_with == "rst":
            self.reset(side)
        else:
            super().close(side)

    def send(self, side, data, **faults):
        left = data
        while left:
            left = left[self.tls[side].write(left) :]
        raw = self.outward[side].read()
        sent = super().send(side, raw, **faults)
        self.records.append(Record(side, raw[0], 0, len(raw), sent, len(raw), self.mss))
        self.inward[1 - side].write(raw)
        if self._read(1 - side) != data:
            raise RuntimeError("what %s was sent is not what it reads" % self.ends[1 - side][0])
        return sent

    def _read(self, side):
        found = b""
        try:
            while True:
                found += self.tls[side].read(65536)
        except ssl.SSLWantReadError:
            return found

    def close(self, first=CLIENT):
        """close_notify, then both ends of TCP."""
        try:
            self.tls[first].unwrap()
        except ssl.SSLWantReadError:
            pass
        self._flush(first)
        return super().close(first)

    # What the expectation file says

    def _in_clear(self):
        """Handshake records of each side up to its ChangeCipherSpec."""
        found = []
        for side in (CLIENT, SERVER):
            kinds = [one.kind for one in self.records if one.side == side]
            until = kinds.index(CHANGE_CIPHER) if CHANGE_CIPHER in kinds else len(kinds)
            found += [one for one in [one for one in self.records if one.side == side][:until] if one.kind == HANDSHAKE]
        return found

    def told(self):
        found = {"sni": self.host, "tls": self.version, "alpn": self.alpn}
        hello = self._in_clear()
        found["client_hello"] = hello[0].frame() if hello else None
        for name, kind in (("certificate", CERTIFICATE), ("certificate_request", CERTIFICATE_REQUEST)):
            seen = [one for one in hello if one.side == SERVER and one.first == kind]
            found["frame_" + name] = seen[0].frame() if seen else None  # in clear up to TLS 1.2 only
        identity = self.sides[SERVER].identity
        if identity:
            found["server_certificate"] = identity.told()
        if self.sides[SERVER].asks:
            found["client_certificate"] = self.sides[SERVER].asks
        if self.failure:
            failure = dict(self.failure)
            record = failure.pop("record", None)
            found["failure"] = dict(failure, frame=record.frame() if record else None)
        return found
