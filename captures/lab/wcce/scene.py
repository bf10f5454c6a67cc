# SPDX-License-Identifier: GPL-2.0-or-later
"""A capture with RPC connections in it. Each connection has a client's and a server's end: what one sends, the other
reads with its own half of the code before it answers.

The expectation file adds to those of synthetic.story:
    calls       one entry per call of a certificate interface, in order: frames, interface, opnum, request and response
                by the names of the specification; fault in place of response
    other_rpc   calls of other interfaces: endpoint mapper, object resolver, activation, IRemUnknown2
    binds       bind and alter_context PDUs, with what the server said
    security    the account, the mechanism, and the options with which tshark opens the capture"""
import uuid

from synthetic.story import SECOND, Story
from synthetic.tcp import CLIENT, SERVER, Conversation

from . import dcom, epm, methods, rpc

LEVELS = {rpc.NONE: "none", rpc.CONNECT: "connect", rpc.INTEGRITY: "integrity", rpc.PRIVACY: "privacy"}
NAMES = {methods.UUID_BYTES[name]: name for name in methods.UUIDS}
NAMES.update(
    {
        epm.EPM[0]: "EPM",
        dcom.RESOLVER[0]: "IOXIDResolver",
        dcom.ACTIVATOR[0]: "ISystemActivator",
        dcom.REM_UNKNOWN[0]: "IRemUnknown",
        dcom.REM_UNKNOWN2[0]: "IRemUnknown2",
    }
)


def interface(name):
    """The abstract syntax of a certificate interface: all are version 0.0 on the wire."""
    return (methods.UUID_BYTES[name], 0)


class Scene(Story):
    """A Story of RPC; HTTP may be in it too."""

    def __init__(self, name, about, look):
        super().__init__(name, about)
        self.look, self.calls, self.other, self.binds = look, [], [], []
        self.open_with, self.failed = [], []

    def fails_to_connect(self, client, server, port, answered):
        """A TCP connection that does not come about: answered by RST, or not at all."""
        before, tcp = len(self.capture.frames), self.tcp(client, server, port)
        tcp.refused_open() if answered else tcp.unanswered_open()
        frames = self.capture.frames[before:]
        self.failed.append(({"client": client, "server": server, "port": port, "answered": answered}, frames))
        self.now = tcp.now + SECOND

    def tcp(self, client, server, port, **options):
        return Conversation(self.capture, (client, self.port(client)), (server, port), self.now, **options)

    def connect(self, client, server, port, **options):
        return Connection(self, client, server, port, **options)

    def wait(self, seconds):
        self.now += int(seconds * SECOND)

    def told(self):
        found = super().told()
        if not found["messages"]:
            del found["messages"], found["enrollments"]
        found["calls"] = [one.told() for one in self.calls]
        found["other_rpc"] = [one.told() for one in self.other]
        found["binds"] = [one.told() for one in self.binds]
        if self.failed:
            found["failed_connections"] = [
                dict(facts, frames=[frame.number for frame in frames]) for facts, frames in self.failed
            ]
        if self.open_with:
            found["tshark_options"] = self.open_with
        return found


class Entry:
    """Something sent and its answer. facts hold everything but frames."""

    def __init__(self, facts):
        self.facts, self.request, self.response = facts, [], []
        self.stubs = {}  # what was encoded, by side; for comparison with what others make of the capture

    @staticmethod
    def _last(sent):
        """The frame in which the last fragment is whole, None without one."""
        return sent[-1].complete() if sent else None

    def told(self):
        found = {"frame_request": self._last(self.request), "frame_response": self._last(self.response)}
        for name, sent in (("request_fragments", self.request), ("response_fragments", self.response)):
            if len(sent) > 1:
                found[name] = [one.complete() for one in sent]
        found.update(self.facts)
        return found


class Pipe:
    """The TCP connection below; a named pipe puts SMB in between."""

    def __init__(self, tcp):
        self.tcp = tcp

    def open(self):
        self.tcp.open()

    def send(self, side, data, last=True):
        return self.tcp.send(side, data)

    def close(self):
        self.tcp.close()


