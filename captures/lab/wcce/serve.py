# SPDX-License-Identifier: GPL-2.0-or-later
"""The CA on real sockets: endpoint mapper and object resolver on one port, ICertPassage and the DCOM object on two
others.

It reads what any client sends and logs each call as it understood it; see recorded.py for who uses it."""
import socket
import struct
import threading
import uuid

from impacket import ntlm

from synthetic.pcapng import START

from . import dcom, epm, methods, rpc
from .ndr import Reader
from .scene import LEVELS, NAMES, interface
from .security import CLIENT, SERVER, WINNT, Ntlm, _Direction, challenge

BAD_STUB, OPNUM_RANGE, ACCESS_DENIED = 0x6F7, 0x1C010002, 0x5


class Fault(Exception):
    """The call is answered with this status."""


class Acceptor(Ntlm):
    """The server's end of NTLM alone: the client is somebody else's code."""

    def __init__(self, account, nonce, level, number):
        self.account, self.nonce, self.level, self.number, self.directions = account, nonce, level, number, None

    def challenge(self):
        return challenge(self.nonce, self.account.domain)

    def authenticate(self, token):
        last = ntlm.NTLMAuthChallengeResponse()
        last.fromString(token)
        owf = ntlm.NTOWFv2(self.account.user, self.account.password, self.account.domain)
        proof = last["ntlm"][:16]
        if ntlm.hmac_md5(owf, self.nonce + last["ntlm"][16:]) != proof:
            raise Fault(ACCESS_DENIED)
        key = ntlm.generateEncryptedSessionKey(ntlm.hmac_md5(owf, proof), last["session_key"])
        self.directions = [_Direction(last["flags"], key, mode) for mode in ("Client", "Server")]

    def unprotect(self, head, stub, tail, signature):
        """@return the stub in clear; Fault where the signature is wrong"""
        way = self.directions[CLIENT]
        clear = way.handle(stub) if self.level == rpc.PRIVACY else stub
        wanted = ntlm.MAC(way.flags, way.handle, way.signing, way.sequence, head + clear + tail).getData()
        way.sequence += 1
        if wanted != signature:
            raise Fault(ACCESS_DENIED)
        return clear


