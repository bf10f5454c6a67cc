# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes captures of any number of interleaved enrollments, for tests and measurements; nothing of it is kept in the
tree:
    /usr/bin/python3 captures/lab/synthetic/bulk.py COUNT FILE.pcapng [--expected FILE.json] [--cheap] [--devices]
                                                    [--connections N] [--rate PER_SECOND] [--seed TEXT]

Enrollments are accepted (80 %), refused (10 %), pending then issued (6 %), pending (2 %) or unanswered (2 %). Their
PKIOperations go over a few connections that several proxies keep open, in an order that has nothing to do with the
enrollments; with --devices every device has its own address and connections, and asks for GetCACaps and GetCACert
first. All messages are signed and enveloped. --cheap: short keys from a pool and one envelope for each, so that 100,000
take minutes; transactionIDs, nonces, attributes and signatures differ all the same. Memory does not grow with COUNT,
but for the expectations. The same arguments give the same bytes."""
import argparse
import heapq
import json
import math
import os
import sys

from cryptography.hazmat.primitives.asymmetric import rsa

if __name__ == "__main__":
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    __package__ = "synthetic"  # noqa: A001 (relative imports of a script)
    import synthetic  # noqa: F401

from . import cms, crypto, scep, web, x509  # noqa: E402
from .ndes import HOST, PATH, Ndes, Pki  # noqa: E402
from .pcapng import START, Frame, interface, packet, section_header  # noqa: E402
from .seeded import Rng  # noqa: E402
from .tcp import CLIENT, SERVER, Conversation  # noqa: E402
from .x509 import Name  # noqa: E402

SECOND = 1000000
SNAPLEN = 262144
OUTCOMES = ("issued",) * 40 + ("refused",) * 5 + ("pending-issued",) * 3 + ("pending", "unanswered")
SERVER_ADDRESS = "198.51.100.20"
SMALL_PRIMES = math.prod(
    number for number in range(3, 2000) if all(number % other for other in range(2, int(number**0.5) + 1))
)


def prime(rng, bits):
    """A prime with its two top bits set."""
    number = int.from_bytes(rng.bytes(bits // 8), "big") | 3 << bits - 2 | 1
    while (
        math.gcd(number, SMALL_PRIMES) != 1
        or number % 65537 == 1
        or any(pow(base, number - 1, number) != 1 for base in (2, 3, 5))
    ):
        number += 2
    return number


def short_key(name, rng, bits=512):
    """An RSA key that follows from the Rng and is much too short for anything else."""
    while True:
        p, q = prime(rng, bits // 2), prime(rng, bits // 2)
        if p != q:
            break
    d = pow(65537, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(65537, p * q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
    return crypto.Key(name, numbers.private_key())


class StreamingCapture:
    """As pcapng.Capture, but written as it grows: done_until() tells that nothing earlier will come."""

    def __init__(self, path):
        self.out = open(path, "wb")
        self.out.write(section_header() + interface(SNAPLEN, "eth0"))
        self.waiting, self.order, self.count, self.ip_id, self.snaplen = [], 0, 0, {}, SNAPLEN

    def add(self, microseconds, data):
        frame = Frame(microseconds, self.order, data, False)
        heapq.heappush(self.waiting, (microseconds, self.order, frame))
        self.order += 1
        return frame

    def done_until(self, microseconds):
        while self.waiting and self.waiting[0][0] < microseconds:
            frame = heapq.heappop(self.waiting)[2]
            self.count += 1
            frame.number = self.count
            self.out.write(packet(frame.time, frame.data, SNAPLEN))
            frame.data = None

    def close(self):
        self.done_until(1 << 62)
        self.out.close()


class Identity:
    """A device's key, its self-signed certificate and, with cheap captures, the envelopes that all its messages
    share."""

    def __init__(self, number, rng, bits):
        self.subject = Name("C=XX, O=Contoso, CN=bulk-%06d" % number)
        self.key = short_key("bulk", rng, bits)
        self.certificate = x509.certificate(
            self.subject, self.key, rng.serial(8), (START - 300, START + 30 * x509.DAY), rng=rng
        )
        self.envelopes = {}


class Bulk:
    """The run. story: what the server and device code of this package needs of a Story."""

    def __init__(self, path, count, cheap=False, devices=False, connections=16, rate=50, seed="bulk"):
        self.capture, self.count, self.cheap, self.devices, self.rate, self.seed = (
            StreamingCapture(path),
            count,
            cheap,
            devices,
            rate,
            seed,
        )
        self.rng = Rng(seed, count, cheap, devices)
        self.name, self.keys = seed, {}
        self.pki = Pki()
        if cheap:
            self.pki.ra_signing = x509.certificate(
                self.pki.ra_signing.subject,
                short_key("ra", Rng(seed, "ra"), 1024),
                77,
                self.pki.ra_signing.validity,
                self.pki.ca,
                [x509.key_usage(x509.SIGN)],
            )
        self.server = Ndes(self, self.pki, SERVER_ADDRESS)
        self.pool = [Identity(number, Rng(seed, "pool", number), 768) for number in range(32)] if cheap else None
        self.links = [None] * (0 if devices else connections)
        self.answers = {"GetCACaps": self.server.caps(), "GetCACert": self.server.ca_certificates()}
        self.expected, self.opened = [], 0

    def key(self, role, key):
        """Part of a Story that nobody asks for here."""

    def run(self, keep_expected=True):
        """Events in order of time: (microseconds, enrollment, step). A step may add the next one."""
        events = []
        start = START * SECOND
        for number in range(self.count):
            moment = start + number * SECOND // self.rate + self.rng.below(SECOND)
            heapq.heappush(events, (moment, number, 0, None))
            if number % 1000 == 999 or number == self.count - 1:  # the events of a while, so that few are in memory
                until = 1 << 62 if number == self.count - 1 else start + number * SECOND // self.rate
                self._work(events, until, keep_expected)
        for link in self.links:
            if link:
                link.close()
        self.capture.close()

    def _work(self, events, until, keep_expected):
        while events and events[0][0] < until:
            moment, number, step, state = heapq.heappop(events)
            self.capture.done_until(moment)
            state = state or Enrollment(self, number)
            if keep_expected and step == 0:
                self.expected.append(state)
            pause = state.step(moment)
            if pause is not None:
                heapq.heappush(events, (moment + pause, number, step + 1, state))

    def link(self, number, moment):
        """A connection that is free at that moment, or soon."""
        if self.devices:
            return Conversation(
                self.capture, (address_of(number), 49152 + self.rng.below(8000)), (SERVER_ADDRESS, 80), moment
            ).open()
        which = self.rng.below(len(self.links))
        if self.links[which] is None:
            self.opened += 1
            proxy = ("203.0.113.%d" % (10 + which % 4), 10000 + self.opened % 50000)
            self.links[which] = Conversation(self.capture, proxy, (SERVER_ADDRESS, 80), moment).open()
        link = self.links[which]
        link.now = max(link.now, moment)
        return link

    def told(self):
        """The expectation: enrollments with the frames of their messages, in order of time."""
        enrollments = []
        for number, one in enumerate(sorted(self.expected, key=lambda one: one.frames()[0]), 1):
            enrollments.append(
                {
                    "enrollment": number,
                    "client": one.client,
                    "server": SERVER_ADDRESS,
                    "transaction_id": one.transaction,
                    "outcome": one.outcome,
                    "frames": one.frames(),
                    "subject": one.identity.subject.text if not self.cheap else None,
                }
            )
        keys = {"ra-encryption": [self.pki.ra_encryption.key.file]}
        return {"enrollments": enrollments, "keys": keys, "frames": self.capture.count}


def address_of(number):
    return "10.%d.%d.%d" % (number // 62500 + 1, number // 250 % 250, number % 250 + 1)


class Enrollment:
    """One device on its way; step() makes one exchange and says after how many microseconds the next one is due."""

    def __init__(self, bulk, number):
        self.bulk, self.number, self.rng = bulk, number, Rng(bulk.seed, "enrollment", number)
        self.identity = bulk.pool[number % len(bulk.pool)] if bulk.cheap else Identity(number, self.rng, 512)
        self.transaction = self.rng.bytes(20).hex().upper()
        self.plan = self.rng.choice(OUTCOMES)
        self.outcome = "issued" if self.plan == "pending-issued" else self.plan
        self.steps = (["GetCACaps", "GetCACert"] if bulk.devices else []) + ["Submit"]
        if self.plan.startswith("pending"):
            self.steps += ["Poll"] * self.rng.between(1, 3)
        self.sent, self.client = [], None

    def frames(self):
        return sorted(one.complete() for one in self.sent)

    def step(self, moment):
        name = self.steps.pop(0)
        if name in self.bulk.answers:
            request = web.get(PATH, HOST, name, "ca", [("User-Agent", "Dalvik/2.1.0")])
            response = self.bulk.answers[name]
        else:
            message = self._request(name)
            request, response = web.post(PATH, HOST, message, [("User-Agent", "Dalvik/2.1.0")]), self._response(message)
        link = self.bulk.link(self.number, moment)
        self.client = self.client or link.ends[0][0]
        self.sent.append(link.send(CLIENT, request.render()))
        if response is None:  # the client gives up, so that the connection is of no more use
            link.wait(20 * SECOND)
            link.close()
            self.bulk.links = [None if one is link else one for one in self.bulk.links]
            return None
        link.wait(2000 + self.rng.below(8000))
        self.sent.append(link.send(SERVER, response.render(link.now // SECOND)))
        if self.bulk.devices:
            link.close()
        if not self.steps:
            return None
        return link.now - moment + (30 * SECOND if self.steps[0] == "Poll" else 20000) + self.rng.below(SECOND // 4)

    def _envelope(self, name, payload, certificate):
        """What the identity's messages of one kind share in a cheap capture."""
        made = self.identity.envelopes
        if name not in made or not self.bulk.cheap:
            sealing = scep.Sealing([cms.KeyTransport(certificate)], "aes-128-cbc", rng=self.rng)
            made[name] = cms.enveloped_data(payload(), sealing)
        return made[name]

    def _message(self, kind, signer, certificates, nonces, content, status=None, **more):
        attributes = scep.Attributes(kind, self.transaction, nonces[0], nonces[1], status, **more)
        signing = cms.Signing(signer, rng=self.rng, certificates=certificates)
        signing.attributes = attributes.encode()
        return scep.Message(cms.signed_data(content, signing), {}, nonces[0])

    def _request(self, name):
        identity, pki = self.identity, self.bulk.pki
        if name == "Submit":
            kind, payload = (
                scep.PKCS_REQ,
                lambda: x509.Request(
                    identity.subject, identity.key, x509.Challenge(self.rng.bytes(8).hex()), rng=self.rng
                ).der,
            )
        else:
            kind, payload = scep.CERT_POLL, lambda: x509.issuer_and_subject(pki.ca.subject, identity.subject)
        content = self._envelope(name, payload, pki.ra_encryption)
        return self._message(kind, identity.certificate, (identity.certificate,), (self.rng.bytes(16), None), content)

    def _response(self, request):
        nonces, signer, last = (self.rng.bytes(16), request.nonce), self.bulk.pki.ra_signing, not self.steps
        if self.plan == "unanswered":
            return None
        if self.plan == "refused":
            message = self._message(
                scep.CERT_REP, signer, (), nonces, b"\0", scep.FAILURE, fail_info=scep.BAD_REQUEST, hresult=0x80094800
            )
        elif self.plan == "pending" or not last:
            message = self._message(scep.CERT_REP, signer, (), nonces, b"\0", scep.PENDING)
        else:
            message = self._message(
                scep.CERT_REP,
                signer,
                (),
                nonces,
                self._envelope("answer", self._issued, self.identity.certificate),
                scep.SUCCESS,
            )
        return web.answer(message)

    def _issued(self):
        csr = x509.Request(self.identity.subject, self.identity.key, rng=self.rng)
        return cms.certs_only([self.bulk.pki.issue(csr, START + self.number)])


def make(path, count, **options):
    """Writes the capture. @return the expectations (see Bulk.told)"""
    bulk = Bulk(path, count, **options)
    bulk.run()
    return bulk.told()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("count", type=int)
    options.add_argument("file")
    options.add_argument("--expected")
    options.add_argument("--cheap", action="store_true")
    options.add_argument("--devices", action="store_true")
    options.add_argument("--connections", type=int, default=16)
    options.add_argument("--rate", type=int, default=50)
    options.add_argument("--seed", default="bulk")
    given = options.parse_args()
    bulk = Bulk(given.file, given.count, given.cheap, given.devices, given.connections, given.rate, given.seed)
    bulk.run(bool(given.expected))
    if given.expected:
        with open(given.expected, "w", encoding="utf-8") as out:
            json.dump(bulk.told(), out, indent=1)
            out.write("\n")
    print("%d enrollments, %d frames, %d bytes" % (given.count, bulk.capture.count, os.path.getsize(given.file)))


if __name__ == "__main__":
    main()
