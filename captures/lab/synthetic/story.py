# SPDX-License-Identifier: GPL-2.0-or-later
"""A capture in the making: HTTP exchanges go in, a pcapng file and its expectation file come out.

The expectation file is the generator's own knowledge, never read back from the capture:
    messages    one entry per SCEP request and response, in order of frames: frame, kind, operation, method,
                http_status, request_frame or response_frame, and the facts of the pkiMessage in it
    other_exchanges  HTTP that is no SCEP operation, such as a browser's visit
    not_whole   messages of which the capture lacks a part
    enrollments  client, server, transaction_id, outcome, frames of each attempt to get one certificate
    keys        private keys that open something in the capture, by role"""
import json
import os

from .pcapng import START, Capture
from .seeded import Rng
from .tcp import CLIENT, SERVER, Conversation

CAPTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SECOND = 1000000

ISSUED, REFUSED, PENDING, ABANDONED, UNANSWERED, UNREADABLE, LOOKUP = (
    "issued",
    "refused",
    "pending",
    "abandoned",
    "unanswered",
    "unreadable",
    "lookup",
)


class Enrollment:
    """One attempt. Its frames are those of the records that name it. name: how other entries refer to it."""

    def __init__(self, number, client, server):
        self.number, self.client, self.server = number, client, server
        self.transaction_id, self.outcome, self.facts = None, None, {}

    def ends(self, outcome, **facts):
        self.outcome = outcome
        self.facts.update(facts)


class Record:
    """One SCEP request or response and where it stands in the capture: behind its last byte, or at the frame that ends
    the connection where nothing else ends the body."""

    def __init__(self, kind, sent, end, facts, enrollment, message):
        self.kind, self.sent, self.end, self.facts, self.enrollment, self.message = (
            kind,
            sent,
            end,
            facts,
            enrollment,
            message,
        )
        self.partner = None

    def frame(self):
        return self.end.number if self.end else self.sent.complete()

    def told(self):
        found = {"frame": self.frame(), "kind": self.kind}
        found.update(self.facts)
        if self.partner:
            name = "response_frame" if self.kind == "request" else "request_frame"
            found[name] = self.partner.frame()
        if self.enrollment:
            found["enrollment"] = self.enrollment.number
        return found