class Connection:
    """One RPC connection. security: a context of security.py or kerberos.py; None for no authentication.

    max_frag: largest fragment of either side; fill: padding byte of the client's NDR; verify: the client sends a
    verification trailer with its first request, as Windows does (MS-RPCE 2.2.2.13)."""

    def __init__(self, scene, client, server, port, security=None, max_frag=5840, fill=0, verify=False, pipe=None):
        self.scene, self.client, self.server, self.port, self.security = scene, client, server, port, security
        self.pipe = pipe or Pipe(scene.tcp(client, server, port))
        self.tcp = self.pipe.tcp
        self.max_frag, self.fill, self.verify = max_frag, fill, verify
        self.contexts, self.call_id, self.is_secured = {}, 1, False
        self.this = None  # an ORPCTHIS in place of the usual one
        self.pipe.open()

    # Opening

    def bind(self, abstract, transfers=(rpc.NDR,), chosen=rpc.NDR, answer=None, features=False):
        """Offers each transfer syntax in a context of its own; the server accepts the chosen one. answer: (result,
        reason) in its place. @return the context number, None when refused"""
        return self._negotiate(rpc.BIND, abstract, transfers, chosen, answer, features)

    def alter(self, abstract, answer=None):
        return self._negotiate(rpc.ALTER, abstract, (rpc.NDR,), rpc.NDR, answer, False)

    def _negotiate(self, kind, abstract, transfers, chosen, answer, features):
        offered = [(len(self.contexts) + number, abstract, [one]) for number, one in enumerate(transfers)]
        if features:
            offered.append(
                (len(self.contexts) + len(offered), abstract, [(rpc.FEATURES[0][:8] + b"\x03" + bytes(7), 1)])
            )
        results, accepted = [], None
        for number, _, (transfer,) in offered:
            if answer:
                results.append(answer + (None,))
            elif transfer == chosen:
                results.append((rpc.ACCEPT, 0, transfer))
                accepted = number
            elif features and number == offered[-1][0]:
                results.append((rpc.FEATURE_ACK, 3, None))
            else:
                results.append((rpc.REJECT, 2, None))  # proposed transfer syntaxes not supported
        tokens = iter(self.security.tokens() if self.security and kind == rpc.BIND else ())
        entry = Entry(self._bind_facts(kind, abstract, transfers, chosen if accepted is not None else None, answer))
        self.scene.binds.append(entry)
        body = rpc.bind_body(offered, self.max_frag)
        entry.request.append(self._put(CLIENT, kind, body, next(tokens, None)))
        port = str(self.port) if self.port != 445 else "\\pipe\\cert"
        ack = rpc.ack_body(results, self.max_frag, port if kind == rpc.BIND else "")
        entry.response.append(self._put(SERVER, kind + 1, ack, next(tokens, None)))
        self._finish(tokens, body, ack)
        for number, _, (transfer,) in offered:
            self.contexts[number] = (abstract, transfer)
        self.accepted = accepted
        self.call_id += 1
        return accepted

    def _finish(self, tokens, body, ack):
        """The legs of authentication behind the first two."""
        third, fourth = next(tokens, None), next(tokens, None)
        if third and self.security.legs == 3 and not self.security.third_by_alter:
            self._put(CLIENT, rpc.AUTH3, bytes(4), third)
        elif third:
            self._put(CLIENT, rpc.ALTER, body, third)
            self._put(SERVER, rpc.ALTER_ACK, ack, fourth)
        self.is_secured = self.security is not None

    def refuse_bind(self, abstract, reason):
        """bind_nak."""
        entry = Entry(self._bind_facts(rpc.BIND, abstract, (rpc.NDR,), None, None, nak=reason))
        self.scene.binds.append(entry)
        entry.request.append(self._put(CLIENT, rpc.BIND, rpc.bind_body([(0, abstract, [rpc.NDR])], self.max_frag)))
        entry.response.append(self._put(SERVER, rpc.BIND_NAK, rpc.nak_body(reason)))

    def _bind_facts(self, kind, abstract, transfers, chosen, answer, **more):
        found = {
            "kind": "bind" if kind == rpc.BIND else "alter_context",
            "client": self.client,
            "server": self.server,
            "port": self.port,
            "interface": NAMES.get(abstract[0]),
            "offered": ["NDR64" if one == rpc.NDR64 else "NDR" for one in transfers],
            "accepted": {rpc.NDR: "NDR", rpc.NDR64: "NDR64"}.get(chosen),
            "auth_level": self.level_name(),
        }
        if self.security and kind == rpc.BIND:
            found["security"] = self.security.told()
        if answer:
            found["result"], found["reason"] = answer
        found.update(more)
        return found

    # PDUs

    def level_name(self):
        return LEVELS[self.security.level if self.security else rpc.NONE]

    def _put(self, side, kind, body, token=None, flags=rpc.FIRST | rpc.LAST):
        """A PDU without a stub. @return what was sent"""
        auth, pad = b"", -len(body) % 4
        if token is not None:
            body += bytes(pad)
            auth = rpc.trailer(self.security.kind, self.security.level, pad, self.security.number) + token
            if kind in (rpc.BIND, rpc.ALTER, rpc.BIND_ACK, rpc.ALTER_ACK):
                flags |= rpc.SUPPORT_HEADER_SIGN
        sent = self.pipe.send(side, rpc.pdu(kind, self.call_id, body, flags, auth))
        self.tcp.wait(900)
        return sent

    def _room(self, head):
        """How much of a stub fits into a fragment."""
        room = self.max_frag - 16 - head
        if self.is_secured and self.security.level >= rpc.INTEGRITY:
            room -= rpc.TRAILER + self.security.signature_size + 16
        return room // 16 * 16

    def _fragments(self, side, kind, stub, head, object_flag=0):
        """Sends a stub in as many fragments as it needs. head: function of the size left. @return all that was sent"""
        parts, sent, left = rpc.pieces(stub, self._room(len(head(0)))), [], len(stub)
        for number, part in enumerate(parts):
            flags = (rpc.FIRST if number == 0 else 0) | (rpc.LAST if number == len(parts) - 1 else 0) | object_flag
            sent.append(
                self.pipe.send(side, self._protected(side, kind, head(left), part, flags), number == len(parts) - 1)
            )
            self.tcp.wait(300)
            left -= len(part)
        return sent

    def _protected(self, side, kind, head, part, flags):
        if not self.is_secured:
            return rpc.pdu(kind, self.call_id, head + part, flags)
        if self.security.level < rpc.INTEGRITY:
            pad = -len(part) % 16
            tail = rpc.trailer(self.security.kind, self.security.level, pad, self.security.number)
            return rpc.pdu(kind, self.call_id, head + part + bytes(pad), flags, tail + b"\1" + bytes(15))
        pad = -len(part) % 16
        part += bytes(pad)
        tail = rpc.trailer(self.security.kind, self.security.level, pad, self.security.number)
        whole = rpc.pdu(kind, self.call_id, head + part, flags, tail + bytes(self.security.signature_size))
        before = whole[: 16 + len(head)]
        part, signature = self.security.protect(side, before, part, tail)
        return before + part + tail + signature

    def _verification(self, context):
        if not (self.verify and self.is_secured):
            return b""
        self.verify = False
        abstract, transfer = self.contexts[context]
        return bytes.fromhex("8ae3137102f43671") + b"\x02\x40\x28\x00" + rpc.syntax(abstract) + rpc.syntax(transfer)

    # Calls

    def _ask(self, entry, context, opnum, stub, target):
        trailing = self._verification(context)
        stub = stub + (bytes(-len(stub) % 4) + trailing if trailing else b"")
        entry.stubs[CLIENT] = stub
        entry.request = self._fragments(
            CLIENT,
            rpc.REQUEST,
            stub,
            lambda left: rpc.request_head(left, context, opnum, target),
            rpc.OBJECT if target else 0,
        )

    def _tell(self, entry, context, stub):
        entry.stubs[SERVER] = stub
        entry.response = self._fragments(SERVER, rpc.RESPONSE, stub, lambda left: rpc.response_head(left, context))

    def _fail(self, entry, context, status):
        body = rpc.fault_body(context, status)
        data = rpc.pdu(rpc.FAULT, self.call_id, body, rpc.FIRST | rpc.LAST | rpc.DID_NOT_EXECUTE)
        entry.response = [self.pipe.send(SERVER, data)]
        entry.facts["fault"] = status

    def other(self, context, opnum, request, response, target=None, operation="", fault=None, **more):
        """A call of another interface, stubs as bytes."""
        name = NAMES[self.contexts[context][0][0]]
        entry = Entry(dict({"interface": name, "opnum": opnum, "operation": operation}, **more))
        self.scene.other.append(entry)
        self._ask(entry, context, opnum, request, target)
        self.tcp.wait(1500)
        if fault is not None:
            self._fail(entry, context, fault)
        elif response is not None:
            self._tell(entry, context, response)
        self._done()
        return entry

    def _done(self):
        self.call_id += 1
        self.scene.now = self.tcp.now + 2000

    def call(
        self,
        ca,
        context,
        name,
        values,
        target=None,
        think=30000,
        fault=None,
        lost=False,
        force=None,
        that=None,
        opnum=None,
    ):
        """A call of a certificate interface. values: parameters by name. ca: answers (ca.Ca). fault: the server refuses
        instead; lost: it never answers; force: parameters of the response in place of the CA's; opnum: a wrong one."""
        abstract, transfer = self.contexts[context]
        interface_name, wide = NAMES[abstract[0]], transfer == rpc.NDR64
        number = methods.opnum(interface_name, name)
        method = methods.INTERFACES[interface_name][number]
        stub = methods.request_stub(interface_name, number, values, self.scene.rng.bytes(16), wide, self.fill)
        if self.this:
            stub = self.this + stub[32:]
        sealed = bool(self.is_secured and self.security.level == rpc.PRIVACY)
        entry = Entry(
            {
                "interface": interface_name,
                "opnum": number if opnum is None else opnum,
                "method": name,
                "client": self.client,
                "server": self.server,
                "port": self.port,
                "call_id": self.call_id,
                "object": str(uuid.UUID(bytes_le=target)) if target else None,
                "transfer_syntax": "NDR64" if wide else "NDR",
                "auth_level": self.level_name(),
                "sealed": sealed,
                "request_stub_bytes": len(stub),
                "request": methods.told(method.request, values),
                "response": None,
            }
        )
        if "flags" in values:
            entry.facts["request"]["request_type"] = values["flags"] & 0xFF00
        self.scene.calls.append(entry)
        self._ask(entry, context, entry.facts["opnum"], stub, target)
        self.tcp.wait(think)
        answer = None
        if fault is not None:
            self._fail(entry, context, fault)
        elif lost:
            self.tcp.wait(60 * SECOND)
        else:
            answer = ca.answer(interface_name, name, self._read(interface_name, number, stub, wide), self.scene)
            answer.update(force or {})
            reply = methods.response_stub(interface_name, number, answer, wide, self.fill, that)
            if that is None:
                methods.read_response(interface_name, number, reply, wide)
            entry.facts["response"] = methods.told(method.response, answer)
            entry.facts["response_stub_bytes"] = len(reply)
            if ca.meaning:
                entry.facts["response"]["property"] = ca.meaning
            self._tell(entry, context, reply)
        entry.facts.update(ca.facts_of(values, answer))
        self._done()
        return answer

    def _read(self, name, number, stub, wide):
        """The request as the server reads it."""
        if self.this:
            stub = bytes(32) + stub[len(self.this) :]
        return methods.read_request(name, number, stub, wide)

    def odd(self, context, number, request, response, why, target=None, think=30000):
        """A call with stubs as given, which no peer should send. response: None where none comes."""
        name = NAMES[self.contexts[context][0][0]]
        method = methods.INTERFACES[name].get(number)
        facts = {"interface": name, "opnum": number, "method": method.name if method else None, "odd": why}
        facts.update(client=self.client, server=self.server, port=self.port, call_id=self.call_id)
        facts.update(auth_level=self.level_name(), sealed=False, request=None, response=None)
        entry = Entry(facts)
        self.scene.calls.append(entry)
        self._ask(entry, context, number, request, target)
        self.tcp.wait(think)
        if response is not None:
            self._tell(entry, context, response)
        self._done()

    def reset(self, side=SERVER):
        self.tcp.reset(side)
        self.scene.now = self.tcp.now + 20000

    def close(self):
        self.pipe.close()
        self.scene.now = self.tcp.now + 20000
