# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares a capture with what a stock tshark, without this project's plugin, makes of it."""
import os
import subprocess
import tempfile

from .story import CAPTURES

FIELDS = [
    "frame.number",
    "http.request.method",
    "http.response.code",
    "_ws.malformed",
    "ip.checksum.status",
    "tcp.checksum.status",
    "_ws.expert.group",
]


def run(path, *arguments):
    with tempfile.TemporaryDirectory() as home:
        environment = dict(os.environ, HOME=home, WIRESHARK_PLUGIN_DIR="/nonexistent", WIRESHARK_CONFIG_DIR=home)
        command = [
            "tshark", "-n", "-r", path, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", *arguments
        ]
        return subprocess.run(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=True,
            errors="replace",
        ).stdout


def problems(story, folder=CAPTURES):
    """@return what does not fit, in words; empty when all is well"""
    path = os.path.join(folder, story.name + ".pcapng")
    extra = []
    for port in story.facts.get("decode_as", ()):
        extra += ["-d", "tcp.port==%d,http" % port]
    for name, value in story.facts.get("preferences", {}).items():
        extra += ["-o", "%s:%s" % (name, value)]
    text = run(path, *extra, "-T", "fields", *(argument for name in FIELDS for argument in ("-e", name)))
    requests, responses, found = set(), set(), []
    for line in text.splitlines():
        row = dict(zip(FIELDS, line.split("\t")))
        number = int(row["frame.number"])
        if row["http.request.method"]:
            requests.add(number)
        if row["http.response.code"]:
            responses.add(number)
        whole = number not in story.facts.get("cut_frames", ())
        if row["_ws.malformed"] and whole:
            found.append("frame %d malformed" % number)
        if whole and ("0" in row["ip.checksum.status"].split(",") or "0" in row["tcp.checksum.status"].split(",")):
            found.append("frame %d checksum" % number)
    told = story.told()
    for kind, seen in (("request", requests), ("response", responses)):
        named = {entry["frame"] for entry in told["messages"] if entry["kind"] == kind}
        found += ["frame %d: tshark finds no %s" % (number, kind) for number in sorted(named - seen)]
    return found
