# SPDX-License-Identifier: GPL-2.0-or-later
"""The plugin works without help: Wireshark calls post-dissectors only while one of an enabled protocol is there."""

import json

import pytest

from support.pcap import Pcap, http_request, http_response
from support.tshark import CAPTURES

CAPTURE = CAPTURES / "ndes-outcomes.pcapng"

# Those that Wireshark comes with, in any version; MATE and TRANSUM are plugins, which a test may run without.
OTHERS = ["mate", "snort", "transum", "communityid", "prp", "stcsig", "metadata", "h_prp"]


@pytest.fixture(scope="module")
def alone(tshark):
    """arguments that switch every other post-dissector off"""
    there = {line.split("\t")[2] for line in tshark.report("protocols")}
    return [word for name in OTHERS if name in there for word in ("--disable-protocol", name)]


def capture_object(tshark, path, *arguments):
    lines = tshark.run("-n", "-q", "-r", path, *arguments, "-z", "scep,report,json").splitlines()
    return json.loads(lines[-1])


@pytest.mark.parametrize("passes", [[], ["-2"]], ids=["one", "two"])
def test_works_without_other_post_dissectors(tshark, alone, passes):
    assert alone
    seen = tshark.run("-n", "-q", *passes, "-r", CAPTURE, *alone, "-z", "scep,report")
    assert seen == tshark.run("-n", "-q", *passes, "-r", CAPTURE, "-z", "scep,report")
    assert "Enrollment 1: " in seen
    assert tshark.read(CAPTURE, *alone, "-Y", "scep", *passes) == tshark.read(CAPTURE, "-Y", "scep", *passes) != ""


def test_switched_off_is_off(tshark, alone):
    assert capture_object(tshark, CAPTURE, *alone, "--disable-protocol", "scep")["enrollments"] == 0
    assert tshark.read(CAPTURE, "--disable-protocol", "scep", "-T", "fields", "-e", "scep.step").split() == []


def test_adds_no_layer(tshark):
    """frame.protocols, and all that counts protocols, stays as it is without the plugin."""
    layers = tshark.read(CAPTURE, "-V", "-T", "fields", "-e", "frame.protocols")
    assert "http" in layers and "scep" not in layers
    assert "scep.frames" not in tshark.read(CAPTURE, "-V")


# ---- what was looked at ----------------------------------------------------------------------------------------------

def test_report_says_what_was_looked_at(tshark, tmp_path):
    pcap = Pcap()
    connection = pcap.tcp()
    for _ in range(3):
        connection.exchange(http_request("GET", "/index.html"), http_response(200, b"<p>hello</p>"))
    connection.close()
    path = pcap.write(tmp_path / "plain.pcap")
    for passes in ([], ["-2"]):
        capture = capture_object(tshark, path, *passes)
        assert (capture["enrollments"], capture["http_messages"]) == (0, 6)
        assert "HTTP messages seen: 6\n" in tshark.run("-n", "-q", *passes, "-r", path, "-z", "scep,report")


def test_nothing_to_look_at_is_no_health(tshark, tmp_path):
    path = Pcap().write(tmp_path / "empty.pcap")
    assert capture_object(tshark, path)["http_messages"] == 0
    text = tshark.run("-n", "-q", "-r", path, "-z", "scep,report")
    assert "HTTP messages seen: 0; " in text and max(map(len, text.splitlines())) <= 100


def test_a_filter_changes_nothing_about_the_count(tshark):
    everything = capture_object(tshark, CAPTURE)["http_messages"]
    lines = tshark.run("-n", "-q", "-r", CAPTURE, "-z", "scep,report,json,frame.number == 1").splitlines()
    assert json.loads(lines[-1])["http_messages"] == everything > 20


@pytest.mark.parametrize("name", ["http2-cleartext", "tls13-http2", "tls12-http1", "pipelined", "keepalive-mixed"])
def test_messages_are_counted_once(tshark, name):
    """Those of HTTP/2 too, bodies in several frames, and whatever the number of passes."""
    facts = json.loads((CAPTURES / "expected" / (name + ".json")).read_text(encoding="utf-8"))
    for passes in ([], ["-2"]):
        seen = capture_object(tshark, CAPTURES / (name + ".pcapng"), *passes)["http_messages"]
        assert seen == 2 * (len(facts["exchanges"]) + facts["other_requests"])