class Link:
    """A TCP connection on which a client asks a server, and the clock of that server: offset seconds from the
    capture's.

    conversation: what makes it, where it is to be another kind than Conversation."""

    def __init__(self, story, client, server, at, port=80, offset=0, conversation=Conversation, **options):
        self.story, self.client, self.server, self.offset = story, client, server, offset
        self.tcp = conversation(story.capture, (client, story.port(client)), (server, port), at, **options)

    def exchange(
        self, request, response, enrollment=None, think=30000, request_faults=None, response_faults=None, **facts
    ):
        """One request and its response (None: there is none). facts go into both entries. @return the records"""
        asked = self.ask(request, enrollment, request_faults, **facts)
        if response is None:
            return asked, None
        self.tcp.wait(think)
        return asked, self.answer(asked, request, response, response_faults, **facts)

    def ask(self, request, enrollment=None, faults=None, **facts):
        """The request alone. @return its record"""
        if not self.tcp.is_open:
            self.tcp.open()
        sent = self.tcp.send(CLIENT, request.render(), **(faults or {}))
        return self._record(
            Record("request", sent, None, self._request_facts(request, facts), enrollment, request.message)
        )

    def answer(self, asked, request, response, faults=None, **facts):
        """The response to a request that was recorded as asked. @return its record"""
        sent = self.tcp.send(SERVER, response.render(self.tcp.now // SECOND + self.offset), **(faults or {}))
        end = self.tcp.close(SERVER) if response.until_close else None
        found = self._response_facts(request, response, facts)
        told = self._record(Record("response", sent, end, found, asked.enrollment, response.message))
        asked.partner, told.partner = told, asked
        return told

    def _record(self, record):
        if record.sent.is_cut():
            record.facts["cut"] = True
        if record.enrollment and record.enrollment.transaction_id is None and record.kind == "request":
            record.enrollment.transaction_id = record.facts.get("transaction_id")
        self.story.records.append(record)
        return record

    def _request_facts(self, request, more):
        found = {"client": self.client, "server": self.server, "operation": request.operation, "method": request.method}
        if request.identifier is not None:
            found["ca_identifier"] = request.identifier
        if request.message:
            found.update(request.message.facts)
        found.update(more)
        return found

    def _response_facts(self, request, response, more):
        found = {
            "client": self.client,
            "server": self.server,
            "operation": request.operation,
            "method": request.method,
            "http_status": response.status,
        }
        found.update(response.facts)
        if response.message:
            found.update(response.message.facts)
        found.update(more)
        return found

    def close(self, first=CLIENT):
        if self.tcp.is_open:
            self.tcp.close(first)

    @property
    def now(self):
        return self.tcp.now


class Story:
    """One capture. now is the time at which the next thing begins, in microseconds since 1970."""

    def __init__(self, name, about, snaplen=262144):
        self.name, self.about = name, about
        self.capture, self.rng = Capture(snaplen), Rng(name)
        self.records, self.enrollments, self.keys, self.notes, self.facts = [], [], {}, [], {}
        self.now = START * SECOND
        self.ports = {}

    def port(self, client):
        """A source port not used by that client before."""
        self.ports[client] = self.ports.get(client, 49151 + Rng(self.name, client).below(8000)) + 1
        return self.ports[client]

    def moment(self):
        return self.now // SECOND

    def enrollment(self, client, server):
        self.enrollments.append(Enrollment(len(self.enrollments) + 1, client, server))
        return self.enrollments[-1]

    def key(self, role, key):
        """Notes that a key opens something here."""
        found = self.keys.setdefault(role, [])
        if key.file not in found:
            found.append(key.file)

    def link(self, client, server, port=80, **options):
        return Link(self, client, server, self.now, port, **options)

    def told(self):
        """The expectation file; valid once the capture is numbered."""
        seen = sorted(
            (record.told() for record in self.records if record.frame() is not None), key=lambda entry: entry["frame"]
        )
        lacking = [record.told() for record in self.records if record.frame() is None]
        others = [entry for entry in seen if entry["operation"] is None]
        entries = [entry for entry in seen if entry["operation"] is not None]
        enrollments = []
        for one in self.enrollments:
            frames = sorted(
                {record.frame() for record in self.records if record.enrollment is one and record.frame() is not None}
            )
            enrollments.append(
                dict(
                    {
                        "enrollment": one.number,
                        "client": one.client,
                        "server": one.server,
                        "transaction_id": one.transaction_id,
                        "outcome": one.outcome,
                        "frames": frames,
                    },
                    **one.facts
                )
            )
        found = {
            "capture": self.name + ".pcapng",
            "about": self.about,
            "origin": "synthetic",
            "frames": len(self.capture.frames),
            "keys": self.keys,
            "messages": entries,
            "enrollments": enrollments,
        }
        if lacking:
            found["not_whole"] = lacking
        if others:
            found["other_exchanges"] = others
        if self.notes:
            found["notes"] = self.notes
        found.update(self.facts)
        return found

    def write(self, folder=CAPTURES):
        write_both(folder, self.name, self.capture.write, self.told)


def write_both(folder, name, write, told):
    """A capture and its expectation file: both are complete or not there at all. write: function of a path; told: what
    gives the expectation file once the capture is written"""
    os.makedirs(os.path.join(folder, "expected"), exist_ok=True)
    capture = os.path.join(folder, name + ".pcapng")
    write(capture + ".part")
    expected = os.path.join(folder, "expected", name + ".json")
    with open(expected + ".part", "w", encoding="utf-8") as out:
        json.dump(told(), out, indent=1, ensure_ascii=False)
        out.write("\n")
    os.replace(capture + ".part", capture)
    os.replace(expected + ".part", expected)
