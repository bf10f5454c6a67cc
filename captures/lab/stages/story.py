# SPDX-License-Identifier: GPL-2.0-or-later
"""A capture of several hops: names, TLS, HTTP and RPC in one.

The expectation file adds to those of synthetic.story and wcce.scene:
    roles       who an address is
    dns         questions: name, frames of question and answer, rcode, addresses
    connections every TCP connection but those of RPC: ends, frames from first to last, how it ended; of TLS: SNI,
                version, frames of ClientHello, certificate, alert
    services    HTTP that is not SCEP and belongs to one of the six stages
    hints       hint, the frame that shows it, and the frames of the connection
A capture without the secrets of its TLS sessions has what they would show under "hidden"."""
import functools
import os
import struct

from synthetic.story import CAPTURES, SECOND, Link, write_both
from synthetic.tcp import Conversation
from wcce.scene import Scene

from . import dns, parties, tls

TWIN = "the frames of %s without the secrets of its TLS sessions"
HIDDEN = ("messages", "enrollments", "services", "other_exchanges", "keys")
ROLES = {
    "device": (parties.DEVICE, parties.SECOND_DEVICE, parties.THIRD_DEVICE),
    "resolver": (parties.RESOLVER,),
    "proxy": (parties.PROXY, parties.WAP),
    "ndes": (parties.NDES, parties.SECOND_NDES),
    "ca": (parties.CA,),
    "intune": (parties.INTUNE,),
    "login": (parties.LOGIN,),
    "graph": (parties.GRAPH,),
    "attestation": (parties.AIK,),
}


class Case:
    """One of several things shown in a capture. order: number of its first frame in the order in which frames were
    made"""

    def __init__(self, name, text, order):
        self.name, self.text, self.order = name, text, order


class Observed:
    """A TCP connection and what is to be said of it."""

    def __init__(self, tcp, about, case):
        self.tcp, self.about, self.case = tcp, about, case

    def frames(self):
        """All of the connection, in order."""
        ends = [(dns.packed(address), port) for address, port in self.tcp.ends]
        return [one.number for one in self.tcp.capture.frames if _ends(one.data) in (ends, ends[::-1])]

    def told(self):
        frames = self.frames()
        (client, client_port), (server, port) = self.tcp.ends
        found = {"client": client, "client_port": client_port, "server": server, "port": port}
        found["frames"] = [min(frames), max(frames)]
        if self.case:
            found["case"] = self.case
        found.update(self.about)
        if isinstance(self.tcp, tls.Secure):
            found.update(self.tcp.told())
        return found


def _ends(data):
    """[(source, port), (destination, port)] of an Ethernet frame with IPv4 and TCP in it, None of another."""
    if data[12:14] != b"\x08\x00" or data[23] != 6:
        return None
    ports = struct.unpack("!HH", data[34:38])
    return [(data[26:30], ports[0]), (data[30:34], ports[1])]