class Service:
    """What is reachable on the three ports."""

    def __init__(self, ca, address, rng, account, wide=False, least=rpc.NONE, passage_port=49693, object_port=49712):
        self.ca, self.address, self.rng, self.account, self.wide, self.least = ca, address, rng, account, wide, least
        self.passage_port, self.object_port = passage_port, object_port
        self.oxid, self.oid, self.unknown = 0x1122334455667788, 0x8877665544332211, rng.bytes(16)
        self.ipids = {name: rng.bytes(16) for name in ("ICertRequestD", "ICertRequestD2")}
        self.log, self.lock = [], threading.Lock()
        self.ports = {
            135: {epm.EPM: self.map, dcom.RESOLVER: self.resolve, dcom.ACTIVATOR: self.activate},
            passage_port: {interface("ICertPassage"): self.certificates},
            object_port: {
                interface("ICertRequestD"): self.certificates,
                interface("ICertRequestD2"): self.certificates,
                dcom.REM_UNKNOWN: self.remote_unknown,
                dcom.REM_UNKNOWN2: self.remote_unknown,
            },
        }
        self.sockets = []

    def start(self):
        for port in self.ports:
            listener = socket.create_server((self.address, port))
            self.sockets.append(listener)
            threading.Thread(target=self._accept, args=(listener, port), daemon=True).start()

    def _accept(self, listener, port):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=Session(self, client, port).run, daemon=True).start()

    def stop(self):
        for listener in self.sockets:
            listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept()
            listener.close()

    def moment(self):
        """Of issue: that of the other captures, so that certificates are the same each time."""
        return START

    # Interfaces: each takes (session, abstract syntax, opnum, object, stub, wide) and returns a stub

    def map(self, session, abstract, opnum, target, stub, wide):
        if opnum != epm.MAP:
            raise Fault(OPNUM_RANGE)
        identifier = stub[stub.index(b"\x13\0\x0d") + 3 :][:16]
        known = identifier == methods.UUID_BYTES["ICertPassage"]
        found = [epm.tower(identifier, 0, self.passage_port, self.address)] if known else []
        return epm.map_response(found, 0 if found else epm.NOT_REGISTERED)

    def resolve(self, session, abstract, opnum, target, stub, wide):
        if opnum != dcom.SERVER_ALIVE2:
            raise Fault(OPNUM_RANGE)
        return dcom.server_alive2_response([self.address])

    def activate(self, session, abstract, opnum, target, stub, wide):
        if opnum != dcom.CREATE_INSTANCE:
            raise Fault(OPNUM_RANGE)
        if methods.guid(methods.CLASS) not in stub:
            return dcom.create_instance_refused(dcom.NO_CLASS)
        names = [name for name in self.ipids if methods.UUID_BYTES[name] in stub]
        addresses = ["%s[%d]" % (self.address, self.object_port)]
        found = [
            (
                methods.UUID_BYTES[name],
                0,
                dcom.standard(methods.UUID_BYTES[name], self.oxid, self.oid, self.ipids[name], addresses),
            )
            for name in names
        ]
        return dcom.create_instance_response(found, self.oxid, self.unknown, session.level(), addresses)

    def remote_unknown(self, session, abstract, opnum, target, stub, wide):
        reader = Reader(stub)
        reader.raw(32)
        if opnum == dcom.RELEASE:
            return dcom.release_response()
        if opnum != dcom.QUERY_INTERFACE:
            raise Fault(OPNUM_RANGE)
        reader.raw(20)
        count = reader.u16()
        reader.u32()
        names = [NAMES.get(reader.raw(16)) for _ in range(count)]
        found = [(0, self.ipids[name]) if name in self.ipids else (0x80004002, bytes(16)) for name in names]
        return dcom.query_interface_response(found, self.oxid, self.oid)

    def certificates(self, session, abstract, opnum, target, stub, wide):
        name = NAMES[abstract[0]]
        method = methods.INTERFACES[name].get(opnum)
        if not method:
            raise Fault(OPNUM_RANGE)
        entry = session.entry
        try:
            values = methods.read_request(name, opnum, stub, wide)
        except (ValueError, UnicodeDecodeError) as error:
            raise Fault(BAD_STUB) from error
        entry.update(method=method.name, request=methods.told(method.request, values), request_stub_bytes=len(stub))
        if "flags" in values:
            entry["request"]["request_type"] = values["flags"] & 0xFF00
        if session.level() < self.least:
            raise Fault(ACCESS_DENIED)
        answer = self.ca.answer(name, method.name, values, self)
        entry["response"] = methods.told(method.response, answer)
        if self.ca.meaning:
            entry["response"]["property"] = self.ca.meaning
        entry.update(self.ca.facts_of(values, answer))
        return methods.response_stub(name, opnum, answer, wide)


