# SPDX-License-Identifier: GPL-2.0-or-later
"""Which messages belong together stays the same whatever point a capture was made at: at a mirror port that passes each
frame on twice, and on both sides of a NAT."""

import json
import struct
import subprocess

import pytest

from support.pcap import Pcap, http_request, http_response
from support.tshark import CAPTURES

REAL = ["scepclient-issued", "scepclient-refused", "scepclient-same-transaction", "scepclient-concurrent",
        "strongswan-enroll", "strongswan-rekey", "certmonger-enroll", "certmonger-poll"]
# sscep and what its relatives send, among others; several devices behind the NAT
MADE = ["synthetic-clients-unnamed", "synthetic-get-encodings", "ndes-pending"]
passes = pytest.mark.parametrize("two_pass", [False, True], ids=["one_pass", "two_passes"])

OUTSIDE = bytes((203, 0, 113, 99))
GLOBAL_HEADER, RECORD_HEADER, ETHERNET = 24, 16, 14
LATER = 300  # microseconds between both sides


def enrollments(tshark, path, two_pass=False):
    text = tshark.read(path, "-q", "-z", "scep,report,json", two_pass=two_pass)
    return [line for line in map(json.loads, text.splitlines()) if line["type"] == "enrollment"]


def told(lines):
    return [(line["outcome"], line["transaction_id"], line["client"], line["polls"], line["pki_status"],
             line["fail_info"]) for line in lines]


def merged(folder, *paths):
    path = folder / "merged.pcapng"
    subprocess.run(["mergecap", "-w", path, *paths], check=True)
    return path


def translated(packet, servers):
    """The packet as it is behind the NAT: whoever is no server has another address, and other ports."""
    packet = bytearray(packet)
    if packet[12:14] != b"\x08\x00" or packet[ETHERNET + 9] != 6:
        return None
    tcp = ETHERNET + 4 * (packet[ETHERNET] & 15)
    for address, port in ((ETHERNET + 12, tcp), (ETHERNET + 16, tcp + 2)):
        if ".".join(map(str, packet[address:address + 4])) in servers:
            continue
        device = packet[address + 3]
        packet[address:address + 4] = OUTSIDE
        packet[port:port + 2] = struct.pack("!H", (struct.unpack("!H", packet[port:port + 2])[0] + 7 * device) & 0xffff)
    return packet


