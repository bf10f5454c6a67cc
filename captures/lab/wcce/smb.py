# SPDX-License-Identifier: GPL-2.0-or-later
"""SMB (MS-SMB2) as far as a named pipe needs it: an NTLM session on IPC$, the pipe opened, RPC PDUs through it by write
and read for the bind and by FSCTL_PIPE_TRANSCEIVE for calls. SMB 2.1, neither signed nor encrypted, or SMB 3.0,
encrypted."""
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from synthetic import der
from synthetic.tcp import CLIENT, SERVER

from .security import OID_NTLM, OID_SPNEGO, FILETIME, Ntlm

NEGOTIATE, SESSION_SETUP, LOGOFF, TREE_CONNECT, TREE_DISCONNECT, CREATE, CLOSE, READ, WRITE, IOCTL = (
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    8,
    9,
    11,
)
MORE_PROCESSING, BUFFER_OVERFLOW, ACCESS_DENIED, NOT_FOUND = 0xC0000016, 0x80000005, 0xC0000022, 0xC0000034
TRANSCEIVE = 0x0011C017
DIALECT, ENCRYPTED_DIALECT = 0x0210, 0x0300
ENCRYPTION = 0x40  # capability
ENCRYPT_DATA = 0x04  # of a session


class Refused(Exception):
    """The server did not open the pipe."""


def derived(key, label, context):
    """SP800-108 in counter mode with HMAC-SHA-256 (MS-SMB2 3.1.4.2). @return 16 bytes"""
    data = struct.pack(">I", 1) + label + b"\0" + context + struct.pack(">I", 128)
    return hmac.new(key, data, hashlib.sha256).digest()[:16]