class Session:
    """One connection."""

    def __init__(self, service, client, port):
        self.service, self.client, self.port = service, client, port
        self.contexts, self.auth, self.parts, self.max_frag, self.entry = {}, None, b"", 5840, None

    def level(self):
        return self.auth.level if self.auth else rpc.NONE

    def _read(self, size):
        data = b""
        while len(data) < size:
            more = self.client.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def run(self):
        try:
            while True:
                head = self._read(16)
                size, auth, call = struct.unpack("<HHI", head[8:16])
                self._one(head + self._read(size - 16), auth, call)
        except (EOFError, OSError, Fault):
            self.client.close()

    def _one(self, data, auth, call):
        kind = data[2]
        token, tail, body = b"", b"", data[16:]
        if auth:
            token, tail, body = data[-auth:], data[-auth - 8 : -auth], data[16 : -auth - 8]
        if kind in (rpc.BIND, rpc.ALTER):
            self._bind(kind, body, token, tail, call)
        elif kind == rpc.AUTH3:
            self.auth.authenticate(token)
        elif kind == rpc.REQUEST:
            self._request(data, body, token, tail, call)

    def _bind(self, kind, body, token, tail, call):
        self.max_frag = min(struct.unpack("<H", body[:2])[0], 5840)
        results, at = [], 12
        for _ in range(body[8]):
            number, transfers = struct.unpack("<HB", body[at : at + 3])
            abstract = (body[at + 4 : at + 20], struct.unpack("<I", body[at + 20 : at + 24])[0])
            at += 24
            offered = [(body[at + 20 * one :][:16], body[at + 20 * one + 16]) for one in range(transfers)]
            at += 20 * transfers
            spoken = [one for one in offered if one == rpc.NDR or self.service.wide and one == rpc.NDR64]
            if abstract not in self.service.ports[self.port]:
                results.append((rpc.REJECT, 1, None))
            elif not spoken:
                results.append((rpc.REJECT, 2, None))
            else:
                self.contexts[number] = (abstract, spoken[0])
                results.append((rpc.ACCEPT, 0, spoken[0]))
        self._answer_bind(
            kind, rpc.ack_body(results, self.max_frag, str(self.port) if kind == rpc.BIND else ""), token, tail, call
        )

    def _answer_bind(self, kind, ack, token, tail, call):
        auth = b""
        if token:
            how, level, _, _, number = struct.unpack("<BBBBI", tail)
            assert how == WINNT
            self.auth = Acceptor(self.service.account, self.service.rng.bytes(8), level, number)
            pad = -len(ack) % 4
            ack += bytes(pad)
            auth = rpc.trailer(WINNT, level, pad, number) + self.auth.challenge()
        self.client.sendall(rpc.pdu(kind + 1, call, ack, auth=auth))

    def _request(self, data, body, token, tail, call):
        context, opnum = struct.unpack("<HH", body[4:8])
        target = body[8:24] if data[3] & rpc.OBJECT else None
        at = 24 if target else 8
        stub = body[at:]
        try:
            if token and self.auth.level >= rpc.INTEGRITY:
                stub = self.auth.unprotect(data[: 16 + at], stub, tail, token)
            if tail:
                stub = stub[: len(stub) - tail[2]]
            self.parts += stub
            if not data[3] & rpc.LAST:
                return
            stub, self.parts = self.parts, b""
            self._respond(call, context, self._dispatch(context, opnum, target, stub))
        except Fault as fault:
            self.entry["fault"] = fault.args[0]
            body = rpc.fault_body(context, fault.args[0])
            self.client.sendall(rpc.pdu(rpc.FAULT, call, body, rpc.FIRST | rpc.LAST | rpc.DID_NOT_EXECUTE))

    def _dispatch(self, context, opnum, target, stub):
        abstract, transfer = self.contexts[context]
        with self.service.lock:
            self.entry = {
                "interface": NAMES[abstract[0]],
                "opnum": opnum,
                "port": self.port,
                "object": str(uuid.UUID(bytes_le=target)) if target else None,
                "transfer_syntax": "NDR64" if transfer == rpc.NDR64 else "NDR",
                "auth_level": LEVELS[self.level()],
                "sealed": self.level() == rpc.PRIVACY,
                "response": None,
            }
            self.service.log.append(self.entry)
            handler = self.service.ports[self.port][abstract]
            return handler(self, abstract, opnum, target, stub, transfer == rpc.NDR64)

    def _respond(self, call, context, stub):
        protected = self.auth and self.auth.level >= rpc.INTEGRITY
        room = (self.max_frag - 24 - (40 if protected else 0)) // 16 * 16
        left, parts = len(stub), rpc.pieces(stub, room)
        for number, part in enumerate(parts):
            flags = (rpc.FIRST if number == 0 else 0) | (rpc.LAST if number == len(parts) - 1 else 0)
            head, auth = rpc.response_head(left, context), b""
            left -= len(part)
            if protected:
                pad = -len(part) % 16
                part += bytes(pad)
                tail = rpc.trailer(WINNT, self.auth.level, pad, self.auth.number)
                before = rpc.pdu(rpc.RESPONSE, call, head + part, flags, tail + bytes(16))[: 16 + len(head)]
                part, signature = self.auth.protect(SERVER, before, part, tail)
                auth = tail + signature
            self.client.sendall(rpc.pdu(rpc.RESPONSE, call, head + part, flags, auth))