def nat_twin(capture, folder, servers):
    """The same capture from the other side of a NAT."""
    plain, path = folder / "plain.pcap", folder / "twin.pcap"
    subprocess.run(["editcap", "-F", "pcap", capture, plain], check=True)
    data = plain.read_bytes()
    out, at = [data[:GLOBAL_HEADER]], GLOBAL_HEADER
    while at < len(data):
        seconds, micro, kept, whole = struct.unpack_from("<IIII", data, at)
        packet = translated(data[at + RECORD_HEADER:at + RECORD_HEADER + kept], servers)
        micro += LATER
        if packet is not None:
            out.append(struct.pack("<IIII", seconds + micro // 1000000, micro % 1000000, kept, whole) + packet)
        at += RECORD_HEADER + kept
    path.write_bytes(b"".join(out))
    return path


def http_messages(tshark, capture):
    """How many requests and answers Wireshark itself finds."""
    return [len(tshark.read(capture, "-Y", kind, "-T", "fields", "-e", "frame.number").splitlines())
            for kind in ("http.request", "http.response")]


@passes
@pytest.mark.parametrize("name", REAL + MADE)
def test_each_frame_twice(tshark, tmp_path, name, two_pass):
    capture = CAPTURES / (name + ".pcapng")
    alone = enrollments(tshark, capture)
    assert alone
    twice = merged(tmp_path, capture, capture)
    if http_messages(tshark, twice) != http_messages(tshark, capture):
        pytest.skip("this Wireshark does not reassemble what comes in segments that stand twice")
    double = enrollments(tshark, twice, two_pass)
    assert told(double) == told(alone)
    assert [len(line["frames"]) for line in double] == [len(line["frames"]) for line in alone]


@passes
@pytest.mark.parametrize("name", REAL + MADE)
def test_both_sides_of_a_nat(tshark, tmp_path, name, two_pass):
    capture = CAPTURES / (name + ".pcapng")
    alone = enrollments(tshark, capture)
    servers = {line["server"] for line in alone}
    both = enrollments(tshark, merged(tmp_path, capture, nat_twin(capture, tmp_path, servers)), two_pass)
    assert told(both) == told(alone)
    # each message is there from both sides
    assert [len(line["frames"]) for line in both] == [2 * len(line["frames"]) for line in alone]


# ---- another try after an error --------------------------------------------------------------------------------------

CAPS = http_response(200, b"POSTPKIOperation\nSHA-256\nAES\n", "text/plain")
FAILED = http_response(500, b"<html><title>500</title></html>")


@pytest.fixture(scope="module")
def requests(tshark):
    """Targets of two PKIOperations by GET, of two transactions"""
    found = {}
    for frame in tshark.fields(CAPTURES / "synthetic-get-encodings.pcapng", "http.request.uri", "scep.transaction_id",
                               only="scep.message_type == 19 && http.request"):
        for uri, transaction in zip(frame["http.request.uri"], frame["scep.transaction_id"]):
            found.setdefault(transaction, uri)
    assert len(found) > 1
    return list(found.values())[:2]


def asks(pcap, target, answer):
    connection = pcap.tcp()
    connection.exchange(http_request("GET", target), answer)
    connection.close()


@passes
@pytest.mark.parametrize("second, numbers", [(0, [1, 1, 1, 1]), (1, [1, 2, 2, 2])], ids=["retry", "another"])
def test_what_is_asked_after_an_error(tshark, tmp_path, requests, second, numbers, two_pass):
    """The request that follows tells whose the questions are; the first pass shows nothing of it ahead of that."""
    path = requests[0].partition("?")[0]
    pcap = Pcap()
    asks(pcap, requests[0], FAILED)
    asks(pcap, path + "?operation=GetCACaps", CAPS)
    asks(pcap, path + "?operation=GetCACert", http_response(200, b"\x30\x00", "application/x-x509-ca-cert"))
    asks(pcap, requests[second], FAILED)
    capture = pcap.write(tmp_path / "retry.pcap")
    frames = tshark.fields(capture, "frame.number", "scep.enrollment", "scep.enrollment.after_failure",
                           two_pass=two_pass, only="scep && http.request")
    shown = [int(number) for frame in frames for number in frame["scep.enrollment"] or [0]]
    assert shown == ([numbers[0], 0, 0, numbers[3]] if not two_pass else numbers)
    first = frames[0]["frame.number"]
    assert [frame["scep.enrollment.after_failure"] for frame in frames] == [[], first, first, []]
    lines = enrollments(tshark, capture, two_pass)
    assert [line["outcome"] for line in lines] == ["refused"] * max(numbers)
    assert [len(line["frames"]) for line in lines] == [2 * numbers.count(number + 1) for number in range(len(lines))]


# ---- where a challenge comes from ------------------------------------------------------------------------------------

def test_a_challenge_is_led_back_to_its_page(tshark):
    """By its hash alone; the password is shown nowhere."""
    keys = [text for key in sorted((CAPTURES / "keys" / "synthetic").glob("*.key.pem"))
            for text in ("-o", 'uat:scep_keys:"%s","","%s"' % (key, key.stem))]
    frames = tshark.fields(CAPTURES / "ndes-challenge-pages.pcapng", "frame.number", "scep.challenge.origin",
                           options=keys, only="scep.challenge.origin")
    pages = tshark.values(CAPTURES / "ndes-challenge-pages.pcapng", "frame.number",
                          only="scep.step == \"GetChallenge\" && http.response")
    assert frames
    for frame in frames:
        assert frame["scep.challenge.origin"][0] in pages
        assert int(frame["scep.challenge.origin"][0]) < int(frame["frame.number"][0])


PAYLOAD = """<?xml version="1.0"?><plist version="1.0"><dict><key>PayloadContent</key><array><dict>
<key>PayloadType</key><string>%s</string><key>PayloadContent</key><dict>
<key>URL</key><string>http://ndes.example.com/certsrv/mscep/mscep.dll</string></dict></dict></array></dict></plist>"""


@passes
@pytest.mark.parametrize("kind, shown", [("com.apple.security.scep", ["Profile"]), ("com.apple.wifi.managed", [])])
def test_a_profile_that_was_fetched(tshark, tmp_path, kind, shown, two_pass):
    """By GET from an address that no MDM server is known by: the answer says what it is."""
    pcap = Pcap()
    asks(pcap, "/wifi.mobileconfig", http_response(200, (PAYLOAD % kind).encode(), "application/x-apple-aspen-config"))
    capture = pcap.write(tmp_path / "profile.pcap")
    assert tshark.values(capture, "scep.step", two_pass=two_pass) == shown
    assert tshark.values(capture, "scep.stage", two_pass=two_pass) == ["1"] * len(shown)