class PipeOverSmb:
    """Stands in for scene.Pipe. host: as the tree's path names it; status: with which CREATE is refused; encrypt: SMB
    3.0, everything behind the session setup in AES-128-CCM."""

    def __init__(self, scene, tcp, account, host="CA01", name="cert", status=0, encrypt=False):
        self.encrypt, self.keys, self.nonce = encrypt, None, 0
        self.dialect = ENCRYPTED_DIALECT if encrypt else DIALECT
        self.scene, self.tcp, self.account, self.host, self.name, self.status = scene, tcp, account, host, name, status
        self.message, self.session, self.tree, self.pending = 0, 0, 0, None
        self.file = scene.rng.bytes(16)
        self.bound = False

    # Messages

    def _send(self, side, command, body, status=0):
        number = self.message if side == CLIENT else self.message - 1
        if side == CLIENT:
            self.message += 1
        head = b"\xfeSMB" + struct.pack(
            "<HHIHHIIQIIQ", 64, 1, status, command, 31, side, 0, number, 0xFEFF, self.tree, self.session
        )
        data = head + bytes(16) + body
        if self.keys:
            data = self._encrypted(side, data)
        return self.tcp.send(side, struct.pack(">I", len(data)) + data)

    def _encrypted(self, side, data):
        """Behind a TRANSFORM_HEADER (MS-SMB2 2.2.41)."""
        self.nonce += 1
        nonce = struct.pack("<QHB", self.nonce, 0, side)
        signed = nonce + bytes(5) + struct.pack("<IHHQ", len(data), 0, 1, self.session)
        sealed = AESCCM(self.keys[side], 16).encrypt(nonce, data, signed)
        return b"\xfdSMB" + sealed[-16:] + signed + sealed[:-16]

    def _exchange(self, command, body, answer, status=0):
        self._send(CLIENT, command, body)
        self.tcp.wait(500)
        self._send(SERVER, command, answer, status)
        self.tcp.wait(300)

    # Session

    def open(self):
        self.tcp.open()
        self._negotiate()
        context = Ntlm(self.scene, self.account, 0)
        first, challenge, last = context.tokens()
        self.session = 0
        self._send(CLIENT, SESSION_SETUP, self._setup(first))
        self.session = int.from_bytes(self.scene.rng.bytes(6), "little")
        self._send(SERVER, SESSION_SETUP, self._setup_answer(challenge), MORE_PROCESSING)
        self._exchange(SESSION_SETUP, self._setup(last), self._setup_answer(b"", ENCRYPT_DATA if self.encrypt else 0))
        if self.encrypt:
            self.keys = [derived(context.key, b"SMB2AESCCM\0", b"%s\0" % way) for way in (b"ServerIn ", b"ServerOut")]
        path = ("\\\\%s\\IPC$" % self.host).encode("utf-16-le")
        self._send(CLIENT, TREE_CONNECT, struct.pack("<HHHH", 9, 0, 72, len(path)) + path)
        self.tree = 5
        self._send(SERVER, TREE_CONNECT, struct.pack("<HBBIII", 16, 2, 0, 0x30, 0, 0x001F01FF))
        self._create()

    def _negotiate(self):
        rng = self.scene.rng
        able = ENCRYPTION if self.encrypt else 0
        request = struct.pack("<HHHHI", 36, 1, 1, 0, able) + rng.bytes(16) + bytes(8) + struct.pack("<H", self.dialect)
        mechanisms = der.seq(der.explicit(0, der.seq(der.oid(OID_NTLM))))
        offer = der.tlv(0x60, der.oid(OID_SPNEGO) + der.explicit(0, mechanisms))
        answer = struct.pack("<HHHH", 65, 1, self.dialect, 0) + rng.bytes(16)
        answer += struct.pack("<IIIIQQHHI", 1 | able, 65536, 65536, 65536, FILETIME, 0, 128, len(offer), 0) + offer
        self._exchange(NEGOTIATE, request, answer)

    @staticmethod
    def _setup(token):
        return struct.pack("<HBBIIHHQ", 25, 0, 1, 0, 0, 88, len(token), 0) + token

    @staticmethod
    def _setup_answer(token, flags=0):
        return struct.pack("<HHHH", 9, flags, 72, len(token)) + token

    def _create(self):
        name = self.name.encode("utf-16-le")
        request = (
            struct.pack("<HBBIQQIIIIIHHII", 57, 0, 0, 2, 0, 0, 0x0012019F, 0, 7, 1, 0x400040, 120, len(name), 0, 0)
            + name
        )
        answer = (
            struct.pack("<HBBI", 89, 0, 0, 1)
            + bytes(32)
            + struct.pack("<QQII", 4096, 0, 0x80, 0)
            + self.file
            + bytes(8)
        )
        if self.status:
            self._exchange(CREATE, request, struct.pack("<HBBIB", 9, 0, 0, 0, 0), self.status)
            raise Refused(self.name)
        self._exchange(CREATE, request, answer)

    # RPC

    def send(self, side, data, last=True):
        """One PDU. @return what carried it"""
        if side == CLIENT:
            if not self.bound or not last:
                sent = self._write(data)
                self.pending = None
            else:
                body = struct.pack("<HHI", 57, 0, TRANSCEIVE) + self.file
                body += struct.pack("<IIIIIIII", 120, len(data), 0, 0, 0, 65536, 1, 0) + data
                sent, self.pending = self._send(CLIENT, IOCTL, body), IOCTL
            return sent
        if self.pending == IOCTL:
            self.pending = None
            body = struct.pack("<HHI", 49, 0, TRANSCEIVE) + self.file
            body += struct.pack("<IIIIII", 112, 0, 112, len(data), 0, 0) + data
            return self._send(SERVER, IOCTL, body, 0 if last else BUFFER_OVERFLOW)
        self.bound = True
        self._send(CLIENT, READ, struct.pack("<HBBIQ", 49, 0x50, 0, 65536, 0) + self.file + bytes(17))
        return self._send(SERVER, READ, struct.pack("<HBBIII", 17, 80, 0, len(data), 0, 0) + data)

    def _write(self, data):
        body = struct.pack("<HHIQ", 49, 112, len(data), 0) + self.file + struct.pack("<IIHHI", 0, 0, 0, 0, 0) + data
        sent = self._send(CLIENT, WRITE, body)
        self._send(SERVER, WRITE, struct.pack("<HHIIHH", 17, 0, len(data), 0, 0, 0))
        return sent

    def close(self):
        self._exchange(CLOSE, struct.pack("<HHI", 24, 0, 0) + self.file, struct.pack("<HHI", 60, 0, 0) + bytes(52))
        self._end()

    def _end(self):
        self._exchange(TREE_DISCONNECT, struct.pack("<HH", 4, 0), struct.pack("<HH", 4, 0))
        self._exchange(LOGOFF, struct.pack("<HH", 4, 0), struct.pack("<HH", 4, 0))
        self.tcp.close()


def refused_pipe(scene, client, server, account, name, status):
    """A pipe that the server does not open."""
    tcp = scene.tcp(client, server, 445)
    pipe = PipeOverSmb(scene, tcp, account, name=name, status=status)
    try:
        pipe.open()
    except Refused:
        pipe._end()
    scene.facts.setdefault("refused_pipes", []).append({"name": name, "status": status})
    scene.now = tcp.now + 20000
