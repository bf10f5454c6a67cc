# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares a capture with what a stock tshark, without this project's plugin, makes of it, with and without TLS
secrets."""
import os

from synthetic.check import run
from synthetic.story import CAPTURES

FIELDS = [
    "frame.number",
    "_ws.malformed",
    "ip.checksum.status",
    "tcp.checksum.status",
    "http.request.method",
    "http.response.code",
    "http2.headers.method",
    "http2.headers.status",
    "tls.handshake.type",
    "tls.alert_message.desc",
    "dns.qry.name",
    "dns.flags.rcode",
    "udp.checksum.status",
    "frame.comment",
    "tcp.analysis.flags",
]
BAD_SUM = ("ip.checksum.status", "tcp.checksum.status", "udp.checksum.status")
RCODES = {"NOERROR": "0", "SERVFAIL": "2", "NXDOMAIN": "3"}


def rows(name, folder):
    options = ["-o", "udp.check_checksum:TRUE"]
    for field in FIELDS:
        options += ["-e", field]
    text = run(os.path.join(folder, name + ".pcapng"), "-T", "fields", "-E", "occurrence=a", *options)
    found = [dict(zip(FIELDS, line.split("\t"))) for line in text.splitlines() if "\t" in line]
    return {int(one["frame.number"]): one for one in found}


def problems(story, folder=CAPTURES):
    """@return what does not fit, in words; empty when all is well"""
    found = []
    for name in [story.name] + ([story.twin] if story.twin else []):
        seen = rows(name, folder)
        told = story.told()
        for number, one in seen.items():
            if one["_ws.malformed"]:
                found.append("%s: frame %d malformed" % (name, number))
            if any("0" in one[field].split(",") for field in BAD_SUM):
                found.append("%s: frame %d checksum" % (name, number))
        found += ["%s: %s" % (name, text) for text in _names(told, seen) + _tls(told, seen)]
        readable = name == story.name and (story.has_secrets() or not story.is_tls())
        found += ["%s: %s" % (name, text) for text in _http(told, seen, readable, story.is_tls())]
    return found


def _names(told, seen):
    found = []
    for one in told.get("dns", ()):
        if seen[one["frame_query"]]["dns.qry.name"] != one["name"]:
            found.append("frame %d: no question for %s" % (one["frame_query"], one["name"]))
        if one["frame_answer"] and seen[one["frame_answer"]]["dns.flags.rcode"] != RCODES[one["rcode"]]:
            found.append("frame %d: not %s" % (one["frame_answer"], one["rcode"]))
    return found


def _tls(told, seen):
    """ClientHello, certificate and alerts in clear stand where they should."""
    found = []
    for one in told["connections"]:
        wanted = [(one.get("client_hello"), "1"), (one.get("frame_certificate"), "11")]
        wanted.append((one.get("frame_certificate_request"), "13"))
        for frame, kind in wanted:
            if frame and kind not in seen[frame]["tls.handshake.type"].split(","):
                found.append("frame %d: no handshake message %s" % (frame, kind))
        failure = one.get("failure") or {}
        if failure.get("frame") and not failure["encrypted"] and not seen[failure["frame"]]["tls.alert_message.desc"]:
            found.append("frame %d: no alert" % failure["frame"])
    return found


def _http(told, seen, readable, is_tls):
    """Every message in its frame where it can be read, and none in TLS where it cannot."""
    found = []
    entries = told.get("messages", []) + told.get("services", []) + told.get("other_exchanges", [])
    for one in entries:
        names = ("http.request.method", "http2.headers.method")
        if one["kind"] == "response":
            names = ("http.response.code", "http2.headers.status")
        shown = any(seen[one["frame"]][name] for name in names)
        if readable and not shown and not one.get("sealed"):
            found.append("frame %d: no HTTP %s" % (one["frame"], one["kind"]))
        if is_tls and not readable and shown and one.get("over") != "http":
            found.append("frame %d: HTTP in what should be encrypted" % one["frame"])
    return found
