# SPDX-License-Identifier: GPL-2.0-or-later
"""Kerberos inside SPNEGO for DCE/RPC, the way Windows does it: a ticket that the lab seals itself with the service's
key (so no KDC takes part), DCE style with three legs (MS-KILE 3.4.5.1), AES-256, and stubs sealed in place (RFC 4121
4.2.4).

The cipher is impacket's; messages and tokens are written here."""
import os
import struct

from impacket.krb5 import crypto as cipher

from synthetic import der
from synthetic.crypto import KEYS
from synthetic.pcapng import START

from . import rpc
from .security import CLIENT, SPNEGO, negotiation_answer, negotiation_init

REALM = "CONTOSO.EXAMPLE"
HOST = "ca01.contoso.example"
SERVICES = ("host", "RPCSS")
KVNO, AES256 = 3, 18
OID_MS_KERBEROS, OID_KERBEROS, OID_NTLM = "1.2.840.48018.1.2.2", "1.2.840.113554.1.2.2", "1.3.6.1.4.1.311.2.2.10"
GENERAL_STRING = 0x1B
TICKET, AUTHENTICATOR, AP_REP_PART = 2, 11, 12  # key usages, RFC 4120 7.5.1
SEAL = {0: 24, 1: 22}  # of messages, by side, RFC 4121 2
FILLER = bytes(16)  # Windows wants one block of it in DCE style
FLAGS = 0x02 | 0x04 | 0x08 | 0x10 | 0x20 | 0x1000  # mutual, replay, sequence, confidential, integrity, DCE style


def _aes():
    return cipher._enctype_table[AES256]


def service_key():
    """The key of the CA's computer account."""
    password, salt = "Ca01-Lab-2026!", REALM + "host" + HOST
    return cipher.string_to_key(AES256, password.encode(), salt.encode(), None)


def _counted(data):
    return struct.pack(">H", len(data)) + data


def keytab():
    """The service's key in the file format of MIT Kerberos."""
    found = b"\x05\x02"
    for service in SERVICES:
        entry = struct.pack(">H", 2) + _counted(REALM.encode()) + _counted(service.encode()) + _counted(HOST.encode())
        entry += struct.pack(">IIBH", 1, START, KVNO, AES256) + _counted(service_key().contents)
        found += struct.pack(">i", len(entry)) + entry
    return found


class Keytab:
    """Names the keytab as synthetic.story does keys, and puts it there."""

    file = "keys/synthetic/ca01.keytab"

    def __init__(self):
        with open(os.path.join(KEYS, os.path.basename(self.file)), "wb") as out:
            out.write(keytab())


def _fields(*values):
    """A SEQUENCE of fields tagged by position; None leaves one out."""
    return der.seq(*(der.explicit(number, value) for number, value in enumerate(values) if value is not None))


def _application(number, content):
    return der.tlv(0x60 | number, content)


def _text(text):
    return der.tlv(GENERAL_STRING, text.encode())


def _principal(kind, *parts):
    return _fields(der.integer(kind), der.seq(*(_text(part) for part in parts)))


def _key(key):
    return _fields(der.integer(key.enctype), der.octets(key.contents))


def _flags(value):
    return der.bits(struct.pack(">I", value))


class SpnegoKerberos:
    """A context between a user with a ticket and the service that it is for."""

    kind, name, legs, third_by_alter, signature_size = SPNEGO, "SPNEGO with Kerberos", 4, True, 76

    def __init__(self, scene, account, level=rpc.PRIVACY, service="host"):
        self.account, self.level, self.rng, self.service = account, level, scene.rng, service
        self.number, self.moment = 1, scene.moment()
        self.session = cipher.Key(AES256, self.rng.bytes(32))
        self.subkey = cipher.Key(AES256, self.rng.bytes(32))
        self.sequence = [self.rng.below(1 << 30), self.rng.below(1 << 30)]
        scene.key("service", Keytab())

    def told(self):
        return dict(self.account.told(), mechanism=self.name, service="%s/%s" % (self.service, HOST), realm=REALM)

    def _encrypted(self, key, usage, data, kvno=None):
        sealed = cipher.encrypt(key, usage, data, self.rng.bytes(16))
        return _fields(der.integer(key.enctype), der.integer(kvno) if kvno else None, der.octets(sealed))

    def _ticket(self, client):
        begin = self.moment - 3600
        part = _fields(
            _flags(0x40A10000),  # forwardable, renewable, pre-authenticated, name canonicalised
            _key(self.session),
            _text(REALM),
            client,
            _fields(der.integer(0), der.octets(b"")),
            der.generalized_time(begin),
            der.generalized_time(begin),
            der.generalized_time(begin + 36000),
        )
        sealed = self._encrypted(service_key(), TICKET, _application(3, part), KVNO)
        return _application(1, _fields(der.integer(5), _text(REALM), _principal(2, self.service, HOST), sealed))

    def _request(self):
        client = _principal(1, self.account.user)
        checksum = struct.pack("<I", 16) + bytes(16) + struct.pack("<I", FLAGS)
        authenticator = _fields(
            der.integer(5),
            _text(REALM),
            client,
            _fields(der.integer(0x8003), der.octets(checksum)),
            der.integer(123456),
            der.generalized_time(self.moment),
            _key(cipher.Key(AES256, self.rng.bytes(32))),
            der.integer(self.sequence[0]),
        )
        sealed = self._encrypted(self.session, AUTHENTICATOR, _application(2, authenticator))
        options = _flags(0x20000000)  # mutual-required
        return _application(14, _fields(der.integer(5), der.integer(14), options, self._ticket(client), sealed))

    def _reply(self, subkey, sequence):
        part = _fields(
            der.generalized_time(self.moment),
            der.integer(123456),
            _key(subkey) if subkey else None,
            der.integer(sequence),
        )
        sealed = self._encrypted(self.session, AP_REP_PART, _application(27, part))
        return _application(15, _fields(der.integer(5), der.integer(15), sealed))

    def tokens(self):
        framed = _application(0, der.oid(OID_KERBEROS) + b"\1\0" + self._request())
        return (
            negotiation_init([OID_MS_KERBEROS, OID_KERBEROS, OID_NTLM], framed),
            negotiation_answer(1, OID_MS_KERBEROS, self._reply(self.subkey, self.sequence[1])),
            negotiation_answer(1, None, self._reply(None, self.sequence[1])),
            negotiation_answer(0),
        )

    def protect(self, side, head, stub, tail):
        """head and tail are signed with the stub and not sealed: both sides offered header signing."""
        flags = 0x02 | 0x04 | (0x00 if side == CLIENT else 0x01)
        header = struct.pack(">HBBHHQ", 0x0504, flags, 0xFF, len(FILLER), 0, self.sequence[side])
        self.sequence[side] += 1
        confounder, usage = self.rng.bytes(16), struct.pack(">I", SEAL[side])
        sealing, checking = (_aes().derive(self.subkey, usage + kind) for kind in (b"\xaa", b"\x55"))
        sealed = _aes().basic_encrypt(sealing, confounder + stub + FILLER + header)
        check = cipher.HMAC.new(
            checking.contents, confounder + head + stub + tail + FILLER + header, cipher.SHA
        ).digest()[:12]
        # Header and checksum, 28 bytes, and with them the filler are turned to the front: the stub then stays in its
        # place.
        header = header[:6] + struct.pack(">H", 28) + header[8:]
        return sealed[16:-32], header + sealed[-32:] + check + sealed[:16]