class Stages(Scene):
    """A Scene with names and TLS. twin: name of the capture with the same frames and without the secrets; sealed: the
    capture itself holds none."""

    def __init__(self, name, about, look, twin=None, sealed=False):
        super().__init__(name, about, look)
        self.twin, self.sealed = twin, sealed
        self.seen, self.names, self.marks = [], [], []
        self.cases, self.case = [], None
        self.bystanders = False  # nobody here has a role
        self.secrets = tls.new_file()

    # Names

    def resolve(self, client, host, addresses=(), aliases=(), rcode=dns.NO_ERROR, tries=1, lost=False, kind=dns.A):
        """A question for a name's addresses, asked tries times; the last one is answered unless lost. @return the
        Frames of the last question and of the answer"""
        port, number = self.port(client), self.rng.below(65536)
        ends = ((client, port), (parties.RESOLVER, 53))
        for again in range(tries):
            self.now += 4 * SECOND if again else 0
            asked = self.put(dns.datagram(self.capture, *ends, dns.question(number, host, kind)))
        told = None
        if not lost:
            self.now += 18000
            data = dns.answer(number, host, addresses, aliases, rcode, kind)
            told = self.put(dns.datagram(self.capture, *ends[::-1], data))
        self.now += 4000
        facts = {"client": client, "name": host, "type": "AAAA" if kind == dns.AAAA else "A"}
        facts.update(rcode=None if lost else dns.RCODES[rcode], addresses=list(addresses))
        self.names.append((facts, asked, told))
        return asked, told

    def put(self, data):
        return self.capture.add(self.now, data)

    # Connections

    def begin(self, name, text, seconds=5):
        """A new case, some seconds behind the one before; its first frame says what it is."""
        if self.capture.frames:
            self.until_quiet(seconds)
        self.case = Case(name, text, len(self.capture.frames))
        self.cases.append(self.case)
        return self.case

    def plain(self, client, server, port, about=None, **options):
        """A TCP connection, not yet open."""
        return self._watch(
            Conversation(self.capture, (client, self.port(client)), (server, port), self.now, **options), about
        )

    def secure(self, client, server, host, near, far, about=None, port=443, sealed=False, **options):
        """A Link over TLS. near, far: tls.Side of client and server; sealed: its secrets are nowhere in the capture"""
        secrets = None if sealed else self.secrets
        kind = functools.partial(tls.Secure, ends=(near, far), host=host, secrets=secrets)
        link = Link(self, client, server, self.now, port, conversation=kind, **options)
        self._watch(link.tcp, about)
        return link

    def link(self, client, server, port=80, about=None, **options):
        link = super().link(client, server, port, **options)
        self._watch(link.tcp, about)
        return link

    def _watch(self, tcp, about):
        self.seen.append(Observed(tcp, dict(about or {}), self.case.name if self.case else None))
        return tcp

    def hint(self, name, frame, tcp=None, optional=False, inside=False):
        """What the plugin should say. frame: a Frame, or a function that finds its number once they have theirs;
        optional: it may say so, but another hint says more; inside: it takes the secrets of TLS to see"""
        self.marks.append((name, frame, tcp, optional, inside, self.case))

    def until_quiet(self, seconds):
        self.now = max([self.now] + [one.time for one in self.capture.frames]) + seconds * SECOND

    # Files

    def _hints(self, inside):
        found = []
        for name, frame, tcp, optional, is_inside, case in self.marks:
            if is_inside and not inside:
                continue
            number = frame() if callable(frame) else frame.number
            entry = {"hint": name, "frame": number}
            if tcp:
                frames = next(one for one in self.seen if one.tcp is tcp).frames()
                entry["frames"] = [min(frames), max(frames)]
            if optional:
                entry["optional"] = True
            if case:
                entry["case"] = case.name
            found.append(entry)
        return sorted(found, key=lambda entry: (entry["frame"], entry["hint"]))

    def told(self):
        found = super().told()
        for name in ("calls", "other_rpc", "binds"):
            if not found[name]:
                del found[name]
        services = [one for one in found.get("other_exchanges", ()) if one.get("service")]
        others = [one for one in found.pop("other_exchanges", ()) if not one.get("service")]
        used = (
            set()
            if self.bystanders
            else {address for one in self.seen for address, _ in one.tcp.ends}
            | {facts["client"] for facts, _, _ in self.names}
        )
        found["roles"] = {
            address: role for role, addresses in ROLES.items() for address in addresses if address in used
        }
        if self.names:
            found["dns"] = [
                dict(facts, frame_query=asked.number, frame_answer=told and told.number)
                for facts, asked, told in self.names
            ]
        found["connections"] = sorted((one.told() for one in self.seen), key=lambda entry: entry["frames"])
        for name, entries in (("services", services), ("other_exchanges", others)):
            if entries:
                found[name] = entries
        found["hints"] = self._hints(True)
        return found

    def sealed_told(self):
        """The same where nobody can read what is in TLS; "over": "http" stands at what is not."""
        found = self.told()
        hidden = {name: found.pop(name) for name in HIDDEN if name in found}
        found["hints"] = self._hints(False)
        for name in ("messages", "services", "other_exchanges"):
            shown = [one for one in hidden.get(name, ()) if one.get("over") == "http"]
            if shown:
                found[name] = shown
                hidden[name] = [one for one in hidden[name] if one not in shown]
        frames = {one["frame"] for one in found.get("messages", ())}
        if frames:
            found["enrollments"] = [one for one in hidden["enrollments"] if frames & set(one["frames"])]
            hidden["enrollments"] = [one for one in hidden["enrollments"] if one not in found["enrollments"]]
        found["keys"] = {}
        found["hidden"] = {name: entries for name, entries in hidden.items() if entries}
        return found

    def write(self, folder=CAPTURES):
        for case in self.cases:
            next(one for one in self.capture.frames if one.order == case.order).comment = case.text
        secrets = self._secrets()
        self._write(folder, self.name, secrets, dict(tls_secrets=bool(secrets)))
        if self.twin:
            self._write(
                folder, self.twin, b"", dict(tls_secrets=False, about=TWIN % self.name, without_secrets_of=self.name)
            )

    def is_tls(self):
        return any(isinstance(one.tcp, tls.Secure) for one in self.seen)

    def has_secrets(self):
        return not self.sealed and os.path.getsize(self.secrets) > 0

    def _secrets(self):
        """The lines that belong into the capture."""
        if not self.has_secrets():
            return b""
        with open(self.secrets, "rb") as file:
            return b"".join(line for line in file if not line.startswith(b"#"))

    def _write(self, folder, name, secrets, more):
        """more: what the expectation file says besides."""
        hides = self.is_tls() and not secrets

        def told():
            return dict(self.sealed_told() if hides else self.told(), capture=name + ".pcapng", **more)

        write_both(folder, name, lambda path: self.capture.write(path, secrets), told)
